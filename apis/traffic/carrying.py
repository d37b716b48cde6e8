"""What a part of an artefact adds up to, as bytes from one worker to another: JSON and Arrow, nothing that runs."""

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import accumulate, pairwise
from typing import Any

import orjson
import polars as pl
import zstandard

from apis.facts import Unread
from apis.threats.columns import Columns
from apis.traffic.reading import Digest

FORM = b"AIMS42 digest 1\n"


@dataclass(frozen=True)
class Member:
    """How a member of Digest becomes bytes and comes back."""

    dump: Callable[[Any], bytes]
    load: Callable[[bytes], Any]


def _frame_dumped(frame: pl.DataFrame | None) -> bytes:
    if frame is None:
        return b""
    out = io.BytesIO()
    frame.write_ipc(out, compression="zstd")
    return out.getvalue()


def _unread_dumped(unread: dict[str, Unread]) -> bytes:
    return orjson.dumps([[one.reason, one.lines, one.samples] for one in unread.values()])


def _unread_loaded(content: bytes) -> dict[str, Unread]:
    rows = orjson.loads(content)
    return {reason: Unread(reason, lines, tuple(map(tuple, samples))) for reason, lines, samples in rows}


def _signals_dumped(signals: Columns) -> bytes:
    frames = [_frame_dumped(getattr(signals, one.name)) for one in fields(Columns)]
    return orjson.dumps([len(one) for one in frames]) + b"\n" + b"".join(frames)


def _signals_loaded(content: bytes) -> Columns:
    lengths, _newline, rest = content.partition(b"\n")
    ends = [0, *accumulate(orjson.loads(lengths))]
    return Columns(*(pl.read_ipc(io.BytesIO(rest[start:end])) for start, end in pairwise(ends)))


PLAIN = Member(orjson.dumps, orjson.loads)
"""Numbers, texts, lists and objects whose keys are texts."""
COUNTER = Member(lambda counted: orjson.dumps(dict(counted)), lambda content: Counter(orjson.loads(content)))
FRAME = Member(_frame_dumped, lambda content: pl.read_ipc(io.BytesIO(content)) if content else None)
MEMBERS: dict[str, Member] = {
    "forms": COUNTER, "lines": PLAIN, "rows": PLAIN, "left_out": PLAIN, "undated": PLAIN,
    "unread": Member(_unread_dumped, _unread_loaded), "windows": FRAME, "latency": FRAME, "exposed": FRAME,
    "looked": FRAME, "signals": Member(_signals_dumped, _signals_loaded),
}  # fmt: skip
"""Every member of Digest; one that is missing here fails a test, since parts read elsewhere would lose it."""


def carried(digest: Digest) -> bytes:
    """A digest as bytes: the lengths of its members as JSON, then the members."""
    dumped = {name: member.dump(getattr(digest, name)) for name, member in MEMBERS.items()}
    lengths = orjson.dumps([[name, len(content)] for name, content in dumped.items()])
    return FORM + zstandard.compress(b"\n".join((lengths, b"".join(dumped.values()))))


def restored(content: bytes) -> Digest:
    """The digest of ``carried``. Raises ValueError for anything else."""
    if not content.startswith(FORM):
        raise ValueError("Not a digest of this version")
    lengths, _newline, rest = zstandard.decompress(content[len(FORM) :]).partition(b"\n")
    at, found = 0, {}
    for name, length in orjson.loads(lengths):
        found[name] = MEMBERS[name].load(rest[at : at + length])
        at += length
    return Digest(**found)
