"""Bytes unpacked piece by piece, as far as they go: gzip, zstd, and UTF-16 or UTF-32 as UTF-8."""

import codecs
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import zstandard

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
PIECE = 256 << 10
"""Bytes of a packed artefact that are taken in at once."""
_SKIPPED = range(0x184D2A50, 0x184D2A60)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"),
)  # fmt: skip


class BrokenOff(Exception):
    """A packed artefact that ends before its end, or is not what it was from some point on; ``reason`` is a code."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def is_packed(head: bytes) -> bool:
    """Whether bytes that begin so are gzip or zstd."""
    return head.startswith((GZIP, ZSTD))


def coding_of(head: bytes) -> str:
    """The coding of text that begins so, if it is not UTF-8: by its mark, else by every other byte being NUL."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    some = head[:200]
    half = len(some) // 2
    if half >= 8:
        for name, nuls in (("utf-16-le", some[1::2]), ("utf-16-be", some[::2])):
            if nuls.count(0) * 10 >= half * 9 and some.count(0) * 10 <= len(some) * 6:
                return name
    return ""


def unpacked(raw: BinaryIO, size: int) -> Iterator[bytes]:
    """Pieces of at most about ``size`` bytes. Raises BrokenOff after the last piece that could be unpacked."""
    head = raw.read(4)
    raw.seek(0)
    if head.startswith(GZIP):
        return _of_gzip(raw, size)
    if head.startswith(ZSTD):
        return _of_zstd(raw, size)
    return iter(lambda: raw.read(size), b"")


def recoded(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """Text of another coding as UTF-8; what is none becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(coding)("replace")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _of_gzip(raw: BinaryIO, size: int) -> Iterator[bytes]:
    unpacking, waiting = zlib.decompressobj(31), b""
    while data := waiting or raw.read(PIECE):
        if unpacking.eof:
            waiting = data = data.lstrip(b"\0")  # tapes and block devices fill up with NUL
            if not data:
                continue
            if not data.startswith(GZIP[:1]):
                raise BrokenOff("damaged")
            unpacking = zlib.decompressobj(31)
        try:
            yield unpacking.decompress(data, size)
        except zlib.error as error:
            raise BrokenOff("damaged") from error
        waiting = unpacking.unconsumed_tail or unpacking.unused_data
    if not unpacking.eof:
        yield unpacking.flush()
        raise BrokenOff("cut_off")


def _of_zstd(raw: BinaryIO, size: int) -> Iterator[bytes]:
    whole = _ends_with_a_frame(raw)
    raw.seek(0)
    reader = zstandard.ZstdDecompressor().stream_reader(raw, read_size=PIECE, read_across_frames=True)
    while True:
        try:
            piece = reader.read1(size)
        except (zstandard.ZstdError, ValueError) as error:
            raise BrokenOff("damaged") from error
        if not piece:
            break
        yield piece
    if not whole:
        raise BrokenOff("cut_off")


def _ends_with_a_frame(raw: BinaryIO) -> bool:
    """Whether the last frame is there to its end, told from the lengths of its blocks (RFC 8878, 3.1.1)."""
    while head := raw.read(4):
        number = int.from_bytes(head, "little")
        if number in _SKIPPED:
            raw.seek(int.from_bytes(raw.read(4), "little"), 1)
        elif head != ZSTD:
            return True  # what it is instead, the reader says
        elif not _frame_ends(raw):
            return False
    return True


def _frame_ends(raw: BinaryIO) -> bool:
    told = raw.read(1)
    if not told:
        return False
    single, check = told[0] >> 5 & 1, told[0] >> 2 & 1
    sizes = (1 if single else 0, 2, 4, 8)
    raw.seek((0 if single else 1) + (0, 1, 2, 4)[told[0] & 3] + sizes[told[0] >> 6], 1)
    while True:
        head = int.from_bytes(block := raw.read(3), "little")
        if len(block) < 3:
            return False
        length = 1 if head >> 1 & 3 == 1 else head >> 3
        last = head & 1
        if length and not _is_there(raw, length):
            return False
        if last:
            return not check or _is_there(raw, 4)


def _is_there(raw: BinaryIO, length: int) -> bool:
    raw.seek(length - 1, 1)
    return bool(raw.read(1))
