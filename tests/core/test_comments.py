"""Comments: said on record pages, never edited, taken back within 15 minutes; mentions wait in My work until seen."""

import datetime
import re
import uuid

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils.http import urlencode

from aims.services.systems import register_system
from controls import services as controls
from controls.models import Control
from core import clock, outbox, replay
from core.actor import SERVICE, Actor
from core.errors import Forbidden, StepRefused
from core.models import Comment, Entry, Mention, OutboxEvent
from core.pages.comments import Thread
from core.queries import history
from core.queries.comments import unseen
from core.queries.standing import waiting
from core.scope import as_of, current
from core.services.comments import note_seen, say, withdraw
from core.undo import undo
from risks import services
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member
from tests.risks.makers import make_assessed

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    """Two members, a guest who audits, and one record of each kind that people comment on."""
    tenant = make_management_system(slug="here")
    anna = make_member(tenant, "manager", name="Anna Berg")
    ben = make_member(tenant, "contributor", name="Ben")
    end = clock.now() + datetime.timedelta(days=9)
    guest = make_member(tenant, "external_auditor", name="Gail Guest", valid_to=end)
    actor = actor_for(anna, tenant)
    system = register_system(actor=actor, name="Chatbot")
    risk = services.register_risk(actor=actor, title="Wrong advice")
    action = services.add_action(actor=actor, risk=risk, what="Sample answers")
    acceptance = services.ask_for_acceptance(actor=actor, risk=make_assessed(actor, anna))
    control = Control.objects.filter(management_system=tenant).first()
    plan = services.begin_plan(actor=actor)
    pages = {
        f"/here/systems/{system.ref}/": system, f"/here/risks/{risk.ref}/": risk,
        f"/here/risks/actions/{action.ref}/": action, f"/here/soa/{control.code}/": control,
        f"/here/risks/acceptances/{acceptance.ref}/": acceptance, "/here/risks/plan/": plan,
    }  # fmt: skip
    found = type("House", (), {})()
    found.__dict__.update(tenant=tenant, anna=anna, ben=ben, guest=guest, actor=actor, pages=pages, system=system,
                          risk=risk)  # fmt: skip
    return found


@pytest.fixture
def post(settings):
    """A mail server that takes what is sent, and the outbox emptied of what came before."""
    settings.MAIL_CONFIGURED = True
    settings.SITE_URL = "https://aims.example"
    OutboxEvent.objects.all().delete()
    return mail.outbox


def waits_for(house, person):
    return [due.what for due in unseen(current(house.tenant.pk)).of(person.pk)]


def test_every_record_page_has_a_thread_a_box_and_the_comment_in_its_place(house, client):
    client.force_login(house.anna)
    for url, record in house.pages.items():
        kind = record._meta.label_lower
        answer = client.post(f"/here/comments/{kind}/{record.pk}/", {"text": "Look here, @ben and @Anna Berg <b>"})
        assert (answer.status_code, answer.url) == (302, f"{url}#comments")
        shown = client.get(url).content.decode()
        assert '<b class="called">@Ben</b>' in shown
        assert "&lt;b&gt;" in shown
        assert 'name="text"' in shown


def test_who_is_mentioned_finds_it_in_my_work_until_the_page_was_seen(house, client):
    said = say(actor=house.actor, record=house.system, text="@Ben, is this so? @Benjamin is not here; a@Ben neither.")
    assert said.text.count("@[") == 1
    assert waits_for(house, house.ben) == ["Anna Berg mentions you on SYS-1"]
    client.force_login(house.ben)
    assert "mentions you on SYS-1" in client.get("/here/my-work/").content.decode()
    client.get("/here/systems/SYS-1/")
    assert waits_for(house, house.ben) == []
    assert "mentions you" not in client.get("/here/my-work/").content.decode()


def test_an_external_auditor_reads_and_neither_says_nor_is_called_upon(house, client):
    said = say(actor=house.actor, record=house.system, text="Ask @Gail Guest")
    assert (said.text, Mention.objects.count()) == ("Ask @Gail Guest", 0)
    with pytest.raises(Forbidden):
        say(actor=actor_for(house.guest, house.tenant), record=house.system, text="Hello")
    client.force_login(house.guest)
    shown = client.get("/here/systems/SYS-1/").content.decode()
    assert "Ask @Gail Guest" in shown
    assert 'name="text"' not in shown


