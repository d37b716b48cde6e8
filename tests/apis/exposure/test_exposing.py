"""What is met in traffic joins the flows of a service; values are nowhere; what first reaches a model is a finding."""

import json

import pytest

from apis.findings import Finding
from apis.models import FlowLooked, FlowTally, Service
from apis.services import Delivery, bring_traffic
from tests.makers import actor_for, make_member

pytestmark = pytest.mark.django_db
CARD, MAIL = "4111111111111111", "anna.beispiel@example.org"


def line(number=0, path="/v1/chat/completions", **more):
    return {"at": f"2026-11-20T10:{number % 60:02}:00Z", "host": "llm.example", "method": "POST", "path": path,
            "status": 200, "key": f"k{number}", **more}  # fmt: skip


def bring(actor, *rows):
    content = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    return bring_traffic(actor=actor, delivery=Delivery(content, "lines.ndjson"))


@pytest.fixture
def manager(tenant):
    return actor_for(make_member(tenant, "manager"), tenant)


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


def test_the_same_lines_in_one_batch_or_in_many_are_the_same_flows(manager, tenant):
    rows = [line(n, path=f"/v1/users/u{n:03}x{n}/notes", request_body=f"{MAIL} {CARD}") for n in range(30)]
    bring(manager, *rows)
    whole = flows()
    Service.objects.all()
    FlowTally.objects.all().delete()
    from apis.models import Artefact  # noqa: PLC0415 (only here)

    assert whole and Artefact.objects.count() == 1
