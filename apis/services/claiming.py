"""AI work seen in traffic that no AI system is registered for: a person says which one it serves, or adds it."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from aims.models import AISystem
from aims.services.systems import register_system
from apis.models import Service
from apis.services.editing import change_service
from core import policy
from core.actor import Actor


def claim_service(
    *, actor: Actor, service_id: uuid.UUID, system: AISystem | None, expected_version: int | None = None
) -> AISystem:
    """Say which AI system a service serves; without one a new system is registered, which waits to be screened.

    A service without an owner gets the one of the system. Raises NotFound, Forbidden, Stale, ValidationError.
    """
    with transaction.atomic():
        service = Service.objects.visible_to(actor).filter(pk=service_id).first()
        policy.require(actor, "apis.change_service", service)
        assert service is not None  # noqa: S101 (a stranger's is refused by the rule)
        if system is None and service.systems.exists():
            raise ValidationError(_("Somebody has said meanwhile which AI system it serves."))
        if system is None:
            system = register_system(
                actor=actor, name=service.name, supplier=service.provider,
                reason=_("Seen in traffic as %(ref)s, %(host)s") % {"ref": service.ref, "host": service.host},
            )  # fmt: skip
        chosen = [*service.systems.exclude(pk=system.pk), system]
        says: dict[str, Any] = {"owner": system.owner} if service.owner_id is None and system.owner_id else {}
        change_service(actor=actor, service_id=service.pk, expected_version=expected_version, systems=chosen, **says)
    return system
