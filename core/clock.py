"""The only clock. Everything that asks for the time asks here, so that demo data can be written in a simulated past."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_simulated: ContextVar[datetime.datetime | None] = ContextVar("simulated_now", default=None)


def now() -> datetime.datetime:
    """Return the present moment, aware, in UTC."""
    return _simulated.get() or datetime.datetime.now(datetime.UTC)


@contextmanager
def simulated(moment: datetime.datetime) -> Iterator[None]:
    """Let ``now()`` answer ``moment`` (aware) inside the block."""
    token = _simulated.set(moment.astimezone(datetime.UTC))
    try:
        yield
    finally:
        _simulated.reset(token)
