"""Signals as columns: what consumers did in hours, for many of them at once. Adds up in any order and any split.

Rows of one consumer's hour on a host share ``who``, those of one endpoint in it ``key``; both are hashes of what they
stand for, and ``activities`` says in words what that is. Values are hashes with a seed of the management system.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from apis.threats.signals import SAMPLES, SKETCH, SPACE

OBJECTS, LOST, SIZES, USERS = range(4)  # what a value is: of Activity
KINDS = {OBJECTS: "objects", LOST: "lost", SIZES: "sizes", USERS: "users"}
COUNTS = ("calls", "ok", "refused", "forbidden", "missing", "limited", "errors", "tokens_in", "tokens_out", "bytes_in",
          "bytes_out")  # fmt: skip
NAMES = ("who", "hour", "host", "consumer", "method", "template")
CALL, PROMPT, SEEN, HIT, SAMPLE = "call", "prompt", "seen", "hit", "sample"
ACTIVITIES: dict[str, pl.DataType] = {
    "key": pl.UInt64(), "who": pl.UInt64(), "hour": pl.Datetime("us", "UTC"), "host": pl.String(),
    "consumer": pl.String(), "method": pl.String(), "template": pl.String(), **dict.fromkeys(COUNTS, pl.Int64()),
    "lowest": pl.Int64(), "highest": pl.Int64(), "first_refused": pl.Datetime("us", "UTC"),
    "last_ok": pl.Datetime("us", "UTC"),
}  # fmt: skip
VALUES: dict[str, pl.DataType] = {"key": pl.UInt64(), "kind": pl.UInt8(), "value": pl.UInt64()}
SLOTS: dict[str, pl.DataType] = {"who": pl.UInt64(), "slot": pl.Int16(), "calls": pl.Int64(), "failed": pl.Int64()}
SIGNS: dict[str, pl.DataType] = {
    "who": pl.UInt64(), "kind": pl.String(), "code": pl.String(), "calls": pl.Int64(), "worst": pl.Float64(),
}  # fmt: skip
GOOD, LOSING = pl.col("status").is_between(200, 299), pl.col("status").is_in([403, 404])
REFUSED = pl.col("status").is_in([401, 403])
NUMBER = r"^.*/(\d{1,18})(?:/|$)"


@dataclass(frozen=True)
class Columns:
    """Signals of many consumers' hours."""

    activities: pl.DataFrame  # one row for each endpoint in a consumer's hour
    values: pl.DataFrame  # different objects, lost paths, sizes and users of an activity, at most SKETCH of each kind
    slots: pl.DataFrame  # calls in ten seconds
    signs: pl.DataFrame  # of injections and prompts, and masked samples

    def of(self, chosen: pl.Series) -> "Columns":
        """Only the hours whose ``who`` is chosen."""
        inside = pl.col("who").is_in(chosen.implode())
        acts = self.activities.filter(inside)
        values = self.values.join(acts.select("key"), on="key", how="semi")
        return Columns(acts, values, self.slots.filter(inside), self.signs.filter(inside))


NONE = Columns(*(pl.DataFrame(schema=schema) for schema in (ACTIVITIES, VALUES, SLOTS, SIGNS)))


def columns_of(calls: pl.DataFrame, signs: pl.DataFrame, named: Callable[[str], str] | None, seed: int) -> Columns:
    """Calls counted. ``calls``: hour, slot, host, consumer, method, template, path, status, user, at, tokens, bytes."""
    parts = [pl.col(name).hash(seed + number) for number, name in enumerate(("hour", "host", "consumer"), start=1)]
    who = parts[0] ^ parts[1] ^ parts[2]
    keyed = calls.with_columns(who=who).with_columns(
        key=pl.col("who") ^ pl.col("method").hash(seed + 4) ^ pl.col("template").hash(seed + 5)
    )
    acts = _activities(keyed)
    known = acts["consumer"].unique()
    called = [named(one) if named else one for one in known]
    acts = acts.with_columns(acts["consumer"].replace_strict(known, called, return_dtype=pl.String).alias("consumer"))
    slots = keyed.filter(pl.col("slot").is_not_null()).group_by("who", pl.col("slot").cast(pl.Int16)).agg(
        calls=pl.len().cast(pl.Int64), failed=pl.col("status").is_between(400, 499).sum().cast(pl.Int64)
    )  # fmt: skip
    found = Columns(acts.select(list(ACTIVITIES)), _values(keyed, seed), slots, _signs(signs, who))
    return replace(found, values=_least(found.values))


