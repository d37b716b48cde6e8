"""The demo as it is loaded: written through the services, in order, by people who were allowed to; once."""

import datetime
import itertools
import re
import stat
import uuid

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from aims import duplicates
from aims.models import AISystem
from controls import queries
from core import agenda, blobs, checks, ledger, reconcile, scope
from core.models import Approval, Checkpoint, Entry, ManagementSystem, Membership, Person
from core.purge import owned_tables
from reports.definitions import Options
from reports.demo import DOOR, MAIL, SLUG, calendar, load, sign_ins
from reports.documents import common
from reports.issuing import build, file_of
from reports.models import IssuedReport
from risks.models import Acceptance, Action, Risk
from tests.demo.reader import Reader
from tests.makers import make_management_system
from tests.support import differences, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(helvia):
    """The present of the demo."""
    return scope.current(helvia.pk)


@pytest.fixture
def ten_months_ago(helvia, now):
    """Four months into the story."""
    return scope.as_of(helvia.pk, now.moment - datetime.timedelta(days=304))


def test_the_history_is_sound_and_agrees_with_every_record(helvia):
    assert ledger.verify(ledger.chain_of(helvia.pk)).sound
    assert ledger.verify(ledger.instance_chain()).sound
    compared, fault = reconcile.records_fault(helvia.pk)
    assert fault is None
    assert compared > 200


def test_entries_are_in_order_within_fourteen_months_and_office_hours(helvia, now):
    rows = list(Entry.objects.filter(chain__management_system=helvia).order_by("seq").values_list("at", "door"))
    moments = [at for at, _door in rows]
    assert all(earlier < later for earlier, later in itertools.pairwise(moments))
    assert 400 < (now.moment - moments[0]).days < 440
    assert moments[-1] < now.moment
    local = [at.astimezone(calendar.ZONE) for at in moments]
    assert all(at.weekday() < 5 and 8 <= at.hour < 19 for at in local)
    assert {door for _at, door in rows} == {DOOR, "job", "link"}


def test_nobody_approved_or_accepted_what_they_wrote(helvia):
    approvals = list(Approval.objects.filter(management_system=helvia))
    assert {approval.record_type for approval in approvals} == {
        "controls.statementofapplicability", "risks.methodology", "risks.acceptance", "risks.treatmentplan",
    }  # fmt: skip
    for approval in approvals:
        assert str(approval.person_id) not in approval.authors
        assert approval.authors
    given = Acceptance.objects.filter(management_system=helvia, decided_at__isnull=False)
    for acceptance in given.select_related("risk"):
        assessors = acceptance.risk.assessments.filter(at__lte=acceptance.decided_at, confirmed_only=False)
        assert acceptance.decided_by_id != assessors.order_by("-number").first().assessed_by_id
        assert acceptance.decided_by_id != acceptance.asked_by_id


def test_everybody_acted_while_they_were_members(helvia):
    held = {member.person_id: member for member in Membership.objects.filter(management_system=helvia)}
    left = {
        uuid.UUID(state): at
        for state, at in Entry.objects.filter(action="people.leave").values_list("record_id", "at")
    }  # fmt: skip
    ended = {member.person_id: left[member.pk] for member in held.values() if member.ended}
    assert len(ended) == 1
    rows = Entry.objects.filter(chain__management_system=helvia, actor_kind="person").values_list("actor_id", "at")
    for actor, at in rows:
        member = held[uuid.UUID(actor)]
        assert member.created_at < at < ended.get(member.person_id, at + datetime.timedelta(1))
        assert "external_auditor" not in member.roles


def test_ten_months_ago_there_was_less_and_other_names(now, ten_months_ago):
    then, today = (AISystem.objects.of(one).in_scope().count() for one in (ten_months_ago, now))
    assert (then, today) == (5, 8)
    assert not queries.soa_content(ten_months_ago).versions
    assert queries.soa_content(now).latest.number == 1
    assert Risk.objects.of(ten_months_ago).count() < Risk.objects.of(now).count() == 28
    mailbox = f"mirja.solberg@{MAIL}"
    renamed = Person.objects.get(email=mailbox)
    assert renamed.name == "Mirja Solberg"
    assert Person.objects.using(ten_months_ago.alias).get(pk=renamed.pk).name == "Mirja Tamm"


