"""What planning takes and gives: records as they are, one outcome per row, and a plan whose counts add up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

MISSING_SHARE_TO_CONFIRM = 0.20

PERSON, SOURCE, STEP = "person", "source", "step"

Values = Mapping[str, str]


class Owner(NamedTuple):
    """Who a field belongs to since when: a person, a source, or a workflow step."""

    kind: str
    name: str
    since: datetime | None = None

    def is_source(self, source: str) -> bool:
        return self.kind == SOURCE and self.name == source


class Held(NamedTuple):
    """A field the source may not write: its value, what the source offers, and whose it is."""

    value: str
    offered: str
    owner: Owner


class Remark(NamedTuple):
    """Something the reader of a dry run should know about a column of a row."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class CurrentRecord:
    """A record as it is now: values as text (blank is ""), owner per field, and who claims its key.

    ``row_hash`` is the fingerprint of the row this source applied last. It must be cleared whenever fields change in
    another way than by this source or by a person's edit that takes them over (undo, fields given back).
    """

    id: str
    version: int
    values: Values
    owners: Mapping[str, Owner] = field(default_factory=dict)
    sources: frozenset[str] = frozenset()
    row_hash: str = ""


@dataclass(frozen=True, slots=True)
class Create:
    """The row becomes a record."""

    kind: ClassVar[str] = "create"
    row: int
    key: str
    values: Values
    row_hash: str
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Fields change from old to new; fields that belong to somebody else are held."""

    kind: ClassVar[str] = "change"
    row: int
    key: str
    record: CurrentRecord
    changes: Mapping[str, tuple[str, str]]
    held: Mapping[str, Held]
    row_hash: str
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The record already says what the row says."""

    kind: ClassVar[str] = "unchanged"
    row: int
    key: str
    record: CurrentRecord
    row_hash: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The row differs only where the record belongs to somebody else: a person's edit wins."""

    kind: ClassVar[str] = "kept"
    row: int
    key: str
    record: CurrentRecord
    held: Mapping[str, Held]
    row_hash: str
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The row equals an earlier one in every column that is used."""

    kind: ClassVar[str] = "duplicate"
    row: int
    key: str
    of: int


@dataclass(frozen=True, slots=True)
class Matched:
    """The key belongs to a record this source does not yet feed: a proposal for a person, never a write."""

    kind: ClassVar[str] = "matched"
    row: int
    key: str
    record: CurrentRecord
    values: Values


@dataclass(frozen=True, slots=True)
class Refused:
    """The row cannot be used: where, a stable code, and a sentence."""

    kind: ClassVar[str] = "refused"
    row: int
    column: str
    code: str
    reason: str
    key: str = ""


Outcome = Create | Change | Unchanged | Kept | Duplicate | Matched | Refused
KINDS = tuple(outcome.kind for outcome in (Create, Change, Unchanged, Kept, Duplicate, Matched, Refused))


class Missing(NamedTuple):
    """A record of this source that the rows do not mention."""

    key: str
    record: CurrentRecord


@dataclass(frozen=True, slots=True)
class Policy:
    """``complete``: the rows are all there is, so what they lack is missing. ``confirmed``: more than 20 % may be."""

    complete: bool = False
    confirmed: bool = False


@dataclass(frozen=True)
class Plan:
    """What would happen, row by row; nothing has happened yet."""

    source: str
    mapping: str
    policy: Policy
    outcomes: tuple[Outcome, ...]
    missing: tuple[Missing, ...]
    fed_before: int

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Rows by kind, every kind named; they add up to the number of rows."""
        found = Counter(outcome.kind for outcome in self.outcomes)
        return {kind: found[kind] for kind in KINDS}

    @property
    def writes(self) -> tuple[Create | Change, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Create | Change))

    @property
    def refusals(self) -> tuple[Refused, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Refused))

    @property
    def obstacle(self) -> str:
        """Why missing records are not acted on: "", "not-complete", "rows-without-key" or "too-many-missing"."""
        if not self.missing:
            return ""
        if not self.policy.complete:
            return "not-complete"
        if any(not outcome.key for outcome in self.refusals):
            return "rows-without-key"
        if len(self.missing) > self.fed_before * MISSING_SHARE_TO_CONFIRM and not self.policy.confirmed:
            return "too-many-missing"
        return ""

    @property
    def missing_to_act_on(self) -> tuple[Missing, ...]:
        return () if self.obstacle else self.missing

    def summary(self) -> dict[str, Any]:
        """The plan in figures, for a page, a command and the API."""
        return {
            "source": self.source,
            "mapping": self.mapping,
            "rows": len(self.outcomes),
            **self.counts,
            "missing": len(self.missing),
            "missing_obstacle": self.obstacle,
        }

    def described(self) -> Iterable[dict[str, Any]]:
        """Every row as plain data, in the order of the rows."""
        return map(describe, self.outcomes)


def describe(outcome: Outcome) -> dict[str, Any]:
    """One outcome as plain data: row, kind, key, record, and what its kind has to say."""
    found: dict[str, Any] = {"row": outcome.row, "kind": outcome.kind, "key": outcome.key}
    record = getattr(outcome, "record", None)
    if record is not None:
        found |= {"id": record.id, "version": record.version}
    match outcome:
        case Create(values=values) | Matched(values=values):
            found["values"] = dict(values)
        case Change(changes=changes):
            found["changes"] = {name: {"old": old, "new": new} for name, (old, new) in changes.items()}
        case Duplicate(of=of):
            found["of"] = of
        case Refused(column=column, code=code, reason=reason):
            found |= {"column": column, "code": code, "reason": reason}
    held = getattr(outcome, "held", None)
    if held:
        found["held"] = {
            name: {"value": value, "offered": offered, "owner": owner.kind, "owner_name": owner.name}
            for name, (value, offered, owner) in held.items()
        }
    remarks = getattr(outcome, "remarks", ())
    if remarks:
        found["remarks"] = [remark._asdict() for remark in remarks]
    return found
