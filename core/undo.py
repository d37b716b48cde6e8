"""Undo a whole step (an import, a bulk edit) by its change id, for 30 days; what changed since stays and is named."""

import datetime
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core import clock, ledger, records, registries, replay, workflow
from core.actor import Actor
from core.change import LARGEST, Change, change, chunks
from core.errors import NotFound, StepRefused
from core.ids import uuid7
from core.models import Entry, TenantModel
from core.workflow import Obstacle

DAYS = 30
TOLD = 200
"""Records that stayed, of which a job says which and why."""
Key = tuple[str, str]
Inside = Callable[[], AbstractContextManager[Any]]
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Kept:
    """A record that could not be put back, and why: changed-since, settled, in-use, erased, gone."""

    record_type: str
    record_id: str
    ref: str
    code: str
    detail: str = ""


@dataclass
class Undone:
    """What undo did."""

    change_id: str
    removed: int = 0
    restored: int = 0
    kept: list[Kept] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """What a job keeps of it: numbers, and of the first that stayed which and why."""
        kept = self.kept[:TOLD]
        return {
            "removed": self.removed, "restored": self.restored, "kept_count": len(self.kept),
            "kept_refs": [one.ref or one.record_id for one in kept],
            "kept_why": [_("%(ref)s: %(why)s") % {"ref": one.ref or one.record_id, "why": one.detail}
                         for one in kept if one.detail],
        }  # fmt: skip


NEVER = frozenset({"core.approval", "core.apitoken", "core.invitation", "aims.intakelink", "reports.issuedreport"})
"""Signatures, tokens, invitations and links are withdrawn or revoked by steps of their own, which leave a trace; a
report that was issued stays issued."""
DOOR = ("roles", "valid_from", "valid_to", "ended")
"""What of a membership lets somebody in; it moves by the steps of people and roles, which ask for the password."""


def barred(entries: Iterable[Entry]) -> str:
    """Return why a step cannot be undone, or ""; ``entries`` holds the first entry of each record it touched."""
    said = ""
    for entry in entries:
        if entry.record_type == "core.comment":
            said = _("What somebody said stays theirs: its author takes a comment back.")
        if entry.record_type in NEVER or (entry.record_type == "core.membership" and _moved_a_door(entry)):
            return _(
                "This step signed something, or opened or closed a door. Such steps are not undone; take the next step."
            )
        if _decided(entry.record_type) and _is_step(entry.action):
            return _(
                "This step asked for a decision, made or ended one. Such steps are not undone; take the next step."
            )
    return said


def _moved_a_door(entry: Entry) -> bool:
    """Whether an entry of a membership let somebody in or out."""
    rows = Entry.objects.filter(chain_id=entry.chain_id, record_type=entry.record_type, record_id=entry.record_id)
    before = rows.filter(seq__lt=entry.seq).order_by("-seq").first()
    if before is None or not (before.state and entry.state):
        return True
    was, is_now = orjson.loads(before.state), orjson.loads(entry.state)
    return any(was.get(name) != is_now.get(name) for name in DOOR)


def _decided(record_type: str) -> bool:
    """Whether records of this type are put before somebody who signs."""
    flow = workflow.workflows().get(record_type)
    return flow is not None and any(step.signs for step in flow.steps)


def _is_step(action: str) -> bool:
    """Whether an action ("risks.risk.assess") is a step of a workflow."""
    kind, _dot, name = action.rpartition(".")
    flow = workflow.workflows().get(kind)
    return flow is not None and any(step.name == name for step in flow.steps)


def firsts_of(actor: Actor, change_id: str) -> tuple[Any, dict[Key, Entry], dict[Key, int]]:
    """The chain, the first entry of each record of a step, and the versions it left. Raises NotFound, StepRefused."""
    if actor.management_system_id is None:
        raise NotFound
    chain = ledger.chain_of(actor.management_system_id)
    since = clock.now() - datetime.timedelta(days=DAYS)
    entries = Entry.objects.filter(chain=chain, change_id=change_id, at__gte=since).order_by("-seq")
    firsts: dict[Key, Entry] = {}
    versions: dict[Key, int] = {}
    for entry in entries.iterator(2000):
        key = (entry.record_type, entry.record_id)
        versions.setdefault(key, entry.version)
        firsts[key] = entry
    if not firsts:
        raise NotFound
    if reason := barred(firsts.values()):
        raise StepRefused("undo", [Obstacle("barred", reason)])
    return chain, firsts, versions


