"""Detectors over many consumers' hours: columns say who could fire at all, only those are looked at closely."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from apis.threats.behaviour import LEARNING, MODEL, PEERS, WRITES, Alarm, Past, Scene, detect_in
from apis.threats.columns import CALL, HIT, OBJECTS, Columns, apart, counted
from apis.threats.detectors import DETECTORS, settings_of
from apis.threats.signals import Signals
from apis.threats.whole import signals_from

BACK = datetime.timedelta(days=14)
"""How far back a consumer's past goes."""
HOURS: dict[str, pl.DataType] = {
    "hour": pl.Datetime("us", "UTC"), "consumer": pl.String(), "calls": pl.Int64(), "errors": pl.Int64(),
    "tokens": pl.Int64(), "model_calls": pl.Int64(), "ids": pl.Int64(),
}  # fmt: skip
Limits = Mapping[str, Mapping[str, float]]


def hours_of(whole: Columns) -> pl.DataFrame:
    """The figures of each consumer's hour: what later hours are compared with, and what a timeline draws."""
    if whole.activities.is_empty():
        return pl.DataFrame(schema=HOURS)
    acts = _with_ids(whole)
    model = (pl.col("tokens_in") > 0) | pl.col("template").str.to_lowercase().str.contains(MODEL.pattern)
    return (
        acts.group_by("hour", "consumer")
        .agg(
            pl.col("calls").sum(), pl.col("errors").sum(), tokens=(pl.col("tokens_in") + pl.col("tokens_out")).sum(),
            model_calls=pl.when(model).then("ok").otherwise(0).max(), ids=pl.col("ids").max(),
        )
        .sort("hour", "consumer")
    )  # fmt: skip


def _with_ids(whole: Columns) -> pl.DataFrame:
    ids = counted(whole.values, OBJECTS).rename({"n": "ids"})
    return whole.activities.join(ids, on="key", how="left").with_columns(pl.col("ids").fill_null(0))


@dataclass(frozen=True)
class Hours:
    """Figures of consumers' hours, earlier ones included (columns HOURS)."""

    frame: pl.DataFrame

    def before(self, hour: datetime.datetime, consumers: Iterable[str]) -> dict[str, Past]:
        """The past of consumers before an hour."""
        wanted = self.frame.filter(
            pl.col("hour").is_between(hour - BACK, hour, closed="left"), pl.col("consumer").is_in(list(consumers))
        )
        rows = wanted.group_by("consumer").agg("model_calls", "tokens", "ids").iter_rows(named=True)
        return {
            row["consumer"]: Past(len(row["ids"]), _busy(row["model_calls"]), _busy(row["tokens"]), _busy(row["ids"]))
            for row in rows
        }

    def any_before(self, hour: datetime.datetime) -> bool:
        """Whether anything is known from before an hour."""
        return not self.frame.filter(pl.col("hour").is_between(hour - BACK, hour, closed="left")).is_empty()


