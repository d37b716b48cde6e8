"""History, jobs, search, home, where we stand, help: each through its page."""

import datetime as dt
import json
import re
from urllib.parse import quote

import pytest

from aims.services.systems import change_system, register_system
from controls.services import add_own_control, decide_control, remove_own_control
from core import agenda, checks, clock, jobs, registries
from core.change import change
from core.checks import Finding
from core.models import Entry, Job, LedgerPass, Membership, Profile, SearchRow
from core.services.members import change_member
from core.services.tenancy import describe
from core.services.tokens import create_token
from core.undo import undo
from risks.services.register import delete_draft, register_risk
from tests.makers import make_management_system, make_member
from tests.pages.conftest import browser

pytestmark = pytest.mark.django_db

PAGES = [
    "my-work", "where-we-stand", "findings", "search/?q=x", "people", "people/who-can", "settings", "tokens", "history",
    "history/check", "jobs", "help", "help/sources",
]  # fmt: skip


def text(response):
    return response.content.decode()


def at(page):
    return f"/sample/{page}" if "?" in page else f"/sample/{page}/"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_read_by_members_and_by_external_auditors_and_by_nobody_else(
    page, tenant, contributor, auditor, client
):
    stranger = browser(make_member(make_management_system("other"), "manager"))
    assert browser(contributor).get(at(page)).status_code == 200
    assert browser(auditor).get(at(page)).status_code == 200
    assert stranger.get(at(page)).status_code == 404
    answer = client.get(at(page))
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("roles", "place"),
    [
        (["contributor"], "my-work"),
        (["approver"], "my-work"),
        (["manager"], "where-we-stand"),
        (["internal_auditor"], "where-we-stand"),
    ],
)
def test_each_role_lands_where_its_work_is(tenant, roles, place, monkeypatch):
    monkeypatch.setattr(agenda, "_homes", {})
    assert browser(make_member(tenant, *roles)).get("/sample/")["Location"] == f"/sample/{place}/"


def test_history_says_who_changed_what_from_what_to_what(page, tenant, actor, contributor):
    describe(actor=actor, scope_statement="First.", reason="Start")
    describe(actor=actor, scope_statement="Second.", reason="Agreed with the board")
    entry = Entry.objects.filter(action="core.profile.change").order_by("-seq").first()
    shown = text(page.get(f"/sample/history/{entry.seq}/"))
    for words in ("<del>First.</del>", "<ins>Second.</ins>", "Agreed with the board", "Manager One", entry.hash):
        assert words in shown
    listed = text(page.get("/sample/history/?who=me&what=core.profile"))
    assert listed.count("Settings changed") == 2
    assert "Owner One" in text(page.get("/sample/history/?what=core.membership"))


def test_history_reads_with_the_same_number_of_queries_for_few_and_many_entries(
    page, tenant, actor, contributor, django_assert_max_num_queries
):
    member = Membership.objects.get(person=contributor)
    page.get("/sample/history/")
    with django_assert_max_num_queries(12) as few:
        page.get("/sample/history/")
    for n in range(20):
        change_member(actor=actor, member=member, function=f"Function {n}")
    with django_assert_max_num_queries(12) as many:
        page.get("/sample/history/")
    assert len(many) == len(few)


def test_checking_the_seals_says_sound_and_after_a_forgery_names_the_entry(page, tenant, actor):
    describe(actor=actor, scope_statement="First.")
    shown = text(page.post("/sample/history/check/"))
    assert "Sound." in shown and str(Entry.objects.filter(chain__management_system=tenant).count()) in shown
    LedgerPass.objects.create(chain_id=tenant.chain.pk)
    Entry.objects.filter(chain=tenant.chain, seq=2).update(reason="forged")
    shown = text(page.post("/sample/history/check/"))
    assert "Not as it was written" in shown and "Entry 2" in shown


def test_a_checkpoint_is_taken_away_as_a_file(page, tenant):
    answer = page.post("/sample/history/checkpoint/")
    assert "attachment" in answer["Content-Disposition"]
    kept = json.loads(answer.content)
    assert kept["chain"] == str(tenant.chain.pk) and kept["signature"]


