"""Risks come in by the wizard: drafts are made, texts change by the register's rules, never levels or acceptances."""

import io

import pytest
from django.utils import translation

from core import jobs, workflow
from core.errors import Forbidden
from core.imports import Setup, running, wizard
from core.imports import setup as setup_of
from core.models import Entry, Job, Person
from core.tables import read_table
from risks import services
from risks.models import Risk
from risks.registers import RATING_NAMES, RiskRegister
from risks.services.imports import RISKS
from tests.aims.conftest import browser_of
from tests.aims.makers import csv_file
from tests.makers import actor_for
from tests.risks.makers import make_assessed, make_control, make_risk, make_system
from tests.support import one_entry_per_write

pytestmark = pytest.mark.django_db
HEAD = ["Risk", "Description", "AI system", "Risk owner", "Likelihood", "Impact", "Treatment", "Controls"]


def planned(actor, *rows, **said):
    """What these rows, header first, would do with suggestions as they come; open columns are left out."""
    table = read_table(csv_file(*rows).getvalue(), "risks.csv")
    tenant = actor.management_system_id
    setup = setup_of.suggested(RISKS, tenant, table, Setup(**said))
    setup = setup_of.with_values(RISKS, tenant, table, setup)
    assert not setup.undecided(table.labels), setup.targets
    return wizard.plan_import(actor, RISKS, table, setup)


def kinds(found):
    """The kinds of outcomes in the order of the rows, with why rows are refused."""
    return [(row.kind, getattr(row, "reason", "")) for row in found.plan.outcomes]


@pytest.fixture
def page(tenant, manager):
    """The manager's browser."""
    return browser_of(Person.objects.get(pk=manager.person_id))


def test_a_foreign_register_becomes_drafts_and_is_undone_as_one(page, tenant, manager, owner):
    system, other = make_system(tenant, "Triage, north"), make_system(tenant, "Chat")
    control = make_control(tenant, "A.5.2")
    rows = (
        HEAD,
        ["Wrong advice", "It is wrong", "Triage, north, Chat", "Owner One", "4", "2", "mitigate", "A.5.2"],
        ["Leak", "", "All systems", "", "0", "", "accept", ""],
        ["Lost", "", "Nowhere", "", "", "", "", ""],
        ["Rated", "", "", "", "9", "", "", ""],
    )
    answer = page.post("/risky/imports/new/risks/", {"file": csv_file(*rows)})
    base = answer["Location"].rpartition("/")[0].rpartition("/")[0] + "/"
    dry = page.get(f"{base}check/")
    refused = [row.reason for row in dry.context["plan"].refusals]
    assert refused == ["There is no one AI system “Nowhere”.", "“9” is not in the list of values."]
    with one_entry_per_write():
        result = page.post(f"{base}check/", {"apply": "1"})["Location"]
        jobs.run_waiting()
    assert "Assess the new risks" in page.get(result).content.decode()
    first, second = Risk.objects.order_by("ref")
    assert (first.state, first.title, first.event, first.owner) == ("draft", "Wrong advice", "It is wrong", owner)
    assert set(first.systems.all()) == {system, other} and list(first.controls.all()) == [control]
    assert (first.before_likelihood, first.before_consequences) == (4, {"organisation": 2})
    assert first.before_level and first.today_level == first.before_level and first.option == "change_likelihood"
    assert (second.whole_system, second.before_likelihood, second.option) == (True, 0, "retain")
    assert page.get(f"{base}check/").context["plan"].counts["unchanged"] == 2  # twice is once
    page.post(f"{result}undo/")
    jobs.run_waiting()
    assert not Risk.objects.exists()


@pytest.mark.parametrize(("kind", "language"), [("csv", "en"), ("xlsx", "de"), ("json", "en")])
def test_an_export_of_the_register_comes_back_with_zero_changes(page, tenant, manager, owner, kind, language):
    twin = [make_system(tenant, "Twin"), make_system(tenant, "Twin")]
    make_assessed(manager, owner, systems=twin, whole_system=False, controls=[make_control(tenant, "A.5.2")])
    make_risk(manager, title="=Draft, with a comma", systems=[make_system(tenant, "A, B")], option="share")
    make_assessed(manager, owner, title="Everything", kind="opportunity")
    Person.objects.filter(pk=manager.person_id).update(language=language)
    columns = ",".join(column.key for column in RiskRegister.columns)
    data = page.get(f"/risky/risks/?columns={columns}&export={kind}", follow=True).content
    given = {"name": f"export.{kind}", "size": len(data), "content": io.BytesIO(data)}
    blob = wizard.keep_file(actor=manager, described=RISKS, **given)
    setup = Setup.of(wizard.begin(actor=manager, described=RISKS, blob=blob).setup)
    table = wizard.open_file(blob, setup)
    assert wizard.needs(RISKS, tenant.pk, table, setup) == "", setup.targets
    found = wizard.plan_import(manager, RISKS, table, setup)
    assert found.plan.counts["unchanged"] == 3, list(found.plan.described())


