"""The one unit of work for every domain write.

    with change(actor, "risks.register", reason=…) as c:
        c.save(risk, systems=[system]); c.delete(draft)

It opens the transaction, locks the chain's head first (one writer per management system: commit order is sequence
order), checks that everything stays inside the management system, checks and raises ``version``, and writes exactly
one ledger entry per record written, the search rows and one outbox event. A save that changes nothing writes nothing.
"""

import datetime
import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from core import canonical, clock, ledger, records
from core.actor import Actor
from core.errors import NotFound, Stale
from core.ids import uuid7
from core.models import (
    Chain,
    Entry,
    ExternalId,
    ManagementSystem,
    Membership,
    OutboxEvent,
    Person,
    RefCounter,
    ReferencedModel,
    SearchRow,
    Synced,
    TenantModel,
)
from core.roundtrip import MANY, insert, insertion, send, update

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")
TICK = datetime.timedelta(microseconds=1)
DUTIES = frozenset({"owner", "submitted_to"})
"""Fields that hand somebody something to do: whoever left is not given it anew, and keeps what they had."""
LARGEST = 500
"""Most records that belong into one transaction; callers cut longer work (ARCHITECTURE)."""


class Change:
    """What happens inside one ``change()``; made by it, used by services."""

    def __init__(self, actor: Actor, action: str, reason: str, chain: Chain, change_id: str):
        self.actor, self.action, self.reason, self.change_id = actor, action, reason, change_id
        self.chain = chain
        self.first_seq = chain.seq + 1
        self.entries: list[Entry] = []
        self._search: dict[tuple[str, str], SearchRow | None] = {}
        self.restores = False
        """Whether records are put back as they were (undo): who had a duty then has it again."""
        self._checked: set[tuple[type, bool, Any]] = set()

    @property
    def management_system_id(self) -> Any:
        """The tenant all records of this change belong to; None on the instance chain."""
        return self.chain.management_system_id

    @property
    def now(self) -> datetime.datetime:
        """The moment of the next entry: never before the previous one."""
        return max(clock.now(), self.chain.at + TICK)

    # Reading under the lock -------------------------------------------------------------------------------------------

    def fetch(self, model: type[M], pk: object, version: int | None = None) -> M:
        """Return the present record; raises NotFound outside the management system, Stale on another version."""
        query = model._default_manager.filter(pk=pk)
        if issubclass(model, TenantModel):
            query = query.filter(management_system_id=self.management_system_id)
        record = query.first()
        if record is None:
            raise NotFound
        self.require_version(record, version)
        return record

    def require_version(self, record: Any, version: int | None) -> None:
        """Raise Stale unless the record is at this version; None asks for nothing."""
        if version is not None and record.version != version:
            raise Stale(record, version, record.version)

    # Writing ----------------------------------------------------------------------------------------------------------

    def save(self, record: M, **links: Any) -> M:
        """Create or update one record; ``links`` set its many-to-many fields (records or ids) and ``external_ids``.

        Raises Stale when the stored version is another, ValidationError for values and foreign records.
        """
        self.save_many([record], {record.pk: links} if links else None)
        return record

    def save_many(self, batch: Sequence[M], links: dict[Any, dict[str, Any]] | None = None) -> list[M]:
        """Create or update records of one model (at most 500); returns those that changed."""
        if not batch:
            return []
        model = type(batch[0])
        known: list[Any] = [record.pk for record in batch if record.version]  # type: ignore[attr-defined]
        stored = {row.pk: row for row in model._default_manager.filter(pk__in=known)} if known else {}
        old_links = records.read_links(model, stored) if stored else {}
        created: list[Any] = []
        updated: list[Any] = []
        states: dict[Any, Any] = {}
        for record in batch:
            old = stored.get(record.pk)
            had = old_links.get(str(record.pk)) or records.empty_links(model)
            has = {**had, **_ids((links or {}).get(record.pk, {}))}
            self._prepare(record, old)
            if old is not None and records.state_of(record, has) == records.state_of(old, had):
                if _private(record) != _private(old):
                    record.save(update_fields=sorted(getattr(record, "ledger_private", ())))
                continue
            (created if old is None else updated).append(record)
            states[record.pk] = (old, had, has)
        changed = [*created, *updated]
        self._check_foreign(model, changed, states)
        self._stamp(created, states, new=True)
        self._stamp(updated, states, new=False)
        self._write(model, created, updated)
        self._write_links(model, changed, states)
        for record in changed:
            old, _had, has = states[record.pk]
            self._enter(record, Entry.CREATE if old is None else Entry.UPDATE, records.state_of(record, has))
        return changed

    def delete(self, record: models.Model) -> None:
        """Delete a record; its last entry's state is what undo and tombstones read. Raises Stale."""
        stored = self.fetch(type(record), record.pk, record.version)  # type: ignore[attr-defined]
        for link in records.link_fields(type(record)):
            through = link.remote_field.through._default_manager
            through.filter(**{f"{link.m2m_field_name()}_id": stored.pk}).delete()
        if isinstance(record, Synced):
            ExternalId.objects.filter(record_type=records.type_of(record), record_id=stored.pk).delete()
        try:
            type(stored)._default_manager.filter(pk=stored.pk).delete()
        except models.ProtectedError as error:
            names = ", ".join(sorted({str(item) for item in error.protected_objects})[:5])
            raise ValidationError(_("Other records still use this one: %(names)s.") % {"names": names}) from error
        self._enter(stored, Entry.DELETE, None)

    def relink(self, batch: Sequence[M], name: str, gone: models.Model, kept: models.Model | None) -> None:
        """Link records to one record instead of another, or to neither, by a many-to-many field."""
        for part in chunks(batch):
            had = records.read_links(type(part[0]), [record.pk for record in part])
            come = {str(kept.pk)} if kept is not None else set()
            has = {record.pk: {name: set(had[str(record.pk)][name]) - {str(gone.pk)} | come} for record in part}
            self.save_many(part, has)

    # Inside -----------------------------------------------------------------------------------------------------------

    def _prepare(self, record: models.Model, old: models.Model | None) -> None:
        if isinstance(record, TenantModel):
            given: Any = record.management_system_id
            if given is None:
                record.management_system_id = self.management_system_id
            if record.management_system_id != self.management_system_id:
                raise NotFound
        if old is None:
            if record.version:  # type: ignore[attr-defined]
                raise Stale(record, record.version, "deleted")  # type: ignore[attr-defined]
        elif old.version != record.version:  # type: ignore[attr-defined]
            raise Stale(old, record.version, old.version)  # type: ignore[attr-defined]
        elif getattr(old, "management_system_id", None) != getattr(record, "management_system_id", None):
            raise NotFound
        skip = {"management_system", "created_at", "updated_at", "ref", "password"}
        record.clean_fields(exclude={*skip, *(f.name for f in record._meta.concrete_fields if f.is_relation)})
        _refuse_nul(record)

    def _check_foreign(self, model: type[models.Model], changed: Sequence[models.Model], states: dict) -> None:
        """Every foreign key and link points inside the management system; people are its members (TRUST T03).

        New duties go to those who are members now.
        """
        if self.management_system_id is None:
            return
        wanted: dict[tuple[type[models.Model], str], set[str]] = defaultdict(set)
        for field in model._meta.concrete_fields:
            target = field.related_model
            if target is None or field.name in {"management_system", "created_by"} or model is Membership:
                continue  # a membership is what lets a person in
            for record in changed:
                value, old = getattr(record, field.attname), states[record.pk][0]
                if value is not None and (old is None or getattr(old, field.attname) != value):
                    wanted[target, field.name].add(str(value))
        for field in records.link_fields(model):
            for record in changed:
                _old, had, has = states[record.pk]
                wanted[field.related_model, field.name] |= set(has[field.name]) - set(had[field.name])
        for (target, name), ids in wanted.items():
            self._require_inside(target, name, ids)

    def _require_inside(self, target: type[models.Model], name: str, ids: set[str]) -> None:
        duty = name in DUTIES and not self.restores
        unknown = {pk for pk in ids if (target, duty, pk) not in self._checked}
        if not unknown:
            return
        if issubclass(target, TenantModel):
            inside = target._default_manager.filter(management_system_id=self.management_system_id, pk__in=unknown)
            found = {str(pk) for pk in inside.values_list("pk", flat=True)}
        elif target is Person:
            members = Membership.objects.filter(management_system_id=self.management_system_id, person_id__in=unknown)
            found = {str(pk) for pk in members.values_list("person_id", flat=True)}
            if duty and unknown == found:
                self._require_answerable(name, members, found)
        else:
            return
        if unknown - found:
            raise ValidationError({name: _("Choose from this management system.")})
        self._checked |= {(target, duty, pk) for pk in found}

    def _require_answerable(self, name: str, members: Any, people: set[str]) -> None:
        def ids(rows: Any) -> set[str]:
            return {str(pk) for pk in rows.values_list("person_id", flat=True)}

        if left := people - ids(members.valid_at(self.now)):
            raise ValidationError({name: _("%(who)s is not a member now. Choose somebody who is.") % _names(left)})
        if guests := people - ids(members.answerable_at(self.now)):
            says = _("%(who)s is here as external auditor and answers for nothing. Choose somebody else.")
            raise ValidationError({name: says % _names(guests)})

    def _stamp(self, batch: Sequence[Any], states: dict, *, new: bool) -> None:
        moment = self.now
        for record in batch:
            record.version = 1 if new else states[record.pk][0].version + 1
            record.updated_at = moment
            if new:
                record.created_at = moment
                if isinstance(record, TenantModel) and self.actor.person_id:
                    record.created_by_id = self.actor.person_id
            moment += TICK
        if new and batch and isinstance(batch[0], ReferencedModel):
            _give_references(self.management_system_id, [r for r in batch if not r.ref])

    def _write(self, model: type[models.Model], created: Sequence[Any], updated: Sequence[Any]) -> None:
        """Write records without what ``Model.save`` adds for signals and parents, which no record has."""
        insert(created)
        names = [f.name for f in model._meta.concrete_fields if not f.primary_key]
        if len(updated) == 1:
            send(update(updated[0], *names))
        elif updated:
            send(insertion(updated, replacing=names, unique=["id"]))
        for record in created:
            record._state.adding = False

    def _write_links(self, model: type[models.Model], changed: Sequence[models.Model], states: dict) -> None:
        for field in records.link_fields(model):
            own, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
            through, add = field.remote_field.through, []
            for record in changed:
                _old, had, has = states[record.pk]
                gone = set(had[field.name]) - set(has[field.name])
                if gone:
                    through._default_manager.filter(**{own: record.pk, f"{other}__in": list(gone)}).delete()
                come = set(has[field.name]) - set(had[field.name])
                add += [through(**{own: record.pk, other: uuid.UUID(pk)}) for pk in sorted(come)]
            if add:
                insert(add)
        if issubclass(model, Synced):
            self._write_external_ids(model, changed, states)

    def _write_external_ids(self, model: type[models.Model], changed: Sequence[models.Model], states: dict) -> None:
        kind, add = records.type_of(model), []
        for record in changed:
            _old, had, has = states[record.pk]
            for gone in set(had["external_ids"]) - set(has["external_ids"]):
                source, _sep, key = gone.partition(":")
                ExternalId.objects.filter(
                    management_system_id=self.management_system_id, source=source, key=key, record_id=record.pk
                ).delete()
            for new in sorted(set(has["external_ids"]) - set(had["external_ids"])):
                source, _sep, key = new.partition(":")
                add.append(
                    ExternalId(
                        management_system_id=self.management_system_id,
                        source=source,
                        key=key,
                        record_type=kind,
                        record_id=record.pk,
                    )  # fmt: skip
                )
        if add:
            insert(add)

    def _enter(self, record: models.Model, op: str, state: dict[str, Any] | None) -> None:
        """Append the entry of one written record to the chain."""
        at = self.now
        text = "" if state is None else canonical.dumps(state).decode()
        chain = self.chain
        chain.seq, chain.at = chain.seq + 1, at
        entry = Entry(
            chain=chain, seq=chain.seq, at=at, actor_kind=self.actor.kind, actor_id=self.actor.id,
            door=self.actor.door, action=self.action, op=op, record_type=records.type_of(record),
            record_id=str(record.pk), ref=getattr(record, "ref", "") or "", change_id=self.change_id,
            version=record.version, reason=self.reason, schema=type(record).ledger_schema,  # type: ignore[attr-defined]
            state=text, state_hash=canonical.digest(text.encode()), prev=chain.head,
        )  # fmt: skip
        values = [canonical.moment_text(at) if name == "at" else getattr(entry, name) for name in ledger.HEADER]
        entry.hash = chain.head = ledger.entry_hash(
            entry.prev, ledger.header_bytes(str(chain.pk), values), entry.state_hash
        )
        self.entries.append(entry)
        self._note_search(record, op, at)

    def _note_search(self, record: models.Model, op: str, at: datetime.datetime) -> None:
        if not isinstance(record, TenantModel) or type(record).search_text is TenantModel.search_text:
            return
        key = (records.type_of(record), str(record.pk))
        row = None if op == Entry.DELETE else records.search_row(record, at)
        if row is not None or op != Entry.CREATE:
            self._search[key] = row

    def finish(self) -> None:
        """Write what the unit of work gathered: entries, head, search rows, outbox event."""
        if not self.entries:
            return
        chain = self.chain
        gone = [pk for (_kind, pk), row in self._search.items() if row is None]
        found = [row for row in self._search.values() if row is not None]
        event = OutboxEvent(
            management_system_id=chain.management_system_id, action=self.action, change_id=self.change_id,
            first_seq=self.first_seq, last_seq=chain.seq, at=chain.at,
        )  # fmt: skip
        if gone:
            SearchRow.objects.filter(record_id__in=gone).delete()
        few = self.entries if len(self.entries) < MANY else []
        if not few:
            insert(self.entries)
        send(
            [
                *insertion(few),
                *update(chain, "seq", "head", "at"),
                *insertion(found, replacing=["ref", "title", "text", "at"], unique=["record_type", "record_id"]),
                *insertion([event]),
            ]
        )


