"""Suggestions for a person to confirm: which field a column fills, which of our values a spelling means, how dates run.

Pure: they read samples and words and answer the same for the same input. Nothing is decided here.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from core.planner.transforms import Unclear, folded, line, read_date

NAME, ALIKE, CONTENT = "name", "alike", "content"
"""Why a field is suggested: it bears the name, a similar one, or its values look like it."""
SURE, FITTING, CLOSE = 100.0, 55.0, 0.86
SAMPLE = 200
LONGEST = 80
"""Most characters of a value that may be a code, a person or a date."""
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMERIC_DAY = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}\b")
_IDLE = frozenset(
    "the a an of for and or to is in on this that it its be are was what which who how when does do has have with by "
    "der die das des dem den ein eine und oder zu ist im in von für wird was welche wie wann hat mit bei".split()
)

_MUTE = frozenset("column col field value date spalte feld wert datum".split())


@dataclass(frozen=True)
class Wanted:
    """A field as suggestions see it: how it is called, how else, and what its values look like."""

    name: str
    names: frozenset[str]
    words: tuple[str, ...] = ()
    kind: str = "line"
    values: frozenset[str] = frozenset()
    """Folded spellings of its vocabulary."""
    exact: bool = False
    """Whether only its very name speaks for it; for a single choice unless no value looks like one of its own."""


@dataclass(frozen=True)
class Suggestion:
    """A field for a column, and why."""

    field: str
    why: str


def suggest_columns(
    columns: Sequence[tuple[str, str]], samples: Mapping[str, Sequence[str]], wanted: Sequence[Wanted]
) -> dict[str, Suggestion]:
    """Label of a column to the field it seems to fill; no field is suggested twice. ``columns`` are (label, header)."""
    scored = []
    for place, (label, header) in enumerate(columns):
        for order, one in enumerate(wanted):
            score, why = _fit(header or label, samples.get(label, ()), one)
            if score >= FITTING:
                scored.append((-score, place, order, label, one.name, why))
    found: dict[str, Suggestion] = {}
    taken: set[str] = set()
    for _score, _place, _order, label, name, why in sorted(scored):
        if label not in found and name not in taken:
            found[label] = Suggestion(name, why)
            taken.add(name)
    return found


def _fit(header: str, sample: Sequence[str], one: Wanted) -> tuple[float, str]:
    """How well a column fits a field, and by what; its content may speak against a name that is merely similar."""
    bare = folded(header)
    if one.exact:
        named = bare in one.names or bare in set(map(folded, one.words))
        strange = one.kind == "choice" and _content(sample, one) == 0
        return (SURE if named and not strange else 0.0, NAME)
    if bare in one.names:
        return SURE + 10, NAME
    if bare in set(map(folded, one.words)):
        return SURE, NAME
    alike = max((_alike(header, text) for text in (*one.names, *one.words)), default=0.0) * 80
    content = _content(sample, one)
    if content is None:
        return (alike, ALIKE)
    if alike >= 40:
        return ((alike + content * 100) / 2, ALIKE)
    speaks = _mute(header) if one.kind == "date" else _telling(sample)
    return (content * 60 if speaks else 0.0, CONTENT)


def _mute(header: str) -> bool:
    """Whether a name says nothing: any column may hold dates, so they speak for a field only where it does."""
    return all(len(word) < 3 or word in _MUTE or word.isdecimal() for word in words_of(header))


def _telling(sample: Sequence[str]) -> bool:
    """Whether values say something by themselves: several different words, not just numbers."""
    return len({folded(value) for value in sample if any(map(str.isalpha, value))}) > 1


def _alike(header: str, text: str) -> float:
    """Similarity of two names from 0 to 1: their letters, or the words of the shorter inside the longer."""
    mine, theirs = words_of(header), words_of(text)
    if not mine or not theirs:
        return 0.0
    letters = _ratio(" ".join(mine), " ".join(theirs))
    inside = len(set(mine) & set(theirs)) / max(len(set(theirs)), 1)
    share = len(set(mine) & set(theirs)) / len(set(mine) | set(theirs))
    return max(letters if letters >= CLOSE else 0.0, (inside + share) / 2 if inside == 1 else share * 0.8)


def _ratio(one: str, other: str) -> float:
    """How many letters two texts share, from 0 to 1; 0 where their lengths alone keep them from being close."""
    if 2 * min(len(one), len(other)) < CLOSE * (len(one) + len(other)):
        return 0.0
    return SequenceMatcher(None, one, other).ratio()


def words_of(text: str) -> list[str]:
    """The words of a name that carry meaning, compared without case."""
    found = [word.casefold() for word in _WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))]
    return [word for word in found if word not in _IDLE] or found


def _content(sample: Sequence[str], one: Wanted) -> float | None:
    """The share of values that look like the field's, None where its values have no look."""
    filled = [line(value) if len(value) <= LONGEST else "" for value in sample if value.strip()][:SAMPLE]
    if not filled:
        return None
    looks = _look_of(one)
    if looks is None:
        return None
    return sum(map(looks, filled)) / len(filled)


