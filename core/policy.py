"""Who may. Policy is data: a permission names a rule, and the same rule answers "who may?".

Nobody is a superuser. Separation of duties is a workflow need, not a permission, because it binds everyone.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core import actor as actors
from core import clock
from core.actor import OPERATOR, PERSON, SERVICE, SYSTEM, Actor
from core.errors import Forbidden, ReauthenticationNeeded
from core.models import Membership, Person

ANYONE_INSIDE = frozenset(actors.ROLES)


@dataclass(frozen=True)
class Rule:
    """Holds for an actor and a record when one of its parts does.

    ``roles`` held in the management system; ``owners`` names attributes of the record that hold a person's id.
    """

    roles: frozenset[str] = frozenset()
    owners: tuple[str, ...] = ()

    def allows(self, actor: Actor, record: Any = None) -> bool:
        """Whether the rule holds."""
        if self.roles & actor.roles:
            return True
        return any(self._owner_id(record, name) == actor.person_id for name in self.owners) and bool(
            actor.person_id and actor.roles - {actors.EXTERNAL_AUDITOR}
        )

    def people(self, members: Iterable[Membership], record: Any = None) -> list[Person]:
        """Those of the members for whom the rule holds."""
        owners = {self._owner_id(record, name) for name in self.owners} - {None}
        return [m.person for m in members if self.roles & set(m.roles) or m.person_id in owners]

    @staticmethod
    def _owner_id(record: Any, name: str) -> uuid.UUID | None:
        return getattr(record, name, None) if record is not None else None


def role(*names: str) -> Rule:
    """People with one of these roles."""
    return Rule(roles=frozenset(names))


def owner(*attributes: str) -> Rule:
    """The person a record names, such as ``owner("owner_id")``."""
    return Rule(owners=attributes)


def any_of(*rules: Rule) -> Rule:
    """Holds when one of the rules does."""
    return Rule(frozenset().union(*(r.roles for r in rules)), tuple(name for r in rules for name in r.owners))


@dataclass(frozen=True)
class Permission:
    """One thing that can be allowed; ``scope`` is what a token needs for it, empty when no token may."""

    name: str
    rule: Rule
    scope: str = ""
    says: Any = ""


_permissions: dict[str, Permission] = {}


def permission(name: str, rule: Rule, *, scope: str = "", says: Any = "") -> Permission:
    """Define a permission (once, in a room's policy.py). ``says`` completes "… may" for people who may not."""
    if name in _permissions:
        raise ValueError(f"permission {name} is defined twice")
    _permissions[name] = Permission(name, rule, scope, says)
    return _permissions[name]


def permissions() -> dict[str, Permission]:
    """All permissions by name."""
    return dict(_permissions)


def allows(actor: Actor, name: str, record: Any = None) -> bool:
    """Whether the actor may; a record of another management system is never allowed."""
    wanted = _permissions[name]
    tenant = getattr(record, "management_system_id", None)
    if tenant is not None and tenant != actor.management_system_id:
        return False
    if actor.kind == SYSTEM:
        return True
    if actor.kind == OPERATOR:
        return bool(wanted.rule.roles & actor.roles)
    if not (wanted.scope and actor.has_scope(wanted.scope)) and "*" not in actor.scopes:
        return False
    return actor.kind == SERVICE or (actor.kind == PERSON and wanted.rule.allows(actor, record))


def require(actor: Actor, name: str, record: Any = None) -> None:
    """Raise Forbidden, saying who may, unless the actor may."""
    if not allows(actor, name, record):
        people = who(name, record, actor.management_system_id)
        raise Forbidden(name, _permissions[name].says, people)


def require_recent(actor: Actor) -> None:
    """Raise ReauthenticationNeeded for a person who gave password or second factor more than five minutes ago."""
    if actor.kind == PERSON and not actor.recently_authenticated:
        raise ReauthenticationNeeded


def who(name: str, record: Any = None, management_system_id: uuid.UUID | None = None) -> list[Person]:
    """The members who may, by name."""
    tenant = getattr(record, "management_system_id", None) or management_system_id
    members = Membership.objects.filter(management_system_id=tenant).valid_at(clock.now()).select_related("person")
    return sorted(_permissions[name].rule.people(members, record), key=lambda person: person.name)


def could_ever(actor: Actor, name: str) -> bool:
    """Whether the actor may for some record: what one can never do is hidden, what one cannot do now is explained."""
    wanted = _permissions[name]
    if allows(actor, name):
        return True
    return bool(wanted.rule.owners and actor.kind == PERSON and actor.roles - {actors.EXTERNAL_AUDITOR})
