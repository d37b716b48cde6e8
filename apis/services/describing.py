"""Bring in descriptions: what they say is compared with what was seen, endpoint by endpoint."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from apis.descriptions.loading import NotADescription
from apis.descriptions.reading import read
from apis.facts import Description, Operation
from apis.models import Artefact, Endpoint, Service
from apis.paths import Known
from apis.services import bringing, exposing, folding, owing, placing
from apis.services.bringing import Brought, Delivery
from apis.services.following import Told, followed, unheard
from apis.traffic import Source
from apis.traffic.continuing import sha256_of
from core import blobs, policy
from core.actor import Actor
from core.change import Change, change

MOST_BYTES = 64 << 20
LOOKED_AT = 4096
MARKS = (b'"openapi"', b"openapi:", b'"swagger"', b"swagger:", b"'openapi'", b"'swagger'")


def bring(
    *, actor: Actor, delivery: Delivery, told: Callable[[int, int], bool] | None = None, stages: Told = unheard
) -> Brought:
    """Bring in whatever it is: a description when it says so near its beginning, else traffic.

    ``told`` hears (lines, bytes) read so far, ``stages`` what follows. Raises Forbidden; Unreadable or
    ValidationError with the reason when nothing could be understood.
    """
    if is_description(Source(delivery.what)):
        brought = bring_description(actor=actor, delivery=delivery)
    else:
        brought = bringing.bring_traffic(actor=actor, delivery=delivery, told=told)
    return followed(actor=actor, brought=brought, told=stages)


def is_description(source: Source) -> bool:
    """Whether it says near its beginning that it is a description. Raises Unreadable where nothing can be unpacked."""
    head = source.head(LOOKED_AT)
    return any(mark in head for mark in MARKS)


def bring_description(*, actor: Actor, delivery: Delivery) -> Brought:
    """Take an OpenAPI description into the inventory; the same bytes twice change nothing.

    Raises Forbidden, Unreadable, ValidationError.
    """
    policy.require(actor, "apis.bring_in")
    sha = sha256_of(delivery.what)
    if (before := bringing.brought_before(actor, sha)) is not None:
        return Brought(before, is_new=False)
    content = Source(delivery.what).whole(MOST_BYTES)
    try:
        found = read(content, delivery.name)
    except NotADescription as error:
        raise ValidationError(str(error)) from error
    hosts, said = _hosts(found, delivery.at), sha256_of(content)
    with change(actor, "apis.bring_in") as unit:
        if (before := bringing.brought_before(actor, sha)) is not None:
            return Brought(before, is_new=False)
        known = set(
            Service.objects.filter(management_system_id=actor.management_system_id).values_list("host", flat=True)
        )
        # Of several servers the first is described, and every other that is known already.
        chosen = [host for host in hosts if host in known or host == hosts[0]]
        made = sum(_describe(unit, host, found, said, delivery) for host in chosen)
        artefact = Artefact(
            management_system_id=unit.management_system_id, kind=Artefact.DESCRIPTION, name=delivery.name[:300],
            sha256=sha, size=len(content), form="openapi", parser=found.dialect, lines=len(found.operations),
            read=len(found.operations), hosts={host: len(found.operations) for host in chosen},
            unread=[{"reason": problem, "lines": 1, "samples": []} for problem in found.problems],
        )  # fmt: skip
        owing.owe(unit, unit.save(artefact))
        # Kept whole, so that its rules can be asked again; logs are not, since they hold what people did.
        blobs.store(actor.management_system_id, content, name=delivery.name, media_type="application/octet-stream")
    return Brought(artefact, True, sum(host not in known for host in chosen), made)


def _hosts(found: Description, said: str) -> list[str]:
    """The hosts a description is of: as said, as its servers say, else its title."""
    if said:
        return [said]
    return list(found.hosts) or [slugify(found.title)[:200] or "described"]


def _describe(unit: Change, host: str, found: Description, sha: str, delivery: Delivery) -> int:
    service, _is_new = bringing.service_of(
        unit, host, delivery.systems, description_title=found.title[:300], description_version=found.version[:100],
        description_sha256=sha, described_at=unit.now,
    )  # fmt: skip
    inventory = folding.Inventory(unit, service)
    paths = placing.Paths(inventory)
    known = Known((one.method, one.path) for one in found.operations)
    becomes = {key: known.covering(*key) or key[1] for key, row in inventory.current.items() if not row.pinned}
    inventory.fold(becomes)
    said = {(one.method, one.path): one for one in found.operations}
    for key, one in said.items():
        _write(inventory.get(key), one)
    for key, row in inventory.current.items():
        if key not in said and row.described:
            row.described = row.deprecated = False
            row.secured = None
            inventory.touch(row)
    paths.settle()
    paths.save()
    exposing.mark(service)
    return inventory.made


def _write(endpoint: Endpoint, one: Operation) -> None:
    endpoint.described, endpoint.deprecated, endpoint.secured = True, one.deprecated, one.secured
    endpoint.summary = (one.summary or one.name)[:400]
    endpoint.ai_kind = endpoint.ai_kind or one.ai_kind
