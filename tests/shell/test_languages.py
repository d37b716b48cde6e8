"""Which language a page, a mail and a problem speak, and how days are written in each."""

import datetime

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation

from core import languages, when, wording
from core.actor import ADMINISTRATOR, MANAGER, operator
from core.models import Entry
from core.services.people import choose_language
from tests.makers import make_management_system, make_member, make_person
from tests.pages.conftest import browser

pytestmark = pytest.mark.django_db
LOGIN, GERMAN = "/accounts/login/", {"HTTP_ACCEPT_LANGUAGE": "de-CH,de;q=0.9"}


def speaks(client, address, **headers):
    """The language a page says it speaks."""
    html = client.get(address, follow=True, **headers).content.decode()
    return html.partition('<html lang="')[2][:2]


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def test_the_signed_out_are_spoken_to_as_their_browser_asks():
    assert speaks(Client(), LOGIN) == "en"
    assert speaks(Client(), LOGIN, **GERMAN) == "de"
    assert "Anmelden" in Client().get(LOGIN, **GERMAN).content.decode()


def test_the_management_system_decides_before_the_browser_and_the_person_before_both():
    tenant = make_management_system("muster", language="de")
    member = make_member(tenant, MANAGER)
    assert speaks(signed_in(member), "/muster/settings/") == "de"
    choose_language(actor=operator(), person=member, language="en")
    assert speaks(signed_in(member), "/muster/settings/", **GERMAN) == "en"


def test_a_choice_in_the_account_menu_holds_for_the_person_and_in_this_browser(manager, tenant):
    client = signed_in(manager)
    before = Entry.objects.count()
    answer = client.post("/me/look/", {"language": "de", "next": "/sample/settings/"})
    assert answer.status_code == 302 and answer["Location"] == "/sample/settings/"
    assert speaks(client, "/sample/settings/") == "de" and Entry.objects.count() == before + 1
    client.post("/accounts/logout/")
    assert speaks(client, LOGIN) == "de"
    assert speaks(signed_in(manager), "/sample/settings/") == "de"


def test_a_language_nobody_speaks_here_is_not_chosen(manager, tenant):
    client = signed_in(manager)
    client.post("/me/look/", {"language": "xx"})
    assert speaks(client, "/sample/settings/") == "en"


def test_an_invitation_is_written_in_the_language_of_the_management_system_or_of_the_person(settings, page):
    settings.MAIL_CONFIGURED = True
    tenant = make_management_system("muster", language="de")
    host = make_member(tenant, MANAGER, ADMINISTRATOR)
    choose_language(actor=operator(), person=host, language="en")
    invited = make_person(email="anna@example.org")
    choose_language(actor=operator(), person=invited, language="en")
    for address in ("neu@example.org", "anna@example.org"):
        browser(host).post("/muster/people/invite/", {"email": address, "roles": [MANAGER], "member_to": ""})
    subjects = {sent.to[0]: sent.subject for sent in mail.outbox}
    assert "lädt Sie" in subjects["neu@example.org"]
    assert "invites you" in subjects["anna@example.org"]


def test_a_password_link_is_written_in_the_language_of_its_person(manager):
    choose_language(actor=operator(), person=manager, language="de")
    Client().post("/accounts/password/reset/", {"email": manager.email})
    assert "Passwort" in mail.outbox[0].body


def test_the_rest_interface_speaks_english_unless_asked():
    def detail(**headers):
        return Client().get("/api/v1/sample/systems/", **headers).json()["detail"]

    assert detail() == detail(HTTP_ACCEPT_LANGUAGE="fr") != detail(**GERMAN)


def test_days_are_written_as_the_language_writes_them():
    day = datetime.date(2027, 3, 31)
    moment = datetime.datetime(2027, 3, 31, 14, 5, tzinfo=datetime.UTC)
    assert [when.day_text(day, long=True), when.day_text(day), when.tight_text(day)] == [
        "31 March 2027", "31 Mar 2027", "31 Mar 27",
    ]  # fmt: skip
    with translation.override("de"):
        assert when.day_text(day, long=True) == "31. März 2027"
        assert when.day_text(day) == "31.03.2027"
        assert when.tight_text(moment) == "31.03.27, 14:05"
        assert when.moment_text(moment) == "31.03.2027, 14:05 UTC"


@pytest.mark.parametrize(
    "typed",
    [
        "31 March 2027",
        "31 Mar 2027",
        "31. März 2027",
        "31 märz 2027",
        "31.3.2027",
        "31. Mär. 2027",
        "2027-03-31",
        "31/03/2027",
    ],
)
def test_a_day_is_understood_in_every_language_whatever_the_page_speaks(typed):
    assert when.parse_day(typed) == datetime.date(2027, 3, 31)


@pytest.mark.parametrize("typed", ["31. Marz 2027", "32. März 2027", "31. 2027", "März 2027", "31 13 2027", ""])
def test_what_is_no_day_is_none(typed):
    assert when.parse_day(typed) is None


def test_a_day_shown_in_german_is_read_back_as_the_same_day():
    with translation.override("de"):
        for month in range(1, 13):
            day = datetime.date(2026, month, 9)
            assert when.parse_day(when.day_text(day, long=True)) == when.parse_day(when.day_text(day)) == day


def test_a_label_inside_a_sentence_keeps_what_its_language_writes_large():
    assert wording.inside("Owner") == "owner" and wording.inside("AI systems") == "AI systems"
    with translation.override("de"):
        assert wording.inside("Verantwortlich") == "Verantwortlich"


def test_languages_that_are_not_spoken_are_not_known():
    assert languages.known("de") == "de" and languages.known("fr") == "" and languages.known("") == ""


def test_a_language_that_nobody_speaks_here_is_refused(manager):
    with pytest.raises(ValidationError, match="Choose English or German"):
        choose_language(actor=operator(), person=manager, language="fr")
