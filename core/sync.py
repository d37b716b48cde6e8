"""Carries out what core.planner planned, for any record that sources feed (``Synced``).

A room says how its fields read as text (``Shape``). Rows are written in parts of at most 500 under the head lock, where
each is compared once more with the record as it then is; so work may stop anywhere and be done again from the start.
"""

import datetime
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from django.db.models import Count, F, JSONField, QuerySet, TextField, Value
from django.db.models.functions import Cast

from core import canonical
from core.actor import PERSON as PERSON_ACTOR
from core.actor import Actor
from core.change import Change as Unit
from core.change import change, chunks
from core.ids import uuid7
from core.models import Entry, ExternalId
from core.planner import Change, Create, CurrentRecord, Kept, Matched, Owner, Plan, RowRefused, Unchanged, Values
from core.planner.model import PERSON, SOURCE
from core.planner.ownership import compare
from core.planner.planning import Reader
from core.records import type_of

SHORT = 60
"""Values up to this length are read once per delivery."""
TELLING_FROM = 4
"""Characters from which a key of one source is taken to mean something in another."""


@dataclass(frozen=True)
class FieldText:
    """A field as text and back: ``write`` gives "" for blank; ``read`` raises ValueError with a sentence."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]
    attname: str = ""


@dataclass(frozen=True)
class Shape:
    """What a room says about its records that sources feed.

    ``complete`` finishes a new record; ``claim`` keeps rows that speak of a record of another source; ``missing``
    names the JSON field that maps a source to the day since which its deliveries lack the record.
    """

    model: type[Any]
    action: str
    texts: Mapping[str, FieldText]
    by_step: frozenset[str] = frozenset()
    complete: Callable[[Any, datetime.date], None] = lambda record, today: None
    claim: Callable[[Unit, str, Sequence[Matched]], None] | None = None
    missing: str = ""
    _known: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def attnames(self) -> dict[str, str]:
        """Field to column."""
        return {name: text.attname or name for name, text in self.texts.items()}

    def values_of(self, record: Any) -> dict[str, str]:
        """All fields of a record as text."""
        return {name: text.write(getattr(record, self.attnames[name])) for name, text in self.texts.items()}

    def canonical(self, values: Mapping[str, str]) -> dict[str, str]:
        """The values as they would read after being stored; what cannot be read is left as it is (see ``faults``)."""
        return {name: self._read(name, value)[0] if value else "" for name, value in values.items()}

    def faults(self, values: Values) -> dict[str, str]:
        """Field to reason, for values that cannot be stored."""
        found = {}
        for name, value in values.items():
            reason = self._read(name, value)[1]
            if reason:
                found[name] = reason
        return found

    def _read(self, name: str, value: str) -> tuple[str, str]:
        """The value in canonical text, and why it cannot be stored; short values repeat and are read once."""
        known = self._known.get((name, value))
        if known is not None:
            return known
        text = self.texts.get(name)
        found = (value, "")
        if text is not None:
            try:
                found = (text.write(text.read(value)), "")
            except ValueError as error:
                found = (value, str(error))
        if len(value) <= SHORT:
            self._known[name, value] = found
        return found


class Canonical:
    """A reader whose values read as the records' do, so that spellings of one value are no change."""

    def __init__(self, reader: Reader, shape: Shape) -> None:
        self.reader, self.shape, self.name = reader, shape, reader.name
        self.by_step = reader.by_step | shape.by_step

    def column_of(self, field: str) -> str:
        """The column a field is read from."""
        return self.reader.column_of(field)

    def identify(self, row: Any) -> tuple[int, str, str]:
        """Row number, key and fingerprint. Raises RowRefused."""
        return self.reader.identify(row)

    def read(self, row: Any) -> tuple[dict[str, str], tuple[Any, ...]]:
        """The fields of the row in canonical text. Raises RowRefused."""
        values, remarks = self.reader.read(row)
        return self.shape.canonical(values), remarks


# Records as they are --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Present:
    """The records of a management system as the planner wants them."""

    by_key: dict[str, CurrentRecord]
    by_id: dict[str, CurrentRecord]
    marked: frozenset[str]
    """Ids of records this source's deliveries lacked."""


