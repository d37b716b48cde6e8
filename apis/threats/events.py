"""From calls as columns to signals: paths and prompts are judged, counted and dropped; no value stays."""

import datetime
from collections.abc import Callable, Iterator
from functools import lru_cache

import polars as pl

from apis.paths.shapes import shapes
from apis.threats import texts as call_rules
from apis.threats.columns import CALL, HIT, NONE, PROMPT, SAMPLE, SEEN, Columns, columns_of
from apis.threats.said import signs_of_prompt
from apis.threats.signals import Signals
from apis.threats.suspects import encoded, odd_query, odd_shapes
from apis.threats.whole import signals_from

# Column, type, and what stands for it where the frame has none. Other names of the same column come first.
OTHER_NAMES = {"who": "consumer", "took_ms": "duration_ms", "shape": "template"}
COLUMNS: dict[str, tuple[pl.DataType, object]] = {
    "at": (pl.Datetime("us", "UTC"), None), "host": (pl.String(), ""), "method": (pl.String(), ""),
    "path": (pl.String(), ""), "query": (pl.String(), ""), "status": (pl.Int64(), 0), "consumer": (pl.String(), ""),
    "user": (pl.String(), ""), "agent": (pl.String(), ""), "tokens_in": (pl.Int64(), 0), "tokens_out": (pl.Int64(), 0),
    "bytes_in": (pl.Int64(), 0), "bytes_out": (pl.Int64(), 0), "prompt": (pl.String(), ""), "signs": (pl.String(), ""),
}  # fmt: skip
NO_TIME = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)  # hour of calls whose log knows no time
KEY = ("hour", "host", "consumer")
SEED = 42
# Says nothing without the page a call came from, which logs seldom tell.
FIXATION = ("protocol.session_fixation",)


def _by_address(frame: pl.DataFrame) -> pl.DataFrame:
    """Refused log-ins of many users count for the address they came from, where the frame knows it."""
    if "user" in frame.columns or not {"consumer", "address", "status"} <= set(frame.columns):
        return frame
    named = pl.col("consumer").str.starts_with("user:").fill_null(value=False)
    if not frame.select(named.any()).item():
        return frame
    moved = named & pl.col("status").is_in([401, 403]) & pl.col("address").is_not_null()
    return frame.with_columns(
        user=pl.when(named).then(pl.col("consumer")),
        consumer=pl.when(moved).then(pl.lit("address:") + pl.col("address")).otherwise(pl.col("consumer")),
    )


def _complete(frame: pl.DataFrame, came_at: datetime.datetime) -> pl.DataFrame:
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
    given = pl.col("template") if "template" in frame.columns else shapes(frame["path"])
    return frame.select(*columns, template=given.fill_null("/")).with_columns(
        hour=pl.col("at").dt.truncate("1h").fill_null(pl.lit(came_at).dt.cast_time_unit("us").dt.truncate("1h")),
        slot=pl.when(pl.col("at").is_not_null()).then(
            (pl.col("at").dt.minute().cast(pl.Int16) * 60 + pl.col("at").dt.second()) // 10
        ),
    )


@lru_cache(maxsize=4096)
def _of_agent(agent: str) -> bool:
    """Whether what a client calls itself carries something."""
    verdict = call_rules.judge_call("/", {"User-Agent": agent}, cautious=False)
    return verdict.score >= call_rules.THRESHOLD


def _suspected(full: pl.DataFrame) -> pl.DataFrame:
    """Calls that could carry something: by path, query or the client's name."""
    agents = full["agent"].unique()
    bad = agents.filter(pl.Series([_of_agent(agent) for agent in agents], dtype=pl.Boolean))
    odd = full["template"].is_in(odd_shapes(full["template"].unique()).implode()) | encoded(full)
    asked = full.filter(pl.col("query") != "").select("query").unique()
    queries = asked.filter(odd_query(pl.col("query")))["query"]
    return full.filter(odd | pl.col("agent").is_in(bad.implode()) | pl.col("query").is_in(queries.implode()))


Row = tuple[datetime.datetime, str, str, str, str, int, float]


def _of_calls(full: pl.DataFrame) -> Iterator[Row]:
    """Every different suspected call judged once, by path, query and agent."""
    some = _suspected(full)
    calls = some.group_by([*KEY, "method", "template", "path", "query", "agent"]).len()
    for hour, host, consumer, method, template, path, query, agent, times in calls.iter_rows():
        address = f"{path}?{query}" if query else path
        verdict = call_rules.judge_call(address, {"User-Agent": agent} if agent else None, cautious=False)
        if verdict.score < call_rules.THRESHOLD or verdict.reasons == FIXATION:
            continue
        family = verdict.families[0]
        yield hour, host, consumer, CALL, family, times, verdict.score
        place = template if verdict.where != "path" else "/…"
        yield hour, host, consumer, SAMPLE, f"{method} {place[:80]} ({verdict.where}: {family})", 0, 0.0


def _of_texts(full: pl.DataFrame) -> Iterator[Row]:
    """What was judged while the call was read: prompts and bodies (apis.threats.said)."""
    said = full.filter(pl.col("signs") != "").group_by([*KEY, "method", "template", "signs"]).len()
    for hour, host, consumer, method, template, signs, times in said.iter_rows():
        kind, score, codes = signs.split(" ")
        worst, reasons = float(score), [code for code in codes.split(",") if code]
        if kind == PROMPT:
            yield hour, host, consumer, SEEN, "", times, 0.0
        if reasons:
            if kind == PROMPT:
                yield hour, host, consumer, HIT, "", times, worst
            for reason in reasons:
                yield hour, host, consumer, kind, reason, times, worst
            where = reasons[0] if kind == PROMPT else f"body: {reasons[0]}"
            yield hour, host, consumer, SAMPLE, f"{method} {template[:80]} ({where})", 0, 0.0


ROW: dict[str, pl.DataType] = {
    "hour": pl.Datetime("us", "UTC"), "host": pl.String(), "consumer": pl.String(), "kind": pl.String(),
    "code": pl.String(), "calls": pl.Int64(), "worst": pl.Float64(),
}  # fmt: skip


def counted_calls(
    frame: pl.DataFrame, named: Callable[[str], str] | None = None, came_at: datetime.datetime = NO_TIME,
    seed: int = SEED,
) -> Columns:  # fmt: skip
    """Signals as columns, of calls as columns; see COLUMNS. Calls without a time count for the hour of ``came_at``."""
    if frame.is_empty():
        return NONE
    full = _complete(frame, came_at)
    said = full.filter(pl.col("prompt") != "")["prompt"].unique()
    if len(said):
        judged = {prompt: signs_of_prompt(prompt) for prompt in said}
        signs = pl.col("prompt").replace_strict(judged, default="", return_dtype=pl.String)
        full = full.with_columns(signs=pl.when(pl.col("prompt") != "").then(signs).otherwise("signs"))
    rows = pl.DataFrame([*_of_calls(full), *_of_texts(full)], schema=ROW, orient="row")
    return columns_of(full, rows, named, seed)


def signals_of(frame: pl.DataFrame, named: Callable[[str], str] | None = None) -> list[Signals]:
    """Signals of calls as columns; see COLUMNS. ``template`` is learned by others; shapes of paths stand for it else.

    ``named`` gives the name under which a consumer is kept (a keyed hash of it).
    """
    return signals_from(counted_calls(frame, named))
