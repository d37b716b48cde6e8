"""Odd input is a problem with its place, never a fault of the server; addresses and methods answer as they should."""

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims.services.systems import register_system
from controls.models import Control
from risks.services.actions import add_action
from risks.services.register import register_risk
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member

pytestmark = pytest.mark.django_db
JSON = "application/json"
PROBLEM = "application/problem+json"


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def actor(tenant):
    return actor_for(make_member(tenant, "manager", "administrator"), tenant)


@pytest.fixture
def client(tenant, actor):
    client = bearer(tenant, "read", "inventory:write", "risks:write", "controls:write", "reports:read",
                    "jobs:write", actor=actor, as_person=True)  # fmt: skip
    client.raise_request_exception = False
    return client


def raw(client, path, body, method="post", **headers):
    return getattr(client, method)(f"/api/v1/here/{path}", body, content_type=JSON, headers=headers)


@pytest.mark.parametrize(("body", "pointer"), [
    (b'{"name": "a\\u0000b"}', "/name"),
    (b'{"name": "a", "roles": ["provider", "\\u0000"]}', "/roles/1"),
    (b'{"na\\u0000me": "a"}', ""),
])  # fmt: skip
def test_a_null_character_anywhere_is_400_with_its_place(client, body, pointer):
    answer = raw(client, "systems/", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_a_null_character_in_an_address_is_404_and_in_a_parameter_400(client):
    assert client.get("/api/v1/here/systems/a%00b/").status_code == 404
    assert client.get("/api/v1/here/systems/by-external-id/cmdb/a%00b/").status_code == 404
    for query in ("name=a%00b", "cursor=%00", "limit=%00", "updated_since=%00", "state=%00", "owner=%00"):
        assert client.get(f"/api/v1/here/systems/?{query}").status_code == 400, query


@pytest.mark.parametrize("body", [
    b"", b"{", b"null", b"7", b'"text"', b"[]", b"[[[]]]", b"\xff\xfe", b'{"name": "\\ud800"}', b"{}" * 2,
    b'{"name": ' + b"[" * 900 + b"]" * 900 + b"}", b'{"name": "x", "roles": ' + b"[" * 200 + b"]" * 200 + b"}",
    b'{"name": null}', b'{"name": ["x"]}', b'{"name": "x", "roles": 7}',
    b'{"name": "x", "roles": {"a": 1}}', b'{"name": "x", "owner": 7}', b'{"name": "x", "owner": "no-uuid"}',
    b'{"name": "x", "go_live": "2026-02-30"}', b'{"name": "x", "go_live": "0000-00-00"}',
    b'{"name": "x", "go_live": 20260101}', b'{"name": "x", "development": 7}', b'{"name": "x", "ai_act_class": 7}',
    b'{"name": "   "}', b'{"name": "' + b"x" * 401 + b'"}',
])  # fmt: skip
def test_a_body_that_is_no_system_is_400(client, body):
    answer = raw(client, "systems/", body)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM), answer.content


@pytest.mark.parametrize("body", [
    {"title": "x", "before_likelihood": 10**18}, {"title": "x", "before_likelihood": -1},
    {"title": "x", "before_likelihood": 7}, {"title": "x", "before_likelihood": 1.5},
    {"title": "x", "before_consequences": {"individuals": 7}}, {"title": "x", "before_consequences": {"nobody": 1}},
    {"title": "x", "before_consequences": [1]}, {"title": "x", "before_consequences": {"individuals": "high"}},
    {"title": "x", "systems": "all"}, {"title": "x", "systems": [7]}, {"title": "x", "systems": [None]},
    {"title": "x", "target_date": "9999-99-99"}, {"title": "x", "option": "none"}, {"title": "x", "stage": []},
])  # fmt: skip
def test_a_body_that_is_no_risk_is_400_with_a_pointer(client, body):
    answer = raw(client, "risks/", orjson.dumps(body))
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["pointer"]


def test_odd_text_is_kept_as_it_was_sent(client):
    for name in ("💥 ‮rtl", "e\u0301", "\u200bx", "= cmd", "<script>", "\x7f\x01x"):
        made = raw(client, "systems/", orjson.dumps({"name": name}))
        assert (made.status_code, made.json()["name"]) == (201, name)