def test_eight_systems_stand_at_different_stages(now):
    systems = AISystem.objects.of(now)
    assert len(set(systems.in_scope().values_list("stage", flat=True))) >= 5
    assert systems.in_scope().filter(development="bought").count() == 2
    assert systems.to_screen().count() == 4
    out = systems.get(state=AISystem.OUT_OF_SCOPE)
    assert len(out.state_reason) > 40


def test_staff_told_of_three_uses_by_a_link_and_one_of_them_looks_like_another(now):
    assert Entry.objects.filter(chain__management_system=now.management_system_id, actor_kind="link").count() == 3
    assert [pair.score > 0.8 for pair in duplicates.pairs(now)] == [True]


def test_risks_stand_at_all_levels_and_in_all_states(now):
    risks = Risk.objects.of(now)
    assert set(risks.values_list("state", flat=True)) == set(Risk.STATES)
    assert set(risks.assessed().values_list("today_level", flat=True)) == {"low", "medium", "high", "critical"}
    assert risks.assessed().filter(today_level="critical").count() == 1
    assert risks.filter(today_likelihood=0).count() >= 2
    assert risks.filter(kind="opportunity").count() == 1
    assert risks.acceptance_expired(now.today).count() == 1
    assert risks.review_due(now.today).count() == 1
    soon = now.today + datetime.timedelta(days=60)
    assert risks.filter(accepted_until__range=(now.today, soon)).count() == 1
    assert Acceptance.objects.of(now).filter(state=Acceptance.ASKED).count() == 1
    assert any(risk.assessments.count() > 2 for risk in risks)


def test_actions_are_done_open_and_overdue_and_some_did_not_work(now):
    actions = Action.objects.of(now)
    assert actions.filter(state=Action.OPEN, due__lt=now.today).count() >= 3
    assert set(actions.filter(state=Action.DONE).values_list("effectiveness", flat=True)) == {
        "", "effective", "partly", "ineffective",
    }  # fmt: skip


def test_the_statement_is_half_decided_after_an_approved_version(now):
    statement = queries.soa_content(now)
    assert (statement.total, statement.decided, statement.excluded) == (38, 21, 1)
    assert statement.record.state == "working"
    assert statement.contradictions
    assert len(statement.differences) > 5
    assert statement.own.rows
    assert any(row.control.next_review and row.control.next_review < now.today for row in statement.rows)


def test_checks_find_something_of_every_tier_they_have(now):
    tiers = {finding.check.tier for finding in checks.run(now)}
    assert {"blocks", "likely", "fix"} <= tiers
    assert len(list(checks.run(now))) < 60


def test_reports_were_issued_at_their_moment_with_whole_files(helvia, took):
    reports = list(IssuedReport.objects.filter(management_system=helvia).order_by("as_of"))
    assert [report.kind for report in reports] == ["RPT-SOA", "RPT-RISK", "RPT-RISK"]
    approved = Approval.objects.get(management_system=helvia, record_type="controls.statementofapplicability")
    assert approved.at < reports[0].as_of < approved.at + datetime.timedelta(hours=8)
    for report in reports:
        assert {known["format"] for known in report.files} == {"pdf", "json"}
        assert datetime.timedelta(0) <= report.created_at - report.as_of < took  # each takes less than all the story


def test_issued_reports_equal_the_past_read_today_with_the_names_of_then(helvia):
    for issued in IssuedReport.objects.filter(management_system=helvia):
        past = scope.as_of(helvia.pk, issued.as_of)
        assert (
            common.content_hash(build(past, issued.kind, Options(issued.language, issued.paper))) == issued.content_hash
        )
    statement = IssuedReport.objects.get(management_system=helvia, kind="RPT-SOA")
    text = blobs.read(file_of(statement, "json")).decode()
    assert "Mirja Tamm" in text
    assert "Mirja Solberg" not in text


def test_every_name_in_the_story_became_a_reference(helvia):
    texts = Entry.objects.filter(chain__management_system=helvia).exclude(state=None).values_list("state", flat=True)
    assert not [text for text in texts if re.search(r"(?<!/)(?<!~1)\{[a-z]", text)]  # paths hold /{names} of their own


def test_an_external_auditor_may_read_now_and_not_for_ever(helvia, now):
    auditor = Membership.objects.filter(management_system=helvia).valid_at(now.moment).get(roles=["external_auditor"])
    assert now.moment < auditor.valid_to < now.moment + datetime.timedelta(days=90)


