"""What is met in traffic joins the flows of a service; values are nowhere; what first reaches a model is a finding."""

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apis.findings import Exemption, Finding
from apis.models import Endpoint, FlowLooked, FlowTally
from apis.services import Delivery, bring_traffic, change_endpoint, choose_rule, judge_again, name_path
from core import workflow
from core.change import change
from core.errors import StepRefused
from core.models import ManagementSystem
from tests.apis.posture.makers import make_finding, make_service, soon
from tests.makers import actor_for, make_management_system, make_member

pytestmark = pytest.mark.django_db
CARD, MAIL = "4111111111111111", "anna.beispiel@example.org"


def line(number=0, path="/v1/chat/completions", **more):
    return {"at": f"2026-11-20T10:{number % 60:02}:00Z", "host": "llm.example", "method": "POST", "path": path,
            "status": 200, "key": f"k{number}", **more}  # fmt: skip


def bring(actor, *rows):
    content = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    return bring_traffic(actor=actor, delivery=Delivery(content, "lines.ndjson"))


def flows():
    rows = FlowTally.objects.order_by("template", "model", "code", "where", "direction")
    return [(one.line, one.model, one.code, one.where, one.direction, one.count, one.validated) for one in rows]


def test_what_bodies_and_addresses_carry_is_counted_by_flow(manager):
    prompt = {"messages": [{"role": "user", "content": f"Pay {CARD}, write to {MAIL}"}]}
    bring(manager, line(1, model="m-1", request_body=prompt, response_body="Done"), line(2, path=f"/v1/users/{MAIL}"))
    found = flows()
    assert ("POST /v1/chat/completions", "m-1", "payment_card", "body", "request", 1, 1) in found
    assert ("POST /v1/chat/completions", "m-1", "email", "body", "request", 1, 1) in found
    assert any(row[2:5] == ("email", "path", "request") for row in found)
    looked = FlowLooked.objects.get(template="/v1/chat/completions")
    assert (looked.requests, looked.responses) == (1, 1)


def test_the_first_time_a_class_reaches_a_model_is_a_finding_and_the_second_is_none(manager):
    bring(manager, line(1, model="m-1", request_body=f"Write to {MAIL}"))
    one = Finding.objects.get(rule="aims:exposure:email-to-model")
    assert (one.state, one.severity, one.params, one.method) == ("open", "medium", {"model": "m-1"}, "POST")
    bring(manager, line(2, model="m-1", request_body=f"Write to {MAIL} again"))
    assert Finding.objects.filter(rule="aims:exposure:email-to-model").count() == 1
    bring(manager, line(3, model="m-2", request_body=f"Write to {MAIL} again"))
    assert Finding.objects.filter(rule="aims:exposure:email-to-model").count() == 2


def test_what_goes_to_no_model_and_what_only_headers_carry_is_no_finding(manager):
    bring(manager, line(1, path="/v1/orders", request_body=f"Write to {MAIL}"),
          line(2, request_headers={"X-Customer": MAIL}))  # fmt: skip
    assert FlowTally.objects.filter(code="email").count() == 2
    assert not Finding.objects.filter(rule__startswith="aims:exposure").exists()


def in_house(slug, batches):
    """The flows, looks and findings of a management system into which batches come one after the other."""
    tenant = make_management_system(slug=slug)
    actor = actor_for(make_member(tenant, "manager"), tenant)
    for rows in batches:
        bring(actor, *rows)
    mine = FlowTally.objects.filter(management_system=tenant)
    names = ("method", "template", "model", "code", "where", "direction", "to_model", "count", "validated", "examples",
             "first_at", "last_at")  # fmt: skip
    looked = FlowLooked.objects.filter(management_system=tenant).values_list(
        "method", "template", "requests", "responses"
    )
    found = Finding.objects.filter(management_system=tenant, rule__startswith="aims:exposure").values_list(
        "rule", "params"
    )
    return (sorted(mine.values_list(*names), key=repr), sorted(looked), sorted(found, key=repr))


