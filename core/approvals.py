"""Approvals freeze: the content is kept and hashed; what changed since is the difference to it."""

import uuid
from collections.abc import Iterable
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from core import canonical, ledger, policy
from core.actor import PERSON, SERVICE
from core.change import Change
from core.models import ApiToken, Approval, Checkpoint, Entry, Membership, Person
from core.records import type_of


def content_hash(content: Any) -> str:
    """SHA-256 of the content's canonical text."""
    return canonical.digest(canonical.text(content).encode())


def sign(unit: Change, record: Any, meaning: str, content: Any, authors: list[str]) -> Approval:
    """Add the actor's signature to a record: content, hash, meaning, moment; the previous one is superseded."""
    signer: Any = unit.actor.person_id
    kind = type_of(record)
    earlier = Approval.objects.filter(
        management_system_id=unit.management_system_id, record_type=kind, record_id=record.pk, meaning=meaning
    )
    moment = unit.now
    for old in earlier.filter(superseded_at=None):
        old.superseded_at = moment
        unit.save(old)
    member = Membership.objects.filter(management_system_id=unit.management_system_id, person_id=signer).first()
    text = canonical.text(content)
    approval = Approval(
        record_type=kind, record_id=record.pk, record_ref=getattr(record, "ref", ""), meaning=meaning,
        number=(earlier.aggregate(last=Max("number"))["last"] or 0) + 1, person_id=signer,
        function=member.function if member else "", at=moment, content=text,
        content_hash=canonical.digest(text.encode()), authors=authors,
    )  # fmt: skip
    return unit.save(approval)


def of(record: Any, meaning: str | None = None, alias: str = "default") -> Any:
    """Approvals of a record, newest first."""
    rows = Approval.objects.using(alias).filter(record_type=type_of(record), record_id=record.pk)
    if meaning:
        rows = rows.filter(meaning=meaning)
    return rows.select_related("person").order_by("-number", "-at")


def latest(record: Any, meaning: str, alias: str = "default") -> Approval | None:
    """The newest approval of this meaning, or None."""
    return of(record, meaning, alias).first()


def frozen(approval: Approval) -> Any:
    """The approved content as values."""
    return orjson.loads(approval.content)


def drifted(approval: Approval, content: Any) -> bool:
    """Whether the content is no longer what was approved."""
    return content_hash(content) != approval.content_hash


def authors_since(
    management_system_id: uuid.UUID, keys: Iterable[tuple[str, Any]], since: Any = None, without: Iterable[str] = ()
) -> set[uuid.UUID]:
    """People who wrote any of these records, (record type, id), after a moment: the author set of an approval.

    ``without`` names actions that decide rather than write (returning makes nobody an author). What a token of nobody
    wrote counts as written by the person who made that token, who holds its secret.
    """
    chain = ledger.chain_of(management_system_id)
    by_type: dict[str, list[str]] = {}
    for kind, pk in keys:
        by_type.setdefault(kind, []).append(str(pk))
    found: dict[str, set[uuid.UUID]] = {PERSON: set(), SERVICE: set()}
    for kind, ids in by_type.items():
        rows = Entry.objects.filter(chain=chain, record_type=kind, record_id__in=ids, actor_kind__in=found)
        if since is not None:
            rows = rows.filter(at__gt=since)
        if without:
            rows = rows.exclude(action__in=list(without))
        for actor_kind, value in rows.values_list("actor_kind", "actor_id").distinct():
            found[actor_kind] |= {uuid.UUID(value)} if value else set()
    made = ApiToken.objects.filter(pk__in=found[SERVICE]).exclude(created_by=None) if found[SERVICE] else ()
    return found[PERSON] | {token.created_by_id for token in made}  # type: ignore[misc]


def ever(management_system_id: uuid.UUID, kind: str, **which: Any) -> set[tuple[str, str]]:
    """(record type, id) of every record of a type that the history knows, deleted ones too, as ``authors_since`` asks.

    ``which`` narrows the entries: ``ref__in``, ``op``, ``state__contains``.
    """
    chain = ledger.chain_of(management_system_id)
    rows = Entry.objects.filter(chain=chain, record_type=kind, **which)
    return {(kind, pk) for pk in rows.values_list("record_id", flat=True).distinct()}


def seal(approval: Approval) -> Checkpoint:
    """Make the checkpoint that belongs to an approval; after its transaction."""
    return ledger.make_checkpoint(ledger.chain_of(approval.management_system_id), "approval")


def decider(record: Any, permission: str, to: Any, authors: set[uuid.UUID]) -> Person:
    """The person asked to decide: entitled, and no author. Raises ValidationError under ``to``."""
    found = next((person for person in policy.who(permission, record) if str(person.pk) == str(to)), None)
    if found is None:
        raise ValidationError({"to": _("Choose someone who may approve it.")})
    if found.pk in authors:
        raise ValidationError({"to": _("%(name)s wrote part of this; choose someone else.") % {"name": found.name}})
    return found
