"""Comments: said on record pages, never edited, taken back within 15 minutes; mentions wait in My work until seen."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from aims.services.systems import register_system
from controls.models import Control
from core import clock
from core.errors import Forbidden, StepRefused
from core.models import Comment, Entry, Mention
from core.queries.comments import unseen
from core.scope import as_of, current
from core.services.comments import say, withdraw
from risks import services
from tests.makers import actor_for, make_management_system, make_member

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
    control = Control.objects.filter(management_system=tenant).first()
    pages = {
        f"/here/systems/{system.ref}/": system, f"/here/risks/{risk.ref}/": risk,
        f"/here/risks/actions/{action.ref}/": action, f"/here/soa/{control.code}/": control,
    }  # fmt: skip
    found = type("House", (), {})()
    found.__dict__.update(tenant=tenant, anna=anna, ben=ben, guest=guest, actor=actor, pages=pages, system=system)
    return found


def waits_for(house, person):
    return [due.what for due in unseen(current(house.tenant.pk)) if person.pk in due.people]


def test_every_record_page_has_a_thread_a_box_and_the_comment_in_its_place(house, client):
    client.force_login(house.anna)
    for url, record in house.pages.items():
        kind = record._meta.label_lower
        answer = client.post(f"/here/comments/{kind}/{record.pk}/", {"text": "Look here, @ben and @Anna Berg <b>"})
        assert (answer.status_code, answer.url) == (302, f"{url}#comments")
        shown = client.get(url).content.decode()
        assert '<b class="mention">@Ben</b>' in shown
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