ROWS = [
    *(line(n, path=f"/v1/claims/claim-{n}x/notes", request_body=f"{MAIL} {CARD}") for n in range(14)),
    *(line(n, path=f"/v1/users/{n}?email={MAIL}") for n in range(3)),
    *(line(n, model=f"m-{n % 2}", request_body={"prompt": f"ask {MAIL}"}, response_body=CARD) for n in range(5)),
]
HOUSES = itertools.count()


@settings(max_examples=6, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.permutations(range(len(ROWS))), st.integers(1, len(ROWS)))
def test_any_split_and_any_order_give_the_same_flows(db, order, size):
    rows = [ROWS[place] for place in order]
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    assert in_house(f"h{next(HOUSES)}", parts) == in_house(f"h{next(HOUSES)}", [ROWS])


def test_flows_of_paths_that_become_one_add_up(manager):
    for part in (["a1", "b2"], [f"c{n}" for n in range(9)]):
        bring(manager, *(line(n, path=f"/v1/files/{name}", request_body=f"{MAIL}, {name}", response_body=CARD)
                         for n, name in enumerate(part)))  # fmt: skip
    assert set(flows()) == {
        ("POST /v1/files/{file_id}", "", "email", "body", "request", 11, 11),
        ("POST /v1/files/{file_id}", "", "payment_card", "body", "response", 11, 11),
    }
    [looked] = FlowLooked.objects.all()
    assert (looked.template, looked.requests, looked.responses) == ("/v1/files/{file_id}", 11, 11)


def test_naming_a_path_takes_its_flows_along(manager):
    bring(manager, line(1, path="/v1/one", request_body=MAIL), line(2, path="/v1/two", request_body=MAIL))
    one = Endpoint.objects.get(template="/v1/one")
    name_path(actor=manager, endpoint_id=one.pk, template="/v1/{number}")
    assert flows() == [("POST /v1/{number}", "", "email", "body", "request", 2, 2)]


def test_an_endpoint_that_comes_to_do_ai_work_marks_its_flows(manager):
    bring(manager, line(1, path="/v1/orders", request_body=MAIL))
    assert not FlowTally.objects.get().to_model
    change_endpoint(actor=manager, endpoint_id=Endpoint.objects.get().pk, ai_kind="inference")
    bring(manager, line(2, path="/v1/orders", request_body=MAIL))
    assert FlowTally.objects.get().to_model
    assert Finding.objects.filter(rule="aims:exposure:email-to-model").count() == 1
    change_endpoint(actor=manager, endpoint_id=Endpoint.objects.get().pk, ai_kind="")
    bring(manager, line(3, path="/v1/orders", request_body=MAIL))
    assert not FlowTally.objects.get().to_model


def test_what_goes_to_a_model_provider_goes_to_a_model(manager):
    bring(manager, line(1, path="/v1/other", host="api.openai.com", request_body=MAIL))
    assert FlowTally.objects.get().to_model
    assert Finding.objects.get().params == {"model": "OpenAI"}


def test_a_rule_that_is_off_and_an_exemption_leave_nothing_open(manager, tenant):
    code = "aims:exposure:email-to-model"
    choose_rule(actor=manager, code=code, on=False, reason="Known")
    bring(manager, line(1, model="m-1", request_body=MAIL))
    assert not Finding.objects.filter(rule=code).exists()
    choose_rule(actor=manager, code=code, on=True)
    approver = make_member(tenant, "approver")
    with change(manager, "test.exempt") as unit:
        unit.save(Exemption(level="rule", rule=code, reason="Agreed", until=soon(tenant), accepted_by=approver))
    bring(manager, line(2, model="m-1", request_body=MAIL))
    assert Finding.objects.get(rule=code).state == "accepted"


def test_a_person_says_that_the_assessment_was_reviewed_and_later_runs_leave_it(manager):
    bring(manager, line(1, model="m-1", request_body=MAIL))
    one = Finding.objects.get(rule="aims:exposure:email-to-model")
    workflow.take("review", one, actor=manager, reason="Assessed again with the ward")
    judge_again(actor=manager, service=one.service)
    bring(manager, line(2, model="m-1", request_body=MAIL))
    assert Finding.objects.get(pk=one.pk).state == "mended"
    other = make_finding(make_service(ManagementSystem.objects.get()))
    with pytest.raises(StepRefused):
        workflow.take("review", other, actor=manager, reason="No flow")
