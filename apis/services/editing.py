"""What people say about services and endpoints, beside what was seen."""

import uuid
from typing import Any

from apis.models import Endpoint, Service
from core import policy
from core.actor import Actor
from core.change import change

SERVICE_FIELDS = ("name", "owner", "owner_id", "environment", "exposure", "notes")
ENDPOINT_FIELDS = ("ai_kind", "pinned")


def change_service(
    *, actor: Actor, service_id: uuid.UUID, expected_version: int | None = None, reason: str = "", **fields: Any
) -> Service:
    """Change what people say about a service; ``systems`` are the AI systems it serves.

    Raises NotFound, Forbidden, Stale, ValidationError.
    """
    with change(actor, "apis.change_service", reason=reason) as unit:
        service = unit.fetch(Service, service_id, expected_version)
        policy.require(actor, "apis.change_service", service)
        for name in SERVICE_FIELDS:
            if name in fields:
                setattr(service, name, fields[name])
        links = {"systems": fields["systems"]} if "systems" in fields else {}
        return unit.save(service, **links)


def change_endpoint(
    *, actor: Actor, endpoint_id: uuid.UUID, expected_version: int | None = None, reason: str = "", **fields: Any
) -> Endpoint:
    """Say what kind of AI work an endpoint does, or that its template stands whatever is learned later.

    Raises NotFound, Forbidden, Stale, ValidationError.
    """
    with change(actor, "apis.change_endpoint", reason=reason) as unit:
        endpoint = unit.fetch(Endpoint, endpoint_id, expected_version)
        policy.require(actor, "apis.change_service", Service.objects.get(pk=endpoint.service_id))
        for name in ENDPOINT_FIELDS:
            if name in fields:
                setattr(endpoint, name, fields[name])
        return unit.save(endpoint)
