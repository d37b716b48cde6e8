"""T01: every route is closed unless it is listed as public; strangers learn nothing."""

import pytest

from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member, make_person
from tests.support import differences, everything, routes

pytestmark = pytest.mark.django_db

PUBLIC = {
    "healthz": "liveness for proxies",
    "api:schema": "the description names no record",
    "account_login": "the door", "account_logout": "the way out", "account_signup": "answers that sign-up is closed",
    "account_reset_password": "same answer for anybody", "account_reset_password_done": "same answer for anybody",
    "account_reset_password_from_key": "needs a key", "account_reset_password_from_key_done": "says done",
    "account_inactive": "says that the account is disabled", "account_confirm_email": "needs a key",
    "account_email_verification_sent": "same answer for anybody",
    "account_confirm_login_code": "second half of a sign-in",
    "mfa_authenticate": "second half of a sign-in",
    "join": "needs a key", "tell": "needs a key",
    "appearance": "keeps a cookie", "draft_park": "answers 401 to the signed-out",
}  # fmt: skip
ALL = list(routes())
INSIDE = [route for route in ALL if route[2]]


def test_every_public_route_is_listed_with_its_reason_and_exists():
    names = {name for name, *_rest in ALL}
    assert all(PUBLIC.values())
    assert set(PUBLIC) <= names, f"listed but not there: {set(PUBLIC) - names}"


def faults_of(client, method, found, judge):
    """Ask every address once; return what ``judge`` says of the answers, and of tables that were written."""
    before, faults = everything(), []
    for name, address in found:
        told = judge(address, getattr(client, method)(address))
        faults += [f"{name}: {told}"] if told else []
    written = {m.__name__ for m in differences(before, everything())} - {"Session", "ApiToken", "Reading"}
    return faults + [f"wrote {written}"] if written else faults


def leads_to_the_door(address, answer):
    """What is wrong with an answer to the signed-out."""
    if answer.status_code == 405 or (address.startswith("/api/") and answer.status_code == 401):
        return ""
    fine = answer.status_code == 302 and answer.url.startswith("/accounts/")
    return "" if fine else f"answered {answer.status_code}"


def is_404(_address, answer):
    """What is wrong with an answer to a stranger."""
    return "" if answer.status_code in {404, 405} else f"answered {answer.status_code}"


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_signed_out_are_sent_to_the_door_everywhere_else(client, method):
    make_management_system(slug="here")
    closed = [(name, address) for name, address, _slug, _view in ALL if name not in PUBLIC]
    assert faults_of(client, method, closed, leads_to_the_door) == []


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_stranger_gets_404_everywhere_and_changes_nothing(client, method):
    make_management_system(slug="here")
    there = make_management_system(slug="there")
    client.force_login(make_member(there, "manager", "administrator"))
    pages = [(name, address) for name, address, *_rest in INSIDE if not address.startswith("/api/")]
    assert faults_of(client, method, pages, is_404) == []
    scopes = ["read", "inventory:write", "risks:write", "controls:write", "reports:read", "jobs:write"]
    api = [(name, address) for name, address, *_rest in INSIDE if address.startswith("/api/")]
    assert faults_of(bearer(there, *scopes), method, api, is_404) == []


def test_the_answer_to_the_signed_out_is_the_same_for_any_slug(client):
    make_management_system(slug="here")
    answers = [client.get(f"/{slug}/reports/") for slug in ("here", "nowhere")]
    assert {a.status_code for a in answers} == {302}
    assert answers[0].url.replace("here", "x") == answers[1].url.replace("nowhere", "x")


def test_somebody_who_belongs_nowhere_sees_no_management_system(client):
    make_management_system(slug="here", name="Secret organisation")
    client.force_login(make_person())
    assert "Secret organisation" not in client.get("/", follow=True).content.decode()


READ_ONLY_POSTS = {"report_ask": "asks for a report"}


def test_an_external_auditor_changes_nothing_by_any_page(client):
    """They may take away a signed checkpoint of the history's head; making it changes no record."""
    tenant = make_management_system(slug="here")
    auditor = make_member(tenant, "external_auditor")
    client.force_login(auditor)
    assert actor_for(auditor, tenant).roles == {"external_auditor"}
    before = everything()
    for name, address, *_rest in INSIDE:
        if name not in READ_ONLY_POSTS and not address.startswith("/api/"):
            client.get(address)
            client.post(address, {"title": "x", "name": "x", "reason": "x", "formats": "json"})
    written = {m.__name__ for m in differences(before, everything())} - {
        "Session",
        "Reading",
        "Draft",
        "UserSession",
        "Checkpoint",
    }
    assert not written
