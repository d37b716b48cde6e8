"""Makers for controls: a management system with its people, systems, and a statement decided as far as asked."""

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

from aims.models import AISystem
from controls.models import Control, StatementOfApplicability
from controls.services import confirm_annex_a, confirm_annex_b
from controls.workflow import Submission
from core.actor import APPROVER, CONTRIBUTOR, MANAGER, Actor
from core.change import change
from core.models import ManagementSystem, Person
from core.workflow import take, workflow_of
from tests.makers import actor_for, make_management_system, make_member

GROUNDS = "Needed because our systems decide about members, see {code}."
_numbers = itertools.count(1)


@dataclass
class House:
    """A management system with a manager, an approver and a contributor."""

    tenant: ManagementSystem
    manager: Actor
    approver: Actor
    contributor: Actor

    @property
    def statement(self) -> StatementOfApplicability:
        """The statement as stored now."""
        return StatementOfApplicability.objects.get(management_system=self.tenant)

    def control(self, code: str) -> Control:
        """A control as stored now."""
        return Control.objects.get(management_system=self.tenant, code=code)

    def person(self, actor: Actor) -> Person:
        """The person behind an actor."""
        return Person.objects.get(pk=actor.person_id)


def make_house(slug: str = "", **profile: Any) -> House:
    """A management system and its three people."""
    tenant = make_management_system(slug, **profile)
    people = {
        role: make_member(tenant, role, name=f"{role.capitalize()} One") for role in (MANAGER, APPROVER, CONTRIBUTOR)
    }
    return House(tenant, *(actor_for(people[role], tenant) for role in (MANAGER, APPROVER, CONTRIBUTOR)))


def make_system(house: House, state: str = AISystem.IN_SCOPE, **fields: Any) -> AISystem:
    """An AI system in scope."""
    system = AISystem(name=fields.pop("name", f"System {next(_numbers)}"), state=state, **fields)
    with change(house.manager, "test.system") as unit:
        return unit.save(system)


def decide_all(house: House, **values: Any) -> None:
    """Decide every control of Annex A as the manager, in one change (the services decide row by row)."""
    controls = list(Control.objects.filter(management_system=house.tenant).in_order())
    for control in controls:
        control.applies, control.reason = Control.YES, GROUNDS.format(code=control.code)
        control.drivers, control.owner_id = ["risk"], house.manager.person_id
        control.status, control.next_review = Control.IN_PLACE, dt.date(2030, 1, 31)
        for name, value in values.items():
            setattr(control, name, value)
    with change(house.manager, "controls.decide") as unit:
        unit.save_many(controls)


def ready(house: House) -> StatementOfApplicability:
    """Everything decided and confirmed."""
    decide_all(house)
    confirm_annex_a(actor=house.manager)
    confirm_annex_b(actor=house.manager)
    return house.statement


def submit(house: House) -> StatementOfApplicability:
    """Submit to the approver."""
    return take("submit", house.statement, actor=house.manager, inputs=Submission(to=house.approver.person_id))


def shown(house: House) -> str:
    """The hash of the content as a page would show it now."""
    statement = house.statement
    return workflow_of(statement).shown_hash(statement)


def approve(house: House) -> StatementOfApplicability:
    """Approve what is shown now."""
    return take("approve", house.statement, actor=house.approver, shown_hash=shown(house))


def approved(house: House) -> StatementOfApplicability:
    """Walk a fresh house to v1."""
    ready(house)
    submit(house)
    return approve(house)
