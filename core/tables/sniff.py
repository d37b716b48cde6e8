"""What a file is: kind by name and first bytes, encoding, delimiter, header row."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path, PurePath
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.tables.model import HEADER_WITHIN_ROWS, MAX_BYTES, TableError

KINDS = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv",
    ".xlsx": "xlsx", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson",
}  # fmt: skip
DELIMITERS = (",", ";", "\t", "|")
_FOREIGN = (
    (b"PK\x03\x04", "xlsx"), (b"PK\x05\x06", "xlsx"), (b"\xd0\xcf\x11\xe0", "xls"), (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"), (b"Rar!", "RAR"), (b"7z\xbc\xaf", "7z"), (b"\x7fELF", "ELF"), (b"MZ", "EXE"),
    (b"SQLite format 3", "SQLite"), (b"<!DOCTYPE", "HTML"), (b"<!doctype", "HTML"), (b"<html", "HTML"),
    (b"<?xml", "XML"), (b"{\\rtf", "RTF"), (b"PAR1", "Parquet"),
)  # fmt: skip
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_UNDEFINED_IN_1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_NUMBER = re.compile(r"[-+]?[\d.,'/:% -]*\d[\d.,'/:% -]*$")
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_SAMPLE = 256 * 1024
_CHUNK = 1024 * 1024


class Source:
    """The bytes of a file, in memory or on disk, opened as often as needed."""

    def __init__(self, data: bytes | Path, name: str) -> None:
        self.data, self.name = data, PurePath(name).name
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if not size:
            raise TableError("empty", _("The file is empty."))
        if size > MAX_BYTES:
            raise TableError("too-large", _("The file is larger than %d MB.") % (MAX_BYTES // 2**20))
        self.size = size

    def open(self) -> BinaryIO:
        return self.data.open("rb") if isinstance(self.data, Path) else io.BytesIO(self.data)

    def head(self, size: int) -> bytes:
        with self.open() as stream:
            return stream.read(size)


def kind_of(source: Source) -> str:
    """csv, xlsx, json or ndjson by the name, where the first bytes do not contradict it."""
    suffix = PurePath(source.name).suffix.lower()
    kind = KINDS.get(suffix)
    if kind is None:
        raise TableError(
            "unknown-kind", _("Bring a file named .csv, .tsv, .xlsx, .json or .ndjson, not “%s”.") % suffix
        )
    start = source.head(64)
    found = next((what for magic, what in _FOREIGN if start.startswith(magic)), "")
    if found == "xls":
        message = _("This is an old or password-protected Excel file. Save it as .xlsx without a password.")
        raise TableError("wrong-content", message)
    if found != ("xlsx" if kind == "xlsx" else ""):
        message = _("The file is named %(suffix)s, but its content is %(found)s.")
        raise TableError("wrong-content", message % {"suffix": suffix, "found": found or _("something else")})
    return kind


def encoding_of(source: Source) -> tuple[str, list[str]]:
    """The encoding of a text file and what its reader should know about the guess."""
    start = source.head(4096)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding, []
    if start.count(0) > len(start) // 5:
        odd = start[1::2].count(0)
        return ("utf-16-le" if odd * 2 > start.count(0) else "utf-16-be"), []
    decoder = codecs.getincrementaldecoder("utf-8")()
    undefined = False
    is_utf8 = True
    with source.open() as stream:
        while chunk := stream.read(_CHUNK):
            undefined = undefined or any(byte in chunk for byte in _UNDEFINED_IN_1252)
            is_utf8 = is_utf8 and _decodes(decoder, chunk)
    if is_utf8 and _decodes(decoder, b"", final=True):
        return "utf-8", []
    if not undefined:
        return "cp1252", []
    return "latin-1", [_("The encoding is uncertain and was read as Latin-1. Look at accented letters.")]


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def sample_of(source: Source, encoding: str) -> str:
    """The first part of a text file, cut at a line end where it goes on."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(source.head(_SAMPLE))
    except LookupError as error:
        raise TableError("encoding", _("There is no encoding named “%s”.") % encoding) from error
    except UnicodeError as error:
        raise TableError("encoding", _("The file is not written in %s.") % encoding) from error
    cut = text.rfind("\n") if source.size > _SAMPLE else -1
    return text[: cut + 1] if cut > 0 else text


def delimiter_of(sample: str) -> tuple[str, int]:
    """The delimiter, and how many lines before the table only name it ("sep=;")."""
    named = _SEP_LINE.match(sample)
    if named:
        return named[1], 1
    best = max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))
    return best, 0


def _fit(sample: str, delimiter: str) -> tuple[bool, float, int]:
    """How well a delimiter explains the sample: a header fits, share of rows as wide as most, that width."""
    try:
        rows = list(islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), 60))
    except csv.Error:
        rows = []
    rows = [row for row in rows if row]
    width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
    if width < 2:
        return (False, 0.0, 1)
    first = next(row for row in rows if len(row) == width)
    headed = first in rows[:10] and all(cell.strip() and not _NUMBER.match(cell.strip()) for cell in first)
    return (headed, count / len(rows), width)


def header_of(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """The number of the row that names the columns: the first one about as wide as the table and without figures."""
    filled = [(number, [cell.strip() for cell in cells if cell.strip()]) for number, cells in rows[:HEADER_WITHIN_ROWS]]
    filled = [(number, cells) for number, cells in filled if cells]
    if not filled:
        raise TableError("empty", _("The table holds no rows."))
    width = max(len(cells) for _number, cells in filled)
    wide = [(number, cells) for number, cells in filled if len(cells) * 5 >= width * 3]
    for number, cells in wide:
        if not any(map(_NUMBER.match, cells)) and len(set(cells)) * 5 >= len(cells) * 3:
            return number
    return wide[0][0]
