"""Field maps: what members of an organisation's own log lines mean; a look at a file before it is brought in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apis.descriptions.loading import NotADescription
from apis.descriptions.reading import read
from apis.facts import Description
from apis.models import FieldMap
from apis.services.describing import LOOKED_AT, MARKS, MOST_BYTES
from apis.traffic import Preview, Source, preview
from apis.traffic.structured import FIELDS, own_map
from core import policy
from core.actor import Actor
from core.change import change


def require_usable_map(fields: Mapping[str, str]) -> None:
    """Raise ValidationError for a map that names fields nobody knows, or lacks what a call needs."""
    if unknown := sorted(set(fields) - set(FIELDS)):
        raise ValidationError({"fields": _("Not known: %(names)s") % {"names": ", ".join(unknown)}})
    try:
        own_map(fields)
    except ValueError as error:
        raise ValidationError(
            {"fields": _("Say where the method and the path (or the address, or the request line) of a call stand.")}
        ) from error


def save_field_map(
    *, actor: Actor, name: str, fields: Mapping[str, str], field_map: FieldMap | None = None,
    expected_version: int | None = None,
) -> FieldMap:  # fmt: skip
    """Add or change a field map. Raises Forbidden, Stale, ValidationError."""
    policy.require(actor, "apis.bring_in")
    require_usable_map(fields)
    with change(actor, "apis.change_map" if field_map else "apis.add_map") as unit:
        fresh = unit.fetch(FieldMap, field_map.pk, expected_version) if field_map else FieldMap()
        fresh.name, fresh.fields = name.strip(), dict(fields)
        same = FieldMap.objects.filter(management_system_id=actor.management_system_id, name=fresh.name)
        if same.exclude(pk=fresh.pk).exists():
            raise ValidationError({"name": _("There is a field map of this name.")})
        return unit.save(fresh)


@dataclass(frozen=True)
class Look:
    """What would be understood of a file: a description, or the beginning of traffic."""

    name: str
    description: Description | None = None
    traffic: Preview | None = None


def look_at(*, actor: Actor, what: Path | bytes, name: str, fields: Mapping[str, str] | None = None) -> Look:
    """Read the beginning of a file and keep nothing. Raises Forbidden, Unreadable, ValidationError."""
    policy.require(actor, "apis.bring_in")
    source = Source(what)
    if any(mark in source.head(LOOKED_AT) for mark in MARKS):
        try:
            return Look(name, description=read(source.whole(MOST_BYTES), name))
        except NotADescription as error:
            raise ValidationError(str(error)) from error
    return Look(name, traffic=preview(what, fields))
