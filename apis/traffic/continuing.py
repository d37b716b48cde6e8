"""Logs grow, and are packed and renamed: whether lines were brought in before is told from what they say, unpacked."""

import hashlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from apis.traffic.sources import Source

HEAD = 4096
"""Bytes in which a log must begin like another to be compared with it; shorter ones are compared as a whole."""
CHUNK = 1 << 20
Known = Mapping[int, AbstractSet[str]]
"""Size → hashes of contents that were brought in."""


@dataclass(frozen=True)
class Content:
    """What an artefact says, however it is packed."""

    size: int
    sha256: str
    head: str  # hash of the first HEAD bytes


@dataclass(frozen=True)
class Before:
    """How far an artefact was brought in before."""

    sha256: str = ""  # of the content with which it begins
    size: int = 0  # bytes that are not read again: whole lines
    rows: int = 0  # lines in these
    is_all: bool = False


def sha256_of(what: Path | bytes) -> str:
    """The hash of an artefact's bytes."""
    if isinstance(what, bytes):
        return hashlib.sha256(what).hexdigest()
    sha = hashlib.sha256()
    with what.open("rb") as file:
        while part := file.read(CHUNK):
            sha.update(part)
    return sha.hexdigest()


def head_of(source: Source) -> str:
    """The hash of how an artefact begins. Raises Unreadable where nothing can be unpacked."""
    return hashlib.sha256(source.head(HEAD)[:HEAD]).hexdigest()


class Reading:
    """Content as it is read: hashed, and compared with contents of before."""

    def __init__(self, known: Known | None = None):
        self._known, self._edges = known or {}, sorted(known or (), reverse=True)
        self._sha, self._head = hashlib.sha256(), hashlib.sha256()
        self._sha_of_lines = self._sha.copy()
        self._size = self._rows = self._line = 0  # bytes, lines, and where the present line begins
        self._found: Before | None = None
        self._is_open = False  # the content of before broke off in a line, which may have been whole

    def add(self, chunk: bytes) -> None:
        """Read on."""
        while self._edges and self._edges[-1] < self._size + len(chunk):
            cut = self._edges[-1] - self._size
            self._take(chunk[:cut])
            self._compare()
            chunk = chunk[cut:]
        self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        if not chunk:
            return
        if self._is_open and self._found is not None:
            self._is_open = False
            if chunk[:1] == b"\n":  # only its end was missing
                self._found = Before(self._found.sha256, self._size + 1, self._rows + 1)
        if self._size < HEAD:
            self._head.update(chunk[: HEAD - self._size])
        cut = chunk.rfind(b"\n") + 1
        if cut:
            self._sha.update(chunk[:cut])
            self._sha_of_lines = self._sha.copy()
            self._line, self._rows = self._size + cut, self._rows + (chunk.count(b"\n") if self._known else 0)
        self._sha.update(chunk[cut:])
        self._size += len(chunk)

    def _compare(self) -> None:
        edge = self._edges.pop()
        sha = self._sha.hexdigest()
        if sha in self._known.get(edge, ()):
            self._found = Before(sha, self._line, self._rows)
            self._is_open = self._line != self._size

    def end(self, *, broke_off: bool = False) -> tuple[Content, Before]:
        """What was read, and how far it was brought in before. The line in which it ``broke_off`` was not read."""
        if self._edges and self._edges[-1] == self._size:
            self._compare()
        found, sha = self._found or Before(), self._sha.hexdigest()
        is_all = found.sha256 == sha or 0 < found.size == self._size
        size, said = (self._line, self._sha_of_lines.hexdigest()) if broke_off else (self._size, sha)
        return Content(size, said, self._head.hexdigest()), Before(found.sha256, found.size, found.rows, is_all)


def compared(source: Source, known: Known) -> tuple[Content, Before]:
    """What an artefact says, and how far contents of before say the same. Raises Unreadable (a bomb)."""
    reading = Reading(known)
    for chunk in source.chunks(CHUNK):
        reading.add(chunk)
    return reading.end(broke_off=bool(source.broke_off))
