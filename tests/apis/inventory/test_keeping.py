"""What is old is rolled up: by day without consumers, then by month; counters and percentiles stay what they are."""

import datetime
import json
import random

import pytest
from django.core.exceptions import ValidationError

from apis import queries
from apis.models import EndpointTraffic, Retention, Service, WindowPack
from apis.packs import coarse, unpacked
from apis.services import Delivery, bring_traffic, choose_retention, keeping, retention_of, roll_up
from apis.services.inputs import windows
from apis.tasks import roll_up as task
from core import clock
from core.errors import Forbidden, Stale
from core.models import Entry
from core.scope import current
from tests.apis.inventory.test_bringing import actor, tenant
from tests.makers import actor_for, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]
__all__ = ["actor", "tenant"]
TODAY = datetime.date(2026, 11, 27)


def lines(days, seed=0):
    """A few calls on each of these days before today."""
    chance = random.Random(seed)
    rows = []
    for back in days:
        day = TODAY - datetime.timedelta(days=back)
        for number in range(6):
            at = datetime.datetime.combine(day, datetime.time(chance.randrange(24)), datetime.UTC)
            rows.append({"at": at.isoformat(), "host": "api.example", "method": "GET", "key": f"k{number % 4}",
                         "path": f"/v1/files/{number}" if number % 2 else "/v1/models",
                         "took_ms": chance.randrange(1, 900),
                         "status": chance.choice([200, 404])})  # fmt: skip
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def bring(actor, days, seed=0):
    bring_traffic(actor=actor, delivery=Delivery(lines(days, seed), f"{seed}.ndjson"))


def figures():
    """Counters and what pages tell, without consumers."""
    found = queries.told(Service.objects.get())
    counters = sorted(EndpointTraffic.objects.values_list("calls", "bytes_in", "bytes_out", "first_at", "last_at"))
    return found.calls, found.statuses, found.percentiles, found.signs, sum(n for _d, n in found.volume), counters


def contents():
    """Every pack as it is stored."""
    return list(WindowPack.objects.order_by("day").values_list("day", "detailed", "windows", "daily", "latency"))


def test_old_days_lose_consumers_and_nothing_else(tenant, actor, caplog):
    bring(actor, [1, 5, 89, 91, 200])
    before = figures()
    with caplog.at_level("INFO"):
        assert roll_up(TODAY) == [keeping.RolledUp(tenant.pk, 2, 0)]
    assert "2 days without consumers" in caplog.text
    assert figures() == before
    detailed = WindowPack.objects.filter(detailed=True)
    assert sorted((TODAY - day).days for day in detailed.values_list("day", flat=True)) == [1, 5, 89]
    for pack in WindowPack.objects.filter(detailed=False):
        assert bytes(pack.windows) == b"" and set(unpacked(bytes(pack.daily))["who"]) == {""}
    stored = contents()
    assert roll_up(TODAY) == [] and contents() == stored


def test_old_months_become_one_pack_and_what_comes_late_joins_them(tenant, actor):
    bring(actor, [1, 1200, 1201, 1202, 1230, 1400])
    before = figures()
    done = roll_up(TODAY)
    assert done[0].days == 5 and done[0].months == 3 and figures()[:-2] == before[:-2]
    assert WindowPack.objects.count() == 4
    old = WindowPack.objects.filter(day__lt=TODAY - datetime.timedelta(days=1100))
    assert all(pack.day.day == 1 and not pack.detailed for pack in old)
    stored = contents()
    assert roll_up(TODAY) == [] and contents() == stored
    first = (TODAY - datetime.timedelta(days=1200)).replace(day=1)
    late = [1205, (TODAY - first).days, 1400]
    bring(actor, late, seed=7)
    again = figures()
    assert again[0] == before[0] + 18
    roll_up(TODAY)
    assert figures()[:4] == again[:4] and figures()[5] == again[5]
    assert roll_up(TODAY) == []


