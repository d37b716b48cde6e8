"""Sign-in: one answer for known and unknown, limits on tries, second factor, confirmation, sessions one can end."""

import re
import time

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import hashers
from django.test import Client

from core.actor import operator
from core.models import Person
from core.services.people import set_active
from tests.makers import PASSWORD, make_person

pytestmark = pytest.mark.django_db
WRONG = "not the right password at all"


@pytest.fixture
def person(db):
    return make_person("Person One", email="one@example.org")


def sign_in(client, email="one@example.org", password=PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def confirm(client):
    """Give the password once more, as before anything that guards the account."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def steady(answer):
    """The page without what differs each time."""
    text = re.sub(r'(csrfmiddlewaretoken" value|<code)[^<]*', "", answer.content.decode())
    return re.sub(r"[a-z]+@example\.org", "", text)


def code_for(person):
    secret = get_adapter().decrypt(Authenticator.objects.get(user=person, type="totp").data["secret"])
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def guarded(person):
    """A person with a second factor."""
    totp.TOTP.activate(person, totp.generate_totp_secret())
    return person


def test_signing_in_by_address_whatever_its_case(person):
    assert sign_in(Client(), "ONE@example.org")["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(person):
    known, unknown = sign_in(Client(), password=WRONG), sign_in(Client(), "two@example.org", WRONG)
    assert known.status_code == unknown.status_code
    assert steady(known) == steady(unknown)


def test_an_unknown_address_costs_as_much_hashing(person, monkeypatch):
    def hashes(email):
        calls = []
        hasher = type(hashers.get_hasher())
        original = hasher.encode
        with monkeypatch.context() as patch:
            patch.setattr(
                hasher, "encode", lambda self, *given, **more: calls.append(1) or original(self, *given, **more)
            )
            sign_in(Client(), email, WRONG)
        return len(calls)

    assert hashes("one@example.org") == hashes("nobody@example.org") == 1


def test_a_disabled_person_gets_the_answer_of_a_stranger_or_less(person):
    set_active(actor=operator(), person=person, active=False)
    client = Client()
    sign_in(client)
    assert "_auth_user_id" not in client.session


def test_many_wrong_tries_are_slowed_by_address(person):
    for _try in range(6):
        sign_in(Client(), password=WRONG)
    client = Client()
    answer = sign_in(client)
    assert "_auth_user_id" not in client.session
    assert "Too many" in answer.content.decode()


def test_many_tries_from_one_place_get_429_with_the_time_to_wait(person):
    statuses = [sign_in(Client(), f"u{n}@example.org", WRONG) for n in range(35)]
    last = statuses[-1]
    assert last.status_code == 429
    assert last["Retry-After"] == "300"
    assert "Too many tries" in last.content.decode()


def test_nobody_signs_up_by_themselves():
    answer = Client().get("/accounts/signup/")
    assert "You join by invitation" in answer.content.decode()
    Client().post("/accounts/signup/", {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD})
    assert not Person.objects.filter(email="x@example.org").exists()


def test_asking_for_a_link_answers_the_same_for_any_address(person):
    known = Client().post("/accounts/password/reset/", {"email": "one@example.org"}, follow=True)
    unknown = Client().post("/accounts/password/reset/", {"email": "two@example.org"}, follow=True)
    assert steady(known) == steady(unknown)
    assert "If somebody with this address" in known.content.decode()


@pytest.mark.parametrize("password", ["short words", "1q2w3e4r5t6y", "one@example.org"])
def test_a_weak_password_is_refused(person, password):
    client = Client()
    sign_in(client)
    confirm(client)
    answer = client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": password, "password2": password}
    )
    assert "There is a problem" in answer.content.decode()


def test_the_session_changes_its_key_at_sign_in(person):
    client = Client()
    client.get("/accounts/login/")
    client.session["before"] = "x"
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_the_second_factor_is_asked_for(guarded):
    client = Client()
    assert sign_in(client)["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in client.session
    assert "There is a problem" in client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
    assert client.post("/accounts/2fa/authenticate/", {"code": code_for(guarded)})["Location"] == "/"


def test_the_app_is_set_up_with_a_picture_and_a_key(person):
    client = Client()
    sign_in(client)
    assert client.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
    confirm(client)
    html = client.get("/accounts/2fa/totp/activate/").content.decode()
    assert "data:image/svg+xml" in html
    assert re.search(r'<code id="secret"[^>]*>[A-Z2-7]{32}</code>', html)
    assert "There is a problem" in client.post("/accounts/2fa/totp/activate/", {"code": "000000"}).content.decode()


def test_recovery_codes_are_shown_and_open_once(guarded):
    client = Client()
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_for(guarded)})
    confirm(client)
    client.post("/accounts/2fa/recovery-codes/generate/")
    html = client.get("/accounts/2fa/recovery-codes/").content.decode()
    codes = re.findall(r"<li>([0-9a-z-]{8,})</li>", html)
    assert len(codes) == 10
    for expected in ("/", None):
        other = Client()
        sign_in(other)
        assert other.post("/accounts/2fa/authenticate/", {"code": codes[0]}).get("Location") == expected


def test_confirming_that_it_is_you_leads_back(person):
    client = Client()
    sign_in(client)
    assert "Confirm that it is you" in client.get("/accounts/reauthenticate/?next=/x/").content.decode()
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/x/"})
    assert answer["Location"] == "/x/"


def test_other_sessions_are_listed_and_ended(person):
    here, there = Client(), Client(headers={"user-agent": "Elsewhere 1.0"})
    sign_in(here)
    sign_in(there)
    assert "Elsewhere 1.0" in here.get("/accounts/sessions/").content.decode()
    here.post("/accounts/sessions/")
    assert there.get("/accounts/sessions/").status_code == 302
    assert here.get("/accounts/sessions/").status_code == 200


def test_signing_out_asks_nothing_of_the_menu_and_works_by_post(person):
    client = Client()
    sign_in(client)
    assert "Sign out?" in client.get("/accounts/logout/").content.decode()
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session