def test_what_was_assessed_or_accepted_changes_only_by_its_steps(tenant, manager, owner):
    assessed = make_assessed(manager, owner, title="Assessed")
    closed = make_assessed(manager, owner, title="Closed")
    workflow.take("close", closed, actor=manager, reason="Over")
    found = planned(
        manager, ["Ref", "Likelihood", "Note"],
        [assessed.ref, "1", ""], [closed.ref, "", "late"], ["RSK-99", "1", "x"],
    )  # fmt: skip
    assert [reason for _kind, reason in kinds(found)] == [
        "This belongs to the assessment: choose Mark as assessed to assess the risk again",
        "This risk is closed: reopen it first.",
        "There is no record with this reference. Leave it blank for a new one.",
    ]
    fine = planned(manager, ["Ref", "Likelihood", "Note"], [assessed.ref, "4", "seen"])
    applied = fine.execute()
    assessed.refresh_from_db()
    assert (applied.changed, assessed.note, assessed.state) == (1, "seen", "assessed")


def test_a_title_that_several_risks_bear_names_none_of_them(manager):
    for title in ("Same", "Same", "Only"):
        make_risk(manager, title=title)
    found = planned(manager, ["Risk", "Note"], ["Same", "x"], ["Only", "x"], ["New", "x"])
    assert [kind for kind, _reason in kinds(found)] == ["refused", "change", "create"]
    assert "Several records" in kinds(found)[0][1]


def test_a_blank_clears_a_text_but_not_a_rating(manager):
    risk = make_risk(manager, title="Rated", note="old", before_likelihood=3, before_consequences={"groups": 2})
    found = planned(manager, ["Ref", "Note", "Likelihood"], [risk.ref, "", ""])
    assert dict(found.plan.outcomes[0].changes) == {"note": ("old", "")}
    found.execute()
    risk.refresh_from_db()
    assert (risk.note, risk.before_likelihood) == ("", 3)


def test_whoever_may_not_change_a_risk_does_not_by_import(tenant, manager, owner, auditor):
    mine, theirs = make_risk(manager, title="Mine", owner=owner), make_risk(manager, title="Theirs")
    actor = actor_for(owner, tenant)
    found = planned(actor, ["Ref", "Note"], [mine.ref, "x"], [theirs.ref, "x"])
    assert kinds(found) == [("change", ""), ("refused", f"You may not change {theirs.ref}.")]
    with pytest.raises(Forbidden):
        planned(actor_for(auditor, tenant), ["Ref", "Note"], [mine.ref, "x"])
    assert browser_of(auditor).get("/risky/imports/new/risks/").status_code == 403


def test_a_row_overtaken_between_planning_and_writing_is_said(manager, tenant, owner):
    risks = [make_risk(manager, title=title, owner=owner) for title in ("A", "B", "C", "D", "E")]
    rows = [[risk.ref, f"import {risk.title}", ""] for risk in risks]
    found = planned(actor_for(owner, tenant), ["Ref", "Note", "Owner"], *[[*row[:2], "Owner One"] for row in rows])
    services.change_risk(actor=manager, risk=risks[0], note="mine")
    services.delete_draft(actor=manager, risk=risks[1])
    services.change_risk(actor=manager, risk=risks[2], cause="elsewhere")
    services.change_risk(actor=manager, risk=risks[3], owner=None)
    applied = found.execute()
    assert applied.meanwhile == {
        risks[0].ref: "changed-meanwhile", risks[1].ref: "deleted-meanwhile", risks[3].ref: "changed-meanwhile",
    }  # fmt: skip
    assert [row.row for row in running.overtaken(found.plan, applied)] == [2, 3, 5]
    assert {risk.note for risk in Risk.objects.all()} == {"mine", "import C", "", "import E"}


def test_values_that_cannot_be_stored_are_refused_with_their_column(manager):
    found = planned(manager, ["Risk", "Note", "Controls", "Review"], ["A", "x" * 5000, "", ""], ["B", "", "Z.1", ""])
    assert [(row.column, row.code) for row in found.plan.refusals] == [("Note", "invalid"), ("Controls", "invalid")]


def test_an_import_job_is_found_again_by_who_may(page, manager, tenant):
    found = planned(manager, ["Risk", "Kind", "Review"], ["A", "Opportunity", "2027-03-31"], ["B", "", ""])
    found.execute("11111111-1111-1111-1111-111111111111")
    assert [(r.kind, str(r.next_review)) for r in Risk.objects.order_by("ref")] == [
        ("opportunity", "2027-03-31"), ("threat", "None"),
    ]  # fmt: skip
    assert Entry.objects.filter(action="risks.import").count() == 2 and not Job.objects.exists()
    assert page.get("/risky/imports/new/risks/").status_code == 200


def test_the_head_of_the_target_in_an_export_is_never_taken_for_the_objective():
    for language in ("en", "de"):
        with translation.override(language):
            head = str(RATING_NAMES["target"])
            setup = setup_of.suggested(
                RISKS, None, read_table(csv_file([head], ["x"]).getvalue(), "risks.csv"), Setup()
            )
            assert "objective" not in setup.targets.values(), head
