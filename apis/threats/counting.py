"""What the reader of traffic asks: signals of a block of calls, signs of a body; no caller's words stay."""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import polars as pl

from apis.threats import columns
from apis.threats.columns import NONE, Columns
from apis.threats.events import counted_calls
from apis.threats.said import signs_of_body, signs_of_line

__all__ = ["added", "counted", "signs_of_entry", "signs_of_line"]
SEED_BITS = 6  # bytes; room is left for the numbers that tell columns apart


def counted(
    frame: pl.DataFrame, secret: bytes, came_at: datetime.datetime, hashed: Callable[[str, bytes], str]
) -> Columns:
    """Signals of calls (columns of the reader, with ``shape``). Consumers are named as windows name them."""
    seed = int.from_bytes(hashlib.blake2b(b"signals", key=secret[:64], digest_size=SEED_BITS).digest())
    return counted_calls(frame, partial(_named, hashed, secret), came_at, seed)


def _named(hashed: Callable[[str, bytes], str], secret: bytes, consumer: str) -> str:
    return hashed(consumer, secret)


def added(many: Iterable[Columns]) -> Columns:
    """Signals together; empty ones count for nothing."""
    full = [one for one in many if not one.activities.is_empty()]
    return columns.added(full) if full else NONE


def signs_of_entry(entry: Mapping[str, Any]) -> str:
    """The signs of the request of one entry of a recording."""
    posted = entry["request"].get("postData")
    return signs_of_body(posted.get("text")) if isinstance(posted, Mapping) else ""
