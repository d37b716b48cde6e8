"""T12: text that is HTML or a formula stays text, on every page and in every export."""

import csv
import io

import pytest

from aims.services.systems import register_system
from controls.services import add_own_control, decide_control
from core.services.tenancy import describe
from risks.services.actions import add_action
from risks.services.register import register_risk
from tests.makers import actor_for, make_management_system, make_member
from tests.support import routes

pytestmark = pytest.mark.django_db
PAYLOAD = "<img src=x onerror=alert(1)>\"'{{ 7|add:7 }}"
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def page(client):
    tenant = make_management_system(slug="here")
    person = make_member(tenant, "manager", "administrator", name=PAYLOAD, function=PAYLOAD)
    actor = actor_for(person, tenant)
    describe(actor=actor, name=PAYLOAD, organisation=PAYLOAD, scope_statement=PAYLOAD)
    system = register_system(
        actor=actor, name=PAYLOAD, purpose=PAYLOAD, unit=PAYLOAD, supplier=PAYLOAD, owner=person.pk
    )
    texts = dict.fromkeys(("title", "cause", "event", "consequence", "affected", "rationale", "note"), PAYLOAD)
    risk = register_risk(actor=actor, systems=[system], owner=person.pk, **texts)
    register_risk(actor=actor, title=FORMULA)
    add_action(actor=actor, risk=risk, what=PAYLOAD, expected_effect=PAYLOAD, owner=person.pk)
    add_own_control(actor=actor, title=PAYLOAD)
    decide_control(actor=actor, code="A.2.2", applies="yes", reason=PAYLOAD, implementation=PAYLOAD, proof=PAYLOAD)
    client.force_login(person)
    return client


def test_html_in_every_text_stays_text_on_every_page(page):
    seen = 0
    for _name, address, slug, _view in routes():
        if slug and not address.startswith("/api/"):
            answer = page.get(address)
            if answer.status_code == 200 and not answer.streaming:
                seen += "&lt;img src=x" in answer.content.decode(errors="replace")
                assert PAYLOAD not in answer.content.decode(errors="replace"), address
                assert "<img src=x" not in answer.content.decode(errors="replace"), address
    for ref in ("/here/systems/SYS-1/", "/here/systems/SYS-1/edit/", "/here/soa/A.2.2/", "/here/search/?q=img"):
        answer = page.get(ref)
        assert answer.status_code == 200, ref
        assert "<img src=x" not in answer.content.decode(), ref
    assert seen > 20


def test_a_formula_is_guarded_in_an_export(page):
    rows = csv.reader(io.StringIO(page.get("/here/risks/?export=csv").content.decode("utf-8-sig")))
    cells = [cell for row in rows for cell in row if "HYPERLINK" in cell]
    assert cells
    assert not any(cell.startswith("=") for cell in cells)
