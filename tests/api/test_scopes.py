"""A token does what its scopes say: without the one scope a door needs it is refused there, whoever it acts for."""

import datetime
from types import SimpleNamespace

import pytest

from aims.models import AISystem
from aims.services.systems import change_system
from core import clock, policy
from core.actor import SERVICE, Actor
from core.errors import Forbidden
from core.models import Entry
from core.services.comments import say
from core.services.tokens import SCOPES
from reports.issuing import ask_for_report
from risks import services
from risks.models import Methodology, TreatmentPlan
from tests.api.test_foundation import bearer
from tests.apis.posture.makers import make_finding, make_service
from tests.apis.threats.makers import SCANNER, make_signal
from tests.controls.makers import make_house, make_system, ready, submit
from tests.makers import actor_for, make_member
from tests.risks.makers import make_assessed, make_risk
from tests.support import differences, everything

pytestmark = pytest.mark.django_db
JSON = "application/json"
DAY = datetime.date(2031, 1, 31)
UNTIL = (clock.now() + datetime.timedelta(days=30)).date().isoformat()
PICKED = {"id": "{system}", "version": 1}
SOON = {"valid_until": DAY.isoformat(), "reason": "Known and watched by a nurse."}

#: permission: the door that asks for it (method, address, body); names in braces stand for records of ``place``.
DOORS = {
    "core.read": ("get", "people/", None),
    "core.verify": ("get", "history/verify/", None),
    "core.undo": ("post", "history/steps/{step}/undo/", {}),
    "core.settings": ("patch", "settings/", {"organisation": "Another"}),
    "core.save_views": ("post", "views/", {"register": "risks", "name": "Mine"}),
    "core.manage_people": ("get", "invitations/", None),
    "core.hand_over": ("get", "people/{person}/hand-over/", None),
    "core.comment": ("post", "systems/{system}/comments/", {"text": "Why?"}),
    "core.withdraw_comment": ("delete", "systems/{system}/comments/{said}/", None),
    "core.cancel_job": ("post", "jobs/{job}/cancel/", {}),
    "aims.read": ("get", "systems/", None),
    "aims.register_system": ("post", "systems/", {"name": "Another"}),
    "aims.change_system": ("patch", "systems/{system}/", {"purpose": "Another"}),
    "aims.change_systems": ("post", "systems/bulk/", {"step": "unit", "inputs": {"unit": "B"}, "rows": [PICKED]}),
    "aims.screen": ("post", "systems/{unscreened}/steps/take_in/", {}),
    "aims.group_systems": ("post", "systems/bulk/", {"step": "group", "inputs": {"group": ""}, "rows": [PICKED]}),
    "aims.merge_systems": ("post", "systems/{unscreened}/merge/", {"into": "{system}"}),
    "aims.intake": ("post", "intake-links/", {"name": "Intranet", "until": UNTIL}),
    "aims.move_stage": ("post", "systems/{system}/steps/go_live/", {}),
    "aims.sync": ("post", "inventory/sync/", {"source": "cmdb", "rows": [{"external_id": "1", "name": "Delivered"}]}),
    "controls.read": ("get", "controls/", None),
    "controls.decide": ("post", "controls/", {"title": "Our own"}),
    "controls.describe": ("patch", "controls/{control}/", {"implementation": "Two people look at it."}),
    "controls.submit": ("post", "soa/steps/submit/", {"inputs": {"to": "{person}"}}),
    "controls.withdraw": ("post", "soa/steps/withdraw/", {}),
    "controls.return": ("post", "soa/steps/return/", {"reason": "Why?"}),
    "controls.approve": ("post", "soa/steps/approve/", {"shown_hash": "x"}),
    "risks.read": ("get", "risks/", None),
    "risks.register": ("post", "risks/", {"title": "Another"}),
    "risks.change": ("patch", "risks/{draft}/", {"note": "Another"}),
    "risks.assess": ("post", "risks/{draft}/steps/assess/", {}),
    "risks.act": ("post", "actions/{action}/finish/", {"outcome": "Sampled"}),
    "risks.ask": ("post", "risks/{risk}/steps/ask_for_acceptance/", {}),
    "risks.accept": ("post", "acceptances/{acceptance}/steps/accept/", {"inputs": SOON, "shown_hash": "x"}),
    "risks.withdraw": ("post", "acceptances/{acceptance}/steps/withdraw/", {}),
    "risks.change_criteria": ("post", "criteria/{criteria}/steps/submit/", {}),
    "risks.consider_opportunities": ("post", "opportunities/", {"conclusion": "None"}),
    "risks.decide_criteria": ("post", "criteria/{criteria}/steps/return/", {"reason": "Why?"}),
    "risks.submit_plan": ("post", "treatment-plan/steps/submit/", {"inputs": {"to": "{person}"}}),
    "risks.withdraw_plan": ("post", "treatment-plan/steps/withdraw/", {}),
    "risks.decide_plan": ("post", "treatment-plan/steps/return/", {"reason": "Why?"}),
    "evidence.read": ("get", "evidence/", None),
    "apis.read": ("get", "posture-findings/", None),
    "apis.bring_in": ("post", "descriptions/", {"openapi": "3.1.0"}),
    "apis.choose_retention": ("put", "traffic-retention/", {"detail_days": 30, "daily_months": 12}),
    "apis.change_service": ("patch", "services/{service}/", {"notes": "Asked"}),
    "apis.judge": ("post", "services/{service}/posture/", {}),
    "apis.change_findings": ("patch", "posture-findings/{finding}/", {"ticket": "https://tickets.example/1"}),
    "apis.accept_findings": (
        "post",
        "posture-findings/{finding}/steps/accept/",
        {"reason": "Public on purpose.", "inputs": {"until": UNTIL, "level": "service"}},
    ),
    "apis.change_rules": ("put", "posture-rules/aims:api9:2023-no-contact/", {"on": True}),
    "apis.triage": ("patch", "threats/{signal}/", {"assignee": None}),
    "apis.mute": ("post", "mutes/", {"consumer": SCANNER, "until": UNTIL, "reason": "Our own test."}),
    "apis.change_detectors": ("patch", "detectors/scanning/", {"thresholds": {"paths": 90}}),
    "reports.read": ("get", "reports/", None),
}
BEHIND_ANOTHER_DOOR = {"reports.ask", "core.share_views"}
"""Asked where reports.read or core.save_views, which need the same scope, were asked before."""


