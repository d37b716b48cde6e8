"""A control excluded for one system only: page, PDF, workbook and data say so, and name what contradicts it."""

import io
import json
import subprocess

import openpyxl
import pytest
from django.test import Client
from django.utils.html import strip_tags

from controls import queries
from controls.services import decide_control
from core import scope
from core.checks import run
from reports.definitions import Options
from reports.documents.common import to_json
from reports.issuing import build
from reports.render.client import render
from reports.render.xlsx import to_xlsx
from tests.controls.makers import approve, make_house, make_system, ready, submit

pytestmark = [pytest.mark.django_db, pytest.mark.data]
REASON = "The supplier of the other systems is bound by contract; this one is being switched off."


@pytest.fixture
def house():
    """A.10.3 is left out for the one of two systems that runs on a supplier's model."""
    made = make_house("house", name="House")
    made.bought = make_system(made, name="Bought", supplier="Example Models", model_name="example-1")
    made.own = make_system(made, name="Own")
    ready(made)
    decide_control(actor=made.manager, code="A.10.3", where="except", systems=[made.bought.pk], reason=REASON)
    return made


def words(html):
    """The text of a page, as it is read."""
    return " ".join(strip_tags(html).replace("\u00a0", " ").replace("\u2011", "-").split())


def report(house):
    return build(scope.current(house.tenant.pk), "RPT-SOA", Options())


def pdf_text(report, tmp_path):
    file = tmp_path / "soa.pdf"
    file.write_bytes(render(report, "pdf"))
    told = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True)
    return " ".join(told.stdout.split())


def test_the_grid_and_the_walk_say_so(house):
    page = Client()
    page.force_login(house.person(house.manager))
    grid = page.get("/house/soa/").content.decode()
    row = grid[grid.index('id="A.10.3"') :]
    assert f"All except {house.bought.ref}" in words(row[: row.index("</tr>")])
    told = f"A.10.3 leaves out {house.bought.ref}, but {house.bought.ref} runs on a supplier&#x27;s model or product"
    assert told in page.get("/house/soa/submit/").content.decode()
    assert told in page.get("/house/soa/A.10.3/").content.decode()


def test_the_contradiction_is_a_finding_and_goes_when_the_other_system_is_left_out(house):
    def found():
        now = scope.current(house.tenant.pk)
        view = queries.soa_content(now)
        assert [c.code for c in view.contradictions] == [f.params["control"] for f in run(now)
                                                         if f.check.id == "CHK-SOA-03"]  # fmt: skip
        return [c.refs for c in view.contradictions if c.code == "A.10.3"]

    assert found() == [(house.bought.ref,)]
    decide_control(actor=house.manager, code="A.10.3", where="only", systems=[house.own.pk])
    assert found() == [(house.bought.ref,)]
    decide_control(actor=house.manager, code="A.10.3", where="only", systems=[house.bought.pk])
    assert found() == []
    decide_control(actor=house.manager, code="A.10.3", where="except", systems=[house.own.pk])
    assert found() == []


def test_data_workbook_and_pdf_say_so(house, tmp_path):
    found = report(house)
    data = json.loads(to_json(found))["report"]
    (local,) = data["local_exclusions"]
    assert (local["ref"], local["systems_out"], local["systems_in"]) == (
        "A.10.3", [house.bought.ref], [house.own.ref],
    )  # fmt: skip
    assert [one["ref"] for one in data["contradictions"]] == ["A.10.3"]
    assert {one["statement"] for one in data["confirmations"] if one["at"]} == {
        "compared_with_annex_a", "annex_b_considered",
    }  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(found)))
    cells = [[cell for cell in row if cell] for sheet in book for row in sheet.iter_rows(values_only=True)]
    assert any("A.10.3" in row and house.bought.ref in row and REASON in row for row in cells)
    text = pdf_text(found, tmp_path)
    assert f"All except {house.bought.ref}" in text
    assert "Necessary controls compared with Annex A" in text
    assert "leaves out" in text


def test_an_approver_sees_the_one_row_that_differs(house):
    submit(house)
    approve(house)
    decide_control(actor=house.manager, code="A.10.3", where="all", systems=[])
    submit(house)
    page = Client()
    page.force_login(house.person(house.approver))
    shown = page.get("/house/soa/approve/")
    assert [change.code for change, _title, _rows in shown.context["changes"]] == ["A.10.3"]
    assert f"<del>All except {house.bought.ref}</del>" in shown.content.decode()


def test_the_risk_report_says_who_compared_the_controls_with_annex_a(house):
    told = build(scope.current(house.tenant.pk), "RPT-RISK", Options())
    statement = queries.soa_content(scope.current(house.tenant.pk)).record
    assert told.comparison_confirmed_by.text == statement.annex_a_compared_by.name
    assert told.comparison_confirmed_at == statement.annex_a_compared_on.isoformat()