def test_a_step_is_undone_after_showing_what_comes_back_and_what_stays(page, tenant, actor):
    describe(actor=actor, scope_statement="First.")
    describe(actor=actor, scope_statement="Second.")
    first, last = Entry.objects.filter(action="core.profile.change").order_by("seq")
    shown = text(page.get(f"/sample/history/steps/{last.change_id}/undo/"))
    assert "Second." in shown and "First." in shown and "Undo the step" in shown
    assert re.search(r"Undo “[^”]*: [^”]*”\?", shown)
    old = text(page.get(f"/sample/history/steps/{first.change_id}/undo/"))
    assert "changed since" in old and "Undo the step" not in old
    assert page.post(f"/sample/history/steps/{last.change_id}/undo/").status_code == 302
    assert Profile.objects.get().scope_statement == "First."
    undone = Entry.objects.filter(action="core.undo").latest("seq")
    shown = text(page.get(f"/sample/history/{undone.seq}/"))
    assert "Step undone" in shown and f"undo {last.change_id}" not in shown


def test_the_title_of_an_undo_says_what_is_undone(page, actor):
    systems = [register_system(actor=actor, name=f"System {n}") for n in range(2)]
    with change(actor, "aims.change_systems") as unit:
        for one in systems:
            one.name += "!"
            unit.save(one)
    step = Entry.objects.latest("seq").change_id
    shown = page.get(f"/sample/history/steps/{step}/undo/").content.decode()
    assert shown.count("Undo “2 AI systems: changed together”?") == 2  # of the window and of the page


def test_only_managers_undo_and_others_learn_who_can(tenant, actor, contributor, auditor):
    describe(actor=actor, scope_statement="First.")
    step = Entry.objects.get(action="core.profile.change").change_id
    for person in (contributor, auditor):
        client = browser(person)
        shown = text(client.get(f"/sample/history/steps/{step}/undo/"))
        assert "Manager One" in shown and "Undo the step" not in shown
        assert client.post(f"/sample/history/steps/{step}/undo/").status_code == 403
    assert Profile.objects.get().scope_statement == "First."


def test_a_revoked_token_does_not_come_back_by_undo(page, tenant, actor):
    token, _secret = create_token(actor=actor, name="N", scopes=["read"], expires_at=clock.now() + dt.timedelta(days=3))
    page.post(f"/sample/tokens/{token.pk}/revoke/")
    step = Entry.objects.get(action="tokens.revoke").change_id
    assert "Undo the step" not in text(page.get(f"/sample/history/steps/{step}/undo/"))
    assert page.post(f"/sample/history/steps/{step}/undo/").status_code == 409
    token.refresh_from_db()
    assert token.revoked_at


def test_a_step_of_another_management_system_is_not_found(page, tenant):
    make_management_system("other")
    foreign = Entry.objects.filter(chain__management_system__slug="other").first()
    assert page.get(f"/sample/history/steps/{foreign.change_id}/undo/").status_code == 404
    assert page.post(f"/sample/history/steps/{foreign.change_id}/undo/").status_code == 404


def make_job(tenant, person, **fields):
    packed = {
        "kind": "person", "management_system_id": str(tenant.pk), "person_id": str(person.pk), "roles": ["manager"],
        "door": "page", "request_id": "", "scopes": ["*"], "source": "", "token_id": None,
        "recently_authenticated": True,
    }  # fmt: skip
    params = {
        "register": "people",
        "format": "csv",
        "query": "",
        "slug": "sample",
        "path": "/",
        "as_of": "",
        "language": "en",
    }
    return Job.objects.create(
        management_system=tenant, kind="registers.export", title="people.csv", params=params, actor=packed,
        requested_by=person, **fields,
    )  # fmt: skip