def present(shape: Shape, management_system_id: uuid.UUID, source: str) -> Present:
    """All records with their values as text, and by the keys sources know them by; this source's keys come first.

    Of other sources only telling keys count: two sources that both number from 1 speak of different things.
    """
    model = shape.model
    fed: dict[uuid.UUID, set[str]] = {}
    keys: list[tuple[str, str, uuid.UUID]] = list(
        ExternalId.objects.filter(
            management_system_id=management_system_id, record_type=type_of(model)
        ).values_list("source", "key", "record_id")
    )  # fmt: skip
    for name, _key, record_id in keys:
        fed.setdefault(record_id, set()).add(name)
    by_id: dict[str, CurrentRecord] = {}
    marked: set[str] = set()
    none: frozenset[str] = frozenset()
    names = {pk: frozenset(sources) for pk, sources in fed.items()}
    owners = cache(lambda text: owners_of(json.loads(text)))
    lost = cache(lambda text: source in json.loads(text))
    writes = [(name, _reading(model, shape, name)) for name in shape.texts]
    for key, version, owned, missing, *stored in _stored(shape, management_system_id).iterator(2000):
        pk = str(key)
        values = {name: write(value) for (name, write), value in zip(writes, stored, strict=True)}
        by_id[pk] = CurrentRecord(pk, version, values, owners(owned), names.get(key, none))
        if shape.missing and lost(missing):
            marked.add(pk)
    known = [(name, key, str(record_id)) for name, key, record_id in keys if str(record_id) in by_id]
    by_key = {key: by_id[pk] for name, key, pk in known if name != source and telling(key)}
    by_key |= {key: by_id[pk] for name, key, pk in known if name == source}
    return Present(by_key, by_id, frozenset(marked))


def _stored(shape: Shape, management_system_id: uuid.UUID) -> QuerySet[Any, tuple[Any, ...]]:
    """Key, version, owners, marks and every column; JSON comes as text, because few different texts occur."""
    model = shape.model
    rows: QuerySet[Any] = model._default_manager.filter(management_system_id=management_system_id)
    plain = {
        name: Cast(name, TextField()) if isinstance(model._meta.get_field(name), JSONField) else F(name)
        for name in ("field_owners", *([shape.missing] if shape.missing else []), *shape.attnames.values())
    }
    marks = plain[shape.missing] if shape.missing else Value("")
    columns = {f"_{name}": plain[attname] for name, attname in shape.attnames.items()}
    return rows.annotate(_owners=plain["field_owners"], _marks=marks, **columns).values_list(
        "pk", "version", "_owners", "_marks", *columns
    )


def _reading(model: type[Any], shape: Shape, name: str) -> Callable[[Any], str]:
    """How a stored column becomes text; JSON is decoded once per different text."""
    write = shape.texts[name].write
    if isinstance(model._meta.get_field(name), JSONField):
        return cache(lambda text: write(json.loads(text)))
    return write


def telling(key: str) -> bool:
    """Whether a key is likely to mean the same in two sources."""
    return len(key) >= TELLING_FROM and not key.isdigit()


_owners: dict[str, Owner] = {}


def owners_of(stored: Mapping[str, Any]) -> dict[str, Owner]:
    """Stored owners as the planner's, without their dates (which decide nothing)."""
    return {name: _owners.get(owner["by"]) or _owner(owner["by"]) for name, owner in stored.items()}


def _owner(by: str) -> Owner:
    kind, _sep, name = by.partition(":")
    found = Owner(kind, name)
    if len(_owners) < 10_000:
        _owners[by] = found
    return found


def owner_now(kind: str, name: str, at: datetime.datetime) -> dict[str, str]:
    """An owner as it is stored."""
    return {"by": f"{kind}:{name}", "since": canonical.moment_text(at)}


def taken_by(actor: Actor, at: datetime.datetime) -> Any:
    """The note of a field that an actor took from its source: a person by id, anybody else by kind."""
    return owner_now(PERSON, actor.id if actor.kind == PERSON_ACTOR else actor.kind, at)


def takes_over(record: Any, fields: Iterable[str], actor: Actor, at: datetime.datetime, *, fed: bool) -> None:
    """A person's edit takes fields over from sources for good; a record that no source feeds needs no such note."""
    if not (fed or record.field_owners):
        return
    record.field_owners = {**record.field_owners, **dict.fromkeys(fields, taken_by(actor, at))}


def new_record(shape: Shape, unit: Unit, source: str, values: Values, today: datetime.date) -> Any:
    """An unsaved record whose filled fields belong to the source."""
    record = shape.model(management_system_id=unit.management_system_id)
    owner = owner_now(SOURCE, source, unit.now)
    for name, text in values.items():
        if text and name in shape.texts:
            setattr(record, shape.attnames[name], shape.texts[name].read(text))
            record.field_owners[name] = owner
    shape.complete(record, today)
    return record


