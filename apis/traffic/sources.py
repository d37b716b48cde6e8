"""Bytes of an artefact: unpacked as they are read, cut into blocks of whole lines, bounded whatever is in them."""

import gzip
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import zstandard

from apis.facts import Unread

BLOCK = 16 << 20
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

    def _raw(self) -> BinaryIO:
        return self._what.open("rb") if isinstance(self._what, Path) else io.BytesIO(self._what)

    def opened(self) -> BinaryIO:
        """A stream of the unpacked bytes; gzip and zstd are told by their first bytes."""
        raw = self._raw()
        magic = raw.read(4)
        raw.seek(0)
        if magic[:2] == b"\x1f\x8b":
            return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
        if magic == b"\x28\xb5\x2f\xfd":
            return zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)  # type: ignore[return-value]
        return raw

    @property
    def is_packed(self) -> bool:
        """Whether the artefact is compressed."""
        with self._raw() as raw:
            magic = raw.read(4)
        return magic[:2] == b"\x1f\x8b" or magic == b"\x28\xb5\x2f\xfd"

    def head(self, length: int = 256 << 10) -> bytes:
        """The first bytes, unpacked; what can be unpacked before damage shows."""
        return next(self._chunks(length), b"")

    def whole(self, most: int) -> bytes:
        """All bytes, unpacked. Raises Unreadable when there are more than ``most``."""
        found, length = [], 0
        for chunk in self._chunks(1 << 20):
            length += len(chunk)
            if length > most:
                raise Unreadable("too_large")
            found.append(chunk)
        return b"".join(found)

    def _chunks(self, size: int) -> Iterator[bytes]:
        allowed = min(MOST_UNPACKED, max(FREE, self.size * RATIO))
        with self.opened() as stream:
            while True:
                try:
                    chunk = stream.read(size)
                except (OSError, EOFError, zstandard.ZstdError, ValueError) as error:
                    raise Unreadable("damaged") from error
                if not chunk:
                    return
                allowed -= len(chunk)
                if allowed < 0:
                    raise Unreadable("bomb")
                yield chunk

    def blocks(self, start: int = 0, end: int | None = None, size: int = BLOCK) -> Iterator[bytes]:
        """Blocks of whole lines. Lines longer than LONGEST_LINE come cut, marked by a NUL at their end.

        A part (``start``, ``end`` of ``parts``) can be read of what is not compressed.
        """
        if start or end is not None:
            chunks = self._of_part(start, self.size if end is None else end, size)
        else:
            chunks = self._chunks(size)
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
        if kept:
            yield kept

    def _of_part(self, start: int, end: int, size: int) -> Iterator[bytes]:
        with self._raw() as raw:
            raw.seek(start)
            while start < end and (chunk := raw.read(min(size, end - start))):
                start += len(chunk)
                yield chunk

    def parts(self, size: int) -> list[tuple[int, int]]:
        """Ranges of about ``size`` bytes that begin and end with lines; one for what is compressed."""
        if self.is_packed or self.size <= size:
            return [(0, self.size)]
        edges = [0]
        with self._raw() as raw:
            while edges[-1] + size < self.size:
                raw.seek(edges[-1] + size)
                raw.readline(LONGEST_LINE * 64)
                edges.append(min(raw.tell(), self.size))
        if edges[-1] != self.size:
            edges.append(self.size)
        return list(zip(edges, edges[1:], strict=False))