@pytest.fixture
def place():
    """Records for every door, in states in which the doors are open to the person."""
    house = make_house("here")
    person = make_member(house.tenant, "administrator", "manager", "approver")
    actor = actor_for(person, house.tenant)
    system = make_system(house, stage="DEP")
    unscreened = make_system(house, state=AISystem.TO_SCREEN)
    ready(house)
    house.manager = actor
    submit(house)
    risk = make_assessed(actor, person, systems=[system])
    action = services.add_action(actor=actor, risk=risk, what="Sample answers", owner=person, due=DAY)
    asked = services.ask_for_acceptance(actor=actor, risk=make_assessed(actor, person, systems=[system]))
    job = ask_for_report(actor=actor, kind="RPT-SOA")
    change_system(actor=actor, system_id=system.pk, unit="Ward")
    wrote = Entry.objects.filter(record_id=str(system.pk)).order_by("-seq").first()
    step = SimpleNamespace(pk=wrote.change_id, refresh_from_db=lambda: None)
    said = say(actor=actor, record=system, text="Is this so?")
    criteria = Methodology.objects.get(management_system=house.tenant)
    service = make_service(house.tenant)
    found = {"service": service, "finding": make_finding(service), "system": system,
             "unscreened": unscreened, "risk": risk, "draft": make_risk(actor), "action": action,
             "acceptance": asked, "job": job, "criteria": criteria, "step": step, "control": house.control("A.2.2"),
             "statement": house.statement, "person": person, "plan": submitted_plan(house, person),
             "said": said, "signal": make_signal(service, SCANNER)}  # fmt: skip
    return SimpleNamespace(tenant=house.tenant, actor=actor, records=found)


def submitted_plan(house, person):
    """The treatment plan, submitted by the person to somebody else."""
    services.submit_plan(actor=actor_for(person, house.tenant), to=make_member(house.tenant, "approver").pk)
    return TreatmentPlan.objects.get(management_system=house.tenant)


def scopes_that_open(scope):
    """Scopes of tokens that may what ``scope`` allows: ``read`` reads everything, and who writes an area reads it."""
    area, _colon, verb = scope.partition(":")
    return {scope, "read", f"{area}:write"} if verb == "read" else {scope}


def knock(place, scopes, door):
    """The answer to a token of the person with these scopes."""
    method, address, body = door
    ids = {name: str(record.pk) for name, record in place.records.items()}
    only = place.records["plan" if address.startswith("treatment-plan/") else "statement"]
    record = ([r for name, r in place.records.items() if f"{{{name}}}" in address] or [only])[-1]
    record.refresh_from_db()
    client = bearer(place.tenant, *sorted(scopes), actor=place.actor, as_person=True)
    sent = {} if body is None else {"data": filled(body, ids), "content_type": JSON}
    headers = {"If-Match": f'"{record.version}"'} if hasattr(record, "version") else {}
    return getattr(client, method)(f"/api/v1/here/{address.format(**ids)}", **sent, headers=headers)


def filled(body, ids):
    """The body with ids in place of the names of records."""
    if isinstance(body, dict):
        return {name: filled(value, ids) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, ids) for value in body]
    return body.format(**ids) if isinstance(body, str) else body


def test_every_permission_that_a_token_can_have_has_a_door_here():
    asked = {name for name, permission in policy.permissions().items() if permission.scope}
    assert set(DOORS) | BEHIND_ANOTHER_DOOR == asked


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_token_with_every_scope_but_one_is_refused_and_changes_nothing(place, name):
    needed = scopes_that_open(policy.permissions()[name].scope)
    before = everything()
    answer = knock(place, set(SCOPES) - needed, DOORS[name])
    assert (answer.status_code, answer.json().get("permission")) == (403, name)
    assert not {m.__name__ for m in differences(before, everything())} - {"ApiToken", "Entry", "Chain", "OutboxEvent"}
    assert knock(place, set(SCOPES), DOORS[name]).status_code != 403


def test_asking_for_a_report_needs_its_scope_too():
    house = make_house()
    robot = Actor(SERVICE, house.tenant.pk, scopes=frozenset(set(SCOPES) - scopes_that_open("reports:read")))
    with pytest.raises(Forbidden):
        ask_for_report(actor=robot, kind="RPT-SOA")
