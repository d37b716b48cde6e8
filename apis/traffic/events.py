"""One call as every format gives it, in columns; and what a batch of calls adds up to."""

import hashlib
import math
from collections.abc import Iterable

import polars as pl

from apis.facts import LATENCY_STEP
from apis.paths.shapes import shapes

EVENT: dict[str, pl.DataType] = {
    "line": pl.UInt32(),  # from 1
    "at": pl.Datetime("us", "UTC"),  # empty where the format knows no time
    "host": pl.String(),
    "method": pl.String(),
    "path": pl.String(),  # as called, percent signs kept, without the query
    "query": pl.String(),
    "status": pl.UInt16(),  # 0 where unknown
    "took_ms": pl.Float64(),
    "bytes_in": pl.Int64(),
    "bytes_out": pl.Int64(),
    "who": pl.String(),  # "key:…", "session:…", "user:…" or "address:…", the value itself; hashed before it is kept
    "address": pl.String(),
    "scheme": pl.String(),  # "http", "https" or empty
    "tls": pl.String(),  # such as TLSv1.2
    "credential": pl.Boolean(),  # whether the call carried one; empty where the format cannot tell
    "cors": pl.String(),  # what the answer allows as origin
    "agent": pl.String(),
    "tokens_in": pl.Int64(),
    "tokens_out": pl.Int64(),
    "model": pl.String(),
    "carried": pl.String(),  # sensitive data in headers and bodies, as counts and looks (apis.exposure.looking)
    "signs": pl.String(),  # of prompts and injections in a body, judged while it was read: codes, no words
}
KEY = ("hour", "host", "method", "shape", "who")
"""What tells one window from another before templates are known."""
WINDOW_KEY = (*KEY, "status")
LATENCY_KEY = ("hour", "host", "method", "shape", "bucket")
MARKS: dict[str, pl.Expr] = {
    "http": pl.col("scheme") == "http",
    "old_tls": pl.col("tls").str.contains(r"(?i)^(?:SSL|TLSv?1(?:\.[01])?$)"),
    "query_credential": pl.col("query").str.contains(
        r"(?i)(?:^|&)(?:api[-_]?key|access[-_]?token|auth[-_]?token|token|apikey|subscription-key|secret|client_secret|"
        r"password|passwd|pwd|sig|signature|x-amz-credential)=[^&]"
    ),
    "with_credential": pl.col("credential"),
    "no_credential": ~pl.col("credential"),
    "open_2xx": ~pl.col("credential") & pl.col("status").is_between(200, 299),
    "cors_any": pl.col("cors") == "*",
}
"""Signs of a call that are counted: name → condition."""
SUMS = ("calls", "bytes_in", "bytes_out", "tokens_in", "tokens_out", *MARKS)
BUCKET = 1 / math.log(LATENCY_STEP)


LONGEST_HOST, LONGEST_MODEL = 255, 100


def events(rows: Iterable[dict]) -> pl.DataFrame:
    """Calls given one by one, as columns; what a row leaves out is empty."""
    return _storable(pl.DataFrame(list(rows), schema=EVENT))


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every column of EVENT, in order and of its type; unknown columns are left out."""
    have = set(frame.columns)
    return _storable(
        frame.select(
            (pl.col(name).cast(kind, strict=False) if name in have else pl.lit(None, dtype=kind)).alias(name)
            for name, kind in EVENT.items()
        )
    )


def _storable(frame: pl.DataFrame) -> pl.DataFrame:
    """Hosts without name and password before them; what is kept as text without NUL and as long as its column."""
    host, path, model = (pl.col(name).str for name in ("host", "path", "model"))
    mended = {
        "host": (
            host.contains("@", literal=True) | host.contains("\0", literal=True) | (host.len_bytes() > LONGEST_HOST),
            host.replace(r"^.*@", "").str.replace_all("\0", "", literal=True).str.slice(0, LONGEST_HOST),
        ),
        "path": (path.contains("\0", literal=True), path.replace_all("\0", "%00", literal=True)),
        "model": (
            model.contains("\0", literal=True) | (model.len_bytes() > LONGEST_MODEL),
            model.replace_all("\0", "", literal=True).str.slice(0, LONGEST_MODEL),
        ),
    }
    # Almost no file needs it, and to write a million texts anew takes longer than to look at them.
    needed = frame.select(odd.any().alias(name) for name, (odd, _as) in mended.items()).row(0, named=True)
    return frame.with_columns(how for name, (_odd, how) in mended.items() if needed[name])


def shaped(frame: pl.DataFrame) -> pl.DataFrame:
    """With the shape of each path."""
    paths = frame.select(pl.col("path").unique(maintain_order=False))
    return frame.join(paths.with_columns(shapes(paths["path"]).alias("shape")), on="path", how="left")


def windows_of(frame: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    """What calls add up to: one row for each hour, host, method, shape, consumer and status. Rows with the same key add
    up in any order (``added``). Consumers are hashed with ``secret``; calls without a time have no hour.
    """
    keyed = frame if "shape" in frame.columns else shaped(frame)
    grouped = keyed.group_by(
        pl.col("at").dt.truncate("1h").alias("hour"), pl.col("host").fill_null(""), "method",
        pl.col("shape").fill_null("/"), pl.col("who").fill_null(""), pl.col("status").fill_null(0),
    ).agg(
        pl.len().cast(pl.Int64).alias("calls"),
        *(pl.col(name).sum().alias(name) for name in ("bytes_in", "bytes_out", "tokens_in", "tokens_out")),
        *(sign.sum().cast(pl.Int64).alias(name) for name, sign in MARKS.items()),
        pl.col("at").min().alias("first_at"), pl.col("at").max().alias("last_at"),
    )  # fmt: skip
    return grouped.with_columns(_hashed(grouped["who"], secret))


def latency_of(frame: pl.DataFrame) -> pl.DataFrame:
    """How long calls took: one row for each hour, host, method, shape and bucket of LATENCY_STEP."""
    timed = (frame if "shape" in frame.columns else shaped(frame)).filter(pl.col("took_ms") >= 0)
    bucket = (pl.col("took_ms").clip(lower_bound=0.01).log() * BUCKET).ceil().cast(pl.Int16)
    return timed.group_by(
        pl.col("at").dt.truncate("1h").alias("hour"), pl.col("host").fill_null(""), "method",
        pl.col("shape").fill_null("/"), bucket.alias("bucket"),
    ).agg(pl.len().cast(pl.Int64).alias("calls"))  # fmt: skip


def added(frames: Iterable[pl.DataFrame], by: Iterable[str]) -> pl.DataFrame:
    """Windows added up: rows of equal key become one."""
    together = pl.concat(list(frames))
    chosen = [name for name in SUMS if name in together.columns]
    times = [pl.col("first_at").min(), pl.col("last_at").max()] if "first_at" in together.columns else []
    return together.group_by(list(by)).agg(*(pl.col(name).sum() for name in chosen), *times)


def hashed(who: str, secret: bytes) -> str:
    """A consumer as it is kept: its kind and a keyed hash (BLAKE2b, 80 bits) of its value."""
    kind, _colon, value = who.partition(":")
    digest = hashlib.blake2b(value.encode("utf-8", "replace"), key=secret[:64], digest_size=10).hexdigest()
    return f"{kind}:{digest}" if kind else ""


def _hashed(column: pl.Series, secret: bytes) -> pl.Series:
    known = column.unique()
    return column.replace_strict(known, [hashed(who, secret) for who in known], return_dtype=pl.String).alias("who")
