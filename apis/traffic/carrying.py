"""What a part of an artefact adds up to, as bytes from one worker to another: JSON and Arrow, nothing that runs."""

import datetime
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any

import orjson
import zstandard

from apis.facts import Unread
from apis.threats.columns import Columns
from apis.traffic.days import Aside, bundled, dumped, loaded, unbundled
from apis.traffic.reading import Digest

FORM = b"AIMS42 digest 1\n"


@dataclass(frozen=True)
class Member:
    """How a member of Digest becomes bytes and comes back."""

    dump: Callable[[Any], bytes]
    load: Callable[[bytes], Any]


def _unread_dumped(unread: dict[str, Unread]) -> bytes:
    return orjson.dumps([[one.reason, one.lines, one.samples] for one in unread.values()])


def _unread_loaded(content: bytes) -> dict[str, Unread]:
    rows = orjson.loads(content)
    return {reason: Unread(reason, lines, tuple(map(tuple, samples))) for reason, lines, samples in rows}


def _signals_dumped(signals: Columns) -> bytes:
    return bundled(dumped(getattr(signals, one.name)) for one in fields(Columns))


def _signals_loaded(content: bytes) -> Columns:
    return Columns(*map(loaded, unbundled(content)))  # type: ignore[arg-type]


def _aside_dumped(aside: Aside) -> bytes:
    told = orjson.dumps([[day.isoformat(), len(pieces)] for day, pieces in aside.items()])
    return bundled([told, *(one for pieces in aside.values() for one in pieces)])


def _aside_loaded(content: bytes) -> Aside:
    told, *rest = unbundled(content)
    pieces = iter(rest)
    return {datetime.date.fromisoformat(day): list(islice(pieces, number)) for day, number in orjson.loads(told)}


PLAIN = Member(orjson.dumps, orjson.loads)
"""Numbers, texts, lists and objects whose keys are texts."""
COUNTER = Member(lambda counted: orjson.dumps(dict(counted)), lambda content: Counter(orjson.loads(content)))
FRAME = Member(dumped, loaded)
MEMBERS: dict[str, Member] = {
    "forms": COUNTER, "lines": PLAIN, "rows": PLAIN, "left_out": PLAIN, "undated": PLAIN,
    "unread": Member(_unread_dumped, _unread_loaded), "windows": FRAME, "latency": FRAME, "exposed": FRAME,
    "looked": FRAME, "signals": Member(_signals_dumped, _signals_loaded),
    "aside": Member(_aside_dumped, _aside_loaded),
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
