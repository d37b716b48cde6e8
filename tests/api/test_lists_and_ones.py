"""What a list answers of a record is what the record itself answers, now and as of a moment."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.serializers import DateTimeField

from core import clock
from core.api import quick
from tests.api.test_foundation import bearer
from tests.makers import actor_for
from tests.risks.test_pages import signed_in
from tests.security.test_T03_neighbours import make_filled

pytestmark = [pytest.mark.django_db, pytest.mark.data]
LISTS = (
    "systems", "groups", "claims", "intake-links", "controls", "risks", "actions", "acceptances", "criteria",
    "opportunities", "people",
)  # fmt: skip


def items(client, address):
    """Everything a list holds, three at a time."""
    found, following = [], f"/api/v1/here/{address}"
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, (following, answer.content)
        found += answer.json()["items"]
        following = answer.json()["next"]
    return found


def test_a_list_says_of_each_record_what_the_record_says():
    house, owner = make_filled("here")
    make_filled("there")
    client = bearer(house.tenant, "read", "intake:write", actor=actor_for(owner, house.tenant), as_person=True)
    moment = clock.now().isoformat().replace("+00:00", "Z")
    for name in LISTS:
        told = items(client, f"{name}/?limit=3")
        assert told, name
        assert [client.get(f"/api/v1/here/{name}/{one['id']}/").json() for one in told] == told
        past = items(client, f"{name}/?limit=3&as_of={moment}")
        assert past == told
        assert [client.get(f"/api/v1/here/{name}/{one['id']}/?as_of={moment}").json() for one in past] == told, name
    assert str(owner.pk) in {one["id"] for one in items(client, "people/")}


def test_links_of_a_list_come_in_order():
    house, _owner = make_filled("here")
    client = bearer(house.tenant)
    linked = [one for one in items(client, "risks/") if one["controls"]]
    assert linked
    assert all(one["systems"] == sorted(one["systems"]) for one in linked)


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("2026-11-27 01:02:03", "2026-11-27T01:02:03Z"),
        ("2026-11-27 01:02:03.004500", "2026-11-27T01:02:03.004500Z"),
        ("2026-11-27 01:02:03+00", "2026-11-27T01:02:03Z"),
        ("2026-11-27 01:02:03.0045+00", "2026-11-27T01:02:03.004500Z"),
    ],
)
def test_a_moment_kept_as_text_is_told_as_any_other(kept, told):
    assert quick.spelled_moment(kept) == told
    moment = datetime.datetime.fromisoformat(kept).replace(tzinfo=datetime.UTC)
    assert told == DateTimeField(default_timezone=datetime.UTC).to_representation(moment)


def test_a_list_reads_its_rows_and_no_others():
    house, _owner = make_filled("here")
    client = bearer(house.tenant)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/api/v1/here/risks/?limit=1").status_code == 200
    rows = [one["sql"] for one in asked if 'FROM "risks_risk"' in one["sql"]]
    assert len(rows) == 1
    assert rows[0].endswith("LIMIT 2")


@pytest.mark.parametrize(("name", "place"), [("risks", "risks"), ("systems", "systems"), ("controls", "soa_list")])
def test_rest_counts_what_the_register_of_the_page_counts(name, place):
    house, owner = make_filled("here")
    client, page, register = bearer(house.tenant), signed_in(owner), reverse(place, kwargs={"slug": "here"})
    for flag in page.get(register).context["listing"].filterset.filters["flag"].conditions:
        told = page.get(f"{register}?flag={flag}").context["listing"].total
        assert len(items(client, f"{name}/?flag={flag}")) == told, flag
