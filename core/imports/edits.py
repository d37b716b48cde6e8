"""Registers that no source feeds: a row is the actor's own edit of a record, or a new one, by the rules of its room."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import policy
from core.actor import Actor
from core.change import Change as Unit
from core.change import change, chunks
from core.errors import Forbidden
from core.ids import uuid7
from core.imports.described import REF, Delivery
from core.planner import Change, Create, CurrentRecord, Outcome, Owner, Plan, Refused, RowRefused, plan
from core.planner.mapping import key_of
from core.planner.model import SOURCE
from core.planner.transforms import line
from core.sync import GONE, SETTLED, Applied, Canonical, Shape

PART = 100
"""Records that are written together: their room's rules look at each."""


@dataclass(frozen=True)
class Rules:
    """What a room says about records that rows edit.

    ``shape`` reads and writes the fields as text; ``stays`` are fields that a blank cell does not clear. ``refuse``
    answers {field: reason} for changes (field to old and new) that the record does not allow now, ``refuse_new`` for
    the values of a new one. ``write`` saves one record, new or changed, by the room's own rules and raises
    ValidationError for what it refuses. ``says_same`` answers whether a cell repeats what a record has in one of the
    fields ``listed``, where words alone do not name its parts. ``also`` are further keys by which a row without a
    reference finds a record. With ``coded`` a new record has no reference: what stands in that column must be known.
    """

    shape: Shape
    values_of: Callable[[Any], dict[str, str]]
    change: str
    refuse: Callable[[Any, Mapping[str, tuple[str, str]]], Mapping[str, str]]
    write: Callable[[Unit, Any, Mapping[str, str]], Any]
    stays: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    says_same: Callable[[Any, str, str], bool] = lambda record, name, text: False
    refuse_new: Callable[[Mapping[str, str]], Mapping[str, str]] = lambda values: {}
    also: Callable[[Any], Iterable[str]] = lambda record: ()
    coded: bool = False


@dataclass
class Edits:
    """A plan of edits with everything needed to carry it out."""

    actor: Actor
    rules: Rules
    plan: Plan

    def execute(
        self,
        change_id: str = "",
        *,
        inside: Callable[[], AbstractContextManager[Any]] = nullcontext,
        report: Callable[[int, int], None] = lambda done, total: None,
    ) -> Applied:
        """Write it, in parts that share the change id."""
        applied, writes, done = Applied(change_id or str(uuid7())), self.plan.writes, 0
        report(0, len(writes))
        for part in chunks(writes, PART):
            with inside(), change(self.actor, self.rules.shape.action, change_id=applied.change_id) as unit:
                for outcome in part:
                    self._write(unit, outcome, applied)
            done += len(part)
            report(done, len(writes))
        return applied

    def _write(self, unit: Unit, outcome: Create | Change, applied: Applied) -> None:
        """Write one row; what somebody changed, deleted or settled since it was planned is left as it is."""
        record, values = None, getattr(outcome, "values", {})
        if isinstance(outcome, Change):
            values = {name: new for name, (_old, new) in outcome.changes.items()}
            record = self._fetched(unit, outcome)
            if record is None:
                applied.meanwhile[outcome.key] = GONE
                return
            now = self.rules.values_of(record)
            if any(now[name] != old for name, (old, _new) in outcome.changes.items()):
                applied.meanwhile[outcome.key] = SETTLED
                return
        try:
            if record is not None:
                policy.require(self.actor, self.rules.change, record)
            written = self.rules.write(unit, record, values)
        except (ValidationError, Forbidden):
            applied.meanwhile[outcome.key] = SETTLED
            return
        applied.created += record is None
        applied.changed += record is not None
        applied.ids[outcome.key] = (str(written.pk), written.ref, written.version)

    def _fetched(self, unit: Unit, outcome: Change) -> Any:
        rows = self.rules.shape.model._default_manager.filter(management_system_id=unit.management_system_id)
        return rows.filter(pk=uuid.UUID(outcome.record.id)).first()


