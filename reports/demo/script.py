"""Reads the story: chapters of subjects, each with what happened to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "story"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CHAPTERS = (
    "organisation",
    "people",
    "systems",
    "criteria",
    "statement",
    "risks",
    "plan",
    "apis",
    "comments",
    "reports",
)


@dataclass(frozen=True)
class Event:
    """Something that happened: how many days ago, who did what to which subject, and the words that go with it."""

    ago: int
    by: str
    do: str
    subject: str
    given: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.subject}, {self.ago} days ago: {self.do} by {self.by}"


@cache
def chapter(name: str) -> list[dict[str, Any]]:
    """The subjects of a chapter, as written; nobody changes them."""
    return yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 (a safe one)


def events() -> list[Event]:
    """All events, in the order of the chapters; those of one day keep it."""
    return [event for name in CHAPTERS for subject in chapter(name) for event in _events_of(name, subject)]


def _events_of(name: str, subject: dict[str, Any]) -> Iterator[Event]:
    for past in subject["past"]:
        given = {key: value for key, value in past.items() if key not in ("ago", "by", "do")}
        yield Event(past["ago"], past["by"], f"{name}.{past['do']}", subject["key"], given)
