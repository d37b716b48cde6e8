"""The shape of history: one change in words, with the fields it changed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """One change: what, who, by which door, when; ``rows`` are (field, old, new) in words.

    ``then`` is the address of the record's page as it was after the change, "" where it has none; ``first`` is what
    added the record.
    """

    what: Any
    who: str
    at: dt.datetime
    door: Any = ""
    reason: str = ""
    ref: str = ""
    url: str = ""
    rows: Sequence[tuple[Any, str, str]] = ()
    then: str = ""
    first: bool = False