def test_its_author_takes_a_comment_back_within_15_minutes_and_a_tombstone_stays(house, client, monkeypatch):
    said = say(actor=house.actor, record=house.system, text="Too early, @Ben")
    with pytest.raises(Forbidden):
        withdraw(actor=actor_for(house.ben, house.tenant), comment=said)
    client.force_login(house.anna)
    assert client.post(f"/here/comments/{said.pk}/withdraw/").status_code == 409
    answer = client.post(f"/here/comments/{said.pk}/withdraw/", {"version": said.version})
    assert answer.status_code == 302
    assert "A comment was taken back." in client.get("/here/systems/SYS-1/").content.decode()
    assert (Comment.objects.get().text, waits_for(house, house.ben)) == ("", [])
    late = say(actor=house.actor, record=house.system, text="Too late")
    now = clock.now() + datetime.timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: now)
    with pytest.raises(StepRefused):
        withdraw(actor=house.actor, comment=late)


def test_the_history_says_what_was_said_with_names_and_leads_to_the_record(house, client):
    say(actor=house.actor, record=house.system, text="Is this so, @Ben?")
    entry = Entry.objects.filter(action="comments.say").get()
    assert "Ben" not in entry.state
    client.force_login(house.anna)
    shown = client.get(f"/here/history/{entry.seq}/").content.decode()
    assert "Is this so, @Ben?" in shown
    assert "/here/systems/SYS-1/" in shown


def test_a_comment_needs_words_and_not_too_many(house):
    for text in ("  \n", "x" * 4001):
        with pytest.raises(ValidationError):
            say(actor=house.actor, record=house.system, text=text)


def test_what_is_not_commented_on_or_belongs_to_a_neighbour_is_404(house, client):
    there = make_management_system(slug="there")
    theirs = register_system(actor=actor_for(make_member(there, "manager"), there), name="Theirs")
    client.force_login(house.anna)
    for kind, pk in (("aims.aisystem", theirs.pk), ("core.profile", house.tenant.pk), ("nothing", theirs.pk)):
        assert client.post(f"/here/comments/{kind}/{pk}/", {"text": "Hello"}).status_code == 404
    assert not Comment.objects.exists()


def test_a_page_as_it_was_shows_what_was_said_by_then_and_offers_nothing_that_writes(house, client):
    for record in house.pages.values():
        say(actor=house.actor, record=record, text="Said before @Ben")
    then = clock.now().isoformat().replace("+00:00", "Z")
    for record in house.pages.values():
        say(actor=house.actor, record=record, text="Said later")
    client.force_login(house.ben)
    for url in house.pages:
        shown = client.get(url, {"as_of": then}).content.decode()
        assert "Said before" in shown
        assert "Said later" not in shown
        assert 'class="as-of"' in shown
        main = shown[shown.index("<main") : shown.index("</main>")]
        assert 'method="post"' not in main
    assert len(waits_for(house, house.ben)) == len(house.pages)
    assert not unseen(as_of(house.tenant.pk, clock.now()))
    for url in house.pages:
        assert "Show as it was then" in client.get(url).content.decode()


def test_of_a_page_as_it_was_no_acceptance_is_decided_and_no_draft_is_offered(house, client):
    asked = services.ask_for_acceptance(actor=house.actor, risk=make_assessed(house.actor, house.anna))
    approver = make_member(house.tenant, "approver", name="Paula")
    client.force_login(approver)
    url = f"/here/risks/acceptances/{asked.ref}/"
    ticket = re.search(r'name="draft_ticket" value="([^"]+)"', client.get(url).content.decode())[1]
    client.post("/drafts/", {"ticket": ticket, "version": "", "fields": '{"reason": ["Half a thought"]}'})
    assert "Half a thought" in client.get(url, {"draft": "1"}).content.decode()
    shown = client.get(url, {"as_of": clock.now().isoformat(), "draft": "1"}).content.decode()
    assert "Half a thought" not in shown
    assert 'method="post"' not in shown[shown.index("<main") : shown.index("</main>")]