def _activities(keyed: pl.DataFrame) -> pl.DataFrame:
    sums = ("tokens_in", "tokens_out", "bytes_in", "bytes_out")
    by_status = keyed.group_by("key", "status").agg(
        *(pl.col(name).first() for name in NAMES), pl.len().cast(pl.Int64).alias("calls"),
        *(pl.col(name).sum() for name in sums), pl.col("at").min().alias("first_at"),
        pl.col("at").max().alias("last_at"),
    )  # fmt: skip
    status = pl.col("status")
    kinds = {
        "ok": GOOD, "refused": status == 401, "forbidden": status == 403, "missing": status == 404,
        "limited": status == 429, "errors": status >= 400,
    }  # fmt: skip
    told = by_status.with_columns(
        *(pl.when(one).then("calls").otherwise(0).alias(name) for name, one in kinds.items()),
        first_refused=pl.when(REFUSED).then("first_at"), last_ok=pl.when(GOOD).then("last_at"),
    )  # fmt: skip
    acts = told.group_by("key").agg(
        *(pl.col(name).first() for name in NAMES), *(pl.col(name).sum() for name in COUNTS),
        pl.col("first_refused").min(), pl.col("last_ok").max(),
    )  # fmt: skip
    numbered = keyed.filter(GOOD & pl.col("template").str.contains(r"\{(?:int|\w*id)\}"))
    numbers = numbered.select("key", number=pl.col("path").str.extract(NUMBER).cast(pl.Int64, strict=False))
    span = numbers.group_by("key").agg(lowest=pl.col("number").min(), highest=pl.col("number").max())
    return acts.join(span, on="key", how="left")


def _values(keyed: pl.DataFrame, seed: int) -> pl.DataFrame:
    chosen = (
        (OBJECTS, "path", GOOD & pl.col("template").str.contains("{", literal=True)),
        (LOST, "path", LOSING),
        (SIZES, "bytes_in", pl.col("bytes_in") > 0),
        (USERS, "user", REFUSED & (pl.col("user") != "")),
    )
    return pl.concat(
        keyed.filter(condition).select(
            "key", kind=pl.lit(kind, dtype=pl.UInt8), value=pl.col(column).hash(seed + 10 + kind)
        )
        for kind, column, condition in chosen
    ).unique()  # fmt: skip


def _signs(signs: pl.DataFrame, who: pl.Expr) -> pl.DataFrame:
    if signs.is_empty():
        return NONE.signs
    return _heaviest(signs.select(who=who, kind="kind", code="code", calls="calls", worst="worst"))


def _heaviest(signs: pl.DataFrame) -> pl.DataFrame:
    """Equal signs made one; of samples the first few."""
    counted = signs.group_by("who", "kind", "code").agg(pl.col("calls").sum(), pl.col("worst").max())
    shown = counted.filter(pl.col("kind") == SAMPLE).sort("code").group_by("who", maintain_order=True).head(SAMPLES)
    return pl.concat([counted.filter(pl.col("kind") != SAMPLE), shown.select(counted.columns)])


def _least(values: pl.DataFrame) -> pl.DataFrame:
    """The smallest SKETCH values of each kind; fewer are all kept."""
    many = values.group_by("key", "kind").len().filter(pl.col("len") > SKETCH)
    if many.is_empty():
        return values
    large = values.join(many.select("key", "kind"), on=["key", "kind"], how="semi")
    rest = values.join(many.select("key", "kind"), on=["key", "kind"], how="anti")
    kept = large.sort("value").group_by("key", "kind", maintain_order=True).head(SKETCH)
    return pl.concat([rest, kept.select(values.columns)])


def added(many: Iterable[Columns]) -> Columns:
    """All of them together, whatever their order."""
    parts = list(many)
    if len(parts) < 2:
        return parts[0] if parts else NONE
    names = [each.name for each in fields(Columns)]
    return Columns(*(summed(name, [getattr(one, name) for one in parts]) for name in names))


