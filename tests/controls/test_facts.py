"""Facts, contradictions, proposals, checks, what falls due, the content reports read."""

import datetime as dt

import pytest

from aims.models import AISystem
from controls import checks as own_checks
from controls import facts, queries
from controls.contributions import approved as path
from controls.contributions import limits_of_system
from controls.models import Control, StatementOfApplicability
from controls.services import add_own_control, decide_control
from core import agenda, registries, scope
from core.checks import registered, sentence
from core.clock import now
from core.errors import NotFound
from core.workflow import take
from tests.controls.makers import approve, approved, decide_all, make_house, make_system, ready, submit

pytestmark = pytest.mark.django_db
LONG = "A reason that is certainly long enough."


def here(house):
    return scope.current(house.tenant.pk)


def found(house, check_id):
    check = next(one for one in registered() if one.id == check_id)
    return check.findings(here(house))


def test_an_exclusion_is_contradicted_by_name_while_a_suppliers_model_is_in_use():
    house = make_house()
    bought, made = make_system(house, development="bought"), make_system(house, development="in_house")
    make_system(house, state=AISystem.OUT_OF_SCOPE, state_reason="A pilot that ended", supplier="Maker")
    decide_control(actor=house.manager, code="A.10.3", applies="no")
    view = queries.soa_content(here(house))
    assert [(one.code, one.kind, one.refs) for one in view.contradictions] == [("A.10.3", "supplier", (bought.ref,))]
    assert str(view.contradictions[0]) == f"A.10.3 is excluded, but {bought.ref} runs on a supplier's model or product"
    assert made.ref not in str(view.contradictions[0])
    assert [sentence(one) for one in found(house, "CHK-SOA-03")] == [
        f"A.10.3 is excluded, though records speak for it: {bought.ref}"
    ]
    decide_control(actor=house.manager, code="A.10.3", applies="yes")
    assert queries.soa_content(here(house)).contradictions == []


def test_data_controls_are_contradicted_by_recorded_data_and_open_risks_by_whoever_registers_them():
    house = make_house()
    system = make_system(house, datasets="Claims")
    decide_control(actor=house.manager, code="A.7.4", applies="no")
    assert queries.soa_content(here(house)).row("A.7.4").contradictions[0].refs == (system.ref,)

    @registries.drivers.add("*", "test.risks")
    def risks(where):
        yield facts.Fact("A.6.2.4", facts.RISK, facts.RISK, ("RSK-7", "RSK-9"), contradicts=True)

    try:
        decide_control(actor=house.manager, code="A.6.2.4", applies="no")
        row = queries.soa_content(here(house)).row("A.6.2.4")
        assert str(row.contradictions[0]) == "A.6.2.4 is excluded, but RSK-7 and RSK-9"
        assert row.risks == ["RSK-7", "RSK-9"]
        decide_control(actor=house.manager, code="A.6.2.4", applies="yes")
        row = queries.soa_content(here(house)).row("A.6.2.4")
        assert row.proposal.drivers == ("risk",)
        assert row.proposal.reason == "Applies because it treats RSK-7 and RSK-9."
    finally:
        del registries.drivers.items["*"][-1]


def test_a_proposal_names_systems_and_risks_and_is_made_only_where_no_reason_stands():
    known = [
        facts.Fact("A.10.3", "supplier", "contract", ("SYS-2", "SYS-5"), facts._SUPPLIED.says, contradicts=True),
        facts.Fact("A.10.3", "risk", "risk", ("RSK-13",)),
    ]
    proposal = facts.proposal_of("A.10.3", known)
    assert proposal.reason == "Applies because SYS-2 and SYS-5 run on a supplier's model or product (RSK-13)."
    assert proposal.drivers == ("contract", "risk")
    assert facts.proposal_of("A.10.3", []) is None
    assert facts.named([f"SYS-{n}" for n in range(1, 22)]) == "SYS-1, SYS-2, SYS-3, SYS-4 and 17 more"


def test_the_checks_name_undecided_short_and_copied_rows():
    house = make_house()
    assert len(found(house, "CHK-SOA-01")) == 38
    decide_all(house, reason=LONG)
    add_own_control(actor=house.manager, title="Ours")
    decide_control(actor=house.manager, code="A.2.2", reason="N/A")
    assert [one.ref for one in found(house, "CHK-SOA-01")] == ["O.1"]
    codes = {one.ref: one.code for one in found(house, "CHK-SOA-02")}
    assert codes["A.2.2"] == "no-reason" and codes["A.2.3"] == "copied-reason" and len(codes) == 38
    decide_all(house)
    assert found(house, "CHK-SOA-02") == []


def test_the_checks_name_rows_without_owner_review_or_driver():
    house = make_house()
    decide_all(house)
    assert found(house, "CHK-SOA-05") == found(house, "CHK-SOA-06") == []
    decide_control(actor=house.manager, code="A.2.2", owner=None, drivers=[])
    decide_control(actor=house.manager, code="A.2.3", next_review=None)
    decide_control(actor=house.manager, code="A.2.4", applies="no", owner=None)
    assert [(one.ref, one.code) for one in found(house, "CHK-SOA-05")] == [
        ("A.2.2", "no-owner"), ("A.2.3", "no-review"),
    ]  # fmt: skip
    assert [one.ref for one in found(house, "CHK-SOA-06")] == ["A.2.2"]