def _look_of(one: Wanted) -> Callable[[str], bool] | None:
    """What says of a value whether it looks like the field's; None where nothing can."""
    if one.kind == "date":
        return _is_date
    if one.kind != "person" and not one.values:
        return None

    def known(value: str) -> bool:
        return folded(value) in one.values or (one.kind == "person" and bool(_MAIL.fullmatch(value)))

    return known


def _is_date(value: str) -> bool:
    if len(value) > LONGEST or not any(map(str.isdigit, value)):
        return False
    for day_first in (False, True):
        try:
            read_date(value, day_first=day_first)
        except Unclear:
            continue
        return True
    return False


# Values ---------------------------------------------------------------------------------------------------------------


def suggest_value(text: str, spellings: Mapping[str, str]) -> str:
    """The value that a spelling seems to mean, or "": the same words, nearly the same letters, or one inside."""
    bare = folded(text)
    if not bare:
        return ""
    if bare in spellings:
        return spellings[bare]
    mine = words_of(text)
    by_words = {" ".join(words_of(known)): value for known, value in reversed(list(spellings.items()))}
    if " ".join(mine) in by_words:
        return by_words[" ".join(mine)]
    return _nearest(mine, by_words)


def _nearest(mine: Sequence[str], by_words: Mapping[str, str]) -> str:
    """The one value whose spelling is close enough; nothing where two values are equally close."""
    scored = [(_closeness(mine, known), value) for known, value in by_words.items() if known]
    best = max((score for score, _value in scored), default=0.0)
    values = {value for score, value in scored if score == best}
    return values.pop() if best >= CLOSE and len(values) == 1 else ""


def _closeness(mine: Sequence[str], known: str) -> float:
    ratio = _ratio(" ".join(mine), known)
    begins = len(mine) > 1 and mine[0] == known and known in ("yes", "no", "ja", "nein")
    return max(ratio, 0.9 if begins else 0.0)


# Dates ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dates:
    """What was found about the dates of a column: examples read both ways, and what is no date.

    ``day_first`` counts the dates that can only begin with the day, ``month_first`` with the month; ``either`` both.
    """

    examples: tuple[str, ...]
    day_first: int
    month_first: int
    either: int
    unreadable: tuple[tuple[str, int], ...]

    @property
    def order(self) -> str:
        """ "day" or "month" as the values say, "" where they do not."""
        if self.day_first == self.month_first:
            return ""
        return "day" if self.day_first > self.month_first else "month"


def judge_dates(values: Iterable[str], *, most: int = 8) -> Dates:
    """Look at the dates of a column: which order they are in, which cannot be read in either."""
    day, month, either = 0, 0, 0
    examples: dict[str, None] = {}
    unreadable: dict[str, int] = {}
    for value, count in Counter(map(line, values)).items():
        if not value:
            continue
        if not _is_date(value):
            unreadable[value[:80]] = unreadable.get(value[:80], 0) + count
            continue
        if len(examples) < most:
            examples[value] = None
        numeric = _NUMERIC_DAY.match(value)
        if numeric:
            first, second = int(numeric[1]), int(numeric[2])
            day += count * (first > 12)
            month += count * (first <= 12 < second)
            either += count * (first <= 12 and second <= 12)
    ranked = sorted(unreadable.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return Dates(tuple(examples), day, month, either, tuple(ranked))
