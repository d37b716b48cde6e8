"""Each figure of a report has a short id that leads back to the rows it counted then."""

import json

import pytest

from core import scope
from reports.definitions import Options
from reports.documents.common import claim_id, content_hash, to_json
from reports.documents.kinds import from_json
from reports.issuing import build, rows_behind
from reports.models import IssuedReport
from reports.render.tables import figures_of
from reports.render.words import Words
from risks import services
from risks.models import Risk
from tests.makers import make_management_system
from tests.reports.test_changes import House
from tests.risks.makers import SEVERE
from tests.risks.test_pages import person_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    found = House()
    with found.on(1):
        found.risk("Wrong advice", SEVERE)
        found.risk("Late answer")
    return found


def test_ids_follow_from_the_claim_alone_and_differ():
    assert claim_id("risk.above") == claim_id("risk.above") != claim_id("risk.threats")
    tenant = make_management_system()
    for kind in ("RPT-SOA", "RPT-RISK"):
        claims = build(scope.current(tenant.pk), kind, Options()).claims
        assert len({one.id for one in claims}) == len(claims) > 20
        assert all(len(one.id) == 5 for one in claims)


def test_every_figure_of_the_summary_is_among_the_claims_of_the_data(house):
    with house.on(2), scope.snapshot(house.tenant.pk) as read:
        for kind in ("RPT-SOA", "RPT-RISK"):
            report = build(read, kind, Options())
            known = {one.claim: one.value for one in report.claims}
            assert all(known[figure.claim] == figure.value for _label, figure in figures_of(report, Words("en")))
            assert from_json(to_json(report)) == report
            told = json.loads(to_json(report))["report"]["claims"]
            assert {one["id"] for one in told} == {claim_id(claim) for claim in known}


def test_a_figure_leads_to_its_rows(house):
    with house.on(2), scope.snapshot(house.tenant.pk) as read:
        claim, rows = rows_behind(read, "RPT-RISK", Options(), claim_id("risk.above"))
        assert (claim.value, [row.title for row in rows]) == (1, ["Wrong advice"])


def test_the_page_shows_the_rows_of_then_whatever_happened_since(house):
    with house.on(2):
        report = house.issue()
    with house.on(9):
        risk = Risk.objects.get(title="Wrong advice")
        services.close(actor=house.manager, risk=risk, reason="Switched off")
    page = signed_in(person_of(house.manager))
    address = f"/house/claims/RPT-RISK-{report.seq}/{claim_id('risk.above').lower()}/"
    shown = page.get(address)
    assert (shown.status_code, [row.ref for row in shown.context["rows"]]) == (200, [risk.ref])
    link = shown.context["rows"][0].url
    assert link.startswith(f"/house/risks/{risk.ref}/?as_of=")
    assert page.get(link).status_code == 200
    content = IssuedReport.objects.get(pk=report.pk).content_hash
    past = scope.as_of(house.tenant.pk, report.as_of)
    assert content_hash(build(past, "RPT-RISK", Options())) == content


@pytest.mark.parametrize("number", ["RPT-RISK-999999", "RPT-NONE-1", "RPT-RISK-", "RPT-RISK-9" + "9" * 40])
def test_an_unknown_report_or_figure_has_no_page(house, number):
    page = signed_in(person_of(house.manager))
    assert page.get(f"/house/claims/{number}/AAAAA/").status_code == 404
    with house.on(2):
        report = house.issue()
    assert page.get(f"/house/claims/RPT-RISK-{report.seq}/AAAAA/").status_code == 404


def test_a_draft_counts_as_not_assessed_whatever_was_rated_in_it_as_on_where_we_stand(house):
    with house.on(2):
        services.register_risk(
            actor=house.manager, title="Thought of", owner=house.owner, whole_system=True,
            before_likelihood=4, before_consequences=SEVERE,
        )  # fmt: skip
    with house.on(3), scope.snapshot(house.tenant.pk) as read:
        draft = Risk.objects.of(read).get(title="Thought of")
        assert draft.today_level and draft.above_criteria
        report = build(read, "RPT-RISK", Options())
        assert (report.risks.value, report.above.value, report.not_assessed.value) == (3, 1, 1)
        assert report.above.value == Risk.objects.of(read).above_criteria().count()
        assert sum(one.today.value for one in report.levels) == 3
        assert [row.title for row in report.register if row.today is None] == ["Thought of"]
        assert draft.ref not in {ref for one in report.heat_maps for cell in one.cells for ref in cell.risks}
        assert [sheet.ref for sheet in report.sheets] == ["RSK-1"]
