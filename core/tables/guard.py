"""Formula guard: text that a spreadsheet would run, or could not hold, written so that reading restores it exactly."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain

# A spreadsheet runs a cell that begins like this; wide forms are converted by some input methods.
_TRIGGERS = "=+-@\t\r\n＝＋－＠"
_GUARD = "'"
_ESCAPED = "'\\"
# What XML, and with it a workbook, cannot hold or silently changes (a carriage return becomes a line feed).
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CODE = re.compile(r"\\(\\|u[0-9a-f]{4})")
# Excel reads _x0041_ inside a workbook as a character code.
_WORKBOOK_CODE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def neutralise(text: str) -> str:
    """The text as a cell for CSV and XLSX that no spreadsheet runs; ``restore`` gives the text back exactly."""
    if _UNSAFE.search(text) or _WORKBOOK_CODE.search(text):
        body = _WORKBOOK_CODE.sub(r"\\u005f", text.replace("\\", "\\\\"))
        return _ESCAPED + _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", body)
    if text[:1] and text[0] in _TRIGGERS + _GUARD:
        return _GUARD + text
    return text


def restore(text: str) -> str:
    """What ``neutralise`` was given; text that it did not write is left alone."""
    if text[:1] != _GUARD or len(text) < 2:
        return text
    if text.startswith(_ESCAPED):
        return _CODE.sub(lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)), text[2:])
    return text[1:] if text[1] in _TRIGGERS + _GUARD else text


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """A guarded CSV file in pieces: UTF-8 with BOM, comma, every cell quoted so that no other delimiter splits it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    for row in chain((header,), rows):
        writer.writerow([neutralise(cell) for cell in row])
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
