"""Two assessments of a risk side by side."""

import pytest

from risks import services
from risks.effects import Assessing
from risks.models import Risk
from tests.risks.makers import make_assessed, make_control
from tests.risks.test_pages import at, person_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def risk(manager, owner, tenant):
    """Assessed, confirmed, then assessed again lower because of a control."""
    made = make_assessed(manager, owner)
    made = services.still_right(actor=manager, risk=made, sentence="No complaint since")
    return services.assess(
        actor=manager, risk=made, inputs=Assessing(trigger="change"), rationale="The screen was rebuilt.",
        today_likelihood=2, today_consequences={"individuals": 2},
        controls=[make_control(tenant, "A.9.2", status="in_place")],
    )  # fmt: skip


def compared(manager, risk, **chosen):
    page = signed_in(person_of(manager)).get(at("risk_compare", ref=risk.ref), chosen)
    return page, {str(label): (old, new) for label, old, new in page.context["changed"]}


def test_the_last_two_are_compared_unless_others_are_chosen(risk, manager):
    page, found = compared(manager, risk)
    assert (page.context["before"].number, page.context["after"].number) == (2, 3)
    assert found["Today"] == ("High", "Low")
    assert found["Why"] == ("No complaint since", "The screen was rebuilt.")
    assert found["Trigger"] == ("Still right", "Significant change")
    assert "A.9.2" in found["Controls relied on"][1] and found["Controls relied on"][0] == ""
    page, found = compared(manager, risk, **{"from": "1", "to": "2"})
    assert "Today" not in found
    assert ("Today", "High") in [(str(label), text) for label, text in page.context["same"]]


def test_a_consequence_rated_in_one_only_is_shown(risk, manager):
    _page, found = compared(manager, risk, **{"from": "1", "to": "3"})
    gone = [label for label, (old, new) in found.items() if label.startswith("Today: consequence") and not new]
    assert len(gone) == 2
    assert found["Today: likelihood"] == ("4 Likely", "2 Unlikely")


def test_an_unknown_assessment_and_a_risk_never_assessed_have_no_such_page(risk, manager):
    assert compared_status(manager, risk.ref, **{"from": "9"}) == 404
    draft = services.register_risk(actor=manager, title="Draft")
    assert compared_status(manager, draft.ref) == 404
    shown = signed_in(person_of(manager)).get(at("risk", ref=risk.ref)).content.decode()
    assert at("risk_compare", ref=risk.ref) in shown
    assert Risk.objects.get(pk=risk.pk).assessments.count() == 3


def compared_status(manager, ref, **chosen):
    return signed_in(person_of(manager)).get(at("risk_compare", ref=ref), chosen).status_code