def test_each_entry_of_the_history_leads_to_the_record_as_it_was_then(house, client):
    own = controls.add_own_control(actor=house.actor, title="Second reader")
    controls.remove_own_control(actor=house.actor, code=own.code)
    client.force_login(house.anna)
    added, removed = Entry.objects.filter(record_id=str(own.pk)).order_by("seq")
    then = f"/here/soa/{own.code}/?{urlencode({'as_of': added.at.isoformat()})}"
    shown = client.get(f"/here/history/{added.seq}/").content.decode()
    assert f'href="{then}"' in shown
    assert f'href="/here/soa/{own.code}/"' not in shown
    assert "Second reader" in client.get(then).content.decode()
    assert "Show as it was then" not in client.get(f"/here/history/{removed.seq}/").content.decode()
    form = Entry(record_type="aims.sourceclaim", record_id=str(own.pk), op=Entry.CREATE, at=added.at)
    assert history.Reader(current(house.tenant.pk), "here").then(form, with_links=True) == ""


def test_what_was_said_about_a_record_that_is_gone_leads_nowhere(house, client):
    draft = services.register_risk(actor=house.actor, title="A slip")
    say(actor=house.actor, record=draft, text="@Ben, look")
    assert len(waits_for(house, house.ben)) == 1
    services.delete_draft(actor=house.actor, risk=draft)
    assert waits_for(house, house.ben) == []
    client.force_login(house.anna)
    entry = Entry.objects.get(action="comments.say")
    assert f'href="/here/risks/{draft.ref}/"' not in client.get(f"/here/history/{entry.seq}/").content.decode()


def test_a_program_names_members_by_their_id_and_nobody_else(house):
    stranger = make_member(make_management_system(slug="there"), "manager", name="Sam Stranger")
    said = say(actor=house.actor, record=house.system, text=f"@[{house.ben.pk}] and @[{uuid.UUID(int=5)!s:.8}]")
    assert [row.person_id for row in said.mentions.all()] == [house.ben.pk]
    for one in (stranger.pk, house.guest.pk, uuid.uuid4()):
        with pytest.raises(ValidationError):
            say(actor=house.actor, record=house.system, text=f"Look, @[{one}]")


def test_a_name_that_two_members_bear_calls_both(house):
    other = make_member(house.tenant, "approver", name="Ben")
    said = say(actor=house.actor, record=house.system, text="@Ben, please")
    assert {row.person_id for row in said.mentions.all()} == {house.ben.pk, other.pk}
    type(other).objects.filter(pk=other.pk).update(name="")
    said = say(actor=house.actor, record=house.system, text="@ you or @Ben?")
    assert [row.person_id for row in said.mentions.all()] == [house.ben.pk]


def test_what_waits_is_named_with_its_words_and_counted_for_nobody(house, client):
    say(actor=house.actor, record=house.system, text="Is this so,\n@Ben? " + "x" * 200)
    due = next(unseen(current(house.tenant.pk)).of(house.ben.pk))
    assert due.why.startswith("Is this so, @Ben? xxx")
    assert len(due.why) == 140
    found = waiting(current(house.tenant.pk), "here", house.anna.pk)
    assert house.ben in found.people
    assert not found.by_person
    client.force_login(house.anna)
    assert "mentions you on SYS-1" in client.get(f"/here/my-work/?of={house.ben.pk}").content.decode()
    assert len(waits_for(house, house.ben)) == 1


def test_nobody_undoes_what_somebody_said_or_took_back(house):
    said = say(actor=house.actor, record=house.system, text="As I see it")
    withdraw(actor=house.actor, comment=said)
    for entry in Entry.objects.filter(record_id=str(said.pk)):
        with pytest.raises(StepRefused) as refused:
            undo(house.actor, entry.change_id)
        assert "stays theirs" in refused.value.obstacles[0].reason
    with pytest.raises(StepRefused):
        withdraw(actor=house.actor, comment=said)


