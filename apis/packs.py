"""Windows as they are stored: compressed frames for each service and day, which add up with later ones."""

import io
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from apis.facts import Window
from apis.paths import Key
from apis.traffic import MARKS, SUMS, added

WINDOW_KEY = ("hour", "method", "template", "who", "status")
LATENCY_KEY = ("hour", "method", "template", "bucket")


DAY, MONTH = "1d", "1mo"
ORDER = ("method", "template", "who", "bucket", "status", "hour")


def packed(frame: pl.DataFrame) -> bytes:
    """A frame as bytes, equal for equal rows in any order, which also packs them best."""
    out = io.BytesIO()
    by = [name for name in ORDER if name in frame.columns]
    (frame.sort(by) if by else frame).write_ipc(out, compression="zstd")
    return out.getvalue()


def unpacked(content: bytes | memoryview, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The frame of ``packed``, or some columns of it; empty for no bytes."""
    if not content:
        return pl.DataFrame()
    wanted = list(columns) if columns else None
    return pl.read_ipc(io.BytesIO(bytes(content)), columns=wanted)


def coarse(frame: pl.DataFrame, step: str, key: tuple[str, ...]) -> pl.DataFrame:
    """Windows or latencies by day or month, without consumers; counts stay what they are."""
    if frame.is_empty():
        return frame
    nobody = [pl.lit("").alias("who")] if "who" in frame.columns else []
    return together([frame.with_columns(pl.col("hour").dt.truncate(step), *nobody)], key)


def templated(frame: pl.DataFrame, templates: Mapping[Key, str], column: str, key: tuple[str, ...]) -> pl.DataFrame:
    """Rows by template instead of by ``column`` (shape, or a template of before), added up where they became one."""
    if frame.is_empty():
        return frame
    known = pl.DataFrame(
        [(method, before, template) for (method, before), template in templates.items()],
        schema={"method": pl.String, column: pl.String, "becomes": pl.String}, orient="row",
    )  # fmt: skip
    joined = frame.join(known, on=["method", column], how="left")
    new = joined.with_columns(pl.coalesce("becomes", pl.col(column)).alias("template"))
    return added([new.select(*key, *_counted(new))], key)


def together(frames: Iterable[pl.DataFrame], key: tuple[str, ...]) -> pl.DataFrame:
    """Frames of the same kind added up; empty ones count for nothing."""
    full = [frame.select(*key, *_counted(frame)) for frame in frames if not frame.is_empty()]
    return added(full, key) if full else pl.DataFrame()


def windows_of(frame: pl.DataFrame, host: str) -> list[Window]:
    """The rows of a stored frame as windows: of each consumer on an endpoint in an hour, whatever the status."""
    found: dict[tuple, Window] = {}
    statuses: dict[tuple, dict[int, int]] = {}
    for row in frame.iter_rows(named=True) if not frame.is_empty() else ():
        key = (row["hour"], row["method"], row["template"], row["who"])
        statuses.setdefault(key, {})[row["status"]] = row["calls"]
        before = found.get(key)
        marks = {
            name: (before.marks.get(name, 0) if before else 0) + row[name] for name in MARKS if row[name] or before
        }
        found[key] = Window(
            hour=row["hour"], host=host, method=row["method"], template=row["template"], consumer=row["who"],
            calls=row["calls"] + (before.calls if before else 0), statuses=statuses[key], latency={},
            bytes_in=row["bytes_in"] + (before.bytes_in if before else 0),
            bytes_out=row["bytes_out"] + (before.bytes_out if before else 0),
            first_at=min(row["first_at"], before.first_at) if before else row["first_at"],
            last_at=max(row["last_at"], before.last_at) if before else row["last_at"],
            marks=marks, tokens=(row["tokens_in"], row["tokens_out"]),
        )  # fmt: skip
    return list(found.values())


def _counted(frame: pl.DataFrame) -> list[str]:
    return [name for name in (*SUMS, "first_at", "last_at") if name in frame.columns]