def undo(
    actor: Actor, change_id: str, *, step: str = "", inside: Inside = nullcontext, report: Report | None = None
) -> Undone:
    """Put every record of a step back as it was before; raises NotFound for no such step in the last 30 days.

    A job says its id as ``step`` and its fence as ``inside``: another try goes on where the first was lost, and counts
    what that one put back. ``report`` is told (done, all).
    """
    chain, firsts, versions = firsts_of(actor, change_id)
    versions |= taken_back(chain.pk, versions, present_versions(actor.management_system_id, list(versions)))
    result = Undone(change_id=step or str(uuid7()))
    done = _done_before(chain, result, firsts)
    for part in chunks([(key, first) for key, first in firsts.items() if key not in done], LARGEST):
        with inside(), change(actor, "core.undo", reason=f"undo {change_id}", change_id=result.change_id) as unit:
            unit.restores = True
            putting = _Part(unit, chain, dict(part), result)
            for key, _first in part:
                putting.put_back(key, versions[key])
            putting.flush()
            for kind in sorted(putting.moved):
                for _name, follow in registries.undone.get(kind):
                    follow(unit)
        if report is not None:
            report(result.removed + result.restored + len(result.kept), len(firsts))
    return result


def present_versions(management_system_id: Any, keys: Sequence[Key]) -> dict[Key, int]:
    """Return the present version of each record that is there."""
    found: dict[Key, int] = {}
    for kind in {kind for kind, _pk in keys}:
        model = records.record_models().get(kind)
        if model is None or not issubclass(model, TenantModel):
            continue
        for part in chunks([pk for other, pk in keys if other == kind], LARGEST):
            rows = model._default_manager.filter(pk__in=part, management_system_id=management_system_id)
            found |= {(kind, str(pk)): version for pk, version in rows.values_list("pk", "version")}
    return found


def taken_back(chain_id: Any, left: dict[Key, int], now: dict[Key, int]) -> dict[Key, int]:
    """Return key → present version of records that moved on from the version they were ``left`` at and read as then.

    An edit that was undone is no reason to keep a record: an import is undone after the bulk edit that followed it.
    """
    moved = {key: {left[key], version} for key, version in now.items() if key in left and left[key] != version}
    seen: dict[Key, set[bytes]] = {}
    for kind in {kind for kind, _pk in moved}:
        for part in chunks([pk for other, pk in moved if other == kind], LARGEST):
            rows = Entry.objects.filter(chain_id=chain_id, record_type=kind, record_id__in=part)
            for pk, version, state in rows.values_list("record_id", "version", "state").iterator(2000):
                if version in moved[kind, pk] and state:
                    seen.setdefault((kind, pk), set()).add(_content(state))
    return {key: now[key] for key, states in seen.items() if len(states) == 1}


def _content(state: str) -> bytes:
    """A state without what every save moves."""
    kept = {name: value for name, value in orjson.loads(state).items() if name not in {"version", "updated_at"}}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


def _done_before(chain: Any, result: Undone, firsts: dict[Key, Entry]) -> set[Key]:
    """What an earlier try of the same step put back, which counts as put back."""
    found: set[Key] = set()
    for *key, op in Entry.objects.filter(chain=chain, change_id=result.change_id).values_list(
        "record_type", "record_id", "op"
    ):
        if tuple(key) in firsts:
            found.add((key[0], key[1]))
            result.removed += op == Entry.DELETE
            result.restored += op != Entry.DELETE
    return found


