"""The pages of data exposure say what was looked at first, draw the matrix, and show looks instead of values."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from aims.services.systems import register_system
from apis.exposure_room import impact_reviews, systems_to_review
from apis.findings import Finding
from apis.models import Endpoint, FlowTally, Service
from apis.overview import cards
from apis.services import change_finding, change_service, judge_again
from core import clock, workflow
from core.scope import current
from tests.apis.exposure.test_exposing import CARD, MAIL, bring, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(person):
    client = Client()
    client.force_login(person)
    return lambda address: client.get(f"/here/{address}")


@pytest.fixture
def filled(manager):
    prompt = {"prompt": f"Pay {CARD}, write to {MAIL} please"}
    bring(manager, line(1, model="m-1", request_body=prompt, response_body=f"Paid {CARD}"),
          line(2, path="/v1/orders", host="shop.example"), line(3, path=f"/v1/people/{MAIL}"))  # fmt: skip
    return Service.objects.get(host="llm.example")


def test_an_empty_page_says_what_can_be_looked_at(page):
    shown = page("apis/exposure/").content.decode()
    assert "LiteLLM" in shown and "/here/apis/brought-in/new/" in shown and "Nothing met is not the same" in shown


def test_what_was_looked_at_comes_first_then_the_matrix_then_the_list(page, filled):
    shown = page("apis/exposure/").content.decode()
    assert shown.index("What was looked at") < shown.index("Data classes and endpoints") < shown.index('id="register"')
    for words in ("Payment card number", "E-mail address", "POST /v1/chat/completions", "100 %", "Goes to a model",
                  "m-1", "shop.example", "0000000000000000"):  # fmt: skip
        assert words in shown, words
    assert CARD not in shown and MAIL not in shown


@pytest.mark.parametrize(
    ("query", "number"),
    [("flag=to_model", 3), ("flag=provider", 0), ("data_class=payment_card", 2), ("kind=personal", 2),
     ("direction=response", 1), ("where=path", 1), ("model=m-1", 4), ("service=API-1", 5), ("system=SYS-1", 0),
     ("flag=unconfirmed", 0), ("provider=nobody", 0)],
)  # fmt: skip
def test_flows_are_filtered_and_the_matrix_follows(page, filled, query, number):
    answer = page(f"apis/exposure/?{query}")
    assert answer.context["listing"].total == number
    assert bool(answer.context["drawing"].lines) is bool(number)


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_flows_are_exported_without_values(page, filled, kind):
    content = page(f"apis/exposure/?export={kind}").content
    assert CARD.encode() not in content and MAIL.encode() not in content and content


@pytest.mark.parametrize("sort", ["severity", "data_class", "line", "count", "confirmed", "last", "-where", "model"])
def test_flows_are_sorted(page, filled, sort):
    assert page(f"apis/exposure/?sort={sort}").status_code == 200


def test_the_past_says_that_it_cannot_be_shown(page, filled):
    asked = urlencode({"as_of": clock.now().isoformat()})
    shown = page(f"apis/exposure/?{asked}").content.decode()
    assert "the past cannot be shown" in shown and "m-1" not in shown


def test_services_and_endpoints_show_what_was_met_or_how_much_was_looked_at(page, filled):
    chat = Endpoint.objects.get(template="/v1/chat/completions")
    orders = Endpoint.objects.get(template="/v1/orders")
    for address in (f"apis/endpoints/{chat.ref}/", f"apis/services/{filled.ref}/"):
        shown = page(address).content.decode()
        assert "Payment card number" in shown and "0000000000000000" in shown and CARD not in shown
    shown = page(f"apis/endpoints/{orders.ref}/").content.decode()
    assert "None was met. Looked at: 1 × address" in shown


def test_a_service_with_many_flows_leads_to_the_rest(page, manager):
    bring(manager, *(line(n, path=f"/v{n}", request_body=MAIL) for n in range(3)))
    FlowTally.objects.bulk_create(
        FlowTally(service=one.service, management_system=one.management_system, method="GET", template=f"/own/{n}/x",
                  code="iban", where="body", direction="request", first_at=one.first_at, last_at=one.last_at, count=1)
        for one in FlowTally.objects.all()[:1] for n in range(50)
    )  # fmt: skip
    shown = page(f"apis/services/{Service.objects.get().ref}/").content.decode()
    assert "more flows" in shown
    assert "more endpoints are in the list below" in page("apis/exposure/").content.decode()


def test_owners_of_ai_systems_are_told_to_review_until_somebody_did(page, manager, person, filled):
    system = register_system(actor=manager, name="Claims helper", owner_id=person.pk)
    change_service(actor=manager, service_id=filled.pk, systems=[system])
    scope = current(manager.management_system_id)
    [due] = list(impact_reviews(scope))
    assert (due.ref, due.people) == (system.ref, (person.pk,))
    assert page(due.url("here").removeprefix("/here/")).context["listing"].total == 2
    assert "Impact assessment to be reviewed" in page(f"systems/{system.ref}/").content.decode()
    for one in Finding.objects.filter(rule__startswith="aims:exposure"):
        shown = page(f"apis/posture/findings/{one.ref}/").content.decode()
        assert f"/findings/{one.ref}/review/" in shown
        workflow.take("review", one, actor=manager, reason="Assessed again")
    assert not systems_to_review(scope).exists()
    assert "Impact assessment to be reviewed" not in page(f"systems/{system.ref}/").content.decode()


def test_a_review_is_said_on_a_page_and_stands_in_the_history(person, filled):
    client = Client()
    client.force_login(person)
    one = Finding.objects.filter(rule__startswith="aims:exposure").first()
    address = f"/here/apis/posture/findings/{one.ref}/"
    assert "What the review came to" in client.get(f"{address}review/").content.decode()
    client.post(f"{address}review/", {"reason": "Assessed again with the ward", "version": one.version})
    one.refresh_from_db()
    assert one.state == "mended"
    assert "Impact assessment reviewed" in client.get(address).content.decode()


def test_the_overview_counts_each_class_once_whatever_severity_people_set(page, manager, filled):
    codes = Finding.objects.filter(rule__startswith="aims:exposure").values_list("rule", flat=True)
    code = codes.first()
    bring(manager, line(9, model="m-2", request_body={"prompt": f"Pay {CARD}, write to {MAIL} please"}))
    assert codes.filter(rule=code).count() == 2
    one = Finding.objects.filter(rule=code).first()
    change_finding(actor=manager, finding=one, severity="low", severity_reason="A test number.")
    card = next(each for each in cards() if each.code == "exposure")
    drawn = card.draw(current(manager.management_system_id), "here")
    addresses = [bar.url for bar in drawn.bars]
    assert len(addresses) == len(set(addresses))
    for bar in drawn.bars:
        assert page(bar.url.removeprefix("/here/")).context["listing"].total == bar.number


def test_posture_says_that_what_reached_a_model_does_not_enter_the_score(page, filled, manager):
    judge_again(actor=manager, service=filled)
    open_ones = Finding.objects.filter(service=filled, state="open", rule__startswith="aims:exposure").count()
    assert open_ones > 1
    assert f"{open_ones} findings beside it" in page("apis/posture/").content.decode()
    shown = page(f"apis/posture/services/{filled.ref}/").content.decode()
    assert f"{open_ones} open findings do not enter the score" in shown
