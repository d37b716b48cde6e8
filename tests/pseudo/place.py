"""A management system with something of everything, all of it written in the language nobody speaks."""

import datetime

from aims.services.systems import register_system
from controls.services import add_own_control, confirm_annex_a, confirm_annex_b, decide_control
from controls.workflow import ReturnedLines
from core import clock
from core.actor import APPROVER, CONTRIBUTOR, EXTERNAL_AUDITOR, MANAGER
from core.services.members import invite
from core.services.tenancy import describe
from core.services.tokens import create_token
from core.workflow import take
from reports.issuing import ask_for_report
from risks import services
from risks.models import Risk
from risks.services.actions import add_action, check_effectiveness, drop_action, finish_action
from tests.controls.makers import House, approve, decide_all, submit
from tests.makers import actor_for, make_management_system, make_member, make_person
from tests.pseudo.speech import LANGUAGE, pseudo
from tests.risks.makers import MILD, SENTENCE, approve_criteria

SLUG = "odd"
TYPED = {name: pseudo(text) for name, text in SENTENCE.items()}
YEAR = datetime.timedelta(days=365)


def make_place():
    """Its people by role."""
    owner_of_all = make_person(pseudo("Founder One"))
    tenant = make_management_system(
        SLUG, name=pseudo("Sample Mutual"), time_zone="Europe/Berlin", language=LANGUAGE, administrator=owner_of_all
    )
    people = {
        role: make_member(tenant, *roles, name=pseudo(f"{role} One"), function=pseudo("Head of care"))
        for role, roles in (
            ("manager", (MANAGER, "administrator")),
            ("approver", (APPROVER,)),
            ("contributor", (CONTRIBUTOR,)),
            ("auditor", (EXTERNAL_AUDITOR,)),
        )
    }
    house = House(tenant, *(actor_for(people[role], tenant) for role in ("manager", "approver", "contributor")))
    _described(house)
    _systems(house, people)
    _risks(house, people)
    _controls(house)
    _doors(house)
    return people


def _described(house):
    words = {"organisation": "Sample group", "scope_statement": "All uses of AI", "classification": "Internal"}
    describe(actor=house.manager, reason=pseudo("Agreed"), **{name: pseudo(text) for name, text in words.items()})


def _systems(house, people):
    texts = ("purpose", "intended_use", "misuse", "outputs", "unit", "topic", "supplier")
    register_system(
        actor=house.manager, name=pseudo("Symptom triage"), owner=people["contributor"],
        **{name: pseudo("Advises on waiting") for name in texts},
    )  # fmt: skip
    register_system(actor=house.manager, name=pseudo("Claims triage"))


def _assessed(actor, owner, **fields):
    given = {"title": pseudo("People are shut out"), **TYPED, "whole_system": True, "owner": owner.pk, **fields}
    given.setdefault("before_likelihood", 4)
    given.setdefault("before_consequences", {"organisation": 2, "individuals": 4, "groups": 4})
    return services.assess(actor=actor, risk=services.register_risk(actor=actor, **given))


def _risks(house, people):
    approve_criteria(house.tenant)
    owner = people["contributor"]
    _assessed(house.manager, owner, before_consequences=MILD)
    asked = _assessed(house.manager, owner)
    states = [
        add_action(actor=house.manager, risk=asked, what=pseudo("Label the buttons"), owner=owner.pk) for _ in range(4)
    ]
    for action in states[:2]:
        finish_action(actor=house.manager, action=action, outcome=pseudo("All are labelled"))
    check_effectiveness(actor=house.manager, action=states[0], effectiveness="partly")
    drop_action(actor=house.manager, action=states[2], outcome=pseudo("Not needed"))
    services.ask_for_acceptance(actor=house.manager, risk=Risk.objects.get(pk=asked.pk))
    services.register_risk(actor=house.manager, title=pseudo("A draft"))
    services.register_risk(actor=house.manager, title=pseudo("An opportunity"), kind="opportunity")


def _controls(house):
    add_own_control(actor=house.manager, title=pseudo("Prompt library"))
    decide_all(house, reason=pseudo("Needed because our systems decide about members"), proof=pseudo("Minutes"))
    confirm_annex_a(actor=house.manager)
    confirm_annex_b(actor=house.manager)
    submit(house)
    approve(house)
    decide_control(actor=house.manager, code="A.2.2", reason=pseudo("Another reason, long enough to count"))
    submit(house)
    lines = ReturnedLines(lines={"A.2.2": pseudo("Say more")})
    take("return", house.statement, actor=house.approver, inputs=lines, reason=pseudo("Look again"))


def _doors(house):
    invite(actor=house.manager, email="x@example.org", roles=[CONTRIBUTOR], function=pseudo("Head of care"))
    end = clock.now() + YEAR
    create_token(
        actor=house.manager, name=pseudo("Registry"), scopes=["inventory:read"], expires_at=end, as_person=True
    )
    ask_for_report(actor=house.manager, kind="RPT-SOA", formats=["json"])