class _Part:
    """Some records of a step, put back in one unit of work: those to restore are saved together, up to a removal."""

    def __init__(self, unit: Change, chain: Any, firsts: dict[Key, Entry], result: Undone):
        self.unit, self.firsts, self.result = unit, firsts, result
        self.present = _present(unit.management_system_id, list(firsts))
        self.before = _before(chain, {key: first for key, first in firsts.items() if first.op != Entry.CREATE})
        self.waiting: list[Key] = []
        self.moved: set[str] = set()
        """Types of which something was put back."""

    def put_back(self, key: Key, version: int) -> None:
        """Put a record back, or say why it stays; ``version`` is the one the step left."""
        kind, pk = key
        first, present = self.firsts[key], self.present.get(key)
        model = records.record_models()[kind]
        if not issubclass(model, TenantModel):
            return
        if (present.version if present else None) != (version if first.op != Entry.DELETE else None):
            self.result.kept.append(Kept(kind, pk, first.ref, "changed-since"))
            return
        for _name, stands_still in registries.settled.get(kind):
            if present is not None and (why := stands_still(present)):
                self.result.kept.append(Kept(kind, pk, first.ref, "settled", str(why)))
                return
        if first.op == Entry.CREATE:
            self.flush()
            self._remove(key)
            return
        before = self.before.get(key)
        if before is None or before.state is None:
            self.result.kept.append(Kept(kind, pk, first.ref, "erased"))
            return
        if self.waiting and self.waiting[0][0] != kind:
            self.flush()
        self.waiting.append(key)

    def flush(self) -> None:
        """Save what waits; what cannot be saved together is tried one by one, so that it can be named."""
        keys, self.waiting = self.waiting, []
        if len(keys) > 1:
            try:
                self._restore(keys)
            except (ValidationError, IntegrityError):
                pass
            else:
                return
        for key in keys:
            try:
                self._restore([key])
            except (ValidationError, IntegrityError) as error:
                said = "; ".join(getattr(error, "messages", []))
                self.result.kept.append(Kept(*key, self.firsts[key].ref, "gone", said))

    def _restore(self, keys: list[Key]) -> None:
        model: Any = records.record_models()[keys[0][0]]
        batch, links = [], {}
        for key in keys:
            before = self.before[key]
            state = replay.read_state(key[0], before.schema, before.state or "")
            record, links_before = _as_before(model, state, self.present.get(key))
            batch.append(record)
            links[record.pk] = links_before
        with transaction.atomic():
            restored = len(self.unit.save_many(batch, links))
        self.result.restored += restored
        self.moved |= {keys[0][0]} if restored else set()

    def _remove(self, key: Key) -> None:
        try:
            with transaction.atomic():  # a refused deletion has taken links already
                self.unit.delete(self.present[key])
        except (ValidationError, models.ProtectedError) as error:
            said = "; ".join(getattr(error, "messages", [str(error)]))
            self.result.kept.append(Kept(*key, self.firsts[key].ref, "in-use", said))
            return
        self.result.removed += 1
        self.moved.add(key[0])


def _present(management_system_id: Any, keys: Sequence[Key]) -> dict[Key, Any]:
    """Return the records that are there."""
    found: dict[Key, Any] = {}
    for kind in {kind for kind, _pk in keys}:
        model = records.record_models()[kind]
        if issubclass(model, TenantModel):
            ids = [pk for other, pk in keys if other == kind]
            rows = model._default_manager.filter(pk__in=ids, management_system_id=management_system_id)
            found |= {(kind, str(row.pk)): row for row in rows}
    return found


def _before(chain: Any, firsts: dict[Key, Entry]) -> dict[Key, Entry]:
    """Return the last entry of each record before its first in a step."""
    last: dict[Key, int] = {}
    for kind in {kind for kind, _pk in firsts}:
        ids = [pk for other, pk in firsts if other == kind]
        rows = Entry.objects.filter(chain=chain, record_type=kind, record_id__in=ids).values_list("record_id", "seq")
        for pk, seq in rows.order_by("seq").iterator(2000):
            if seq < firsts[kind, pk].seq:
                last[kind, pk] = seq
    states = {one.seq: one for one in Entry.objects.filter(chain=chain, seq__in=list(last.values()))}
    return {key: states[seq] for key, seq in last.items()}


def _as_before(model: Any, state: dict[str, Any], present: Any) -> tuple[Any, dict[str, Any]]:
    """The record of a state, ready to be saved over the present one, and its links."""
    record: Any = records.from_state(model, state)
    record.version = present.version if present else 0
    keep = set(getattr(model, "ledger_private", ()))
    if _decided(records.type_of(model)):  # what moved beside an edit stays: only a signature approves
        keep.add(workflow.workflow_of(model).field)
    for name in keep if present is not None else ():
        setattr(record, name, getattr(present, name))
    links: dict[str, Any] = {name: [uuid.UUID(pk) for pk in state.get(name, [])] for name in records.empty_links(model)
                             if name != "external_ids"}  # fmt: skip
    if "external_ids" in state:
        links["external_ids"] = state["external_ids"]
    return record, links