def test_a_token_comments_for_nobody_and_takes_nothing_back(house, post):
    program = Actor(SERVICE, house.tenant.pk, None, frozenset({"manager"}), "api", scopes=frozenset({"comments:write"}))
    said = say(actor=program, record=house.system, text="@Ben: the nightly run failed")
    assert waits_for(house, house.ben) == ["You are mentioned on SYS-1"]
    note_seen(actor=program, comments=[said])
    with pytest.raises(Forbidden):
        withdraw(actor=program, comment=said)
    outbox.dispatch()
    assert [one.subject for one in post] == ["You are mentioned on SYS-1"]


def test_who_is_mentioned_is_written_to_once_in_their_language_and_not_what_was_said(house, post):
    type(house.ben).objects.filter(pk=house.ben.pk).update(language="de")
    say(actor=house.actor, record=house.system, text="@Ben, the secret is out")
    register_system(actor=house.actor, name="Something else")
    outbox.dispatch()
    OutboxEvent.objects.update(delivered_at=None)
    outbox.dispatch()
    assert len(post) == 1
    letter = post[0]
    assert letter.to == [house.ben.email]
    assert "Anna Berg" in letter.subject
    assert "mentions" not in letter.subject
    assert "https://aims.example/here/systems/SYS-1/#comments" in letter.body
    assert "secret" not in letter.body


def test_nobody_is_written_to_who_saw_it_left_or_is_kept_out_and_nothing_of_yesterday(house, post):
    dora = make_member(house.tenant, "contributor", name="Dora")
    left = make_member(house.tenant, "contributor", name="Lea")
    seen = say(actor=house.actor, record=house.system, text="@Ben, @Dora, @Lea")
    assert Mention.objects.count() == 3
    note_seen(actor=actor_for(house.ben, house.tenant), comments=[seen])
    note_seen(actor=actor_for(house.ben, house.tenant), comments=[seen])
    type(dora).objects.filter(pk=dora.pk).update(is_active=False)
    left.memberships.update(valid_to=clock.now())
    say(actor=house.actor, record=house.risk, text="Old news, @Ben")
    OutboxEvent.objects.filter(change_id=Entry.objects.last().change_id).update(
        at=clock.now() - datetime.timedelta(days=2)
    )
    outbox.dispatch()
    assert post == []
    assert not OutboxEvent.objects.filter(delivered_at=None).exists()


def test_who_switched_mails_about_mentions_off_finds_them_in_my_work_only(house, post, client):
    carl = make_member(house.tenant, "contributor", name="Carl")
    client.force_login(house.ben)
    before = Entry.objects.count()
    for _again in range(2):
        answer = client.post("/me/look/", {"mention_mails": "no", "next": "/here/my-work/"})
        assert (answer.status_code, answer["Location"]) == (302, "/here/my-work/")
    entry = Entry.objects.filter(record_type="core.person").last()
    assert (Entry.objects.count(), entry.action, entry.actor_id) == (before + 1, "people.mails", str(house.ben.pk))
    OutboxEvent.objects.all().delete()
    say(actor=house.actor, record=house.system, text="@Ben and @Carl")
    outbox.dispatch()
    assert [one.to[0] for one in post] == [carl.email]
    assert waits_for(house, house.ben) == ["Anna Berg mentions you on SYS-1"]
    assert not Mention.objects.get(person=house.ben).mailed_at
    client.post("/me/look/", {"mention_mails": "yes"})
    say(actor=house.actor, record=house.risk, text="And again, @Ben")
    outbox.dispatch()
    assert [one.to[0] for one in post[1:]] == [house.ben.email]


def test_mails_about_mentions_are_offered_where_mail_is_sent_and_to_who_signed_in(house, client, settings):
    client.force_login(house.ben)
    assert "Mail when a comment mentions you" not in client.get("/here/my-work/").content.decode()
    settings.MAIL_CONFIGURED = True
    shown = client.get("/here/my-work/").content.decode()
    assert 'name="mention_mails" value="yes" aria-pressed="true"' in shown
    assert "Invitations and mails about your password cannot be switched off" in shown
    before = Entry.objects.count()
    client.post("/me/look/", {"mention_mails": "perhaps"})
    client.logout()
    assert "mention_mails" not in client.get("/accounts/login/").content.decode()
    client.post("/me/look/", {"mention_mails": "no"})
    house.ben.refresh_from_db()
    assert house.ben.mention_mails and Entry.objects.count() == before
    client.force_login(house.ben)
    client.post("/me/look/", {"mention_mails": "no"})
    assert 'name="mention_mails" value="no" aria-pressed="true"' in client.get("/here/my-work/").content.decode()


