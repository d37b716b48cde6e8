"""What much traffic adds up to, by day: days lie packed until they are asked for, so that memory follows one day."""

import datetime
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

import orjson
import polars as pl

from apis.threats import counting
from apis.threats.columns import NONE, Columns, apart, summed
from apis.traffic import events

HELD = 96 << 20
"""Bytes of columns that are held as they are; above that they are put aside."""
FEW = 16
"""Packed pieces of a day that are not worth being added up."""
PLACE = ("host", "method", "shape")
PLACES, WINDOWS, LATENCY, SIGNALS = range(4)  # where what stands in a piece; frames of signals are the rest
Aside = dict[datetime.date, list[bytes]]
"""Day → packed pieces that add up to it."""


@dataclass(frozen=True)
class Day:
    """What the calls of a day add up to."""

    windows: pl.DataFrame | None = None  # of events.windows_of
    latency: pl.DataFrame | None = None  # of events.latency_of
    signals: Columns = field(default_factory=lambda: NONE)

    @property
    def size(self) -> int:
        """Bytes of its columns."""
        frames = [self.windows, self.latency, *(getattr(self.signals, one.name) for one in fields(Columns))]
        return sum(frame.estimated_size() for frame in frames if frame is not None)


def dumped(frame: pl.DataFrame | None) -> bytes:
    """A frame as bytes; none for no frame."""
    if frame is None:
        return b""
    out = io.BytesIO()
    frame.write_ipc(out, compression="zstd")
    return out.getvalue()


def loaded(content: bytes) -> pl.DataFrame | None:
    """The frame of ``dumped``."""
    return pl.read_ipc(io.BytesIO(content)) if content else None


def bundled(pieces: Iterable[bytes]) -> bytes:
    """Pieces as one, their lengths before them."""
    every = list(pieces)
    return b"\n".join((orjson.dumps([len(one) for one in every]), b"".join(every)))


def unbundled(content: bytes) -> list[bytes]:
    """The pieces of ``bundled``."""
    lengths, _newline, rest = content.partition(b"\n")
    return [rest[start:end] for start, end in pairwise([0, *accumulate(orjson.loads(lengths))])]


def places(windows: pl.DataFrame) -> pl.DataFrame:
    """Windows by host, method and shape alone."""
    return events.added([windows], PLACE)


def added(parts: Iterable[Day]) -> Day:
    """All of them together, whatever their order."""
    every = list(parts)
    if len(every) == 1:
        return every[0]
    windows = [one.windows for one in every if one.windows is not None]
    timed = [one.latency for one in every if one.latency is not None]
    return Day(
        events.added(windows, events.WINDOW_KEY) if windows else None,
        events.added(timed, events.LATENCY_KEY) if timed else None,
        counting.added(one.signals for one in every),
    )


def by_day(whole: Day) -> dict[datetime.date, Day]:
    """Each day of what many days add up to."""
    windows, timed = _apart(whole.windows), _apart(whole.latency)
    signals = apart(whole.signals, pl.col("hour").dt.date())
    return {
        day: Day(windows.get(day), timed.get(day), signals.get(day, NONE))
        for day in sorted({*windows, *timed, *signals})
    }


def put_aside(aside: Aside, whole: Day) -> None:
    """Pack what was added up and lay it to its days; a day is added up again when that came to more than it was."""
    for day, one in by_day(whole).items():
        pieces = aside.setdefault(day, [])
        pieces.append(_packed(one))
        if len(pieces) > FEW and sum(map(len, pieces[1:])) > len(pieces[0]):
            every = laid(pieces)
            pieces[:] = [_packed(Day(every.windows(), every.latency(), every.signals()))]


@dataclass(frozen=True)
class Laid:
    """A day of which parts were put aside: what is asked for is unpacked and added up then, and held by who asks."""

    pieces: tuple[list[bytes], ...]
    rest: Day = Day()

    def windows(self) -> pl.DataFrame:
        """Of events.windows_of."""
        return _one([*self._loaded(WINDOWS), self.rest.windows], lambda many: events.added(many, events.WINDOW_KEY))

    def latency(self) -> pl.DataFrame | None:
        """Of events.latency_of."""
        return _one([*self._loaded(LATENCY), self.rest.latency], lambda many: events.added(many, events.LATENCY_KEY))

    def signals(self) -> Columns:
        """What consumers did in the hours of the day."""
        found = []
        for at, each in enumerate(fields(Columns), start=SIGNALS):
            frames = [*self._loaded(at), getattr(self.rest.signals, each.name)]
            one = _one(frames, partial(summed, each.name))
            found.append(getattr(NONE, each.name) if one is None else one)
        return Columns(*found)

    def _loaded(self, at: int) -> list[pl.DataFrame | None]:
        return [loaded(one[at]) for one in self.pieces]


def laid(pieces: Iterable[bytes], rest: Day | None = None) -> Laid:
    """A day as a whole: its packed pieces, and what was not put aside."""
    return Laid(tuple(map(unbundled, pieces)), rest or Day())


def _one(frames: Iterable[pl.DataFrame | None], add: Callable[[list[pl.DataFrame]], pl.DataFrame]) -> Any:
    full = [one for one in frames if one is not None and not one.is_empty()]
    return add(full) if len(full) > 1 else next(iter(full), None)


def places_of(aside: Aside, windows: pl.DataFrame | None) -> pl.DataFrame:
    """``places`` of all that was put aside, and of windows."""
    frames = [loaded(unbundled(one)[PLACES]) for pieces in aside.values() for one in pieces]
    rest = [] if windows is None else [places(windows)]
    return events.added([*(one for one in frames if one is not None), *rest], PLACE)


def _apart(frame: pl.DataFrame | None) -> dict[datetime.date, pl.DataFrame]:
    if frame is None or frame.is_empty():
        return {}
    days = frame["hour"].dt.date()
    if (only := days.min()) == days.max():
        return {only: frame}  # type: ignore[dict-item]
    parts = frame.with_columns(days.alias("day")).partition_by("day", as_dict=True, include_key=False)
    return {day: part for (day,), part in parts.items()}


def _packed(day: Day) -> bytes:
    signals = [getattr(day.signals, one.name) for one in fields(Columns)]
    frames = [None if day.windows is None else places(day.windows), day.windows, day.latency, *signals]
    return bundled(dumped(one) for one in frames)
