"""Two entries that are one system: merge them with their history, or say that they are two."""

import uuid
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aims.models import AISystem, DistinctSystems, SourceClaim
from aims.services.fields import EDITABLE
from core import policy, records, registries, sync
from core import scope as scopes
from core.actor import Actor
from core.change import Change, change
from core.records import type_of

TAKEN = EDITABLE
"""Fields the system that stays can take from the one that goes."""


def merge_systems(  # noqa: PLR0913 (both systems with the versions that were seen, all by keyword)
    *,
    actor: Actor,
    keep_id: uuid.UUID,
    drop_id: uuid.UUID,
    take: Collection[str] = (),
    keep_version: int | None = None,
    drop_version: int | None = None,
    reason: str = "",
) -> AISystem:
    """Make one system of two; returns the one that stays, with the fields named in ``take`` from the other.

    External ids and the links of risks and controls move along; the other retires and leads to the one that stays.
    One step, undone as one. Raises NotFound, Forbidden, Stale, ValidationError.
    """
    with change(actor, "aims.merge_systems", reason=reason) as unit:
        keep = unit.fetch(AISystem, keep_id, keep_version)
        drop = unit.fetch(AISystem, drop_id, drop_version)
        policy.require(actor, "aims.merge_systems", keep)
        _check(keep, drop, take)
        links = records.read_links(AISystem, [keep.pk, drop.pk])
        keys = {pk: had["external_ids"] for pk, had in links.items()}
        _take_over(unit, keep, drop, take, keys)
        _retire(drop, keep, reason)
        unit.save(drop, external_ids=[])
        unit.save(keep, external_ids=[*keys[str(keep.pk)], *keys[str(drop.pk)]])
        _lead_on(unit, drop, keep)
        for _name, move in registries.merges.get(type_of(AISystem)):
            move(unit, drop, keep)
    return keep


def _check(keep: AISystem, drop: AISystem, take: Collection[str]) -> None:
    if keep.pk == drop.pk:
        raise ValidationError(_("Choose two different systems."))
    for system in (keep, drop):
        if system.merged_into_id:
            raise ValidationError(_("%(ref)s was merged already.") % {"ref": system.ref})
    if keep.is_retired and not drop.is_retired:
        raise ValidationError(_("%(ref)s is retired. Keep the other one.") % {"ref": keep.ref})
    strange = sorted(set(take) - set(TAKEN))
    if strange:
        raise ValidationError({"take": _("There is no “%s”.") % strange[0][:40]})


def _take_over(unit: Change, keep: AISystem, drop: AISystem, take: Collection[str], keys: dict[str, list[str]]) -> None:
    """Set the chosen fields, the group and the sources that miss it; people's choices outlast deliveries."""
    changed = set()
    for name in take:
        column: Any = AISystem._meta.get_field(name)
        if getattr(keep, column.attname) != getattr(drop, column.attname):
            setattr(keep, column.attname, getattr(drop, column.attname))
            changed.add(name)
    sources = [{key.partition(":")[0] for key in own} for own in keys.values()]
    if len(sources) == 2 and sources[0] & sources[1]:  # one source feeds it by two keys now: neither row may win
        changed |= set(keep.field_owners)
    sync.takes_over(keep, changed, unit.actor, unit.now, fed=any(sources))
    keep.group_id = keep.group_id or drop.group_id
    keep.missing = {**drop.missing, **keep.missing}
    keep.contact = keep.contact or drop.contact


def _retire(drop: AISystem, keep: AISystem, reason: str) -> None:
    """It is no system of its own any more; when it was in use is the other's story."""
    drop.merged_into, drop.group, drop.missing = keep, None, {}
    drop.state, drop.stage = AISystem.RETIRED, "RET"
    drop.state_reason = reason.strip()
    drop.stage_since = scopes.current(drop.management_system_id).today


def _lead_on(unit: Change, drop: AISystem, keep: AISystem) -> None:
    """What was merged into the one that goes, and rows of sources that wait for a word about it, lead on too."""
    earlier = list(AISystem.objects.filter(merged_into=drop))
    for system in earlier:
        system.merged_into = keep
    unit.save_many(earlier)
    waiting = list(SourceClaim.objects.filter(system=drop, state=SourceClaim.WAITING))
    for claim in waiting:
        claim.system = keep
    unit.save_many(waiting)


def keep_apart(*, actor: Actor, one_id: uuid.UUID, other_id: uuid.UUID, reason: str = "") -> DistinctSystems:
    """Remember that two systems are not the same; nobody is asked again.

    Raises NotFound, Forbidden, ValidationError.
    """
    with change(actor, "aims.keep_apart", reason=reason) as unit:
        pair = sorted((unit.fetch(AISystem, pk) for pk in (one_id, other_id)), key=lambda system: system.pk)
        policy.require(actor, "aims.merge_systems", pair[0])
        if pair[0].pk == pair[1].pk:
            raise ValidationError({"other": _("Choose two different systems.")})
        known = DistinctSystems.objects.visible_to(actor).filter(first=pair[0], second=pair[1]).first()
        return known or unit.save(DistinctSystems(first=pair[0], second=pair[1]))
