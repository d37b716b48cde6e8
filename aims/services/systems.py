"""Register and change AI systems by hand: one, or many at once."""

import datetime
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aims.models import AISystem
from aims.services.fields import EDITABLE, names_of
from core import policy, sync
from core import scope as scopes
from core.actor import Actor
from core.change import Change, change, chunks
from core.errors import NotFound, Stale
from core.ids import uuid7
from core.models import ExternalId
from core.records import type_of

BULK_FIELDS = ("owner", "unit", "next_review")


def register_system(*, actor: Actor, stage: str = "INC", reason: str = "", **fields: Any) -> AISystem:
    """Add an AI system to the inventory (ISO/IEC 42001, 4.3, A.4.2); it waits to be screened.

    Raises Forbidden, ValidationError.
    """
    policy.require(actor, "aims.register_system")
    record = AISystem(management_system_id=actor.management_system_id)  # type: ignore[misc]
    assign(record, fields)
    record.stage = stage
    today = scopes.current(record.management_system_id).today
    finish_new(record, today)
    record.stage_since = today
    with change(actor, "aims.register_system", reason=reason) as unit:
        return unit.save(record)


def change_system(
    *, actor: Actor, system_id: uuid.UUID, expected_version: int | None = None, reason: str = "", **fields: Any
) -> AISystem:
    """Change fields of an AI system; the person takes them over from the source that filled them.

    Raises NotFound, Forbidden, Stale, ValidationError.
    """
    with change(actor, "aims.change_system", reason=reason) as unit:
        record = unit.fetch(AISystem, system_id, expected_version)
        policy.require(actor, "aims.change_system", record)
        edit(unit, record, fields, fed=_fed([record.pk]))
        return unit.save(record)


@dataclass
class BulkResult:
    """What a bulk change did: references changed, and those refused with the reason."""

    change_id: str
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def change_systems(
    *, actor: Actor, versions: Mapping[uuid.UUID, int], reason: str = "", change_id: str = "", **fields: Any
) -> BulkResult:
    """Set owner, unit or next review of many systems as one step that can be undone.

    ``versions`` holds the version of each system as it was shown; one changed since is refused, the others go on.
    Raises Forbidden, ValidationError.
    """
    policy.require(actor, "aims.change_systems")
    strange = set(fields) - set(BULK_FIELDS)
    if strange or not fields:
        raise ValidationError({name: _("This cannot be changed for many at once.") for name in strange or {"owner"}})
    result = BulkResult(change_id or str(uuid7()))
    for part in chunks(versions):
        with change(actor, "aims.change_systems", reason=reason, change_id=result.change_id) as unit:
            fed = _fed(part)
            written = [r for pk in part if (r := _bulk_one(unit, pk, versions[pk], fields, fed, result)) is not None]
            changed = unit.save_many(written)
            result.changed += [record.ref for record in changed]
            result.unchanged += len(written) - len(changed)
    return result


def _bulk_one(
    unit: Change, pk: uuid.UUID, version: int, fields: Mapping[str, Any], fed: set[uuid.UUID], result: BulkResult
) -> AISystem | None:
    try:
        record = unit.fetch(AISystem, pk, version)
        policy.require(unit.actor, "aims.change_system", record)
    except NotFound:
        result.refused.append((str(pk), _("There is no such AI system.")))
    except Stale as error:
        result.refused.append((error.record.ref, _("It was changed since you looked.")))
    else:
        edit(unit, record, fields, fed=fed)
        return record
    return None


def give_back_to_source(
    *, actor: Actor, system_id: uuid.UUID, fields: Iterable[str], expected_version: int | None = None, reason: str = ""
) -> AISystem:
    """Let the source write these fields again with its next delivery.

    Raises NotFound, Forbidden, Stale, ValidationError.
    """
    wanted = set(fields)
    with change(actor, "aims.give_back_to_source", reason=reason) as unit:
        record = unit.fetch(AISystem, system_id, expected_version)
        policy.require(actor, "aims.change_system", record)
        if not _fed([record.pk]):
            raise ValidationError(_("No source feeds this AI system."))
        strange = sorted(
            name for name in wanted if not record.field_owners.get(name, {}).get("by", "").startswith("person")
        )
        if strange:
            raise ValidationError({name: _("Nobody took this field over.") for name in strange})
        record.field_owners = {name: owner for name, owner in record.field_owners.items() if name not in wanted}
        return unit.save(record)


def assign(record: AISystem, fields: Mapping[str, Any]) -> set[str]:
    """Set fields a person may set; returns the names that really changed. Raises ValidationError for others."""
    strange = set(fields) - set(EDITABLE) - {"owner_id"}
    if strange:
        raise ValidationError({name: _("This field cannot be set here.") for name in sorted(strange)})
    changed = set()
    for name, value in {**fields, **checked_codes(fields)}.items():
        column = AISystem._meta.get_field("owner" if name == "owner_id" else name)
        new = getattr(value, "pk", value) if column.is_relation else value
        if isinstance(new, str):
            new = new.replace("\r\n", "\n").strip()
        if getattr(record, column.attname) != new:  # type: ignore[union-attr]
            setattr(record, column.attname, new)  # type: ignore[union-attr]
            changed.add(column.name)
    return changed


def checked_codes(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Roles and EU AI Act classes as they are stored. Raises ValidationError for codes that do not exist."""
    found: dict[str, Any] = {}
    for name in ("roles", "ai_act_class"):
        if name not in fields:
            continue
        given = fields[name] or []
        codes = given.replace(",", " ").split() if isinstance(given, str) else given
        known = list(names_of(name))
        strange = [code for code in codes if code not in known]
        if strange:
            raise ValidationError({name: _("There is no “%s”.") % str(strange[0])[:40]})
        chosen = [code for code in known if code in codes]
        found[name] = chosen if name == "roles" else " ".join(chosen)
    return found


def edit(unit: Change, record: AISystem, fields: Mapping[str, Any], *, fed: set[uuid.UUID]) -> None:
    """Set fields and note that the person has them now."""
    changed = assign(record, fields)
    sync.takes_over(record, changed, unit.actor, unit.now, fed=record.pk in fed)


def finish_new(record: AISystem, today: datetime.date) -> None:
    """A system that comes in already retired is retired here too; nobody has screened any other."""
    if record.stage == "RET":
        record.state = AISystem.RETIRED
        record.stage_since = record.retired_on


def _fed(ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Which of the records a source feeds."""
    rows = ExternalId.objects.filter(record_type=type_of(AISystem), record_id__in=list(ids))
    return set(rows.values_list("record_id", flat=True))