def test_the_checks_name_missing_confirmations_and_a_version_older_than_its_basis():
    house = make_house()
    assert [one.code for one in found(house, "CHK-SOA-08")] == ["annex-a", "annex-b"]
    assert found(house, "CHK-SOA-07") == []
    approved(house)
    assert found(house, "CHK-SOA-08") == found(house, "CHK-SOA-07") == []
    make_system(house, screened_at=now())
    assert sentence(found(house, "CHK-SOA-07")[0]).startswith("v1 of the Statement of Applicability is older")
    assert {one.id for one in registered()} >= {f"CHK-SOA-0{n}" for n in (1, 2, 3, 5, 6, 7, 8)}
    assert own_checks.BASIS == "statement.basis"


def test_what_waits_is_named_for_whom_it_waits():
    house = make_house()

    def waits(actor):
        found = [due for due in agenda.waiting(here(house)) if actor.person_id in due.people]
        return [due.what for due in found if due.url_name.startswith(("soa", "control"))]

    assert waits(house.manager) == ["Decide 38 controls"]
    assert waits(house.approver) == []
    ready(house)
    submit(house)
    assert waits(house.approver) == ["Decide on the Statement of Applicability"]
    due = next(one for one in agenda.waiting(here(house)) if one.decision and one.url_name == "soa_approve")
    assert due.url(house.tenant.slug, house.approver.person_id) == f"/{house.tenant.slug}/soa/approve/"
    assert due.url(house.tenant.slug, house.manager.person_id) == f"/{house.tenant.slug}/soa/"
    take("return", house.statement, actor=house.approver, reason="Say more.")
    assert "Mend the returned Statement of Applicability" in waits(house.manager)
    decide_control(
        actor=house.manager, code="A.2.2", owner=house.contributor.person_id, next_review=dt.date(2027, 1, 1)
    )
    assert waits(house.contributor) == ["Review A.2.2 AI policy"]


def test_the_step_of_the_path_is_done_with_the_first_version():
    house = make_house()
    assert path(here(house)) == (0, 38, False)
    ready(house)
    assert path(here(house)) == (38, 38, False)
    submit(house)
    approve(house)
    assert path(here(house)) == (38, 38, True)


def test_the_whole_content_is_read_in_a_constant_number_of_queries(django_assert_max_num_queries):
    house = make_house()
    moment = here(house)
    with django_assert_max_num_queries(10) as captured:
        queries.soa_content(moment)
    few = len(captured)
    approved(house)
    systems = [make_system(house, supplier="Maker") for _n in range(10)]
    for code in ("A.2.2", "A.4.2"):
        decide_control(actor=house.manager, code=code, where="only", systems=[one.pk for one in systems])
    for number in range(4):
        add_own_control(actor=house.manager, title=f"Own {number}")
    moment = here(house)
    with django_assert_max_num_queries(10) as captured:
        view = queries.soa_content(moment)
        assert len(view.rows) == 42
        assert view.contradictions == []
        assert len(view.differences) == 6
        assert [area.code for area in view.areas] == [f"A.{n}" for n in range(2, 11)]
        assert (view.total, view.decided, view.excluded) == (38, 38, 0)
    assert len(captured) == few
    assert Control.objects.filter(management_system=house.tenant).count() == 42


def test_a_system_names_the_controls_that_do_not_apply_to_it():
    house = make_house()
    inside, outside = make_system(house), make_system(house)
    decide_control(actor=house.manager, code="A.9.4", applies="yes", where="only", systems=[inside.pk])
    decide_control(actor=house.manager, code="A.9.2", applies="yes", where="except", systems=[outside.pk])
    decide_control(actor=house.manager, code="A.9.3", applies="no", where="except", systems=[outside.pk])
    assert queries.limits_of(here(house), inside.pk) == []
    assert [row.code for row in queries.limits_of(here(house), outside.pk)] == ["A.9.2", "A.9.4"]
    template, context = limits_of_system(outside, here(house), house.manager)
    assert template == "controls/of_system.html" and len(context["rows"]) == 2
    assert limits_of_system(inside, here(house), house.manager) is None


def test_every_fact_of_a_system_speaks_for_its_controls():
    house = make_house()
    system = make_system(
        house, roles=["provider"], personal_data="yes", affected="Members", ai_act_class="GPAI HIGH_RISK_ANNEX_III",
        stage="OM", development="both", datasets="Claims", supplier="Maker",
    )  # fmt: skip
    known = facts.facts_of(here(house))
    kinds = {fact.kind for found in known.values() for fact in found}
    assert kinds == {
        "supplier", "data", "high_risk", "personal_data", "affected", "running", "built", "customers", "in_scope",
    }  # fmt: skip
    assert {fact.refs for found in known.values() for fact in found} == {(system.ref,)}
    assert set(known) <= set(Control.objects.filter(management_system=house.tenant).values_list("code", flat=True))
    assert facts.proposal_of("A.2.2", known["A.2.2"]).reason == f"Applies because {system.ref} is in scope."


@pytest.mark.tampers
def test_without_a_statement_there_is_nothing_to_read_or_to_edit():
    house = make_house()
    StatementOfApplicability.objects.filter(management_system=house.tenant).delete()
    with pytest.raises(NotFound):
        queries.soa_content(here(house))
    with pytest.raises(NotFound):
        decide_control(actor=house.manager, code="A.2.2", applies="yes")
    assert found(house, "CHK-SOA-07") == found(house, "CHK-SOA-08") == []
