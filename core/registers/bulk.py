"""Bulk steps: pick rows, see before and after, apply as one step that can be undone; stale rows are left alone."""

import copy
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from core import policy, workflow
from core.actor import Actor
from core.canonical import plain as canonical
from core.change import Change, change, chunks
from core.errors import StepRefused
from core.ids import uuid7
from core.queries.history import TECHNICAL
from core.records import state_fields
from core.registers.columns import plain

MOST = 5_000
"""Most rows one bulk step takes."""
SALT = "core.registers.bulk"

Set = Callable[[Any, dict[str, Any]], "dict[str, Any] | None"]


@dataclass(frozen=True)
class BulkStep:
    """One thing to do to many rows. ``set(record, data)`` sets attributes of the record and may return link fields
    (``{"systems": [...]}``); it raises ValidationError to leave a row alone with a reason. ``form`` asks for ``data``.
    """

    key: str
    label: Any
    permission: str
    action: str
    set: Set | None = None
    form: type | None = None
    text: Any = ""
    options: Callable[[Any, Actor], dict[str, Any]] | None = None
    """Keywords of the form, from scope and actor: whom or what one may choose."""
    takes: str = ""
    """Instead of ``set``: a step of the records' workflow that nobody signs; its reason is ``data["reason"]``."""
    after: Callable[[Change], Any] | None = None
    """What follows in the same unit of work once records changed."""

    def asked(self, scope: Any, actor: Actor, *args: Any) -> Any:
        """The form that asks for what the step takes, filled with what is given."""
        return self.form(*args, **(self.options(scope, actor) if self.options else {})) if self.form else None


@dataclass
class Row:
    """One row of the preview: what changes ((field, old, new) in words), or why it is left alone."""

    record: Any
    name: str
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)
    refused: str = ""


@dataclass
class Outcome:
    """What a bulk step did."""

    change_id: str
    changed: int = 0
    unchanged: int = 0
    kept: list[tuple[str, str]] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    """Id → why it was left alone."""
    written: set[str] = field(default_factory=set)
    """Ids of those that changed."""

    def keep(self, pk: str, name: str, reason: str) -> None:
        """Note a record that is left alone."""
        self.kept.append((name, reason))
        self.reasons[pk] = reason


def signed(versions: dict[str, int]) -> str:
    """Return a selection as signed text: ids with the versions that were seen."""
    return signing.dumps(list(versions.items()), salt=SALT, compress=True)


def unpacked(text: str) -> dict[str, int]:
    """Return id → version of a selection. Raises ValidationError for text that is not ours."""
    try:
        pairs = signing.loads(text, salt=SALT, max_age=12 * 3600)
    except signing.BadSignature as error:
        raise ValidationError(_("This selection is too old. Choose the rows again.")) from error
    return {str(pk): int(version) for pk, version in pairs}


def preview(step: BulkStep, actor: Actor, records: Sequence[Any], data: dict[str, Any], name: Callable) -> list[Row]:
    """Return what the step would do to each record; nothing is written."""
    return [_tried(step, actor, record, data, name(record)) for record in records]


def _tried(step: BulkStep, actor: Actor, record: Any, data: dict[str, Any], name: str) -> Row:
    row = Row(record, name)
    after = copy.copy(record)
    after._state = copy.copy(record._state)
    after._state.fields_cache = dict(record._state.fields_cache)
    row.refused = _refused(step, actor, record) or ""
    if row.refused:
        return row
    if step.takes:
        return _would_take(step, actor, row)
    try:
        links = _set(step, after, data)
    except ValidationError as error:
        row.refused = " ".join(error.messages)
        return row
    row.changes = _changes(record, after) + _link_changes(record, links)
    return row


def _would_take(step: BulkStep, actor: Actor, row: Row) -> Row:
    """Say where the workflow's step leads, or what stands in its way."""
    flow = workflow.workflow_of(row.record)
    taken = flow.step(step.takes)
    found = workflow.obstacles(flow, taken, row.record, actor)
    if found:
        row.refused = " ".join(str(obstacle.reason) for obstacle in found)
    elif taken.target is not None:
        name = taken.field or flow.field
        label = str(row.record._meta.get_field(name).verbose_name)
        old, new = (str(flow.states.get(one, one)) for one in (getattr(row.record, name), taken.target))
        row.changes = [(label[:1].upper() + label[1:], old, new)]
    return row