def summed(name: str, frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """One of the frames of many Columns added up: rows of one key made one."""
    return SUMMED[name](pl.concat(list(frames)))


def _acts_summed(acts: pl.DataFrame) -> pl.DataFrame:
    added_up = acts.group_by("key").agg(
        *(pl.col(name).first() for name in NAMES),
        *(pl.col(name).sum() for name in COUNTS),
        *(pl.col(name).min() for name in ("lowest", "first_refused")),
        *(pl.col(name).max() for name in ("highest", "last_ok")),
    )
    return added_up.select(list(ACTIVITIES))


def _slots_summed(slots: pl.DataFrame) -> pl.DataFrame:
    return slots.group_by("who", "slot").agg(pl.col("calls").sum(), pl.col("failed").sum())


SUMMED: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "activities": _acts_summed, "values": lambda values: _least(values.unique()), "slots": _slots_summed,
    "signs": _heaviest,
}  # fmt: skip


def apart(whole: Columns, by: pl.Expr) -> dict[Any, Columns]:
    """The signals of each day, or whatever ``by`` tells hours apart by, in its order."""
    acts = whole.activities.with_columns(by.alias("part"))
    parts = acts["part"].unique().sort().to_list()
    if len(parts) < 2:
        return dict.fromkeys(parts, whole)
    keys, whos = acts.select("key", "part").unique(), acts.select("who", "part").unique()
    split = [_split(acts), _split(whole.values.join(keys, on="key")), *(
        _split(frame.join(whos, on="who")) for frame in (whole.slots, whole.signs)
    )]  # fmt: skip
    nothing = [getattr(NONE, one.name) for one in fields(Columns)]
    return {
        part: Columns(*(frames.get((part,), none) for frames, none in zip(split, nothing, strict=True)))
        for part in parts
    }


def _split(frame: pl.DataFrame) -> dict[tuple, pl.DataFrame]:
    return frame.partition_by("part", as_dict=True, include_key=False)


def templated(whole: Columns, templates: Mapping[tuple[str, str], str], host: str) -> Columns:
    """By template instead of by shape, or a template of before ((method, before) → template), all on one host."""
    if whole.activities.is_empty():
        return whole
    known = pl.DataFrame(
        [(method, before, template) for (method, before), template in templates.items()],
        schema={"method": pl.String, "template": pl.String, "becomes": pl.String}, orient="row",
    )  # fmt: skip
    acts = whole.activities.join(known, on=["method", "template"], how="left").with_columns(
        template=pl.coalesce("becomes", "template"), host=pl.lit(host)
    )
    new_who = pl.col("hour").hash(1) ^ pl.col("consumer").hash(2)
    acts = acts.with_columns(new_who=new_who).with_columns(
        new_key=pl.col("new_who") ^ pl.col("method").hash(3) ^ pl.col("template").hash(4)
    )
    keys, whos = acts.select("key", "new_key").unique(), acts.select("who", "new_who").unique()
    moved = Columns(
        acts.with_columns(key="new_key", who="new_who").select(list(ACTIVITIES)),
        whole.values.join(keys, on="key").select(pl.col("new_key").alias("key"), "kind", "value"),
        _moved(whole.slots, whos),
        _moved(whole.signs, whos),
    )
    if whos["new_who"].is_unique().all():  # no hours became one, so that what hangs on them stands
        return replace(moved, **{name: SUMMED[name](getattr(moved, name)) for name in ("activities", "values")})
    return Columns(*(SUMMED[each.name](getattr(moved, each.name)) for each in fields(Columns)))


def _moved(frame: pl.DataFrame, whos: pl.DataFrame) -> pl.DataFrame:
    return frame.join(whos, on="who").with_columns(who="new_who").select(frame.columns)


def counted(values: pl.DataFrame, kind: int) -> pl.DataFrame:
    """``key`` → how many different values of a kind: exact below SKETCH, else estimated as Distinct does."""
    found = (
        values.filter(pl.col("kind") == kind).group_by("key").agg(n=pl.len().cast(pl.Int64), last=pl.col("value").max())
    )
    estimated = ((SKETCH - 1) * (SPACE / (pl.col("last").cast(pl.Float64) + 1))).round().cast(pl.Int64)
    return found.select("key", n=pl.when(pl.col("n") < SKETCH).then("n").otherwise(estimated))
