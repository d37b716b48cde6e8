"""What every builder reads: cover, names, systems, approvals."""

import datetime
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aims.catalogue import lifecycle
from aims.models import AISystem
from core.canonical import moment_text
from core.models import Approval, Entry, Membership, Person
from core.scope import Scope
from core.services.people import names_at
from reports.documents.common import Cover, Figure, Name, SystemRow

STANDARD = "ISO/IEC 42001:2023"


def day(value: datetime.date | None) -> str:
    """A date as text, "" for none."""
    return value.isoformat() if value else ""


def moment(value: datetime.datetime | None) -> str:
    """A moment as text, "" for none."""
    return moment_text(value) if value else ""


@dataclass(frozen=True)
class CoverFacts:
    """What differs from report to report on the cover."""

    kind: str
    clauses: str
    state: str = "working_copy"
    version: int | None = None
    differs: str = ""
    approval: Approval | None = None
    replaced: Approval | None = None
    prepared: Name | None = None
    draft: bool = False


class Reading:
    """The records of one scope, each table read once."""

    def __init__(self, scope: Scope):
        self.scope = scope

    @cached_property
    def people(self) -> dict[uuid.UUID, str]:
        """Person id → name at the scope's moment."""
        ids = Membership.objects.of(self.scope).values_list("person_id", flat=True)
        return dict(Person.objects.using(self.scope.alias).filter(pk__in=list(ids)).values_list("pk", "name"))

    @cached_property
    def functions(self) -> dict[uuid.UUID, str]:
        """Person id → function."""
        return dict(Membership.objects.of(self.scope).values_list("person_id", "function"))

    @cached_property
    def systems(self) -> dict[uuid.UUID, AISystem]:
        """All AI systems by id, in the order of their references."""
        rows = sorted(AISystem.objects.of(self.scope), key=lambda system: ref_key(system.ref))
        return {system.pk: system for system in rows}

    @cached_property
    def in_scope(self) -> list[AISystem]:
        """Systems inside the management system."""
        return [system for system in self.systems.values() if system.state == AISystem.IN_SCOPE]

    @cached_property
    def stages(self) -> dict[str, str]:
        """Stage code → name in the report's language."""
        return {stage.code: str(stage.name) for stage in lifecycle().stages}

    def name(self, person_id: uuid.UUID | None) -> str:
        """A person's name then, "" for nobody."""
        return self.people.get(person_id, "") if person_id else ""

    def signer(self, person_id: uuid.UUID | None, at: datetime.datetime | None, function: str = "") -> Name | None:
        """A name as it was borne at the moment of a signature."""
        if person_id is None or at is None:
            return None
        names = names_at([person_id], at, self.scope.alias)
        return Name(names.get(person_id, ""), function or self.functions.get(person_id, ""))

    def refs(self, ids: Iterable[uuid.UUID]) -> list[str]:
        """References of systems, in order."""
        return sorted((self.systems[pk].ref for pk in ids if pk in self.systems), key=ref_key)

    def system_row(self, system: AISystem) -> SystemRow:
        """One system as the appendix lists it."""
        roles = [str(role.name) for role in lifecycle().roles if role.code in system.roles]
        supplier = " ".join(part for part in (system.supplier, system.model_name) if part)
        return SystemRow(
            ref=system.ref, name=system.name, purpose=system.purpose,
            role=" · ".join(part for part in (", ".join(roles), supplier) if part),
            act_class=ai_act_name(system.ai_act_class),
            stage=self.stages.get(system.stage, ""), owner=self.name(system.owner_id), claim=f"system.{system.ref}",
        )  # fmt: skip

    def cover(self, facts: CoverFacts, options: Any) -> Cover:
        """The cover of a report at this scope."""
        profile, approval, replaced = self.scope.profile, facts.approval, facts.replaced
        sealed_at = Entry.objects.filter(
            chain__management_system_id=self.scope.management_system_id, seq=self.scope.seq
        ).values_list("at", flat=True)
        return Cover(
            report=facts.kind, number=f"{facts.kind}-{self.scope.seq}",
            organisation=profile.organisation or profile.name, management_system=profile.name,
            scope_sentence=profile.scope_statement, standard=STANDARD, clauses=facts.clauses, state=facts.state,
            classification=profile.classification, language=options.language, paper=options.paper,
            as_of=moment(self.scope.moment), history_entry=self.scope.seq, generated_at=moment(sealed_at.first()),
            prepared_by=facts.prepared, version=facts.version, differs=facts.differs, draft=facts.draft,
            approved_at=moment(approval.at if approval else None),
            replaces_version=replaced.number if replaced else None,
            replaces_on=day(replaced.at.date()) if replaced else "",
            approved_by=self.signer(approval.person_id, approval.at, approval.function) if approval else None,
        )  # fmt: skip

    def approvals(self, record_type: str) -> list[Approval]:
        """Signatures on the records of a type, newest first."""
        return list(Approval.objects.of(self.scope).filter(record_type=record_type).order_by("-at", "-number"))


_behind: ContextVar[dict[str, list[Any]] | None] = ContextVar("rows behind figures", default=None)


@contextmanager
def collecting() -> Iterator[dict[str, list[Any]]]:
    """Claim → rows of every figure built inside: what a claim id leads back to."""
    found: dict[str, list[Any]] = {}
    token = _behind.set(found)
    try:
        yield found
    finally:
        _behind.reset(token)


def figure(rows: Iterable[Any], claim: str) -> Figure:
    """A count with the claim that leads to its rows."""
    counted, found = list(rows), _behind.get()
    if found is not None:
        found[claim] = counted
    return Figure(len(counted), claim)


def ref_key(ref: str) -> tuple[str, int]:
    """Sort key that puts SYS-9 before SYS-10."""
    prefix, _sep, number = ref.rpartition("-")
    return prefix, int(number) if number.isdecimal() else 0


def ai_act_name(code: str) -> str:
    """The EU AI Act classes in words; a system can have several codes, separated by blanks."""
    names = {known.code: str(known.name) for known in lifecycle().ai_act_classes}
    return ", ".join(names.get(one, one) for one in code.split())