def _set(step: BulkStep, record: Any, data: dict[str, Any], unit: Change | None = None) -> dict[str, Any]:
    """Do the step to one record, unsaved; returns its links. Raises ValidationError to leave it alone."""
    if step.takes and unit is not None:
        try:
            workflow.move(unit, step.takes, record, reason=data.get("reason", ""))
        except StepRefused as refusal:
            raise ValidationError([str(obstacle.reason) for obstacle in refusal.obstacles]) from refusal
        return {}
    return (step.set(record, data) if step.set else None) or {}


def _refused(step: BulkStep, actor: Actor, record: Any) -> str | None:
    if policy.allows(actor, step.permission, record):
        return None
    who = ", ".join(str(person) for person in policy.who(step.permission, record)[:3])
    return _("You may not change this one. %(who)s may.") % {"who": who} if who else _("You may not change this one.")


def _changes(before: Model, after: Model) -> list[tuple[str, Any, Any]]:
    found = []
    for attname, name in state_fields(type(before)):
        if name not in TECHNICAL and canonical(getattr(before, attname)) != canonical(getattr(after, attname)):
            label = str(before._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            found.append((label[:1].upper() + label[1:], words(before, name), words(after, name)))
    return found


def _link_changes(record: Model, links: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    found = []
    for name, value in links.items():
        old = sorted(str(one) for one in getattr(record, name).all())
        new = sorted(str(one) for one in value)
        if old != new:
            label = str(record._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            found.append((label[:1].upper() + label[1:], ", ".join(old), ", ".join(new)))
    return found


def words(record: Any, name: str) -> str | dt.date:
    """Return a field's value in words: choices by their label, people by name; a day stays one, for its reader."""
    display = getattr(record, f"get_{name}_display", None)
    value = display() if display else getattr(record, name)
    shown = plain(value)
    if isinstance(shown, dt.date):
        return shown
    return "" if shown is None else str(shown)


def apply(
    step: BulkStep, actor: Actor, register: Any, versions: dict[str, int], data: dict[str, Any],
    progress: Callable[[int], None] | None = None,
) -> Outcome:  # fmt: skip
    """Do the step to every picked record that is still as it was seen; 500 to a transaction, one change id for all."""
    outcome = Outcome(change_id=str(uuid7()))
    for part in chunks(list(versions), 500):
        reason = data.get("reason", "") if step.takes else ""
        with change(actor, step.action, reason=reason, change_id=outcome.change_id) as unit:
            rows = register.model._default_manager.visible_to(actor).filter(pk__in=part)
            stored = {str(record.pk): record for record in rows}
            batch, links = [], {}
            for pk in part:
                record = _fit(step, actor, register, (pk, stored.get(pk), versions[pk]), outcome)
                if record is None:
                    continue
                try:
                    links[record.pk] = _set(step, record, data, unit)
                except ValidationError as error:
                    outcome.keep(pk, register.title_of(record), " ".join(error.messages))
                    continue
                batch.append(record)
            saved = unit.save_many(batch, links)
            if saved and step.after is not None:
                step.after(unit)
            outcome.changed += len(saved)
            outcome.written |= {str(record.pk) for record in saved}
            outcome.unchanged += len(batch) - len(saved)
        if progress is not None:
            progress(outcome.changed + outcome.unchanged + len(outcome.kept))
    return outcome


def _fit(step: BulkStep, actor: Actor, register: Any, picked: tuple[str, Any, int], outcome: Outcome) -> Any:
    """Return the record when it may be changed; else say in the outcome why it is kept."""
    pk, record, version = picked
    if record is None:
        outcome.keep(pk, "", gone())
        return None
    if record.version != version:
        outcome.keep(pk, register.title_of(record), changed_meanwhile())
        return None
    refused = _refused(step, actor, record)
    if refused:
        outcome.keep(pk, register.title_of(record), refused)
        return None
    return record


def gone() -> str:
    """Why a row that was deleted is left alone."""
    return _("It is gone.")


def changed_meanwhile() -> str:
    """Why a stale row is left alone."""
    return _("Somebody changed it meanwhile.")
