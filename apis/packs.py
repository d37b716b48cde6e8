"""Windows as they are stored: a compressed frame for each service and day, which adds up with later ones."""

import io
from collections.abc import Iterable, Mapping

import polars as pl

from apis.paths import Key
from apis.traffic import SUMS, added

WINDOW_KEY = ("hour", "method", "template", "who", "status")
LATENCY_KEY = ("hour", "method", "template", "bucket")


def packed(frame: pl.DataFrame) -> bytes:
    """A frame as bytes."""
    out = io.BytesIO()
    frame.write_ipc(out, compression="zstd")
    return out.getvalue()


def unpacked(content: bytes | memoryview) -> pl.DataFrame:
    """The frame of ``packed``; empty for no bytes."""
    return pl.read_ipc(io.BytesIO(bytes(content))) if content else pl.DataFrame()


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


def _counted(frame: pl.DataFrame) -> list[str]:
    return [name for name in (*SUMS, "first_at", "last_at") if name in frame.columns]
