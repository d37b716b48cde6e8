"""Intake links: anybody who has one tells of an AI use, and sees nothing of what is here."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from aims.models import AISystem, IntakeLink
from aims.services import make_link, renew_link, withdraw_link
from aims.services.intake import PER_HOUR, TooMany, Use, link_by_key, report_use
from core import clock, policy
from core.actor import LINK, Actor
from core.change import change
from core.errors import Forbidden, NotFound
from core.models import Entry
from core.undo import undo
from tests.aims.conftest import browser_of
from tests.aims.makers import entries, make_system

pytestmark = pytest.mark.django_db
BASE = "/helvia/systems/"
HOSTILE = '=HYPERLINK("http://x","y")<script>alert(1)</script>'


def make(place, name="Intranet", days=30):
    """A link and its key."""
    return make_link(actor=place.manager, name=name, expires_at=clock.now() + datetime.timedelta(days=days))


def told(**fields):
    """What somebody types."""
    return {"name": "Letter writer", "personal_data": "unknown", **fields}


def test_a_manager_makes_a_link_that_is_shown_once(place):
    day = (clock.now() + datetime.timedelta(days=20)).date()
    answer = place.browser.post(f"{BASE}to-screen/intake/new/", {"name": "Intranet", "until": day.isoformat()})
    assert answer.status_code == 302
    page = place.browser.get(answer["Location"]).content.decode()
    link = IntakeLink.objects.get()
    key = page.partition("/tell/")[2].partition("/")[0]
    assert len(key) >= 32 and key not in link.key_hash
    assert "/tell/" not in place.browser.get(answer["Location"]).content.decode()
    assert key not in "".join(entry.state or "" for entry in Entry.objects.all())
    assert Client().get(f"/tell/{key}/").status_code == 200


def test_somebody_without_an_account_tells_of_a_use_and_learns_nothing_of_what_is_here(place):
    _link, key = make(place)
    make_system(place.manager, "Secret triage")
    browser, url = Client(), f"/tell/{key}/"
    page = browser.get(url).content.decode()
    assert "Tell" in page and "Secret" not in page and "/helvia/" not in page
    answer = browser.post(url, told(purpose="Writes letters", unit="Post room", supplier="Acme", personal_data="yes",
                                    contact="Ann, ext. 12"))  # fmt: skip
    system = AISystem.objects.get(name="Letter writer")
    thanks = browser.get(url + answer["Location"]).content.decode()
    assert "Thank you" in thanks and not [word for word in ("SYS-", "Secret", "/helvia/") if word in thanks]
    assert (system.state, system.purpose, system.supplier, system.personal_data) == (
        "to_screen", "Writes letters", "Acme", "yes",
    )  # fmt: skip
    shown = place.browser.get(f"{BASE}{system.ref}/").content.decode()
    assert "Somebody by the link Intranet" in shown and "Ann, ext. 12" in shown and "intake" in shown
    page = place.browser.get(f"{BASE}to-screen/?source=intake")
    assert [row["system"] for row in page.context["rows"]] == [
        system
    ] and "Told by Ann, ext. 12" in page.content.decode()
    owner = browser_of(place.people["owner"])
    for path in (f"{system.ref}/", "to-screen/"):
        assert "Ann, ext. 12" not in owner.get(f"{BASE}{path}").content.decode()


def test_a_report_says_what_it_is_about_and_a_rule_that_refuses_is_said_at_its_field(place, monkeypatch):
    _link, key = make(place)
    with pytest.raises(ValidationError, match="Say what it is called"):
        report_use(key=key, use=Use("  "))

    def refuse(**_given):
        raise ValidationError({"name": "Not like this."})

    monkeypatch.setattr("aims.views.intake.report_use", refuse)
    answer = Client().post(f"/tell/{key}/", told())
    assert answer.status_code == 422 and "Not like this." in answer.content.decode()


def test_no_log_holds_the_key(place, caplog):
    _link, key = make(place)
    caplog.set_level("DEBUG")
    browser = Client()
    answers = [browser.get(f"/tell/{key}/"), browser.post(f"/tell/{key}/", {}), browser.post(f"/tell/{key}/", told())]
    assert [answer.status_code for answer in answers] == [200, 422, 302]
    assert key not in caplog.text


def test_a_report_is_one_entry_and_a_form_sent_twice_is_one_report(place):
    _link, key = make(place)
    before, browser = entries(place.manager), Client()
    page = browser.get(f"/tell/{key}/").content.decode()
    ticket = page.partition('name="sending" value="')[2].partition('"')[0]
    for _ in range(2):
        answer = browser.post(f"/tell/{key}/", told(sending=ticket))
        assert (answer.status_code, answer["Location"]) == (302, "?sent=1")
    assert entries(place.manager) == before + 1 and AISystem.objects.count() == 1


def test_a_form_that_is_still_at_work_says_so_and_keeps_what_was_typed(place, monkeypatch):
    _link, key = make(place)
    monkeypatch.setattr("core.pages.repeat.WAITED_S", 0.0)
    monkeypatch.setattr("core.pages.repeat.cache.add", lambda *_: False)
    monkeypatch.setattr("core.pages.repeat.cache.get", lambda *_: "!")
    answer = Client().post(f"/tell/{key}/", told(sending="x", purpose="Typed with care"))
    assert answer.status_code == 409 and "Typed with care" in answer.content.decode()


def test_the_link_is_the_actor_and_the_contact_stays_out_of_the_history(place):
    link, key = make(place)
    system = report_use(key=key, use=Use("Letter writer", contact="ann@example.org"))
    entry = Entry.objects.get(record_id=str(system.pk))
    assert (entry.actor_kind, entry.actor_id, entry.door, system.created_by_id) == (LINK, str(link.pk), "link", None)
    assert "ann@example.org" not in entry.state and system.contact == "ann@example.org"


def test_a_link_may_nothing_else(place):
    link, _key = make(place)
    actor = Actor(LINK, place.tenant.pk, scopes=frozenset(), token_id=link.pk)
    assert not [name for name in policy.permissions() if policy.allows(actor, name)]


@pytest.mark.parametrize("end", ["withdrawn", "expired", "renewed", "guessed"])
def test_a_link_that_ended_takes_nothing_and_tells_nothing(place, end):
    link, key = make(place)
    if end == "withdrawn":
        answer = place.browser.post(f"{BASE}to-screen/intake/{link.pk}/withdraw/", {"version": link.version})
        assert answer.status_code == 302
    elif end == "renewed":
        before = entries(place.manager)
        renew_link(actor=place.manager, link_id=link.pk, expires_at=link.expires_at)
        assert entries(place.manager) == before + 1
    elif end == "expired":
        with change(place.manager, "test") as unit:
            link.expires_at = unit.now
            unit.save(link)
    else:
        key = key[:-1] + ("A" if key[-1] != "A" else "B")
    before = entries(place.manager)
    answers = [Client().get(f"/tell/{key}/"), Client().post(f"/tell/{key}/", told())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert b"helvia" not in answers[0].content
    with pytest.raises(NotFound):
        report_use(key=key, use=Use("x"))
    assert entries(place.manager) == before


def test_a_link_takes_so_many_reports_an_hour_and_no_more(place):
    _link, key = make(place)
    for number in range(PER_HOUR):
        assert Client().post(f"/tell/{key}/", told(name=f"Tool {number}")).status_code == 302
    answer = Client().post(f"/tell/{key}/", told(purpose="Typed with care"))
    assert answer.status_code == 429 and "Typed with care" in answer.content.decode()
    assert AISystem.objects.count() == PER_HOUR
    _other, second = make(place, "Poster")
    assert Client().post(f"/tell/{second}/", told()).status_code == 302


def test_hostile_words_are_kept_as_words(place):
    _link, key = make(place)
    browser = Client()
    assert browser.post(f"/tell/{key}/", told(name=HOSTILE, purpose=HOSTILE, contact=HOSTILE)).status_code == 302
    system = AISystem.objects.get()
    for page in (f"{BASE}{system.ref}/", f"{BASE}to-screen/"):
        assert "<script>alert(1)" not in place.browser.get(page).content.decode()
    for bad in ({"name": " "}, {"name": "x" * 401}, {"personal_data": "maybe"}, {"contact": "x" * 201}):
        answer = browser.post(f"/tell/{key}/", told(**{"purpose": "Kept", **bad}))
        assert answer.status_code == 422 and "Kept" in answer.content.decode()
    assert browser.post(f"/tell/{key}/", told(name="a\x00b", state="in_scope", owner="x")).status_code in (302, 422)
    assert not AISystem.objects.exclude(state="to_screen").exists()


def test_a_link_takes_so_many_a_day_too(place, monkeypatch):
    _link, key = make(place)
    monkeypatch.setattr("aims.services.intake.PER_DAY", 1)
    report_use(key=key, use=Use("First"))
    with clock.simulated(clock.now() + datetime.timedelta(hours=3)), pytest.raises(TooMany):
        report_use(key=key, use=Use("Second"))
    with clock.simulated(clock.now() + datetime.timedelta(hours=25)):
        assert report_use(key=key, use=Use("Third"))


def test_a_withdrawn_link_is_renewed_with_another_address_shown_once(place):
    link, key = make(place)
    report_use(key=key, use=Use("First"))
    withdrawn = withdraw_link(actor=place.manager, link_id=link.pk)
    day, url = (clock.now() + datetime.timedelta(days=20)).date(), f"{BASE}to-screen/intake/{link.pk}/renew/"
    assert place.browser.get(url).status_code == 200
    stale = place.browser.post(url, {"until": day.isoformat(), "version": link.version})
    assert stale.status_code == 409
    answer = place.browser.post(url, {"until": day.isoformat(), "version": withdrawn.version})
    page = place.browser.get(answer["Location"]).content.decode()
    fresh = page.partition("/tell/")[2].partition("/")[0]
    assert fresh != key and Client().get(f"/tell/{fresh}/").status_code == 200
    assert Client().get(f"/tell/{key}/").status_code == 404
    assert place.browser.get(f"{BASE}to-screen/intake/").context["rows"] == [(link, 1)]
    assert place.browser.get(f"{BASE}to-screen/intake/{place.tenant.pk}/renew/").status_code == 404


def test_nobody_withdraws_a_link_that_is_another_by_now(place):
    link, _key = make(place)
    renew_link(actor=place.manager, link_id=link.pk, expires_at=link.expires_at)
    answer = place.browser.post(f"{BASE}to-screen/intake/{link.pk}/withdraw/", {"version": link.version})
    assert answer.status_code == 409 and IntakeLink.objects.get().revoked_at is None


def test_a_link_withdrawn_between_showing_and_sending_takes_nothing(place, monkeypatch):
    link, key = make(place)
    seen = link_by_key(key)
    withdraw_link(actor=place.manager, link_id=link.pk)
    monkeypatch.setattr("aims.services.intake.link_by_key", lambda _key: seen)
    with pytest.raises(NotFound):
        report_use(key=key, use=Use("x"))


def test_only_managers_make_see_and_withdraw_links_and_undo_revives_none(place):
    link, _key = make(place)
    browser = browser_of(place.people["owner"])
    for path in (
        "to-screen/intake/",
        "to-screen/intake/new/",
        f"to-screen/intake/{link.pk}/withdraw/",
        f"to-screen/intake/{link.pk}/renew/",
    ):
        assert browser.get(f"{BASE}{path}").status_code == 403, path
    with pytest.raises(Forbidden):
        make_link(actor=place.owner, name="x", expires_at=clock.now() + datetime.timedelta(days=1))
    withdraw_link(actor=place.manager, link_id=link.pk)
    change_id = Entry.objects.filter(record_id=str(link.pk)).order_by("-seq").first().change_id
    with pytest.raises(Exception, match="undo"):
        undo(place.manager, change_id)
    assert IntakeLink.objects.get().revoked_at


@pytest.mark.parametrize("days", [-1, 400])
def test_a_link_ends_within_a_year(place, days):
    day = (clock.now() + datetime.timedelta(days=days)).date()
    answer = place.browser.post(f"{BASE}to-screen/intake/new/", {"name": "Intranet", "until": day.isoformat()})
    assert answer.status_code == 422 and "Choose a day within the next year." in answer.content.decode()