def test_a_job_shows_its_progress_and_its_results_are_downloads_that_run_nothing(page, tenant, manager):
    job = make_job(tenant, manager)
    url = f"/sample/jobs/{job.pk}/"
    assert "Waiting" in text(page.get(url))
    assert "job-" in text(page.get(url + "progress/", headers={"HX-Request": "true"}))
    jobs.run(job.pk)
    poll = page.get(url + "progress/", headers={"HX-Request": "true"})
    assert poll.status_code == 204 and poll["HX-Redirect"] == url
    link = re.search(rf'href="({url}files/\d+/)"', text(page.get(url)))[1]
    answer = page.get(link)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Content-Security-Policy"].startswith("sandbox")
    assert b"Manager One" in b"".join(answer.streaming_content)
    other = browser(make_member(make_management_system("other"), "manager"))
    assert other.get(link).status_code == 404 and other.get(link.replace("sample", "other")).status_code == 404


def test_a_failed_job_says_why(page, tenant, manager):
    job = make_job(tenant, manager, state=Job.FAILED, error="The disk is full.")
    assert "The disk is full." in text(page.get(f"/sample/jobs/{job.pk}/"))


def test_who_asked_cancels_and_a_bystander_does_not(tenant, contributor, auditor):
    job = make_job(tenant, contributor)
    assert browser(auditor).post(f"/sample/jobs/{job.pk}/cancel/").status_code == 403
    assert browser(make_member(tenant, "contributor")).post(f"/sample/jobs/{job.pk}/cancel/").status_code == 403
    assert browser(contributor).post(f"/sample/jobs/{job.pk}/cancel/").status_code == 302
    job.refresh_from_db()
    assert job.state == Job.CANCELLED


@pytest.fixture
def registered(monkeypatch):
    """A check, something that waits and a step of the path, for this test only."""
    monkeypatch.setattr(checks, "_checks", {})
    monkeypatch.setattr(registries.agenda, "items", {})
    monkeypatch.setattr(agenda, "_steps", dict(agenda._steps))

    @checks.check("CHK-TST-01", tier="blocks", clause="5.3", message="%(name)s has no function", minutes=4)
    def nameless(scope):
        for member in Membership.objects.of(scope).filter(function="").select_related("person"):
            yield Finding(member, "no-function", {"name": member.person.name})

    @registries.agenda.add("*", "test")
    def waits(scope):
        for member in Membership.objects.of(scope):
            yield agenda.Due("Say your function", "member", {"pk": member.pk}, (member.person_id,),
                             scope.today - dt.timedelta(days=2), minutes=2)  # fmt: skip

    agenda.path_step("test", 50, "People named", "people", lambda scope: (1, 4))


def test_where_we_stand_draws_what_is_registered(page, tenant, contributor, registered):
    shown = text(page.get("/sample/where-we-stand/"))
    assert "People named" in shown and "1 of 4" in shown
    assert re.search(r"<h2>[^<]+ has no function</h2>", shown)
    number = re.search(r'href="([^"]*findings/\?clause=5&amp;tier=blocks)">(\d+)</a>', shown)
    rows = text(page.get(number[1].replace("&amp;", "&")))
    assert int(number[2]) == rows.count("has no function") == 3
    late = re.search(r'href="([^"]*my-work/\?of=[^"#]+)#overdue">(\d+)</a>', shown)
    assert "Say your function" in text(page.get(late[1])) and late[2] == "1"


def test_my_work_lists_what_waits_for_me_and_a_link_lists_it_for_somebody_else(page, tenant, contributor, registered):
    own = text(browser(contributor).get("/sample/my-work/"))
    assert own.count("Say your function") == 1 and "Overdue" in own
    other = text(page.get(f"/sample/my-work/?of={contributor.pk}"))
    assert "Work of Owner One" in other and f"people/{Membership.objects.get(person=contributor).pk}/" in other


