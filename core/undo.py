"""Undo a whole step (an import, a bulk edit) by its change id, for 30 days; what changed since stays and is named."""

import datetime
import uuid
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from core import clock, ledger, policy, records, replay
from core.actor import Actor
from core.change import LARGEST, change, chunks
from core.errors import NotFound, StepRefused
from core.ids import uuid7
from core.models import Entry, TenantModel
from core.workflow import Obstacle

DAYS = 30


@dataclass(frozen=True)
class Kept:
    """A record that could not be put back, and why: ``changed-since``, ``in-use``, ``erased``."""

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


NEVER = frozenset({"core.approval", "core.apitoken", "core.invitation"})
"""Signatures, tokens and invitations are withdrawn or revoked by steps of their own, which leave a trace."""


def barred(record_types: set[str], actor: Actor) -> str:
    """Return why a step that touched these record types cannot be undone by this actor, or ""."""
    if record_types & NEVER:
        return _(
            "This step signed something, or opened or closed a door. Such steps are not undone; take the next step."
        )
    if "core.membership" in record_types and not policy.allows(actor, "core.manage_people"):
        return _("This step changed people and roles; only administrators undo it.")
    return ""


def undo(actor: Actor, change_id: str) -> Undone:
    """Put every record of a step back as it was before; raises NotFound for no such step in the last 30 days."""
    if actor.management_system_id is None:
        raise NotFound
    chain = ledger.chain_of(actor.management_system_id)
    since = clock.now() - datetime.timedelta(days=DAYS)
    entries = Entry.objects.filter(chain=chain, change_id=change_id, at__gte=since).order_by("-seq")
    firsts: dict[tuple[str, str], Entry] = {}
    versions: dict[tuple[str, str], int] = {}
    for entry in entries.iterator(2000):
        key = (entry.record_type, entry.record_id)
        versions.setdefault(key, entry.version)
        firsts[key] = entry
    if not firsts:
        raise NotFound
    reason = barred({kind for kind, _pk in firsts}, actor)
    if reason:
        raise StepRefused("undo", [Obstacle("barred", reason)])
    result = Undone(change_id=str(uuid7()))
    for part in chunks(firsts.items(), LARGEST):
        with change(actor, "core.undo", reason=f"undo {change_id}", change_id=result.change_id) as unit:
            for key, first in part:
                _put_back(unit, chain, key, first, versions[key], result)
    return result


def _put_back(unit, chain, key: tuple[str, str], first: Entry, version: int, result: Undone) -> None:
    kind, pk = key
    model = records.record_models()[kind]
    if not issubclass(model, TenantModel):
        return
    present = model._default_manager.filter(pk=pk, management_system_id=unit.management_system_id).first()
    if (present.version if present else None) != (version if first.op != Entry.DELETE else None):
        result.kept.append(Kept(kind, pk, first.ref, "changed-since"))
        return
    if first.op == Entry.CREATE:
        try:
            unit.delete(present)
        except (ValidationError, models.ProtectedError) as error:
            result.kept.append(Kept(kind, pk, first.ref, "in-use", "; ".join(getattr(error, "messages", [str(error)]))))
            return
        result.removed += 1
        return
    before = (
        Entry.objects.filter(chain=chain, record_type=kind, record_id=pk, seq__lt=first.seq).order_by("-seq").first()
    )
    if before is None or before.state is None:
        result.kept.append(Kept(kind, pk, first.ref, "erased"))
        return
    state = replay.read_state(kind, before.schema, before.state)
    record = records.from_state(model, state)
    for name in getattr(model, "ledger_private", ()):
        if present is not None:
            setattr(record, name, getattr(present, name))
    record.version = present.version if present else 0  # type: ignore[attr-defined]
    links = {
        name: [uuid.UUID(pk) for pk in state.get(name, [])]
        for name in records.empty_links(model)
        if name != "external_ids"
    }
    if "external_ids" in state:
        links["external_ids"] = dict(text.split(":", 1) for text in state["external_ids"])  # type: ignore[assignment]
    unit.save(record, **links)
    result.restored += 1