@contextmanager
def change(
    actor: Actor,
    action: str,
    *,
    reason: str = "",
    instance: bool = False,
    change_id: str = "",
    after: Callable[[], None] | None = None,
) -> Iterator[Change]:
    """Open a unit of work in the actor's management system (or, with ``instance``, on the instance chain).

    ``change_id`` joins several units to one step that can be undone; ``after`` runs once they are committed.
    """
    with transaction.atomic():
        chain = ledger.lock_head(None if instance else actor.management_system_id)
        unit = Change(actor, action, reason, chain, change_id or str(uuid7()))
        yield unit
        unit.finish()
        if after is not None:
            transaction.on_commit(after)


def open_chain(management_system: ManagementSystem) -> Chain:
    """Start the chain of a new management system; inside the transaction that creates it."""
    return Chain.objects.create(management_system=management_system, at=clock.now())


def _names(people: set[str]) -> dict[str, str]:
    """Who is meant, for a refusal."""
    names = Person.objects.filter(pk__in=people).order_by("name").values_list("name", flat=True)
    return {"who": ", ".join(name or _("Somebody (erased)") for name in names)}


def _ids(links: dict[str, Any]) -> dict[str, list[str]]:
    """Link values as text ids: records, ids and ``{source: key}`` alike."""
    plain = {}
    for name, value in links.items():
        if name == "external_ids" and isinstance(value, dict):
            plain[name] = [f"{source}:{key}" for source, key in value.items()]
        else:
            plain[name] = sorted({str(getattr(item, "pk", item)) for item in value})
    return plain


