"""Reads about people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import DateTimeField, OuterRef, Subquery, UUIDField
from django.utils.translation import gettext_lazy as _

from core import clock, policy
from core.actor import ADMINISTRATOR, Actor
from core.models import ApiToken, Invitation, ManagementSystem, Membership, Person, Profile
from core.models.prepared import Given, Prepared
from core.scope import Scope

MOST_NAMES = 8
AREAS: dict[str, Any] = {
    "core": _("Everything"), "aims": _("AI systems"), "inventory": _("AI systems"), "risks": _("Risks"),
    "controls": _("Controls"), "evidence": _("Evidence"), "reports": _("Reports"), "apis": _("APIs"),
    "audits": _("Audits"),
}  # fmt: skip


def person_by_email(email: str) -> Person | None:
    """The person who signs in with this address, whatever its case."""
    return Person.objects.filter(email__iexact=email.strip()).first()


def memberships_of(person: Person) -> list[Membership]:
    """Where the person is at home now, with each management system's printed name and language (``speaks``)."""
    return _held().asked(person=person.pk, now=clock.now())


@cache
def _held() -> Prepared[Membership]:
    profile = Profile.objects.filter(management_system=OuterRef("management_system"))
    held = Membership.objects.valid_at(Given("now", DateTimeField())).filter(person_id=Given("person", UUIDField()))
    held = held.select_related("management_system", "person").order_by("pk")
    held = held.annotate(printed=Subquery(profile.values("name")[:1]), speaks=Subquery(profile.values("language")[:1]))
    return Prepared(lambda _alias: held)


def member(scope: Scope, pk: Any) -> Membership | None:
    """Return a membership of the management system, or None."""
    return Membership.objects.of(scope).filter(pk=pk).select_related("person").first()


def member_of_person(scope: Scope, person_id: Any) -> Membership | None:
    """Return a person's membership of the management system, also one that ended, or None."""
    return Membership.objects.of(scope).filter(person_id=person_id).select_related("person").first()


def invitation(scope: Scope, pk: Any) -> Invitation | None:
    """Return an invitation of the management system, or None."""
    return Invitation.objects.of(scope).filter(pk=pk).first()


def token(scope: Scope, pk: Any) -> ApiToken | None:
    """Return a token of the management system, or None."""
    return ApiToken.objects.of(scope).filter(pk=pk).select_related("person").first()


def profile(scope: Scope) -> Profile:
    """Return how the management system describes itself in the scope."""
    return Profile.objects.of(scope).get()


def name_of_system(tenant: ManagementSystem) -> str:
    """Return the printed name of a management system."""
    found = Profile.objects.filter(management_system=tenant).values_list("name", flat=True).first()
    return found or tenant.slug


def role_words(roles: Iterable[str]) -> list[Any]:
    """Return roles as people say them, in a fixed order."""
    return [word for role, word in Membership.ROLE_NAMES.items() if role in set(roles)]


def may_rename(actor: Actor, person: Person) -> bool:
    """Whether the actor may rename somebody: everybody themselves; administrators people who belong here alone."""
    if actor.person_id == person.pk:
        return True
    if not policy.allows(actor, "core.manage_people"):
        return False
    places = set(Membership.objects.filter(person=person, ended=False).values_list("management_system_id", flat=True))
    return places <= {actor.management_system_id}


@dataclass(frozen=True)
class Allowed:
    """A line of "who can do what": the permission, the roles that give it, the people who hold it now."""

    name: str
    says: Any
    roles: Sequence[Any]
    codes: Sequence[str]
    owners: bool
    people: Sequence[Person]
    everybody: bool

    @property
    def first(self) -> Sequence[Person]:
        """Return as many as a line holds."""
        return self.people[:MOST_NAMES]

    @property
    def more(self) -> int:
        """Return how many others there are."""
        return max(len(self.people) - MOST_NAMES, 0)

    @property
    def query(self) -> str:
        """Return the filter of the people register that shows them all."""
        return "&".join(["standing=current", *(f"role={role}" for role in self.codes)])


def who_can(scope: Scope) -> list[tuple[dict[str, Any], list[Allowed]]]:
    """Return every permission by area, with the roles that give it and the members who hold it; two queries in all."""
    members = list(Membership.objects.of(scope).valid_at(scope.moment).select_related("person"))
    areas: dict[str, list[Allowed]] = {}
    for name, permission in policy.permissions().items():
        rule = permission.rule
        people = sorted({m.person for m in members if rule.roles & set(m.roles)}, key=lambda one: one.name)
        roles = [word for role, word in Membership.ROLE_NAMES.items() if role in rule.roles]
        codes, everybody = sorted(rule.roles), len(people) == len(members)
        line = Allowed(name, permission.says, roles, codes, bool(rule.owners), people, everybody)
        areas.setdefault(name.partition(".")[0], []).append(line)
    return [({"key": key, "label": AREAS.get(key, key.capitalize())}, lines) for key, lines in areas.items()]


def only_administrator(scope: Scope, held: Membership) -> bool:
    """Whether nobody else administers the management system."""
    others = Membership.objects.of(scope).valid_at(scope.moment).exclude(pk=held.pk)
    return ADMINISTRATOR in held.roles and not any(ADMINISTRATOR in one.roles for one in others)
