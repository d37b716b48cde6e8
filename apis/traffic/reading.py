"""From an artefact to what it adds up to: the format is told line by line, so that mixed files are read whole."""

import dataclasses
import datetime
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from apis.exposure import looking
from apis.facts import Unread
from apis.paths import Seen
from apis.paths.shapes import shape_of
from apis.threats import counting
from apis.threats.columns import NONE as NO_SIGNALS
from apis.threats.columns import Columns
from apis.traffic import days, events, har, structured, text
from apis.traffic.masking import masked
from apis.traffic.sources import LONGEST_LINE, Source, Unreadable

PARSER = "1"
"""Rises when the same artefact would be read differently; stored with what was read."""
MOST_DOCUMENT = 256 << 20
SAMPLES, EXAMPLES = 5, 10
THREADS = 2
CRI = r"^\d{4}-\d\d-\d\dT\S+ std(?:out|err) [FP] "
"""What container runtimes write before each line of a program."""
_DOCUMENT = re.compile(rb"\{|\[\s*(?:[{\]]|$)")
_JSON = r"^[ \t\x1e]*(?:\{|\[\s*\{)"
"""A line that is an object or an array of objects, RFC 7464's mark before it or none."""
_MARKS = b"\x1f(x"
"""First bytes of gzip, zstd and zlib."""
TOO_LONG = LONGEST_LINE - 128
"""Bytes of a line that is not looked at, so much less than where lines are cut that CRI does not matter."""