class _Reader(Canonical):
    """Reads rows beside the records they mean; ``several`` are keys that more than one record has."""

    def __init__(self, given: Delivery, rules: Rules, records: Iterable[Any]) -> None:
        super().__init__(given.reader, rules.shape)
        self.file = given.reader
        self.rules, own = rules, Owner(SOURCE, given.source)
        self.records: dict[str, Any] = {}
        self.by_ref: dict[str, CurrentRecord] = {}
        by_key: dict[str, list[CurrentRecord]] = defaultdict(list)
        for record in records:
            values = rules.values_of(record)
            owners = dict.fromkeys(values.keys() - rules.stays, own)
            known = CurrentRecord(str(record.pk), record.version, values, owners, frozenset({given.source}))
            self.records[known.id], self.by_ref[record.ref] = record, known
            if given.key_fields and REF not in given.key_fields:
                named = key_of([values[name] for name in given.key_fields])
                for key in {named, *map(line, rules.also(record))}:
                    by_key[key].append(known)
        self.several = {key for key, found in by_key.items() if len(found) > 1} - self.by_ref.keys()
        self.current = {key: found[0] for key, found in by_key.items()} | self.by_ref

    def column_of(self, field: str) -> str:
        """The column a field, or the reference, is read from."""
        return (field == REF and self.file.reference_column) or super().column_of(field)

    def read(self, row: Any) -> tuple[dict[str, str], tuple[Any, ...]]:
        """The fields of the row; what repeats the record reads as the record does. Raises RowRefused."""
        said = self.file.reference_of(row)
        if self.rules.coded and any(map(str.isalnum, said)) and said.upper() not in self.by_ref:
            says = _("There is no “%(name)s” here. Leave this blank for a new one.") % {"name": said[:80]}
            raise RowRefused(self.column_of(REF), "unknown-reference", says)
        values, remarks = super().read(row)
        known = self.current.get(self.identify(row)[1])
        if known is not None:
            for name in self.rules.listed & values.keys():
                if self.rules.says_same(self.records[known.id], name, values[name]):
                    values[name] = known.values[name]
        return values, remarks


def plan_edits(given: Delivery, rules: Rules, records: Iterable[Any]) -> Edits:
    """What rows would do to the records of a register; nothing is written.

    A row means the record whose reference it names, else the one record with the same values in the fields that
    identify a row; several of them, a reference nobody bears and what the actor may not change are refused.
    """
    reader = _Reader(given, rules, records)
    made = plan(given.rows, reader.current, reader, given.source, given.rules, rules.shape.faults)
    outcomes = tuple(_judged(given, reader, outcome) for outcome in made.outcomes)
    return Edits(given.actor, rules, replace(made, missing=(), outcomes=outcomes))


def _judged(given: Delivery, reader: _Reader, outcome: Outcome) -> Outcome:
    """The outcome, or why its row cannot be used."""
    name, code, says = "", "", ""
    if isinstance(outcome, Refused):
        return outcome
    if outcome.key in reader.several:
        code, says = "several", _("Several records have these values. Name the reference of the one you mean.")
    elif isinstance(outcome, Create) and given.reference.fullmatch(outcome.key):
        name, code = REF, "unknown-reference"
        says = _("There is no record with this reference. Leave it blank for a new one.")
    elif isinstance(outcome, Create):
        name, code, says = _first(reader.rules.refuse_new(outcome.values))
    elif isinstance(outcome, Change):
        name, code, says = _fault(given.actor, reader.rules, reader.records[outcome.record.id], outcome)
    return Refused(outcome.row, name and reader.column_of(name), code, says, outcome.key) if says else outcome


def _fault(actor: Actor, rules: Rules, record: Any, outcome: Change) -> tuple[str, str, str]:
    """Field, code and reason for a change that the actor may not make or the record does not allow now."""
    if not policy.allows(actor, rules.change, record):
        return "", "forbidden", _("You may not change %(ref)s.") % {"ref": record.ref}
    return _first(rules.refuse(record, outcome.changes))


def _first(reasons: Mapping[str, str]) -> tuple[str, str, str]:
    """Field, code and sentence of the first reason, blank without one."""
    return next(((name, "settled", str(reason)) for name, reason in reasons.items()), ("", "", ""))
