"""Detectors over columns say what they say over every single hour; batches in any order store the same."""

import random

import polars as pl
import pytest

from apis.threats import columns, detect, past_of
from apis.threats.events import counted_calls, signals_of
from apis.threats.everyday import ordinary_days
from apis.threats.looking import BACK, alarms_in, hours_of
from apis.threats.whole import signals_from
from tests.apis.threats.test_behaviour import call

NO_HOURS = hours_of(columns.NONE)


def mixed(seed):
    """Two hours of everything that is abuse, beside ordinary people."""
    chance = random.Random(seed)
    rows = []
    for hour in (0, 3600, 7200):
        for n in range(40):
            rows += [call(hour + n * 60, f"GET /v1/orders/{chance.randrange(900)}", who=f"key:p{n % 7}")]
            rows += [call(hour + n * 60, "POST /v1/chat/completions", who=f"key:p{n % 7}", tokens_in=90, tokens_out=9)]
        who = f"key:x{hour}"
        rows += [call(hour + n * 5, f"GET /v1/orders/{100 + n}", who=who) for n in range(chance.randrange(5, 60))]
        rows += [call(hour + n // 4, f"GET /{n}.bak", 404, who=who) for n in range(chance.randrange(5, 90))]
        rows += [call(hour + n, "POST /login", 401, who=who) for n in range(chance.randrange(2, 50))]
        rows += [call(hour + n, "POST /v1/feedback", who=who, bytes_in=5) for n in range(chance.randrange(2, 90))]
        rows += [call(hour + n * 3, "POST /v1/chat/completions", who="key:y") for n in range(chance.randrange(700))]
        rows += [call(hour + n * 3, "POST /v1/chat/completions", who=who, tokens_in=900, tokens_out=90)
                 for n in range(chance.randrange(40))]  # fmt: skip
        rows += [call(hour, "GET /v1/items?q=1'+or+'1'='1", who=who) for n in range(chance.randrange(3))]
    return pl.DataFrame(rows, infer_schema_length=None)


@pytest.mark.parametrize("seed", range(8))
def test_only_suspects_are_looked_at_and_nobody_is_missed(seed):
    frame = mixed(seed)
    signals = signals_of(frame)
    expected = []
    for hour in sorted({one.hour for one in signals}):
        earlier = [one for one in signals if hour - BACK <= one.hour < hour]
        expected += detect([one for one in signals if one.hour == hour], past_of(earlier))
    assert alarms_in(counted_calls(frame), NO_HOURS) == sorted(expected, key=lambda one: one.hour)
    assert {"tampering", "consumption"} <= {one.detector for one in expected}


def test_what_is_known_of_earlier_days_counts():
    rows = [call(n * 3, "POST /v1/chat/completions") for n in range(600)]
    before = [call(n * 3 - 86_400 - 3600 * h, "POST /v1/chat/completions") for h in range(8) for n in range(600)]
    earlier = hours_of(counted_calls(pl.DataFrame(before)))
    [alarm] = alarms_in(counted_calls(pl.DataFrame(rows)), NO_HOURS)
    assert alarm.detector == "extraction"
    assert alarms_in(counted_calls(pl.DataFrame(rows)), earlier) == []
    assert alarms_in(counted_calls(pl.DataFrame(rows)), NO_HOURS, only=["scanning"]) == []


@pytest.mark.parametrize("seed", range(4))
def test_columns_add_up_in_any_split_and_order_also_by_template(seed):
    frame = mixed(seed).sample(fraction=1.0, shuffle=True, seed=seed)
    whole = counted_calls(frame)
    parts = [counted_calls(frame.slice(at, 211)) for at in range(0, frame.height, 211)]
    random.Random(seed).shuffle(parts)
    assert signals_from(columns.added(parts)) == signals_from(whole)
    learned = {("GET", "/{token}"): "/{file}", ("GET", "/v1/orders/{int}"): "/v1/orders/{order_id}"}
    stored = columns.added([columns.templated(one, learned, "h") for one in parts])
    assert signals_from(stored) == signals_from(columns.templated(whole, learned, "h"))
    names = {name for one in signals_from(stored) for name in one.endpoints}
    assert ("GET", "/v1/orders/{order_id}") in names


def test_ordinary_days_raise_nothing_hour_by_hour():
    first, second = ordinary_days(2)
    past = hours_of(counted_calls(first))
    assert alarms_in(counted_calls(second), past) == []


def test_nothing_is_nothing():
    assert alarms_in(columns.NONE, NO_HOURS) == []
    assert columns.templated(columns.NONE, {}, "h") is columns.NONE
    assert columns.added([]) is columns.NONE