@dataclass
class Digest:
    """What an artefact, or a part of it, adds up to. Adds up with others in any order (``merge``).

    Each member is named in apis.traffic.carrying, too, or it would not come back from another worker.
    """

    forms: Counter = field(default_factory=Counter)  # code of the format → lines
    lines: int = 0  # not counting empty ones
    rows: int = 0  # counting empty ones
    left_out: int = 0  # assets of a recording: pages, pictures, styles, scripts
    undated: int = 0  # calls whose format knows no time; they count at the moment the artefact came
    unread: dict[str, Unread] = field(default_factory=dict)
    windows: pl.DataFrame | None = None  # of events.windows_of
    latency: pl.DataFrame | None = None  # of events.latency_of
    exposed: pl.DataFrame = field(default_factory=lambda: looking.NOTHING)  # sensitive data by flow
    looked: pl.DataFrame = field(default_factory=lambda: looking.NOT_LOOKED)  # calls whose bodies could be looked at
    signals: Columns = NO_SIGNALS  # what consumers did in hours (apis.threats)
    aside: days.Aside = field(default_factory=dict)  # of windows, latency and signals what is too much to be held

    @property
    def read(self) -> int:
        """Lines that were understood as calls."""
        return self.lines - self.left_out - sum(one.lines for one in self.unread.values())

    @property
    def form(self) -> str:
        """The code of the format of most lines; "" when nothing was understood."""
        return min(self.forms, key=lambda code: (-self.forms[code], code), default="")

    @property
    def is_understood(self) -> bool:
        """Whether there is any call."""
        return self.windows is not None or bool(self.aside)

    @property
    def period(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """Moments of the first and the last call."""
        if not self.is_understood:
            return None, None
        return self.places().select(pl.col("first_at").min(), pl.col("last_at").max()).row(0)

    @property
    def hosts(self) -> dict[str, int]:
        """Host ("" where the format names none) → calls."""
        if not self.is_understood:
            return {}
        return dict(self.places().group_by("host").agg(pl.col("calls").sum()).sort("host").iter_rows())

    def seen(self) -> dict[str, Seen]:
        """Host → shapes and methods, to learn templates from."""
        found: dict[str, Seen] = {}
        if self.is_understood:
            for host, method, shape, calls in self.places().select("host", "method", "shape", "calls").iter_rows():
                found.setdefault(host, Seen()).add([(method, shape, calls)])
        return found

    def places(self) -> pl.DataFrame:
        """What calls add up to by host, method and shape, whenever and whoever; only where there are any."""
        return days.places_of(self.aside, self.windows)

    @property
    def rest(self) -> days.Day:
        """What was not put aside."""
        return days.Day(self.windows, self.latency, self.signals)

    def hold(self, rests: Iterable[days.Day]) -> None:
        """Keep these instead of the rest: added up, or put aside where they are too much."""
        every = list(rests)
        if sum(one.size for one in every) > days.HELD:
            for one in every:
                days.put_aside(self.aside, one)
            every = []
        whole = days.added(every)
        self.windows, self.latency, self.signals = whole.windows, whole.latency, whole.signals

    def by_day(self) -> Iterator[days.Laid]:
        """Windows, latencies and signals, one day after the other."""
        rest = days.by_day(self.rest)
        for day in sorted({*self.aside, *rest}):
            yield days.laid(self.aside.get(day, ()), rest.get(day))

    def after(self, rows: int) -> "Digest":
        """The same, its lines numbered as they are where so many come before this part."""
        unread = {
            reason: dataclasses.replace(one, samples=tuple((number + rows, text) for number, text in one.samples))
            for reason, one in self.unread.items()
        }
        return dataclasses.replace(self, unread=unread)

    def merge(self, other: "Digest") -> None:
        """Add what another part adds up to."""
        self.forms += other.forms
        self.lines += other.lines
        self.rows += other.rows
        self.left_out += other.left_out
        self.undated += other.undated
        for reason, one in other.unread.items():
            mine = self.unread.get(reason, Unread(reason, 0))
            samples = tuple(sorted({*mine.samples, *one.samples})[:SAMPLES])
            self.unread[reason] = Unread(reason, mine.lines + one.lines, samples)
        if not other.exposed.is_empty():
            self.exposed = looking.added([self.exposed, other.exposed], looking.CELL)
        if not other.looked.is_empty():
            self.looked = looking.looked_added([self.looked, other.looked])
        for day, pieces in other.aside.items():
            self.aside[day] = [*self.aside.get(day, ()), *pieces]
        self.hold([self.rest, other.rest])


@dataclass(frozen=True)
class Preview:
    """What would be understood of an artefact, from its beginning."""

    form: str
    lines: int
    read: int
    examples: tuple[dict[str, Any], ...]  # of EVENT, values of queries and consumers masked
    unread: tuple[Unread, ...]
    members: tuple[str, ...] = ()  # dotted paths of the first object, for an own field map


@dataclass(frozen=True)
class How:
    """How to read: an own field map if there is one, the key consumers are hashed with, when the artefact came."""

    secret: bytes
    came_at: datetime.datetime
    fields: Mapping[str, str] | None = None


def digest(
    what: Path | bytes, how: How, *, part: tuple[int, int | None] | None = None,
    told: Callable[[int, int], bool] | None = None,
) -> Digest:  # fmt: skip
    """Read an artefact, or a part of it (Source.parts; (0, None) is all of it, as lines).

    ``told`` hears (lines, bytes) so far and stops it by False.

    Raises Unreadable where nothing can be read at all: empty, damaged, a bomb. A part may be empty.
    """
    source = Source(what)
    if part is None and (document := _document(source)) is not None:
        return _of_document(document, how)
    own = structured.own_map(how.fields) if how.fields else None
    found, done, number = Digest(), 0, 1
    parts: list[Digest] = []
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Digest]] = deque()
        for block in source.blocks(*(part or ())):
            waiting.append(pool.submit(_of_block, block, number, own, how))
            number += _rows(block)
            done += len(block)
            if len(waiting) > THREADS:
                parts.append(waiting.popleft().result())
                found, parts = _joined(found, parts)
                if told is not None and not told(found.lines + sum(one.lines for one in parts), done):
                    break
        parts += [future.result() for future in waiting]
    found, _none = _joined(found, parts, finish=True)
    if source.broke_off:
        note_end(found, source.broke_off, number, source.rest)
    if not found.lines and part is None:
        raise Unreadable("empty")
    return found


def note_end(found: Digest, reason: str, number: int, rest: bytes) -> None:
    """Count the line in which a packed artefact breaks off; it is not read, even if it looks whole."""
    found.lines += 1
    found.rows += 1
    _note(found, reason, number, rest[:LONGEST_LINE].decode("utf-8", "replace"))


def joined(parts: Iterable[Digest]) -> Digest:
    """Parts of one artefact, in their order, as if it had been read at once."""
    found, held, rows = Digest(), [], 0
    for one in parts:
        held.append(one.after(rows))
        rows += one.rows
        found, held = _joined(found, held)
    return _joined(found, held, finish=True)[0]


