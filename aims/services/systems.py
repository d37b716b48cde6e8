"""Register and change AI systems by hand."""

import datetime
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aims.models import AISystem
from aims.services.fields import EDITABLE, names_of
from core import policy, sync
from core import scope as scopes
from core.actor import Actor
from core.change import Change, change
from core.models import ExternalId
from core.records import type_of


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
        if record.merged_into_id:
            raise ValidationError(_("This system was merged into another. Change that one."))
        edit(unit, record, fields, fed=_fed([record.pk]))
        return unit.save(record)


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
