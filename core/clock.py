"""The only clock. Everything that asks for the time asks here, so that demo data can be written in a simulated past."""

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_simulated: ContextVar[Callable[[], datetime.datetime] | None] = ContextVar("simulated_now", default=None)


def now() -> datetime.datetime:
    """Return the present moment, aware, in UTC."""
    told = _simulated.get()
    return told() if told else datetime.datetime.now(datetime.UTC)


@contextmanager
def simulated(moment: datetime.datetime, *, running: bool = False) -> Iterator[None]:
    """Let ``now()`` answer ``moment`` (aware) inside the block; ``running`` lets the clock go on from there."""
    start, began = moment.astimezone(datetime.UTC), time.monotonic()

    def told() -> datetime.datetime:
        return start + datetime.timedelta(seconds=time.monotonic() - began) if running else start

    token = _simulated.set(told)
    try:
        yield
    finally:
        _simulated.reset(token)