def _busy(figures: list[int]) -> float:
    ranked = sorted(figures)
    return float(ranked[min(len(ranked) - 1, len(ranked) * 9 // 10)])


def alarms_in(
    whole: Columns, earlier: pl.DataFrame, changed: dict[str, dict[str, float]] | None = None,
    only: Iterable[str] = DETECTORS,
) -> list[Alarm]:  # fmt: skip
    """Alarms of every hour in ``whole``, each judged by the hours before it; ``earlier`` as of ``hours_of``."""
    if whole.activities.is_empty():
        return []
    acts = _with_ids(whole)
    hours = Hours(pl.concat([earlier.select(list(HOURS)), hours_of(whole).select(list(HOURS))]))
    limits = {code: settings_of(code, changed) for code in DETECTORS}
    chosen = _suspects(whole, acts, hours, limits)
    if chosen.is_empty():
        return []
    tokens = _usual_tokens(acts)
    found = []
    for hour, suspected in apart(whole.of(chosen), pl.col("hour")).items():
        signals = signals_from(suspected)
        past: dict[str, Past] = hours.before(hour, [one.consumer for one in signals])
        known = hours.any_before(hour)
        scene = Scene(past, tokens.get(hour, 0.0), _peer_ids(acts, hour, signals), has_past=known)
        found += detect_in(signals, scene, changed, frozenset(only))
    return found


def _usual_tokens(acts: pl.DataFrame) -> dict[datetime.datetime, float]:
    used = acts.group_by("hour", "who").agg(tokens=(pl.col("tokens_in") + pl.col("tokens_out")).sum())
    rows = used.filter(pl.col("tokens") > 0).group_by("hour").agg(pl.len(), pl.col("tokens").median()).iter_rows()
    return {hour: usual for hour, many, usual in rows if many > PEERS}


def _peer_ids(
    acts: pl.DataFrame, hour: datetime.datetime, signals: list[Signals]
) -> dict[tuple[str, str, str], list[tuple[str, int]]]:
    asked = {(one.host, *name) for one in signals for name, each in one.endpoints.items() if each.objects.hashes}
    found: dict[tuple[str, str, str], list[tuple[str, int]]] = {key: [] for key in asked}
    rows = acts.filter((pl.col("hour") == hour) & (pl.col("ids") > 0)) if asked else acts.clear()
    for host, method, template, consumer, ids in rows.select(
        "host", "method", "template", "consumer", "ids"
    ).iter_rows():
        if (host, method, template) in asked:
            found[host, method, template].append((consumer, ids))
    return found


def _suspects(whole: Columns, acts: pl.DataFrame, hours: Hours, limits: Limits) -> pl.Series:
    """``who`` of every hour in which a detector could fire; the detectors themselves decide."""
    signs = whole.signs.filter(pl.col("kind").is_in([CALL, HIT]))["who"]
    parts = [
        _by_sums(acts, limits), _by_slots(whole.slots, limits), _by_objects(acts, limits["enumeration"]),
        _by_writes(acts, hours), signs,
    ]  # fmt: skip
    return pl.concat(parts).unique()


def _by_sums(acts: pl.DataFrame, limits: Limits) -> pl.Series:
    sums = acts.group_by("who").agg(
        pl.col("calls", "tokens_in", "tokens_out", "refused").sum(), pl.col("ok").max(),
        failures=(pl.col("missing") + pl.col("forbidden")).sum(),
    )  # fmt: skip
    tokens, scanning, stuffing = limits["consumption"], limits["scanning"], limits["stuffing"]
    refusals = min(stuffing["failures"], stuffing["burst"])
    failing = (pl.col("failures") >= scanning["share"] * pl.col("calls")) & (
        pl.col("failures") >= min(scanning["burst"], scanning["failures"])
    )
    return sums.filter(
        (pl.col("ok") >= limits["extraction"]["calls"])
        | ((pl.col("tokens_in") > tokens["prompt_tokens"]) & (pl.col("tokens_out") > tokens["completion_tokens"]))
        | failing
        | (pl.col("refused") > refusals)
    )["who"]


def _by_slots(slots: pl.DataFrame, limits: Limits) -> pl.Series:
    bursts = limits["consumption"]
    failed = (pl.col("calls") >= bursts["burst"]) & (pl.col("failed") >= 0.9 * pl.col("calls"))
    return slots.filter((pl.col("calls") >= bursts["flood"]) | failed)["who"]


def _by_objects(acts: pl.DataFrame, limits: Mapping[str, float]) -> pl.Series:
    place = ["hour", "host", "method", "template"]
    some = acts.filter(pl.col("ids") > 0).sort("ids")
    # The median of the others is at least what stands here when all are in order.
    below = (pl.len().cast(pl.Int64) - 2).clip(0) // 2
    ranked = some.with_columns(many=pl.len().over(place), least=pl.col("ids").gather(below).first().over(place))
    alone = pl.col("many") - 1 < PEERS
    far = pl.col("ids") >= min(2.0, limits["peers"]) * pl.col("least")
    anonymous = pl.col("consumer").str.starts_with("address:")
    refused = (pl.col("refused") + pl.col("forbidden")) * 100 >= pl.col("calls")
    return ranked.filter((pl.col("ids") >= limits["ids"] / 3) & (alone | far) & (~anonymous | refused))["who"]


def _by_writes(acts: pl.DataFrame, hours: Hours) -> pl.Series:
    """Who writes to what models learn from, and was not there in the days before."""
    learning = pl.col("template").str.to_lowercase().str.contains(LEARNING.pattern)
    writes = acts.filter(pl.col("method").is_in(sorted(WRITES)) & (pl.col("ok") > 0) & learning)
    seen = hours.frame.select("hour", "consumer").unique().sort("hour")
    before = seen.with_columns(last=pl.col("hour").shift(1).over("consumer"))
    new = before.filter(pl.col("last").is_null() | (pl.col("last") < pl.col("hour") - BACK))
    first = hours.frame["hour"].min()
    found = writes.join(new.select("hour", "consumer"), on=["hour", "consumer"], how="semi")
    return found.filter(pl.col("hour") > first)["who"]
