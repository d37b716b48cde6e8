"""Makers: give only what matters to the test."""

import datetime
import itertools
from typing import Any

from core import clock
from core.actor import ADMINISTRATOR, MANAGER, PERSON, Actor, operator
from core.change import change, open_chain
from core.models import ManagementSystem, Membership, Person, Profile
from core.services.members import add_member
from core.services.people import create_person
from core.services.tenancy import create_management_system

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def make_person(name: str = "", **fields: Any) -> Person:
    """Somebody who can sign in with ``PASSWORD``."""
    number = next(_numbers)
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))  # no digits that a search could find
    fields.setdefault("email", f"person-{letters}@example.org")
    fields.setdefault("password", PASSWORD)
    return create_person(actor=operator(), name=name or f"Person {number}", **fields)


def make_management_system(slug: str = "", administrator: Person | None = None, **profile: Any) -> ManagementSystem:
    """A management system whose creator is administrator and manager."""
    number = next(_numbers)
    return create_management_system(
        actor=operator(),
        slug=slug or f"system-{number}",
        name=profile.pop("name", f"Management system {number}"),
        administrator=administrator or make_person(),
        **profile,
    )


def make_bare_management_system() -> ManagementSystem:
    """A management system without what the rooms add: a short chain."""
    tenant = ManagementSystem(slug=f"bare-{next(_numbers)}")
    with change(operator(), "management-systems.create", instance=True) as unit:
        unit.save(tenant)
    open_chain(tenant)
    with change(operator(tenant.pk), "management-systems.create") as unit:
        unit.save(Profile(name="Bare"))
    return tenant


def make_member(tenant: ManagementSystem, *roles: str, name: str = "", **fields: Any) -> Person:
    """A new person with these roles in the management system."""
    person = make_person(name)
    if "external_auditor" in roles:
        fields.setdefault("valid_to", clock.now() + datetime.timedelta(days=30))
    add_member(actor=operator(tenant.pk), person=person, roles=list(roles), **fields)
    return person


def actor_for(person: Person, tenant: ManagementSystem, door: str = "page", **fields: Any) -> Actor:
    """The actor a door would make for the person now."""
    member = Membership.objects.filter(management_system=tenant, person=person).valid_at(clock.now()).get()
    return Actor(PERSON, tenant.pk, person.pk, frozenset(member.roles), door, **fields)


def make_manager(tenant: ManagementSystem) -> Actor:
    """An actor who manages the management system and administers it."""
    return actor_for(make_member(tenant, MANAGER, ADMINISTRATOR), tenant)
