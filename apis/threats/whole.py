"""Signals of single consumers' hours out of columns, for detectors that look closely at a few of them."""

import datetime
from collections import defaultdict

import polars as pl

from apis.threats.columns import CALL, COUNTS, HIT, KINDS, PROMPT, SAMPLE, SEEN, Columns
from apis.threats.signals import Activity, Distinct, Signals

FIGURES = (*(name for name in COUNTS if name != "errors"), "lowest", "highest", "first_refused", "last_ok")


def _values(values: pl.DataFrame) -> dict[int, dict[str, Distinct]]:
    found: dict[int, dict[str, Distinct]] = defaultdict(dict)
    for key, kind, hashes in values.group_by("key", "kind").agg("value").iter_rows():
        found[key][KINDS[kind]] = Distinct.of(hashes)
    return found


def _slots(slots: pl.DataFrame) -> dict[int, tuple[dict[int, int], dict[int, int]]]:
    found: dict[int, tuple[dict[int, int], dict[int, int]]] = defaultdict(lambda: ({}, {}))
    for who, slot, calls, failed in slots.sort("who", "slot").iter_rows():
        found[who][0][slot] = calls
        if failed:
            found[who][1][slot] = failed
    return found


def _signs(signs: pl.DataFrame) -> dict[int, dict[str, dict[str, tuple[int, float]]]]:
    found: dict[int, dict[str, dict[str, tuple[int, float]]]] = defaultdict(lambda: defaultdict(dict))
    for who, kind, code, calls, worst in signs.sort("who", "kind", "code").iter_rows():
        found[who][kind][code] = (calls, worst)
    return found


def _counts(signs: dict[str, tuple[int, float]]) -> dict[str, int]:
    return {code: calls for code, (calls, _worst) in signs.items()}


def signals_from(whole: Columns) -> list[Signals]:
    """Signals in order of hour, host and consumer."""
    values, slots, signs = _values(whole.values), _slots(whole.slots), _signs(whole.signs)
    endpoints: dict[int, dict[tuple[str, str], Activity]] = defaultdict(dict)
    keys: dict[int, tuple[datetime.datetime, str, str]] = {}
    for row in whole.activities.sort("method", "template").iter_rows(named=True):
        keys[row["who"]] = (row["hour"], row["host"], row["consumer"])
        figures = {name: row[name] for name in FIGURES}
        endpoints[row["who"]][row["method"], row["template"]] = Activity(**figures, **values.get(row["key"], {}))
    return [
        _one(keys[who], endpoints[who], slots.get(who, ({}, {})), signs.get(who, {}))
        for who in sorted(keys, key=lambda who: keys[who])
    ]


def _one(
    key: tuple[datetime.datetime, str, str],
    endpoints: dict[tuple[str, str], Activity],
    slots: tuple[dict[int, int], dict[int, int]],
    signs: dict[str, dict[str, tuple[int, float]]],
) -> Signals:
    calls, prompts = signs.get(CALL, {}), signs.get(PROMPT, {})
    hit = signs.get(HIT, {}).get("", (0, 0.0))
    return Signals(
        *key, endpoints, *slots, _counts(calls), _counts(prompts),
        worst_call=max((worst for code, (_n, worst) in calls.items() if code != "scanner"), default=0.0),
        worst_prompt=hit[1], prompts_seen=signs.get(SEEN, {}).get("", (0, 0.0))[0], prompts_hit=hit[0],
        samples=tuple(sorted(signs.get(SAMPLE, {}))),
    )  # fmt: skip
