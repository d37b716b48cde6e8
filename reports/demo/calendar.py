"""Days counted from the day of loading, put on working days; moments put into office hours."""

import datetime
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Zurich")
OPENS = datetime.time(8, 20)
OFFICE_MINUTES = 560
USUAL_PAUSE = 34
FRIDAY = 4


class Dated(Protocol):
    """Something that happened so many days before the day of loading."""

    @property
    def ago(self) -> int:
        """Days before, 1 at least."""


D = TypeVar("D", bound=Dated)


def day(today: datetime.date, offset: int) -> datetime.date:
    """The working day at or before so many days from today (negative: in the past)."""
    found = today + datetime.timedelta(days=offset)
    return found - datetime.timedelta(days=max(found.weekday() - FRIDAY, 0))


def timed(events: Iterable[D], today: datetime.date) -> Iterator[tuple[datetime.datetime, D]]:
    """Every event with its moment, strictly one after the other, spread over the office hours of its day."""
    in_order = sorted(events, key=lambda event: -event.ago)
    for date, group in groupby(in_order, key=lambda event: day(today, -event.ago)):
        of_day = list(group)
        pause = min(USUAL_PAUSE, OFFICE_MINUTES // len(of_day))
        start = datetime.datetime.combine(date, OPENS, ZONE) + datetime.timedelta(minutes=date.toordinal() % 25)
        for number, event in enumerate(of_day):
            odd = datetime.timedelta(seconds=(number * 17 + date.toordinal() * 7) % 60)
            yield start + datetime.timedelta(minutes=number * pause) + odd, event