def test_search_finds_words_and_jumps_to_a_reference(page, tenant, manager):
    member = Membership.objects.get(person=manager)
    SearchRow.objects.create(management_system=tenant, record_type="core.membership", record_id=member.pk, ref="MEM-7",
                             title="Triage waits", text="Waiting when care is urgent", at=clock.now())  # fmt: skip
    other = make_management_system("other")
    SearchRow.objects.create(management_system=other, record_type="core.membership", record_id=other.pk, ref="MEM-8",
                             title="Triage elsewhere", text="", at=clock.now())  # fmt: skip
    shown = text(page.get("/sample/search/?q=urgent+triage"))
    assert "Triage waits" in shown and "elsewhere" not in shown
    assert page.get("/sample/search/?q=mem-7")["Location"] == f"/sample/people/{member.pk}/"
    assert "Nothing holds these words" in text(page.get("/sample/search/?q=mem-8"))


def test_search_in_the_past_reads_the_past_and_stays_there(page, tenant, actor):
    system = register_system(actor=actor, name="Claims triage")
    moment = Entry.objects.order_by("-at").first().at
    change_system(actor=actor, system_id=system.pk, name="Invoice sorter")
    then = {"as_of": moment.isoformat()}
    shown = text(page.get("/sample/search/", {"q": "triage claims", **then}))
    there = f"/sample/systems/{system.ref}/?as_of={quote(moment.isoformat())}"
    assert "Claims triage" in shown and there in shown
    assert f'name="as_of" value="{moment.isoformat()}"' in shown
    assert "Invoice" not in text(page.get("/sample/search/", {"q": "invoice", **then})).replace("“invoice”", "")
    assert page.get("/sample/search/", {"q": system.ref, **then})["Location"] == there
    assert "Invoice sorter" in text(page.get("/sample/search/?q=sorter"))
    assert "Claims triage" not in text(page.get("/sample/search/?q=triage"))


def test_an_entry_about_a_control_leads_to_its_page(page, tenant, actor):
    decide_control(actor=actor, code="A.2.2", applies="yes", reason="A policy for AI is needed.")
    entry = Entry.objects.order_by("-id").first()
    assert "/sample/soa/A.2.2/" in text(page.get(f"/sample/history/{entry.seq}/"))


def test_pages_of_the_past_show_the_past_and_offer_nothing(page, tenant, actor):
    describe(actor=actor, scope_statement="First.")
    moment = Entry.objects.order_by("-at").first().at
    describe(actor=actor, scope_statement="Second.")
    shown = text(page.get("/sample/settings/", {"as_of": moment.isoformat()}))
    assert "First." in shown and "Second." not in shown and "settings/edit" not in shown
    assert "First." in text(page.get("/sample/where-we-stand/", {"as_of": moment.isoformat()}))
    assert "Invite somebody" not in text(page.get("/sample/people/", {"as_of": moment.isoformat()}))
    assert page.get("/sample/history/", {"as_of": moment.isoformat()}).status_code == 200


def test_what_was_deleted_leads_nowhere_in_the_history_and_what_was_restored_leads_there_again(page, tenant, actor):
    risk = register_risk(actor=actor, title="Wrong advice")
    link = f'href="/sample/risks/{risk.ref}/"'
    made = f"/sample/history/{Entry.objects.get(record_id=str(risk.pk)).seq}/"
    assert link in text(page.get(made))
    delete_draft(actor=actor, risk=risk)
    assert link not in text(page.get(made))
    undo(actor, Entry.objects.get(op=Entry.DELETE).change_id)
    assert link in text(page.get(made))


def test_a_deletion_says_what_was_there_though_nobody_ever_edited_it_and_leads_to_no_wrong_page(page, tenant, actor):
    control = add_own_control(actor=actor, title="Names are read twice")
    remove_own_control(actor=actor, code=control.code)
    gone = Entry.objects.get(op=Entry.DELETE)
    shown = text(page.get(f"/sample/history/{gone.seq}/"))
    assert gone.version == 1 and "Names are read twice" in shown
    undo(actor, gone.change_id)
    assert "/soa/None/" not in text(page.get("/sample/history/"))
    assert "/soa/None/" not in text(page.get(f"/sample/history/{gone.seq}/"))