def test_rolling_up_before_or_after_more_comes_in_is_the_same(tenant, actor):
    from tests.makers import make_management_system  # noqa: PLC0415 (only here)

    other = make_management_system(slug="there")
    its = actor_for(make_member(other, "manager"), other)
    for one, between in ((actor, True), (its, False)):
        for seed in range(3):
            bring(one, [100, 101, 1300, 1310], seed)
            if between:
                roll_up(TODAY)
    roll_up(TODAY)
    mine, theirs = (
        [(pack.day, unpacked(bytes(pack.daily)).rows(), unpacked(bytes(pack.latency)).rows())
         for pack in WindowPack.objects.filter(management_system=each).order_by("day")]
        for each in (tenant, other)
    )  # fmt: skip
    assert mine == theirs


def test_posture_still_sees_what_was_rolled_up_lately(tenant, actor):
    bring(actor, [100])
    before = sum(one.calls for one in windows(Service.objects.get()))
    roll_up(TODAY)
    assert sum(one.calls for one in windows(Service.objects.get())) == before == 6
    assert queries.told(Service.objects.get()).consumers == 0


def test_retention_is_chosen_by_managers_within_bounds(tenant, actor):
    found = retention_of(tenant.pk)
    assert (found.detail_days, found.daily_months, found.version) == (90, 36, 0)
    chosen = choose_retention(actor=actor, detail_days=30, daily_months=12, reason="Works council")
    assert Entry.objects.filter(action="apis.choose_retention").count() == 1 and chosen.ref == "RET-1"
    bring(actor, [31])
    assert roll_up(TODAY)[0].days == 1
    with pytest.raises(Stale):
        choose_retention(actor=actor, detail_days=31, daily_months=12, expected_version=7)
    for bad in ({"detail_days": 6, "daily_months": 12}, {"detail_days": 90, "daily_months": 0},
                {"detail_days": 90, "daily_months": 2}):  # fmt: skip
        with pytest.raises(ValidationError):
            choose_retention(actor=actor, **bad)
    with pytest.raises(Forbidden):
        choose_retention(actor=actor_for(make_member(tenant, "contributor"), tenant), detail_days=30, daily_months=12)
    assert choose_retention(actor=actor, detail_days=40, daily_months=12).pk == Retention.objects.get().pk


def test_the_page_shows_what_is_kept_and_keeps_what_is_chosen(tenant, actor, client):
    url = "/here/apis/retention/"
    client.force_login(make_member(tenant, "manager"))
    assert "Space" not in client.get(url).content.decode()
    bring(actor, [1, 3])
    page = client.get(url).content.decode()
    assert 'value="90"' in page and "Space" in page
    assert client.post(url, {"detail_days": 90, "daily_months": 2}).status_code == 422
    assert client.post(url, {"detail_days": 45, "daily_months": 20, "reason": "Why"}).status_code == 302
    assert retention_of(tenant.pk).detail_days == 45
    assert 'value="45"' in client.get(url).content.decode()
    WindowPack.objects.update(detailed=False)
    assert "None" in client.get(url).content.decode() and queries.kept(current(tenant.pk)).detail_from is None
    client.force_login(make_member(tenant, "contributor"))
    assert client.get(url).status_code == 403


def test_the_task_rolls_up_by_todays_date_and_far_back_there_is_an_end(tenant, actor):
    at = clock.now() - datetime.timedelta(days=95)
    content = json.dumps({"at": at.isoformat(), "host": "a.example", "method": "GET", "path": "/x"}).encode()
    bring_traffic(actor=actor, delivery=Delivery(content, "a.ndjson"))
    task()
    assert not WindowPack.objects.get().detailed
    assert coarse(unpacked(b""), "1d", ("hour",)).is_empty()
    assert keeping.edges(Retention(detail_days=90, daily_months=1200), TODAY)[1] == datetime.date(1926, 11, 1)
    assert keeping.edges(Retention(detail_days=90, daily_months=11), TODAY)[1] == datetime.date(2025, 12, 1)
