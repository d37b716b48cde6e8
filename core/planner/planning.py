"""The planner: rows and records in, one outcome per row out. It reads no database and no clock and writes nothing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from django.utils.translation import gettext as _

from core.planner.mapping import RowRefused
from core.planner.model import (
    Change,
    Create,
    CurrentRecord,
    Duplicate,
    Kept,
    Matched,
    Missing,
    Outcome,
    Plan,
    Policy,
    Refused,
    Remark,
    Unchanged,
    Values,
)
from core.planner.ownership import belongs_to_others, compare

Validate = Callable[[Values], Mapping[str, str]]


class Reader(Protocol):
    """What turns a row into key, fingerprint and fields: ``BoundMapping`` or ``PlainFields``."""

    name: str
    by_step: frozenset[str]

    def column_of(self, field: str) -> str: ...
    def identify(self, row: Any) -> tuple[int, str, str]: ...
    def read(self, row: Any) -> tuple[dict[str, str], tuple[Remark, ...]]: ...


def plan(
    rows: Iterable[Any],
    current: Mapping[str, CurrentRecord],
    reader: Reader,
    source: str,
    policy: Policy = Policy(),  # noqa: B008 (frozen, never changed)
    validate: Validate | None = None,
) -> Plan:
    """What these rows of a source would do to the current records, found by key.

    ``validate`` gets the values that would be written and answers {field: reason} for those that cannot be.
    """
    work = _Planning(current, reader, source, validate)
    for row in rows:
        work.take(row)
    outcomes = work.finished()
    return Plan(
        source=source,
        mapping=reader.name,
        policy=policy,
        outcomes=outcomes,
        missing=_missing(current, source, {outcome.key for outcome in outcomes}),
        fed_before=sum(source in record.sources for record in current.values()),
    )


def _missing(current: Mapping[str, CurrentRecord], source: str, seen: set[str]) -> tuple[Missing, ...]:
    left = ((key, record) for key, record in current.items() if source in record.sources and key not in seen)
    return tuple(Missing(key, record) for key, record in left)


class _Planning:
    """The rows seen so far, by key: equal ones are duplicates, different ones of one key collide."""

    def __init__(
        self, current: Mapping[str, CurrentRecord], reader: Reader, source: str, validate: Validate | None
    ) -> None:
        self.current, self.reader, self.source, self.validate = current, reader, source, validate
        self.outcomes: list[Outcome] = []
        self.first: dict[str, tuple[int, str]] = {}
        self.colliding: set[str] = set()

    def take(self, row: Any) -> None:
        try:
            number, key, row_hash = self.reader.identify(row)
        except RowRefused as refusal:
            number = getattr(row, "number", None) or row[0]
            self.outcomes.append(Refused(number, refusal.column, refusal.code, refusal.reason))
            return
        earlier = self.first.get(key)
        if earlier is None:
            self.first[key] = (number, row_hash)
            self.outcomes.append(self.outcome(row, number, key, row_hash))
            return
        if earlier[1] != row_hash:
            self.colliding.add(key)
        self.outcomes.append(Duplicate(number, key, earlier[0]))

    def outcome(self, row: Any, number: int, key: str, row_hash: str) -> Outcome:
        record = self.current.get(key)
        fed = record is not None and self.source in record.sources
        if record and fed and record.row_hash == row_hash and not belongs_to_others(record, self.source):
            return Unchanged(number, key, record, row_hash)
        try:
            values, remarks = self.reader.read(row)
        except RowRefused as refusal:
            return Refused(number, refusal.column, refusal.code, refusal.reason, key)
        if record is None:
            return self.checked(values, number, key) or Create(number, key, values, row_hash, remarks)
        if not fed:
            return Matched(number, key, record, values)
        changes, held = compare(record, values, self.source, self.reader.by_step)
        if changes:
            written = {name: new for name, (_old, new) in changes.items()}
            outcome = Change(number, key, record, changes, held, row_hash, remarks)
            return self.checked(written, number, key) or outcome
        if held:
            return Kept(number, key, record, held, row_hash, remarks)
        return Unchanged(number, key, record, row_hash)

    def checked(self, values: Values, number: int, key: str) -> Refused | None:
        faults = self.validate(values) if self.validate else None
        if not faults:
            return None
        field, reason = next(iter(faults.items()))
        return Refused(number, self.reader.column_of(field), "invalid", reason, key)

    def finished(self) -> tuple[Outcome, ...]:
        """All outcomes; rows of one key that say different things are refused together, whatever their order."""
        if not self.colliding:
            return tuple(self.outcomes)
        rows: dict[str, list[int]] = {}
        for outcome in self.outcomes:
            if outcome.key in self.colliding:
                rows.setdefault(outcome.key, []).append(outcome.row)
        return tuple(
            self.collision(outcome, rows[outcome.key]) if outcome.key in self.colliding else outcome
            for outcome in self.outcomes
        )

    def collision(self, outcome: Outcome, rows: list[int]) -> Refused:
        others = ", ".join(str(row) for row in rows if row != outcome.row)
        reason = _("Rows with the same key say different things (also row %s). Say what tells them apart.") % others
        return Refused(outcome.row, "", "key-collision", reason, outcome.key)