def fill(shape: Shape, record: Any, changes: Mapping[str, tuple[str, str]], source: str, at: datetime.datetime) -> None:
    """Set what a source changes; it owns what it fills and nobody owned."""
    owners, own = dict(record.field_owners), owner_now(SOURCE, source, at)
    for name, (_old, new) in changes.items():
        setattr(record, shape.attnames[name], shape.texts[name].read(new))
        if not new:
            owners.pop(name, None)
        elif name not in owners:
            owners[name] = own
    record.field_owners = owners


def as_current(shape: Shape, record: Any) -> CurrentRecord:
    """One record as the planner's."""
    return CurrentRecord(str(record.pk), record.version, shape.values_of(record), owners_of(record.field_owners))


# Carrying out ---------------------------------------------------------------------------------------------------------


@dataclass
class Applied:
    """What was written. ``ids`` maps a key to (id, reference, version) of what it made or changed.

    ``meanwhile`` maps the key of a row that had nothing left to write to the reason: somebody deleted its record after
    it was planned (GONE), or wrote what the row must not overwrite or what it says itself (SETTLED).
    """

    change_id: str
    created: int = 0
    changed: int = 0
    claimed: int = 0
    missing: int = 0
    ids: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    meanwhile: dict[str, str] = field(default_factory=dict)


GONE, SETTLED, UNSENT = "deleted-meanwhile", "changed-meanwhile", "not-sent"


@dataclass
class Execution:
    """Carries out one plan. ``edits`` are keys whose rows are a person's own edit of existing records.

    ``inside`` guards each transaction (a job's fence); ``report`` hears (done, total) after each part.
    """

    shape: Shape
    actor: Actor
    plan: Plan
    found: Present
    today: datetime.date
    change_id: str = ""
    edits: frozenset[str] = frozenset()
    inside: Callable[[], AbstractContextManager[Any]] = nullcontext
    report: Callable[[int, int], None] = lambda done, total: None
    applied: Applied = field(init=False)

    def run(self) -> Applied:
        """Write all parts; every one is complete in itself."""
        self.applied = Applied(self.change_id or str(uuid7()))
        claims = [o for o in self.plan.outcomes if isinstance(o, Matched)] if self.shape.claim else []
        marks = self._marks()
        total, done = len(self.plan.writes) + len(claims) + len(marks), 0
        self.report(0, total)
        work: tuple[tuple[Sequence[Any], Callable[[Unit, Sequence[Any]], None]], ...] = (
            (self.plan.writes, self._write), (claims, self._claim), (marks, self._mark),
        )  # fmt: skip
        for batch, write in work:
            for part in chunks(batch):
                with self.inside(), change(self.actor, self.shape.action, change_id=self.applied.change_id) as unit:
                    write(unit, part)
                done += len(part)
                self.report(done, total)
        return self.applied

    def _write(self, unit: Unit, part: Sequence[Create | Change]) -> None:
        known = self._ids_of(part)
        wanted = {uuid.UUID(pk) for pk in known.values()}
        wanted |= {uuid.UUID(outcome.record.id) for outcome in part if isinstance(outcome, Change)}
        stored = {
            str(record.pk): record
            for record in self.shape.model._default_manager.filter(
                management_system_id=unit.management_system_id, pk__in=wanted
            )
        }
        written, links = [], {}
        for outcome in part:
            pk = outcome.record.id if isinstance(outcome, Change) else known.get(outcome.key, "")
            record = stored.get(pk)
            if record is not None:
                if self._update(record, outcome, unit):
                    written.append((outcome.key, record))
                else:
                    self.applied.meanwhile[outcome.key] = SETTLED
            elif isinstance(outcome, Change):
                self.applied.meanwhile[outcome.key] = GONE
            else:
                record = new_record(self.shape, unit, self.plan.source, outcome.values, self.today)
                links[record.pk] = {"external_ids": [f"{self.plan.source}:{outcome.key}"]}
                written.append((outcome.key, record))
        self._save(unit, written, links)

    def _save(self, unit: Unit, written: list[tuple[str, Any]], links: dict[Any, Any]) -> None:
        changed = {record.pk for record in unit.save_many([record for _key, record in written], links)}
        for key, record in written:
            if record.pk not in changed:
                self.applied.meanwhile[key] = SETTLED
                continue
            self.applied.created += record.pk in links
            self.applied.changed += record.pk not in links
            self.applied.ids[key] = (str(record.pk), getattr(record, "ref", ""), record.version)

    def _ids_of(self, part: Sequence[Create | Change]) -> dict[str, str]:
        """Keys of new rows that another delivery made meanwhile."""
        keys = [outcome.key for outcome in part if isinstance(outcome, Create)]
        rows = ExternalId.objects.filter(
            management_system_id=self.actor.management_system_id, source=self.plan.source, key__in=keys
        )
        return {key: str(pk) for key, pk in rows.values_list("key", "record_id")}

    def _update(self, record: Any, outcome: Create | Change, unit: Unit) -> bool:
        changes = self._changes(record, outcome)
        if outcome.key in self.edits:
            before = record.field_owners
            fill(self.shape, record, changes, self.plan.source, unit.now)
            record.field_owners = before
            takes_over(record, changes, self.actor, unit.now, fed=False)
        else:
            fill(self.shape, record, changes, self.plan.source, unit.now)
        seen_again = self._seen(record)
        return bool(changes) or seen_again

    def _changes(self, record: Any, outcome: Create | Change) -> Mapping[str, tuple[str, str]]:
        """What is to be written: as planned, or compared afresh when the record was written meanwhile."""
        if isinstance(outcome, Change) and record.version == outcome.record.version:
            return outcome.changes
        if isinstance(outcome, Create):
            offered = dict(outcome.values)
        else:
            offered = {name: new for name, (_old, new) in outcome.changes.items()}
            offered |= {name: held.offered for name, held in outcome.held.items()}
        now = as_current(self.shape, record)
        if outcome.key in self.edits:
            now = replace(now, owners=dict.fromkeys(now.values, Owner(SOURCE, self.plan.source)))
        return compare(now, offered, self.plan.source, self.shape.by_step)[0]

    def _claim(self, unit: Unit, part: Sequence[Matched]) -> None:
        if self.shape.claim:
            self.shape.claim(unit, self.plan.source, part)
            self.applied.claimed += len(part)

    # What a complete delivery lacks, and what came back ---------------------------------------------------------------

    def _marks(self) -> list[tuple[str, bool]]:
        """(record id, missing now) of records whose mark changes and that are not written anyway."""
        if not self.shape.missing:
            return []
        lost = [
            (item.record.id, True) for item in self.plan.missing_to_act_on if item.record.id not in self.found.marked
        ]
        again = [
            (outcome.record.id, False)
            for outcome in self.plan.outcomes
            if isinstance(outcome, Unchanged | Kept) and outcome.record.id in self.found.marked
        ]
        return lost + again

    def _mark(self, unit: Unit, part: Sequence[tuple[str, bool]]) -> None:
        wanted = dict(part)
        records = list(
            self.shape.model._default_manager.filter(management_system_id=unit.management_system_id, pk__in=wanted)
        )
        for record in records:
            marks = dict(getattr(record, self.shape.missing))
            if wanted[str(record.pk)]:
                marks[self.plan.source] = self.today.isoformat()
                self.applied.missing += 1
            else:
                marks.pop(self.plan.source, None)
            setattr(record, self.shape.missing, marks)
        unit.save_many(records)

    def _seen(self, record: Any) -> bool:
        if not self.shape.missing or self.plan.source not in getattr(record, self.shape.missing):
            return False
        marks = dict(getattr(record, self.shape.missing))
        marks.pop(self.plan.source)
        setattr(record, self.shape.missing, marks)
        return True


