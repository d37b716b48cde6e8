"""Bytes of an artefact: unpacked as they are read, cut into blocks of whole lines, bounded whatever is in them."""

import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from apis.facts import Unread
from apis.traffic import unpacking

BLOCK = 8 << 20
LONGEST_LINE = 1 << 20
MOST_UNPACKED = 16 << 30
RATIO, FREE = 250, 64 << 20
"""A compressed artefact may unpack to so many times its size, and to FREE bytes whatever its size."""


class Unreadable(Exception):
    """An artefact that cannot be read at all; ``reason`` is a code of apis.traffic.words."""

    def __init__(self, reason: str, unread: Mapping[str, Unread] | None = None):
        super().__init__(reason)
        self.reason = reason
        self.unread = unread or {}
        """Reason → lines and masked samples, where lines were looked at."""


class Source:
    """An artefact on disk or in memory."""

    def __init__(self, what: Path | bytes):
        self.size = what.stat().st_size if isinstance(what, Path) else len(what)
        self._what = what
        self.broke_off = ""
        """Why reading came to no proper end, as a code of apis.words; known after the last block."""
        self.rest = b""
        """The line in which it broke off."""
        self.heard: Callable[[bytes], None] | None = None
        """Is told all bytes, unpacked, as they are read from the beginning."""

    def _raw(self) -> BinaryIO:
        return self._what.open("rb") if isinstance(self._what, Path) else io.BytesIO(self._what)

    @cached_property
    def is_coded(self) -> bool:
        """Whether the bytes must be read from their beginning: packed, or text that is not UTF-8."""
        with self._raw() as raw:
            head = raw.read(256)
        return unpacking.is_packed(head) or bool(unpacking.coding_of(head))

    def head(self, length: int = 256 << 10) -> bytes:
        """The first bytes, unpacked; what can be unpacked before damage shows. Raises Unreadable where that is none."""
        found = next(self.chunks(length), b"")
        if not found and self.broke_off:
            raise Unreadable(self.broke_off)
        return found

    def whole(self, most: int) -> bytes:
        """All bytes, unpacked. Raises Unreadable when there are more than ``most``, or not all of them."""
        found, length = [], 0
        for chunk in self.chunks(1 << 20):
            length += len(chunk)
            if length > most:
                raise Unreadable("too_large")
            found.append(chunk)
        if self.broke_off:
            raise Unreadable(self.broke_off)
        return b"".join(found)

    def chunks(self, size: int) -> Iterator[bytes]:
        """Chunks of ``size`` bytes, the last one shorter."""
        allowed = min(MOST_UNPACKED, max(FREE, self.size * RATIO))
        kept, length = [], 0
        for piece in self._pieces(size):
            allowed -= len(piece)
            if allowed < 0:
                raise Unreadable("bomb")
            kept.append(piece)
            length += len(piece)
            if length >= size:
                yield self._told(b"".join(kept))
                kept, length = [], 0
        if length:
            yield self._told(b"".join(kept))

    def _told(self, chunk: bytes) -> bytes:
        if self.heard is not None:
            self.heard(chunk)
        return chunk

    def _pieces(self, size: int) -> Iterator[bytes]:
        self.broke_off = ""
        with self._raw() as raw:
            pieces = self._as_far_as_it_goes(raw, size)
            first = next(pieces, b"")
            while 0 < len(first) < 256 and (more := next(pieces, b"")):
                first += more
            together = itertools.chain([first], pieces)
            coding = unpacking.coding_of(first)
            yield from unpacking.recoded(together, coding) if coding else together

    def _as_far_as_it_goes(self, raw: BinaryIO, size: int) -> Iterator[bytes]:
        try:
            yield from filter(None, unpacking.unpacked(raw, size))
        except unpacking.BrokenOff as error:
            self.broke_off = error.reason

    def blocks(self, start: int = 0, end: int | None = None, size: int = BLOCK) -> Iterator[bytes]:
        """Blocks of whole lines. Lines longer than LONGEST_LINE come cut, marked by a NUL at their end.

        A part (``start``, ``end`` of ``parts``) can be read of what is not coded; what is can be read from ``start``
        (unpacked bytes) on. The line in which an artefact breaks
        off is no block; it is found in ``rest``.
        """
        if self.is_coded:
            chunks = self._after(start, size)
        elif start or end is not None:
            chunks = self._of_part(start, self.size if end is None else end, size)
        else:
            chunks = self.chunks(size)
        kept = b""
        skipping = False
        for chunk in chunks:
            if skipping:
                _lost, newline, chunk = chunk.partition(b"\n")
                if not newline:
                    continue
                skipping = False
            cut = chunk.rfind(b"\n") + 1
            if cut:
                yield kept + chunk[:cut]
                kept = chunk[cut:]
            else:
                kept += chunk
            if len(kept) > LONGEST_LINE:
                yield kept[:LONGEST_LINE] + b"\0\n"
                kept, skipping = b"", True
        if self.broke_off:
            self.rest = kept
        elif kept:
            yield kept

    def _after(self, start: int, size: int) -> Iterator[bytes]:
        for chunk in self.chunks(size):
            if start < len(chunk):
                yield chunk[start:]
            start = max(0, start - len(chunk))

    def _of_part(self, start: int, end: int, size: int) -> Iterator[bytes]:
        with self._raw() as raw:
            raw.seek(start)
            while start < end and (chunk := raw.read(min(size, end - start))):
                start += len(chunk)
                yield chunk

    def parts(self, size: int, start: int = 0) -> list[tuple[int, int]]:
        """Ranges of about ``size`` bytes from ``start`` on, by whole lines; one for what is coded."""
        if self.is_coded or self.size - start <= size:
            return [(start, self.size)]
        edges = [start]
        with self._raw() as raw:
            while edges[-1] + size < self.size:
                raw.seek(edges[-1] + size)
                while (line := raw.readline(LONGEST_LINE)) and not line.endswith(b"\n"):
                    pass
                edges.append(raw.tell())
        if edges[-1] != self.size:
            edges.append(self.size)
        return list(itertools.pairwise(edges))
