"""Who a field belongs to, and what a record is after a row, an edit or a hand-back. Pure; the room stores the result.

A source writes only what it owns or nobody owns; it owns what it filled. A person's edit takes a field over for good,
until the person gives it back. So batches may come split, shuffled and repeated around an edit: the end is the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from core.planner.model import PERSON, SOURCE, STEP, Change, Create, CurrentRecord, Held, Kept, Owner, Unchanged, Values

BY_STEP = Owner(STEP, "")


def compare(
    record: CurrentRecord, offered: Values, source: str, by_step: frozenset[str] = frozenset()
) -> tuple[dict[str, tuple[str, str]], dict[str, Held]]:
    """What the source would change, and what is held because it belongs to somebody else or to a workflow step."""
    changes: dict[str, tuple[str, str]] = {}
    held: dict[str, Held] = {}
    for name, new in offered.items():
        old = record.values.get(name, "")
        if old == new:
            continue
        owner = record.owners.get(name)
        if name in by_step:
            if new:
                held[name] = Held(old, new, owner if owner and owner.kind == PERSON else BY_STEP)
        elif owner is None or owner.is_source(source):
            # A blank does not erase what nobody has claimed.
            if new or owner is not None:
                changes[name] = (old, new)
        else:
            held[name] = Held(old, new, owner)
    return changes, held


def belongs_to_others(record: CurrentRecord, source: str) -> bool:
    """Whether any field is held against this source."""
    for kind, name, _since in record.owners.values():
        if name != source or kind != SOURCE:
            return True
    return False


def owners_of_new(values: Values, owner: Owner) -> dict[str, Owner]:
    """Owners of a new record: whoever filled a field owns it."""
    return {name: owner for name, value in values.items() if value}


def applied(
    outcome: Create | Change | Unchanged | Kept, source: str, at: datetime | None = None, record_id: str = ""
) -> CurrentRecord:
    """The record after the outcome was written by the source at that moment."""
    owner = Owner(SOURCE, source, at)
    if isinstance(outcome, Create):
        owners = owners_of_new(outcome.values, owner)
        return CurrentRecord(
            record_id or outcome.key, 1, dict(outcome.values), owners, frozenset({source}), outcome.row_hash
        )
    record = replace(outcome.record, row_hash=outcome.row_hash)
    if not isinstance(outcome, Change):
        return record
    values, owners = dict(record.values), dict(record.owners)
    for name, (_old, new) in outcome.changes.items():
        values[name] = new
        if not new:
            owners.pop(name, None)
        elif name not in owners:
            owners[name] = owner
    return replace(record, version=record.version + 1, values=values, owners=owners)


def edited(record: CurrentRecord, changes: Mapping[str, str], person: str, at: datetime | None = None) -> CurrentRecord:
    """The record after a person's edit: the fields that really changed are the person's from now on."""
    real = {name: value for name, value in changes.items() if record.values.get(name, "") != value}
    if not real:
        return record
    taken = dict.fromkeys(real, Owner(PERSON, person, at))
    return replace(
        record, version=record.version + 1, values={**record.values, **real}, owners={**record.owners, **taken}
    )


def given_back(record: CurrentRecord, fields: Iterable[str], source: str, at: datetime | None = None) -> CurrentRecord:
    """The record after fields were given back to a source: its next row writes them, a blank included."""
    returned = dict.fromkeys(fields, Owner(SOURCE, source, at))
    return replace(record, owners={**record.owners, **returned}, row_hash="")
