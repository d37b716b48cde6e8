"""How cells become the text of a field: trimmed, joined, dated, translated into codes."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from django.utils.translation import gettext as _

# Read with the calendar of the file; only %d and %m change places for day-first files.
_DATE_SHAPES = (
    "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d.%m.%y",
    "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y",
)  # fmt: skip
_MONTH_SHAPES = ("%m/%Y", "%Y-%m", "%b-%y", "%b %y", "%b-%Y", "%b %Y", "%B %Y", "%m.%Y")
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$")
_SPACE = re.compile(r"\s+")
_SEVERAL = re.compile(r"[;\n]")
_BREAKS = re.compile(r"\r\n?|\x85|\u2028|\u2029")
_YES = frozenset("yes y true 1 ja j wahr x".split())
_NO = frozenset("no n false 0 nein falsch".split())


class Unclear(ValueError):
    """A value that cannot be understood; the rule of its field says what happens then."""


def folded(text: str) -> str:
    """A spelling for comparing: case, spaces and a closing full stop do not matter."""
    return _SPACE.sub(" ", text).strip().rstrip(".").casefold()


def line(text: str) -> str:
    """The text on one line with single spaces."""
    return _SPACE.sub(" ", text).strip()


def paragraphs(text: str) -> str:
    """The text with plain line breaks and nothing around it."""
    return _BREAKS.sub("\n", text).strip()


@lru_cache(maxsize=8192)
def read_date(text: str, *, day_first: bool = False) -> str:
    """A date in one of many spellings as YYYY-MM-DD; a month alone is its first day. Raises Unclear."""
    bare = _TIME.sub("", line(text))
    for shape in (*_DATE_SHAPES, *_MONTH_SHAPES):
        if day_first and shape.startswith(("%m/%d", "%m-%d")):
            shape = "%d" + shape[2] + "%m" + shape[5:]
        try:
            found = datetime.strptime(bare, shape).date()  # noqa: DTZ007 - a calendar day has no time zone
        except ValueError:
            continue
        if date(1900, 1, 1) <= found <= date(2200, 1, 1):
            return found.isoformat()
    raise Unclear(_("“%s” is not a date.") % _short(text))


def read_yes_no(text: str) -> str:
    """ "yes" or "no". Raises Unclear."""
    word = folded(re.split(r"[\s,;:–—-]", folded(text), maxsplit=1)[0])
    if word in _YES:
        return "yes"
    if word in _NO:
        return "no"
    raise Unclear(_("“%s” is neither yes nor no.") % _short(text))


def read_choice(text: str, spellings: Mapping[str, str]) -> str:
    """The value this spelling stands for. Raises Unclear."""
    try:
        return spellings[folded(text)]
    except KeyError:
        raise Unclear(_("“%s” is not in the list of values.") % _short(text)) from None


def read_choices(text: str, spellings: Mapping[str, str]) -> str:
    """The values that the parts of a cell stand for, each once, with semicolons between. Raises Unclear."""
    found = [spellings[folded(text)]] if folded(text) in spellings else []
    found = found or [read_choice(part, spellings) for part in parts_of(text, spellings)]
    return "; ".join(dict.fromkeys(value for value in found if value))


def parts_of(text: str, spellings: Mapping[str, str]) -> list[str]:
    """The parts of a cell that names several values: split at semicolons and lines, else at commas where that helps."""
    parts = [part for part in map(line, _SEVERAL.split(text)) if part]
    if all(folded(part) in spellings for part in parts):
        return parts
    return [bare for part in parts for bare in _at_commas(part, spellings)]


def _at_commas(part: str, spellings: Mapping[str, str]) -> list[str]:
    bare = [one for one in map(line, part.split(",")) if one]
    return bare if folded(part) not in spellings and any(folded(one) in spellings for one in bare) else [part]


def joined(values: Sequence[str], between: str) -> str:
    """The values that are not blank, each once, with something between them."""
    return between.join(dict.fromkeys(value for value in map(line, values) if value))


def labelled(values: Sequence[str], labels: Sequence[str]) -> str:
    """One paragraph per value that is not blank, each after its label."""
    pairs = zip(labels, map(paragraphs, values), strict=True)
    return "\n\n".join(f"{label}: {value}" for label, value in pairs if value)


def _short(text: str) -> str:
    bare = line(text)
    return bare if len(bare) <= 60 else f"{bare[:57]}…"


ONE_COLUMN: Mapping[str, Callable[[str], str]] = {"line": line, "text": paragraphs, "yes_no": read_yes_no}
