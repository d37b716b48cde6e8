"""Reads the REST interface needs."""

import datetime
from collections.abc import Iterable
from typing import Any

import orjson
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from core import canonical, jobs, policy
from core.actor import Actor
from core.models import Entry, ExternalId, Invitation, Job, Membership
from core.records import type_of
from core.scope import Scope


def members_of(scope: Scope) -> QuerySet[Membership]:
    """Memberships that hold in a scope, with their people."""
    return Membership.objects.of(scope).valid_at(scope.moment).select_related("person")


def invitations_of(scope: Scope) -> QuerySet[Invitation]:
    """Invitations of a management system, used and withdrawn ones too."""
    return Invitation.objects.of(scope)


def jobs_of(actor: Actor) -> QuerySet[Job]:
    """Jobs of the actor's management system; members see them all, service tokens without a read scope their own."""
    rows = Job.objects.filter(management_system_id=actor.management_system_id, parent=None).prefetch_related(
        "files__blob"
    )
    rows = rows.exclude(kind__in=jobs.hidden_from(actor))
    if policy.allows(actor, "core.read"):
        return rows
    return rows.filter(Q(actor__token_id=str(actor.token_id)))


def events(actor: Actor, after: int, limit: int) -> list[dict[str, Any]]:
    """Entries after a sequence number, in order, with the state each left behind."""
    rows = Entry.objects.filter(chain__management_system_id=actor.management_system_id, seq__gt=after).order_by("seq")
    return [
        {
            "seq": e.seq, "at": canonical.moment_text(e.at), "action": e.action, "op": e.op,
            "record_type": e.record_type, "record_id": e.record_id, "ref": e.ref,
            "version": e.version, "change_id": e.change_id,
            "actor_kind": e.actor_kind, "actor_id": e.actor_id, "door": e.door, "reason": e.reason,
            "state": orjson.loads(e.state) if e.state else None, "hash": e.hash,
        }
        for e in rows[:limit]
    ]  # fmt: skip


def tombstones(scope: Scope, model: type[Model], since: datetime.datetime) -> QuerySet[Entry]:
    """Deletions of a record type after a moment, of records that did not come back; as the scope knows them."""
    rows = Entry.objects.filter(
        chain__management_system_id=scope.management_system_id, record_type=type_of(model), seq__lte=scope.seq
    )
    later = rows.filter(record_id=OuterRef("record_id"), chain=OuterRef("chain"), seq__gt=OuterRef("seq"))
    return rows.filter(~Exists(later), op=Entry.DELETE, at__gt=since)


def external_ids_of(model: type[Model], ids: Iterable[Any], alias: str) -> dict[str, dict[str, str]]:
    """Record id → source → its key, for many records in one query."""
    rows = ExternalId.objects.using(alias).filter(record_type=type_of(model), record_id__in=list(ids))
    found: dict[str, dict[str, str]] = {}
    for pk, source, key in rows.values_list("record_id", "source", "key"):
        found.setdefault(str(pk), {})[source] = key
    return found