def _rows(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _joined(found: Digest, parts: list[Digest], *, finish: bool = False) -> tuple[Digest, list[Digest]]:
    """Add many parts at once, as adding one by one would add the first again and again."""
    rests = [one.rest for one in [found, *parts]]
    much = sum(one.size for one in rests) > days.HELD
    if not (finish or much or len(parts) >= 16):
        return found, parts
    exposed = looking.added([found.exposed, *(one.exposed for one in parts)], looking.CELL)
    looked = looking.looked_added([found.looked, *(one.looked for one in parts)])
    found.windows, found.latency, found.signals = None, None, NO_SIGNALS
    for one in parts:
        one.windows, one.latency, one.signals = None, None, NO_SIGNALS
        one.exposed, one.looked = looking.NOTHING, looking.NOT_LOOKED
        found.merge(one)
    found.exposed, found.looked = exposed, looked
    found.hold(rests)
    return found, []


def preview(what: Path | bytes, fields: Mapping[str, str] | None = None) -> Preview:
    """What would be understood, told from the first quarter of a mebibyte."""
    source = Source(what)
    how = How(b"preview", datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC), fields)
    head = source.head()
    document = _document(source) if head.lstrip()[:1] in {b"{", b"["} else None
    if document is not None:
        found, rows = _of_document(document, how), [one for _n, one in _calls(document, how) if isinstance(one, dict)]
        first = document["log"]["entries"] if har.is_har(document) else document
        sample = first[0] if isinstance(first, list) and first else first
    else:
        whole = head[: head.rfind(b"\n") + 1] or head
        own = structured.own_map(fields) if fields else None
        found = _of_block(whole, 1, own, how)
        rows, sample = _examples(whole, own), _first_object(whole)
    examples = tuple(_shown(row) for row in rows[:EXAMPLES])
    return Preview(found.form, found.lines, found.read, examples, tuple(found.unread.values()), tuple(_members(sample)))


def calls_of(what: Path | bytes) -> pl.DataFrame:
    """Every call of a small artefact as columns of EVENT, consumers as they are; for measuring, nothing is kept."""
    source = Source(what)
    document = _document(source)
    if document is not None:
        how = How(b"", datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))
        return events.events(call for _number, call in _calls(document, how) if isinstance(call, dict))
    frames, nowhere = [], Digest()
    for block in source.blocks():
        lines = _lines(block, 1)
        is_json = _is_json(lines["line"])
        frames += _structured(lines.filter(is_json), None, nowhere) + _texts(lines.filter(~is_json), nowhere)
    return pl.concat(frames) if frames else events.events([])


def may_be_a_document(source: Source) -> bool:
    """Whether an artefact may be one JSON document, which cannot be cut. Raises Unreadable where nothing unpacks."""
    head = source.head(64 << 10).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not _DOCUMENT.match(head):
        return False  # of a "[" that opens a time, too
    if b"\n" in head:
        return not _are_lines(head)
    return not (head[:1] == b"{" and len(head) > (32 << 10) and b'"log"' not in head[:2000])


def _is_json(lines: pl.Series) -> pl.Series:
    """Which lines are JSON; most begin with a brace, or with what JSON never begins with."""
    plain = lines.str.starts_with("{")
    first = lines.str.slice(0, 1).is_in(list("[ \t\x1e"))
    return plain | (first & lines.str.contains(_JSON)) if first.any() else plain


def _are_lines(head: bytes) -> bool:
    """Whether whole values stand one a line; the first object may be torn, and a document may end with one."""
    first, *others = map(_value_of, head.rstrip().split(b"\n")[:50])
    torn = head.startswith(b"{") and sum(map(bool, others)) > 1
    return torn or bool(first) and not har.is_har(first)


def _value_of(line: bytes) -> Any:
    """The object or array that a line is, else None."""
    try:
        return orjson.loads(line) if line.startswith((b"{", b"[")) else None
    except orjson.JSONDecodeError:
        return None


def _document(source: Source) -> Any:
    """A JSON document that is one whole (a recording, an array, one object over many lines), or None for lines."""
    if not may_be_a_document(source):
        return None
    try:
        return orjson.loads(source.whole(MOST_DOCUMENT))
    except (orjson.JSONDecodeError, RecursionError):
        return None