def _private(record: models.Model) -> list[Any]:
    return [getattr(record, name) for name in sorted(getattr(record, "ledger_private", ()))]


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""NUL as JSON writes it; a backslash before it makes it a word."""


def _text_of(field: Any, value: Any) -> str:
    try:
        return canonical.text(value)
    except TypeError as error:  # a decimal inside: the ledger hashes no text that another machine might write otherwise
        raise ValidationError({field.name: _("Use whole numbers or text; decimals cannot be kept here.")}) from error


def _refuse_nul(record: models.Model) -> None:
    for field in record._meta.concrete_fields:
        value = getattr(record, field.attname)
        if not value:
            continue
        hidden = isinstance(value, dict | list) and _NUL.search(_text_of(field, value))
        if hidden or (isinstance(value, str) and "\x00" in value):
            raise ValidationError({field.name: _("Remove the NUL character from this text.")})


def _give_references(management_system_id: uuid.UUID | None, batch: Sequence[ReferencedModel]) -> None:
    """Number new records; the head lock makes the counter safe."""
    if not batch:
        return
    counter, _made = RefCounter.objects.get_or_create(
        management_system_id=management_system_id, prefix=batch[0].ref_prefix
    )
    for offset, record in enumerate(batch):
        record.ref = f"{record.ref_prefix}-{counter.next + offset}"
    RefCounter.objects.filter(pk=counter.pk).update(next=counter.next + len(batch))


def chunks(items: Iterable[T], size: int = LARGEST) -> Iterator[list[T]]:
    """Cut long work into units that stay within one transaction's bounds."""
    part: list[T] = []
    for item in items:
        part.append(item)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