def test_people_written_before_mails_could_be_switched_off_were_written_to(house):
    assert replay.read_state("core.person", 1, "{}") == {"mention_mails": True}


def test_a_mail_server_that_is_away_is_asked_again_and_one_refusal_stops_nobody_elses_mail(house, post, monkeypatch):
    make_member(house.tenant, "contributor", name="Carl")
    OutboxEvent.objects.all().delete()
    say(actor=house.actor, record=house.system, text="@Ben and @Carl")
    answers = [OSError("away"), 1, OSError("no such mailbox")]

    def send(*args):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr("core.mail.send_mail", send)
    assert outbox.dispatch() == 0
    assert Mention.objects.filter(mailed_at=None).count() == 2
    OutboxEvent.objects.update(next_try_at=None)
    assert outbox.dispatch() == 1
    assert not Mention.objects.filter(mailed_at=None).exists()


def test_without_mail_nothing_is_sent(house, post, settings):
    settings.MAIL_CONFIGURED = False
    say(actor=house.actor, record=house.system, text="@Ben")
    assert outbox.dispatch() == 1
    assert post == []


def test_what_is_typed_waits_in_the_box_and_a_comment_sent_twice_is_there_once(house, client):
    client.force_login(house.anna)
    url, page = f"/here/comments/aims.aisystem/{house.system.pk}/", "/here/systems/SYS-1/"
    ticket = re.search(r'name="draft_ticket" value="([^"]+)"', client.get(page).content.decode())[1]
    client.post("/drafts/", {"ticket": ticket, "version": "", "fields": '{"text": ["Half a thought"]}'})
    shown = client.get(page).content.decode()
    assert "Half a thought</textarea>" in shown
    assert "Typed earlier, not sent yet." in shown
    for _once_more in range(2):
        assert client.post(url, {"text": "A whole one", "draft_ticket": ticket}).status_code == 302
    assert Comment.objects.count() == 1
    assert "Half a thought" not in client.get(page).content.decode()
    assert Thread().typed == ""


def test_an_empty_comment_is_asked_for_on_a_page_of_its_own(house, client):
    client.force_login(house.anna)
    answer = client.post(f"/here/comments/aims.aisystem/{house.system.pk}/", {"text": " "})
    assert answer.status_code == 422
    assert "Comment on SYS-1" in answer.content.decode()
    assert client.get(f"/here/comments/aims.aisystem/{house.system.pk}/").status_code == 200
    client.force_login(house.guest)
    assert client.get(f"/here/comments/aims.aisystem/{house.system.pk}/").status_code == 403


def test_nobody_is_asked_about_somebody_elses_comment(house, client):
    said = say(actor=house.actor, record=house.system, text="Mine")
    client.force_login(house.anna)
    assert "Take this comment back?" in client.get(f"/here/comments/{said.pk}/withdraw/").content.decode()
    client.force_login(house.ben)
    assert client.get(f"/here/comments/{said.pk}/withdraw/").status_code == 404
    assert "Take back" not in client.get("/here/systems/SYS-1/").content.decode()


def test_comments_written_before_they_named_their_record_are_read_as_ever():
    assert replay.read_state("core.comment", 1, '{"text":"Why?"}') == {
        "text": "Why?", "record_ref": "", "withdrawn_at": None,
    }  # fmt: skip


