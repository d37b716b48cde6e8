"""Assessment groups: AI systems that are assessed together."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aims.models import AISystem, AssessmentGroup
from core import policy
from core.actor import Actor
from core.change import Change, change


def make_group(*, actor: Actor, name: str, purpose: str = "") -> AssessmentGroup:
    """Begin a group of systems that are assessed together (6.1.2). Raises Forbidden, ValidationError."""
    policy.require(actor, "aims.group_systems")
    with change(actor, "aims.group_systems") as unit:
        return unit.save(_named(AssessmentGroup(management_system_id=actor.management_system_id), actor, name, purpose))  # type: ignore[misc]


def change_group(
    *, actor: Actor, group_id: uuid.UUID, name: str, purpose: str = "", expected_version: int | None = None
) -> AssessmentGroup:
    """Rename a group or say anew what its systems share. Raises NotFound, Forbidden, Stale, ValidationError."""
    with change(actor, "aims.group_systems") as unit:
        group = unit.fetch(AssessmentGroup, group_id, expected_version)
        policy.require(actor, "aims.group_systems", group)
        return unit.save(_named(group, actor, name, purpose))


def dissolve_group(*, actor: Actor, group_id: uuid.UUID, expected_version: int | None = None) -> None:
    """End a group; its systems stay, each on its own. Raises NotFound, Forbidden, Stale."""
    with change(actor, "aims.dissolve_group") as unit:
        group = unit.fetch(AssessmentGroup, group_id, expected_version)
        policy.require(actor, "aims.group_systems", group)
        _let_go(unit, list(AISystem.objects.filter(group=group)))
        unit.delete(group)


def put_into_group(
    *, actor: Actor, system_id: uuid.UUID, group_id: uuid.UUID | None, expected_version: int | None = None,
    change_id: str = "",
) -> AISystem:  # fmt: skip
    """Put one system into a group, or into none. Raises NotFound, Forbidden, Stale, ValidationError."""
    with change(actor, "aims.group_system", change_id=change_id) as unit:
        system = unit.fetch(AISystem, system_id, expected_version)
        policy.require(actor, "aims.group_systems", system)
        set_group(system, {"group": unit.fetch(AssessmentGroup, group_id) if group_id else None})
        return unit.save(system)


def set_group(system: AISystem, data: dict[str, Any]) -> None:
    """The same of one of many, for the register's bulk step."""
    if system.merged_into_id:
        raise ValidationError(_("%(ref)s was merged already.") % {"ref": system.ref})
    system.group = data["group"]


def _let_go(unit: Change, systems: list[AISystem]) -> None:
    for system in systems:
        system.group = None
    unit.save_many(systems)


def _named(group: AssessmentGroup, actor: Actor, name: str, purpose: str) -> AssessmentGroup:
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": _("Give the group a name.")})
    others = AssessmentGroup.objects.visible_to(actor).exclude(pk=group.pk)
    if others.filter(name__iexact=name).exists():
        raise ValidationError({"name": _("There is a group of this name already.")})
    group.name, group.purpose = name, purpose.replace("\r\n", "\n").strip()
    return group
