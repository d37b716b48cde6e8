"""What one consumer did on one host in one hour, as detectors ask: counts and sketches that add up in any order."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Self

SKETCH = 256  # smallest hashes kept; below that many distinct values the count is exact
SAMPLES = 3
SPACE = 2**64


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different values were met, from the smallest SKETCH hashes (64 bits) of them."""

    hashes: tuple[int, ...] = ()

    @classmethod
    def of(cls, hashes: Iterable[int]) -> Self:
        """From hashes in any order, repeated or not."""
        return cls(tuple(sorted(set(hashes))[:SKETCH]))

    def __add__(self, other: "Distinct") -> "Distinct":
        return Distinct.of((*self.hashes, *other.hashes)) if other.hashes else self

    def __len__(self) -> int:
        """The number of different values: exact below SKETCH, else estimated within some 6 %."""
        if len(self.hashes) < SKETCH:
            return len(self.hashes)
        return round((SKETCH - 1) * SPACE / (self.hashes[-1] + 1))


def _least(one, other):
    return min((value for value in (one, other) if value is not None), default=None)


def _most(one, other):
    return max((value for value in (one, other) if value is not None), default=None)


def _summed(one: Mapping, other: Mapping) -> dict:
    return {key: one.get(key, 0) + other.get(key, 0) for key in {*one, *other}}


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened on one endpoint in the hour."""

    calls: int = 0
    ok: int = 0  # 2xx
    refused: int = 0  # 401
    forbidden: int = 0  # 403
    missing: int = 0  # 404
    limited: int = 0  # 429
    tokens_in: int = 0
    tokens_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    objects: Distinct = field(default_factory=Distinct)  # ids in paths answered with 2xx
    lowest: int | None = None  # of ids that are numbers
    highest: int | None = None
    lost: Distinct = field(default_factory=Distinct)  # paths answered with 403 or 404
    sizes: Distinct = field(default_factory=Distinct)  # different lengths of request bodies
    users: Distinct = field(default_factory=Distinct)  # users refused
    first_refused: datetime.datetime | None = None
    last_ok: datetime.datetime | None = None

    def __add__(self, other: "Activity") -> "Activity":
        values = {}
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            join = _least if one.name in ("lowest", "first_refused") else _most
            values[one.name] = join(mine, theirs) if one.name in LIMITS else mine + theirs
        return Activity(**values)


LIMITS = {"lowest", "highest", "first_refused", "last_ok"}


@dataclass(frozen=True, slots=True)
class Signals:
    """One consumer on one host in one hour. Signals of the same key add up, in any order and any split."""

    hour: datetime.datetime  # UTC, start of the hour
    host: str
    consumer: str  # "key:…", "session:…", "user:…", "address:…"
    endpoints: Mapping[tuple[str, str], Activity] = field(default_factory=dict)  # (method, template) → activity
    slots: Mapping[int, int] = field(default_factory=dict)  # ten seconds since the hour began → calls
    failed_slots: Mapping[int, int] = field(default_factory=dict)  # the same, of calls answered with 400 to 499
    injections: Mapping[str, int] = field(default_factory=dict)  # family of injection → calls
    prompts: Mapping[str, int] = field(default_factory=dict)  # sign of prompt injection → prompts
    worst_call: float = 0.0  # highest score of a call, 0 to 1
    worst_prompt: float = 0.0
    prompts_seen: int = 0
    prompts_hit: int = 0
    samples: tuple[str, ...] = ()  # masked: method, template and family, no values

    @property
    def key(self) -> tuple[datetime.datetime, str, str]:
        """What signals that add up have in common."""
        return (self.hour, self.host, self.consumer)

    def __add__(self, other: "Signals") -> "Signals":
        endpoints = dict(self.endpoints)
        for name, activity in other.endpoints.items():
            endpoints[name] = endpoints.get(name, Activity()) + activity
        return Signals(
            *self.key,
            endpoints,
            _summed(self.slots, other.slots),
            _summed(self.failed_slots, other.failed_slots),
            _summed(self.injections, other.injections),
            _summed(self.prompts, other.prompts),
            max(self.worst_call, other.worst_call),
            max(self.worst_prompt, other.worst_prompt),
            self.prompts_seen + other.prompts_seen,
            self.prompts_hit + other.prompts_hit,
            tuple(sorted({*self.samples, *other.samples})[:SAMPLES]),
        )

    def total(self, name: str) -> int:
        """The sum of one count over all endpoints."""
        return sum(getattr(activity, name) for activity in self.endpoints.values())

    def distinct(self, name: str) -> int:
        """How many different values of a sketch there are over all endpoints."""
        return len(sum((getattr(activity, name) for activity in self.endpoints.values()), Distinct()))


def added(many: Iterable[Signals]) -> list[Signals]:
    """Signals of equal key made one, in order of their keys."""
    found: dict[tuple, Signals] = {}
    for one in many:
        found[one.key] = found[one.key] + one if one.key in found else one
    return [found[key] for key in sorted(found)]