def _calls(document: Any, how: How) -> Iterator[tuple[int, dict[str, Any] | str]]:
    if har.is_har(document):
        for number, call in har.calls(document):
            signs = counting.signs_of_entry(document["log"]["entries"][number - 1]) if isinstance(call, dict) else ""
            yield number, {**call, "signs": signs} if isinstance(call, dict) else call
        return
    own = structured.own_map(how.fields) if how.fields else None
    for number, value in enumerate(document if isinstance(document, list) else [document], start=1):
        form = own or structured.recognised(value)
        call = structured.event(value, form, number) if form else "not_understood"
        yield number, {**call, **_seen_in(value, form)} if form and isinstance(call, dict) else call


def _of_document(document: Any, how: How) -> Digest:
    found, rows = Digest(), []
    for number, call in _calls(document, how):
        found.lines += 1
        if isinstance(call, dict):
            rows.append(call)
        elif call == "asset":
            found.left_out += 1
        else:
            _note(found, call, number, "")
    if har.is_har(document):
        found.forms["har"] = len(rows)
    else:
        first = document[0] if isinstance(document, list) and document else document
        form = structured.own_map(how.fields) if how.fields else structured.recognised(first)
        found.forms[form.code if form else ""] = len(rows)
    if not found.lines:
        raise Unreadable("empty")
    _count(found, [events.events(rows)] if rows else [], how)
    return found


def _of_block(block: bytes, number: int, own: structured.JsonFormat | None, how: How) -> Digest:
    """What a block of whole lines adds up to."""
    found = Digest(rows=_rows(block))
    lines = _lines(block, number)
    found.lines = lines.height
    long = lines["line"].str.len_bytes() > TOO_LONG
    if long.any():
        _note_all(found, lines.filter(long), "too_long")
        lines = lines.filter(~long)
    if not lines.height:
        return found
    is_json = _is_json(lines["line"])
    frames = []
    if is_json.any():
        frames += _structured(lines.filter(is_json), own, found)
        lines = lines.filter(~is_json)
    frames += _texts(lines, found)
    _count(found, frames, how)
    return found


def _lines(block: bytes, number: int) -> pl.DataFrame:
    if block[:1] in _MARKS:  # unpacked again it would have no bounds; an empty line hides the mark
        block, number = b"\n" + block, number - 1
    try:
        frame = pl.read_lines(block)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        frame = pl.read_lines(block.decode("utf-8", "replace").encode())
    if frame["line"].str.contains(CRI).any():
        frame = frame.with_columns(pl.col("line").str.replace(CRI, ""))
    numbered = frame.with_row_index("number", number)
    return numbered.filter(pl.col("line").str.len_bytes() > 0).filter(pl.col("line").str.strip_chars() != "")


def _seen_in(value: dict[str, Any], form: structured.JsonFormat) -> dict[str, Any]:
    """What a line shows beside its call: sensitive data it carries, signs of attacks in it; no values."""
    return {"carried": structured.carried_by(value, form), "signs": counting.signs_of_line(value)}


def _structured(lines: pl.DataFrame, own: structured.JsonFormat | None, found: Digest) -> list[pl.DataFrame]:
    rows = []
    for number, line in lines.iter_rows():
        try:
            told = orjson.loads(line.lstrip("\x1e \t"))
        except orjson.JSONDecodeError:
            _note(found, "not_json", number, line)
            continue
        values = told if isinstance(told, list) else [told]
        found.lines += len(values) - 1  # each of a batch counts as a line, as in a document
        for value in values:
            form = own or structured.recognised(value)
            call = structured.event(value, form, number) if form else "not_understood"
            if form and isinstance(call, dict):
                rows.append({**call, **_seen_in(value, form)})
                found.forms[form.code] += 1
            else:
                _note(found, call, number, line)
    return [events.events(rows)] if rows else []


def _texts(lines: pl.DataFrame, found: Digest) -> list[pl.DataFrame]:
    """Lines by what they end with, which tells formats with a duration from those without, whatever stands around."""
    end = lines["line"].str.tail(16)
    timed, routed = end.str.contains(r'" \d+\.\d+\s*$'), end.str.contains(r"\d+ms\s*$")
    frames = []
    for chosen, before in ((routed, ("traefik",)), (timed, ("timed",)), (~routed & ~timed, ())):
        frames += _of_forms(lines.filter(chosen), before, found)
    return frames