def test_loading_again_changes_nothing(helvia, capsys):
    before = everything()
    call_command("demo")
    assert "there already" in capsys.readouterr().out
    assert not differences(before, everything())


def test_sign_ins_are_for_the_operator_alone_and_they_work(helvia, capsys):
    assert stat.S_IMODE(sign_ins.path().stat().st_mode) == 0o600
    call_command("sign_ins")
    found = dict(re.findall(r"(\S+@helvia\.example)\s+(\S+)", capsys.readouterr().out))
    assert len(found) == 15
    assert len(set(found.values())) == 15
    email, password = next(iter(found.items()))
    assert Person.objects.get(email=email).check_password(password)
    assert authenticate(None, email=email, password=password)
    assert not any(password in text for text in Entry.objects.exclude(state=None).values_list("state", flat=True))


def test_somebody_who_left_has_no_sign_in(helvia):
    assert "edda" not in sign_ins.read()
    assert not Person.objects.get(email__startswith="edda").has_usable_password()


def test_resetting_leaves_no_row_behind_and_the_instance_chain_names_the_purge(helvia, capsys, monkeypatch):
    chain = ledger.chain_of(helvia.pk)
    people = set(Person.objects.values_list("pk", flat=True))
    monkeypatch.setattr(load, "load", lambda: make_management_system(slug="elsewhere"))
    call_command("demo", "--reset")
    assert f"{chain.seq} entries" in capsys.readouterr().out
    assert not ManagementSystem.objects.filter(slug=SLUG).exists()
    other = ManagementSystem.objects.get()
    for model, name in owned_tables():
        field = model._meta.get_field(name)
        if field.related_model is ManagementSystem:
            left = model._default_manager.exclude(**{name: other.pk}).exclude(**{f"{name}__isnull": True})
            assert not left.exists(), model
    assert not Entry.objects.filter(chain_id=chain.pk).exists()
    assert not Checkpoint.objects.filter(chain_id=chain.pk).exists()
    purged = Entry.objects.get(action="management-systems.purge")
    assert chain.head in purged.reason
    assert purged.chain == ledger.instance_chain()
    assert people <= set(Person.objects.values_list("pk", flat=True))
    assert ledger.verify(ledger.instance_chain()).sound


def test_a_load_that_broke_off_is_begun_anew(helvia, capsys, monkeypatch):
    monkeypatch.setattr(load, "is_whole", lambda tenant: False)
    monkeypatch.setattr(load, "load", lambda: make_management_system(slug="elsewhere"))
    call_command("demo")
    assert "taken away" in capsys.readouterr().out
    assert not ManagementSystem.objects.filter(slug=SLUG).exists()


def test_days_fall_on_working_days(helvia):
    today = scope.current(helvia.pk).today
    assert all(calendar.day(today, offset).weekday() < 5 for offset in range(-30, 30))
    assert [calendar.day(today, offset) for offset in range(-30, 30)] == sorted(
        calendar.day(today, o) for o in range(-30, 30)
    )


@pytest.mark.parametrize("name", ["ines.marholt", "tomas.ryde"])
def test_every_number_leads_to_as_many_rows_for_a_manager_and_for_an_owner(helvia, name):
    reader = Reader(helvia, name)
    found = reader.figures()
    places = {url.split("/")[2] for url, _number in found}
    assert {"risks", "systems", "soa", "findings", "my-work"} <= places
    assert len(found) > 60 and not reader.wrong(found)


def test_every_number_of_the_past_leads_to_rows_of_the_past(helvia):
    reader = Reader(helvia, "ines.marholt")
    moment = scope.current(helvia.pk).moment - datetime.timedelta(days=200)
    found = reader.figures({"as_of": moment.isoformat()})
    assert len(found) > 40 and [url for url, _number in found if "as_of=" not in url] == []
    assert not reader.wrong(found)


def test_the_path_has_nine_steps_and_says_which_are_not_started_here(helvia):
    body = Reader(helvia, "ines.marholt").client.get("/helvia/where-we-stand/").content.decode()
    path = re.search(r'<ol class="path of-9">.*?</ol>', body, re.S)[0]
    assert path.count("<li") == 9
    missing = sum(step.count is None for step in agenda.path_steps())
    assert path.count("Not started here yet") == missing
