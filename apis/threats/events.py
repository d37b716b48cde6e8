"""From calls as columns to signals: paths and prompts are judged, counted and dropped; no value stays."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable

import polars as pl

from apis.threats import prompts as prompt_rules
from apis.threats import texts as call_rules
from apis.threats.prompts import judge_prompt
from apis.threats.signals import SAMPLES, SKETCH, Activity, Distinct, Signals

# Column, type, and what stands for it where the frame has none. Other names of the same column come first.
OTHER_NAMES = {"who": "consumer", "took_ms": "duration_ms"}
COLUMNS: dict[str, tuple[pl.DataType, object]] = {
    "at": (pl.Datetime("us", "UTC"), None), "host": (pl.String(), ""), "method": (pl.String(), ""),
    "path": (pl.String(), ""), "query": (pl.String(), ""), "status": (pl.Int64(), 0), "consumer": (pl.String(), ""),
    "user": (pl.String(), ""), "agent": (pl.String(), ""), "tokens_in": (pl.Int64(), 0), "tokens_out": (pl.Int64(), 0),
    "bytes_in": (pl.Int64(), 0), "bytes_out": (pl.Int64(), 0), "prompt": (pl.String(), ""),
}  # fmt: skip
NO_TIME = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)  # hour of calls whose log knows no time
ID = r"^(?:\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{16,64}|[a-z]{2,12}[_-][A-Za-z0-9]*\d[A-Za-z0-9]{3,40})$"
KEY = ["hour", "host", "consumer"]
SEED = 42


def _by_address(frame: pl.DataFrame) -> pl.DataFrame:
    """Refused log-ins of many users count for the address they came from, where the frame knows it."""
    if "user" in frame.columns or not {"consumer", "address", "status"} <= set(frame.columns):
        return frame
    named = pl.col("consumer").str.starts_with("user:").fill_null(value=False)
    moved = named & pl.col("status").is_in([401, 403]) & pl.col("address").is_not_null()
    return frame.with_columns(
        user=pl.when(named).then(pl.col("consumer")),
        consumer=pl.when(moved).then(pl.lit("address:") + pl.col("address")).otherwise(pl.col("consumer")),
    )


def _complete(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.rename(
        {old: new for old, new in OTHER_NAMES.items() if old in frame.columns and new not in frame.columns}
    )
    frame = _by_address(frame)
    columns = [
        (pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, dtype=kind)).fill_null(absent).alias(name)
        if absent is not None
        else (pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, dtype=kind)).alias(name)
        for name, (kind, absent) in COLUMNS.items()
    ]
    parts, part = pl.col("path").str.split("/"), pl.element()
    shape = parts.list.eval(pl.when(part.str.contains(ID)).then(pl.lit("{id}")).otherwise(part)).list.join("/")
    given = pl.col("template").fill_null(shape) if "template" in frame.columns else shape
    return frame.select(*columns, template=given).with_columns(
        hour=pl.col("at").dt.truncate("1h").fill_null(NO_TIME),
        slot=pl.when(pl.col("at").is_not_null()).then(
            (pl.col("at").dt.minute().cast(pl.Int64) * 60 + pl.col("at").dt.second()) // 10
        ),
        object=parts.list.eval(part.filter(part.str.contains(ID))).list.last(),
    )


def _least(hashed: pl.Expr) -> pl.Expr:
    return hashed.hash(SEED).unique().bottom_k(SKETCH)


def _activities(frame: pl.DataFrame) -> dict[tuple, dict[tuple[str, str], Activity]]:
    status = pl.col("status")
    good, lost, refused = status.is_between(200, 299), status.is_in([403, 404]), status.is_in([401, 403])
    grouped = frame.group_by([*KEY, "method", "template"]).agg(
        calls=pl.len(), ok=good.sum(), refused=(status == 401).sum(), forbidden=(status == 403).sum(),
        missing=(status == 404).sum(), limited=(status == 429).sum(), tokens_in=pl.col("tokens_in").sum(),
        tokens_out=pl.col("tokens_out").sum(), bytes_in=pl.col("bytes_in").sum(), bytes_out=pl.col("bytes_out").sum(),
        objects=_least(pl.col("object").filter(good & pl.col("object").is_not_null())),
        lowest=pl.col("object").filter(good).cast(pl.Int64, strict=False).min(),
        highest=pl.col("object").filter(good).cast(pl.Int64, strict=False).max(),
        lost=_least(pl.col("path").filter(lost)),
        sizes=_least(pl.col("bytes_in").filter(pl.col("bytes_in") > 0)),
        users=_least(pl.col("user").filter(refused & (pl.col("user") != ""))),
        first_refused=pl.col("at").filter(refused).min(), last_ok=pl.col("at").filter(good).max(),
    )  # fmt: skip
    found: dict[tuple, dict[tuple[str, str], Activity]] = defaultdict(dict)
    for row in grouped.iter_rows(named=True):
        key, endpoint = tuple(row.pop(name) for name in KEY), (row.pop("method"), row.pop("template"))
        for name in ("objects", "lost", "sizes", "users"):
            row[name] = Distinct.of(row[name])
        found[key][endpoint] = Activity(**row)
    return found


def _slots(frame: pl.DataFrame) -> dict[tuple, tuple[dict[int, int], dict[int, int]]]:
    grouped = frame.filter(pl.col("slot").is_not_null()).group_by([*KEY, "slot"]).agg(
        calls=pl.len(), failed=pl.col("status").is_between(400, 499).sum()
    )  # fmt: skip
    found: dict[tuple, tuple[dict[int, int], dict[int, int]]] = defaultdict(lambda: ({}, {}))
    for hour, host, consumer, slot, calls, failed in grouped.iter_rows():
        every, bad = found[hour, host, consumer]
        every[slot] = calls
        if failed:
            bad[slot] = failed
    return found


class _Judged:
    """Injections and prompts of one key, while they are counted."""

    def __init__(self) -> None:
        self.injections: Counter[str] = Counter()
        self.prompts: Counter[str] = Counter()
        self.worst_call = self.worst_prompt = 0.0
        self.seen = self.hit = 0
        self.samples: set[str] = set()


def _judged(frame: pl.DataFrame) -> dict[tuple, _Judged]:
    """Every different call judged once, by path, query and agent; every prompt."""
    found: dict[tuple, _Judged] = defaultdict(_Judged)
    calls = frame.group_by([*KEY, "method", "template", "path", "query", "agent"]).len()
    for hour, host, consumer, method, template, path, query, agent, times in calls.iter_rows():
        address = f"{path}?{query}" if query else path
        verdict = call_rules.judge_call(address, {"User-Agent": agent} if agent else None, cautious=False)
        if verdict.score < call_rules.THRESHOLD:
            continue
        one = found[hour, host, consumer]
        one.injections[verdict.families[0]] += times
        if verdict.families[0] != "scanner":
            one.worst_call = max(one.worst_call, verdict.score)
        place = template if verdict.where != "path" else "/…"
        one.samples.add(f"{method} {place[:80]} ({verdict.where}: {verdict.families[0]})")
    said = frame.filter(pl.col("prompt") != "").select([*KEY, "method", "template", "prompt"])
    for hour, host, consumer, method, template, prompt in said.iter_rows():
        one, verdict = found[hour, host, consumer], judge_prompt(prompt)
        one.seen += 1
        if verdict.score >= prompt_rules.THRESHOLD:
            one.hit += 1
            one.worst_prompt = max(one.worst_prompt, verdict.score)
            one.prompts.update(verdict.reasons[:3])
            one.samples.add(f"{method} {template[:80]} ({verdict.reasons[0]})")
    return found


def signals_of(frame: pl.DataFrame, named: Callable[[str], str] | None = None) -> list[Signals]:
    """Signals of calls as columns; see COLUMNS. ``template`` is learned by others; ids in paths stand for it else.

    ``named`` gives the name under which a consumer is kept (a keyed hash of it).
    """
    if frame.is_empty():
        return []
    full = _complete(frame)
    activities, slots, judged = _activities(full), _slots(full), _judged(full)
    found = []
    for (hour, host, consumer), endpoints in sorted(activities.items()):
        key = (hour, host, consumer)
        one, (every, failed) = judged[key], slots.get(key, ({}, {}))
        found.append(
            Signals(
                hour=hour,
                host=host,
                consumer=named(consumer) if named else consumer,
                endpoints=endpoints,
                slots=every,
                failed_slots=failed,
                injections=dict(one.injections),
                prompts=dict(one.prompts),
                worst_call=one.worst_call,
                worst_prompt=one.worst_prompt,
                prompts_seen=one.seen,
                prompts_hit=one.hit,
                samples=tuple(sorted(one.samples)[:SAMPLES]),
            )
        )
    return found