def _of_forms(lines: pl.DataFrame, before: tuple[str, ...], found: Digest) -> list[pl.DataFrame]:
    frames: list[pl.DataFrame] = []
    if not lines.height:  # to ask how well each format fits costs as much as a thousand lines
        return frames
    others = [form for form in _likely(lines) if form.code not in {"traefik", "timed"}]
    for form in [*(text.BY_CODE[code] for code in before), *others]:
        if not lines.height:
            break
        frame, lines = text.parsed(lines, form)
        if frame.height:
            found.forms[form.code] += frame.height
            frames.append(events.complete(frame))
    if lines.height:
        _note_unread(found, lines)
    return frames


def _likely(lines: pl.DataFrame) -> list[text.TextFormat]:
    """Formats in the order in which they fit the first lines best."""
    head = lines.head(50)
    tried = (pl.col("line").str.contains(form.pattern).sum().alias(form.code) for form in text.FORMATS)
    fits = head.select(*tried).row(0, named=True)
    return sorted(text.FORMATS, key=lambda form: (form.code == "loose", -fits[form.code]))


def _note_unread(found: Digest, lines: pl.DataFrame) -> None:
    idle = lines["line"].str.contains(text.NO_REQUEST)
    late = lines["line"].str.contains(text.A_CALL) & ~idle
    for reason, chosen in (("no_request", idle), ("bad_time", late), ("not_understood", ~idle & ~late)):
        some = lines.filter(chosen)
        if some.height:
            _note_all(found, some, reason)


def _note_all(found: Digest, some: pl.DataFrame, reason: str) -> None:
    """Count lines of one reason, and keep the first of all as samples, so that splits make no difference."""
    before = found.unread.get(reason, Unread(reason, 0))
    first = [(number, line) for number, line in some.head(SAMPLES).iter_rows() if _is_early(before, number)]
    samples = (*before.samples, *((number, masked(line)) for number, line in first))
    found.unread[reason] = Unread(reason, before.lines + some.height, tuple(sorted(samples)[:SAMPLES]))


def _note(found: Digest, reason: str, number: int, line: str) -> None:
    before = found.unread.get(reason, Unread(reason, 0))
    samples = before.samples
    if _is_early(before, number):
        samples = tuple(sorted([*samples, (number, masked(line))])[:SAMPLES])
    found.unread[reason] = Unread(reason, before.lines + 1, samples)


def _is_early(before: Unread, number: int) -> bool:
    return len(before.samples) < SAMPLES or number < before.samples[-1][0]


def _count(found: Digest, frames: list[pl.DataFrame], how: How) -> None:
    if not frames:
        return
    frame = events.shaped(pl.concat(frames))
    found.signals = counting.counted(frame, how.secret, how.came_at, events.hashed)
    lost = frame["at"].null_count()
    if lost:
        found.undated += lost
        frame = frame.with_columns(pl.col("at").fill_null(pl.lit(how.came_at).dt.cast_time_unit("us")))
    found.windows = events.windows_of(frame, how.secret)
    found.exposed, found.looked = looking.looked_at(frame)
    if frame["took_ms"].null_count() < frame.height:
        found.latency = events.latency_of(frame)


def _examples(block: bytes, own: structured.JsonFormat | None) -> list[dict[str, Any]]:
    lines = _lines(block, 1).head(EXAMPLES * 4)
    is_json = _is_json(lines["line"])
    nowhere = Digest()
    frames = _structured(lines.filter(is_json), own, nowhere) + _texts(lines.filter(~is_json), nowhere)
    return pl.concat(frames).sort("line").to_dicts() if frames else []


def _path(path: str) -> str:
    """A path as people recognise it: its values as kinds, each word looked at by itself."""
    return "/".join(masked(part) for part in shape_of(path).split("/"))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    kind = (row.get("who") or "").partition(":")[0]
    hidden = {
        "who": f"{kind}:•••" if kind else "",
        "address": "",
        "agent": "",
        "query": "•••" if row.get("query") else "",
    }
    return {**{name: row.get(name) for name in events.EVENT}, **hidden, "path": _path(row.get("path") or "")}


def _first_object(block: bytes) -> Any:
    for line in block.splitlines()[:50]:
        value = _value_of(line.lstrip())
        if value:
            return value[0] if isinstance(value, list) else value
    return None


def _members(value: Any, before: str = "", depth: int = 0) -> Iterator[str]:
    if not isinstance(value, dict) or depth > 4:
        return
    for name, each in list(value.items())[:80]:
        if isinstance(each, dict):
            yield from _members(each, f"{before}{name}.", depth + 1)
        else:
            yield f"{before}{name}"