@pytest.mark.parametrize("path", [
    "systems/?limit=" + "9" * 5000, "systems/?limit=٣٣٣٣", "systems/?limit=-1", "systems/?limit=1e2",
    "systems/?updated_since=0001-01-01T00:00:00%2B14:00", "systems/?updated_since=9999-12-31T23:59:59-14:00",
    "systems/?as_of=0001-01-01T00:00:00%2B14:00", "systems/?as_of=1999-01-01T00:00:00Z", "systems/?as_of=2026",
    "systems/?cursor=WzEsMl0", "systems/?cursor=WyJhIiwiYiJd", "systems/?cursor=💥", "systems/?owner=7",
    "systems/?cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwiMDFhMjA3MzUtN2QwYi03ZDQ1LWI0ODQtZTEwNDI1MjkzYjczIl0",
    "controls/?own=banana", "controls/?cursor=WyJhIiwiYiIsImMiXQ",
    "actions/?due_before=2026-02-30", "events/?after=" + "9" * 400, "events/?after=-1", "people/?as_of=x",
    "soa/versions/?number=x", "soa/versions/?number=" + "9" * 5000, "me/?x=1", "jobs/?as_of=2026-01-01T00:00:00Z",
])  # fmt: skip
def test_a_parameter_that_makes_no_sense_is_400(client, path):
    answer = client.get(f"/api/v1/here/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM), answer.content


@pytest.mark.parametrize("number", ["1" * 18, "999999999"])
def test_a_sequence_number_far_ahead_is_an_empty_answer(client, number):
    assert client.get(f"/api/v1/here/events/?after={number}").json() == {"items": [], "last": int(number)}


def test_other_types_of_body_are_415_and_larger_ones_413(client, settings):
    for kind in (
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        answer = client.post("/api/v1/here/systems/", b"name=x", content_type=kind)
        assert (answer.status_code, answer["Content-Type"]) == (415, PROBLEM), kind
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = raw(client, "systems/", orjson.dumps({"name": "x", "purpose": "y" * 2000}))
    assert (answer.status_code, answer["Content-Type"]) == (413, PROBLEM)


@pytest.mark.parametrize("path", [
    "/api/v1/here/me", "/api/v1/here/systems", "/api/v1/here/nothing/", "/api/v1/", "/api/v2/here/me/", "/api/x",
])  # fmt: skip
def test_any_other_address_is_a_problem_and_never_a_redirect(client, path):
    for method in ("get", "post", "put", "patch", "delete", "head"):
        answer = getattr(client, method)(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM), method
    assert client.get(path).json()["request_id"]
    del client.defaults["HTTP_AUTHORIZATION"]
    assert client.get(path).status_code == 401


@pytest.mark.parametrize(("path", "allowed"), [
    ("systems/", {"GET", "POST", "HEAD", "OPTIONS"}), ("me/", {"GET", "HEAD", "OPTIONS"}),
    ("inventory/sync/", {"POST", "OPTIONS"}),
    ("acceptances/01a20735-7d0b-7d45-b484-e10425293b73/", {"GET", "HEAD", "OPTIONS"}),
])  # fmt: skip
def test_another_method_is_405_and_says_which_there_are(client, path, allowed):
    answer = client.delete(f"/api/v1/here/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (405, PROBLEM)
    assert set(answer["Allow"].split(", ")) == allowed
    options = client.options(f"/api/v1/here/{path}")
    assert options.status_code == 200
    assert set(options["Allow"].split(", ")) == allowed


def test_what_pages_do_for_the_signed_out_is_not_done_here(client):
    del client.defaults["HTTP_AUTHORIZATION"]
    for headers in ({}, {"HX-Request": "true"}):
        assert client.post("/api/v1/here/systems/", {"draft_ticket": "x"}, headers=headers).status_code == 401


def test_head_answers_like_get_without_a_body(client):
    made = raw(client, "systems/", b'{"name": "Chatbot"}')
    for url in ("/api/v1/here/systems/", made["Location"], "/api/v1/here/me/"):
        head, get = client.head(url), client.get(url)
        assert (head.status_code, head.content, head.get("ETag")) == (200, b"", get.get("ETag"))


def test_a_repeated_settlement_gets_the_stored_answer(tenant, actor, client):
    risk = register_risk(actor=actor, title="Wrong advice")
    action = add_action(actor=actor, risk=risk, what="Sample")
    key = {"Idempotency-Key": "k", "If-Match": '"1"'}
    first, again = (raw(client, f"actions/{action.pk}/finish/", b'{"outcome": "Done"}', **key) for _ in "12")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())


def fill(actor, area, count):
    """That many more rows of a kind, with links."""
    controls = list(Control.objects.visible_to(actor)[:3])
    systems = [register_system(actor=actor, name=f"System {n}") for n in range(count if area == "systems" else 2)]
    if area == "controls":
        return
    for number in range(count if area in {"risks", "actions"} else 0):
        risk = register_risk(actor=actor, title=f"Risk {number}", systems=systems, controls=controls)
        if area == "actions":
            add_action(actor=actor, risk=risk, what="Do", control=controls[0])


@pytest.mark.parametrize("area", ["systems", "risks", "controls", "actions"])
def test_a_list_asks_the_database_as_often_for_thirty_rows_as_for_one(actor, client, area):
    fill(actor, area, 30)
    client.get(f"/api/v1/here/{area}/")
    asked = []
    for limit in (1, 30):
        with CaptureQueriesContext(connection) as queries:
            rows = client.get(f"/api/v1/here/{area}/?limit={limit}").json()["items"]
        assert len(rows) == limit
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 10, [query["sql"][:150] for query in queries]