def test_over_rest_a_comment_is_found_at_its_record_only_and_an_id_of_nobody_is_a_field_error(house):
    api = bearer(house.tenant, "read", "comments:write")
    talk = f"/api/v1/here/systems/{house.system.pk}/comments/"
    elsewhere = say(actor=house.actor, record=house.risk, text="About the risk")
    for one in (elsewhere.pk, uuid.uuid4(), "nonsense"):
        assert api.get(f"{talk}{one}/").status_code == 404
    refused = api.post(talk, {"text": f"@[{uuid.uuid4()}]"}, content_type="application/json")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/text"
    before = clock.now().isoformat()
    assert api.post(talk, {"text": "@Ben, look"}, content_type="application/json").status_code == 201
    assert [one["text"] for one in api.get(talk).json()["items"]] == ["@Ben, look"]
    assert api.get(talk, {"as_of": before}).json()["items"] == []


# Search -----------------------------------------------------------------------------------------------------------


def test_what_was_said_is_found_and_leads_to_its_place_on_the_page(house, client):
    for url, record in house.pages.items():
        said = say(actor=house.actor, record=record, text="The zebra crossing, @Ben?")
        client.force_login(house.guest)
        shown = client.get("/here/search/", {"q": "zebra"}).content.decode()
        assert f"/here/comments/{said.pk}/" in shown
        assert "The zebra crossing, @…?" in shown
        assert client.get(f"/here/comments/{said.pk}/").url == f"{url}#comment-{said.pk}"
        assert f'id="comment-{said.pk}"' in client.get(url).content.decode()


def test_a_reference_still_leads_to_its_record_and_not_to_what_was_said_about_it(house, client):
    say(actor=house.actor, record=house.system, text="Look at SYS-1")
    client.force_login(house.anna)
    assert client.get("/here/search/", {"q": "sys-1"}).url == "/here/systems/SYS-1/"
    found = client.get("/here/search/", {"q": "sys-1"}, headers={"accept": "application/json"}).json()
    assert [one["label"] for one in found["groups"][0]["choices"]] == ["Chatbot", "Look at SYS-1"]


def test_what_was_taken_back_or_belongs_to_a_deleted_record_is_not_found(house, client):
    client.force_login(house.anna)
    before = clock.now()
    gone = say(actor=house.actor, record=house.system, text="zebra one")
    draft = services.register_risk(actor=house.actor, title="A mistake")
    say(actor=house.actor, record=draft, text="zebra two")

    def found(**asked):
        return client.get("/here/search/", {"q": "zebra", **asked}).content.decode()

    told = clock.now()
    withdraw(actor=house.actor, comment=gone)
    services.delete_draft(actor=house.actor, risk=draft)
    assert "zebra one" not in found()
    assert "zebra two" not in found()
    assert "zebra two" in found(as_of=told.isoformat())
    assert "zebra two" not in found(as_of=before.isoformat())
    there = client.get(f"/here/comments/{gone.pk}/", {"as_of": told.isoformat()}).url
    assert there.startswith("/here/systems/SYS-1/?as_of=")
    assert there.endswith(f"#comment-{gone.pk}")


def test_nobody_finds_what_was_said_elsewhere(house, client):
    said = say(actor=house.actor, record=house.system, text="zebra")
    client.force_login(make_member(make_management_system(slug="there"), "manager"))
    assert "zebra</b>" not in client.get("/there/search/", {"q": "zebra"}).content.decode()
    assert client.get(f"/there/comments/{said.pk}/").status_code == 404
    assert client.get(f"/here/comments/{said.pk}/").status_code == 404


def test_who_is_named_on_the_treatment_plan_is_led_to_it_by_work_search_and_mail(house, client, post):
    plan = house.pages["/here/risks/plan/"]
    say(actor=house.actor, record=plan, text="Is the sampling enough, @Ben?")
    outbox.dispatch()
    assert "https://aims.example/here/risks/plan/#comments" in post[0].body
    client.force_login(house.ben)
    assert "Anna Berg mentions you on PLN-1" in client.get("/here/my-work/").content.decode()
    found = re.search(r"/here/comments/[0-9a-f-]{36}/", client.get("/here/search/?q=sampling").content.decode())
    assert found
    assert client.get(found.group()).url.startswith("/here/risks/plan/#comment-")
    assert client.get("/here/risks/plan/").status_code == 200
    assert waits_for(house, house.ben) == []