def written_by(management_system_id: uuid.UUID, change_id: str, *models: type[Any]) -> dict[str, int]:
    """How many records of these types a step made, changed and deleted, by the history: after another try as well."""
    rows = Entry.objects.filter(
        chain__management_system_id=management_system_id, change_id=change_id, record_type__in=map(type_of, models)
    )
    counts = dict(rows.order_by().values_list("op").annotate(count=Count("record_id", distinct=True)))
    return {op: counts.get(op, 0) for op in (Entry.CREATE, Entry.UPDATE, Entry.DELETE)}


def with_matches(plan: Plan, matches: Callable[[Create], CurrentRecord | None]) -> Plan:
    """The plan with new rows turned into claims where a room finds the record they probably mean."""
    outcomes = []
    for outcome in plan.outcomes:
        record = matches(outcome) if isinstance(outcome, Create) else None
        if isinstance(outcome, Create) and record is not None:
            outcomes.append(Matched(outcome.row, outcome.key, record, outcome.values))
        else:
            outcomes.append(outcome)  # type: ignore[arg-type]
    return replace(plan, outcomes=tuple(outcomes))


__all__ = [
    "Applied", "Canonical", "Execution", "FieldText", "Present", "RowRefused", "Shape", "as_current", "fill",
    "new_record", "owner_now", "present", "takes_over", "with_matches", "written_by",
]  # fmt: skip
