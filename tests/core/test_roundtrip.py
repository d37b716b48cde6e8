"""Rows sent together are the rows that were meant, whatever stands in them; on SQLite and Postgres."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.change import change
from core.ids import uuid7
from core.models import Comment, Entry, Membership, SearchRow
from core.roundtrip import MANY, insert, insertion, send, update
from tests.makers import make_management_system, make_manager, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AWKWARD = [
    '"quoted" and \\ slashed',
    "tab\tnew\nline\r",
    "{curly,braces}",
    "\\N",
    "NULL",
    "ümläut – 健康",
    "%s; DROP",
    "",
]


def _comments(tenant, texts):
    return [Comment(record_type="core.profile", record_id=tenant.pk, text=text) for text in texts]


@pytest.mark.parametrize("count", [1, MANY - 1, MANY, 2 * MANY])
def test_texts_come_back_as_they_were_written_however_many_there_are(count):
    tenant = make_management_system()
    texts = [f"{AWKWARD[n % len(AWKWARD)]} {n}" for n in range(count)]
    with change(make_manager(tenant), "comments") as unit:
        unit.save_many(_comments(tenant, texts))
    assert sorted(Comment.objects.filter(management_system=tenant).values_list("text", flat=True)) == sorted(texts)
    states = Entry.objects.filter(record_type="core.comment").order_by("seq").values_list("state", flat=True)
    assert [json.loads(state)["text"] for state in states] == texts


def test_what_seals_a_change_is_one_message_to_postgres():
    tenant = make_management_system()
    actor = make_manager(tenant)
    with CaptureQueriesContext(connection) as seen, change(actor, "comments") as unit:
        unit.save(_comments(tenant, ["one"])[0])
    sent = [query["sql"].partition(" ")[0] for query in seen]
    sealed = ["INSERT"] if connection.vendor == "postgresql" else ["INSERT", "UPDATE", "INSERT"]
    assert [word for word in sent if word not in {"SAVEPOINT", "RELEASE"}] == ["SELECT", "INSERT", *sealed]


def test_a_row_that_is_there_gets_the_new_columns_and_no_second_row():
    tenant = make_management_system()
    row = {"management_system": tenant, "record_type": "x", "record_id": tenant.pk, "at": tenant.created_at}
    insert([SearchRow(**row, title="old")])
    send(insertion([SearchRow(**row, title="new")], replacing=["title"], unique=["record_type", "record_id"]))
    assert list(SearchRow.objects.filter(record_type="x").values_list("title", flat=True)) == ["new"]


def test_words_are_kept_and_values_are_not_whatever_they_are():
    tenant = make_management_system()
    row = {"management_system": tenant, "record_type": "x", "at": tenant.created_at}
    made = [SearchRow(**row, record_id=uuid7(), title=title, ref=title[:20]) for title in AWKWARD]
    words = set()
    for one in made:
        statements = list(insertion([one]))
        words |= {sql for sql, _values in statements}
        send(statements)
        one.pk = SearchRow.objects.get(record_id=one.record_id).pk
        one.title = f"{one.title} again"
        changed = list(update(one, "title", "ref"))
        words |= {sql for sql, _values in changed}
        send(changed)
    assert len(words) == 2
    stored = SearchRow.objects.filter(record_type="x").values_list("record_id", "title", "ref")
    assert set(stored) == {(one.record_id, one.title, one.ref) for one in made}


def test_what_is_empty_is_written_as_nothing_by_words_that_were_kept_for_something():
    person = make_member(make_management_system(), "contributor")
    member = Membership.objects.get(person=person)
    for until in (clock.now(), None, clock.now()):
        member.valid_to = until
        send(update(member, "valid_to"))
        member.refresh_from_db()
        assert member.valid_to == until
