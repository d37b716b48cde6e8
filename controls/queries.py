"""Reads of the Statement of Applicability: the whole in a constant number of queries, its versions, its history."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
from django.db.models import Q
from django.utils.translation import gettext as _

from aims.models import AISystem
from controls import words
from controls.catalogue import catalogue
from controls.content import Difference, confirmations_differ, confirmations_of, content_of, differences, row_of
from controls.facts import RISK, Contradiction, Fact, Proposal, contradiction_of, facts_of, proposal_of
from controls.models import Control, ControlSystem, StatementOfApplicability
from core import approvals, clock, drafts, ledger
from core.actor import Actor
from core.errors import NotFound
from core.models import Approval, Comment, Draft, Entry, Membership, Person, PersonName
from core.records import type_of
from core.scope import Scope

MEANING = "approval"
COPIED_ON = 5
"""A reason on more controls than this is called copied (CHK-SOA-02)."""
SHORTEST_REASON = 20
"""Characters a reason needs."""
CONTROL_TYPE = "controls.control"
STARTED_BY = "management-systems.create"


@dataclass(frozen=True)
class SystemRef:
    """An AI system as a row names it."""

    id: uuid.UUID
    ref: str
    name: str


@dataclass(frozen=True)
class RowView:
    """One control with its decision, its grounds and what is noticed about it."""

    control: Control
    systems: tuple[SystemRef, ...]
    facts: tuple[Fact, ...] = ()
    differs: bool = False
    copied: bool = False
    comments: tuple[Comment, ...] = ()

    @property
    def code(self) -> str:
        """A.6.2.4 or O.1."""
        return self.control.code

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return words.title_of(self.control.code, self.control.title, self.control.own)

    @property
    def excluded(self) -> bool:
        """Decided not to apply."""
        return self.control.applies == Control.NO

    @property
    def undecided(self) -> bool:
        """Nobody has decided."""
        return self.control.applies == Control.UNDECIDED

    @property
    def where(self) -> str:
        """Where it applies in a few words; "" when excluded, or undecided with no limit."""
        if self.control.where == Control.ALL or self.excluded:
            return "" if self.excluded or self.undecided else _("All in scope")
        return words.where_in_words(self.control.where, [system.ref for system in self.systems])

    @property
    def because(self) -> str:
        """Drivers, or the grounds of an exclusion, in words."""
        return words.drivers_in_words(self.control.drivers)

    @property
    def because_short(self) -> str:
        """The same for a narrow column."""
        return words.drivers_in_short(self.control.drivers)

    @property
    def drivers(self) -> list[str]:
        """Drivers of an applicable control, in the order of the vocabulary."""
        return [code for code, _label in Control.DRIVERS if code in self.control.drivers]

    @property
    def grounds(self) -> list[str]:
        """Grounds of an exclusion."""
        return [code for code, _label in Control.EXCLUSION_GROUNDS if code in self.control.drivers]

    @property
    def risks(self) -> list[str]:
        """References of the risks that name the control."""
        return list(dict.fromkeys(ref for fact in self.facts if fact.kind == RISK for ref in fact.refs))

    @property
    def contradictions(self) -> list[Contradiction]:
        """Records that contradict its exclusion."""
        return contradiction_of(self.code, self.control.applies, self.facts)

    @property
    def proposal(self) -> Proposal | None:
        """A reason drafted from facts, where none is written and the control is not excluded."""
        if self.control.reason.strip() or self.excluded:
            return None
        return proposal_of(self.code, self.facts)

    @property
    def mark(self) -> str:
        """Its state in the strip: in_place, partly_in_place, planned, not_started, excluded, undecided."""
        if self.excluded or self.undecided:
            return "excluded" if self.excluded else "undecided"
        return "partly_in_place" if self.control.status == Control.PARTLY else self.control.status

    @property
    def mark_label(self) -> str:
        """The mark in words."""
        labels = {"excluded": _("Excluded"), "undecided": _("Undecided")}
        return labels.get(self.mark) or str(self.control.get_status_display())

    @property
    def frozen(self) -> dict[str, Any]:
        """The row as canonical values."""
        return row_of(self.control, [system.ref for system in self.systems])


@dataclass(frozen=True)
class AreaView:
    """One of the nine areas, or the own controls (code "O"), with its rows and counts."""

    code: str
    title: str
    objective: str
    rows: tuple[RowView, ...]

    @cached_property
    def counts(self) -> Counter[str]:
        """How many controls have each mark (see ``RowView.mark``)."""
        return Counter(row.mark for row in self.rows)

    @property
    def decided(self) -> int:
        """Controls that are decided."""
        return len(self.rows) - self.counts["undecided"]

    @property
    def applicable(self) -> int:
        """Controls that apply."""
        return self.decided - self.counts["excluded"]


@dataclass(frozen=True)
class Statement:
    """The Statement of Applicability as it is in a scope."""

    scope: Scope
    record: StatementOfApplicability
    areas: tuple[AreaView, ...]
    own: AreaView
    versions: tuple[Approval, ...]
    approved: Mapping[str, Any] | None
    comments: tuple[Comment, ...] = field(default=())

    @cached_property
    def annex_a(self) -> tuple[RowView, ...]:
        """The 38 rows."""
        return tuple(row for area in self.areas for row in area.rows)

    @cached_property
    def rows(self) -> tuple[RowView, ...]:
        """All rows, own controls last."""
        return (*self.annex_a, *self.own.rows)

    @cached_property
    def systems(self) -> tuple[SystemRef, ...]:
        """The AI systems in scope; read when asked for."""
        return in_scope(self.scope)

    @property
    def latest(self) -> Approval | None:
        """The newest approved version."""
        return self.versions[0] if self.versions else None

    @cached_property
    def content(self) -> dict[str, Any]:
        """What would be approved now."""
        return content_of(self.record, [row.frozen for row in self.rows])

    @cached_property
    def differences(self) -> list[Difference]:
        """Controls that differ from the newest version; none before the first."""
        return differences(self.approved, self.content) if self.approved else []

    @cached_property
    def confirmed_anew(self) -> bool:
        """Whether a confirmation is newer than the newest version."""
        return confirmations_differ(self.approved, self.content)

    @cached_property
    def contradictions(self) -> list[Contradiction]:
        """Everything that contradicts an exclusion."""
        return [found for row in self.rows for found in row.contradictions]

    def _count(self, mark: str) -> int:
        return sum(row.mark == mark for row in self.annex_a)

    @property
    def total(self) -> int:
        """Controls of Annex A."""
        return len(self.annex_a)

    @property
    def decided(self) -> int:
        """Controls of Annex A that are decided."""
        return self.total - self._count("undecided")

    @property
    def excluded(self) -> int:
        """Controls of Annex A that are excluded."""
        return self._count("excluded")

    @property
    def is_approved(self) -> bool:
        """Whether the newest version says exactly this."""
        return self.record.state == StatementOfApplicability.APPROVED and self.approved is not None

    def row(self, code: str) -> RowView:
        """The row of a control; raises NotFound."""
        for row in self.rows:
            if row.code == code:
                return row
        raise NotFound


# The present and any past -----------------------------------------------------------------------------------------


def statement_of(scope: Scope) -> StatementOfApplicability:
    """The record itself; raises NotFound before it existed."""
    found = statement_or_none(scope)
    if found is None:
        raise NotFound
    return found


def statement_or_none(scope: Scope) -> StatementOfApplicability | None:
    """The record itself with the people it names, or None before it existed."""
    people = ("submitted_by", "submitted_to", "returned_by", "annex_a_compared_by", "annex_b_considered_by")
    return StatementOfApplicability.objects.of(scope).select_related(*people).first()


def soa_content(scope: Scope) -> Statement:
    """The whole statement in a scope; about seven queries however many controls. Raises NotFound."""
    record = statement_of(scope)
    controls = list(Control.objects.of(scope).select_related("owner").in_order())
    limited = systems_by_control(scope.management_system_id, scope.alias)
    versions = versions_of(scope, record)
    approved = approvals.frozen(versions[0]) if versions else None
    known = facts_of(scope)
    was = {row["code"]: row for row in approved["controls"]} if approved else None
    copied = copied_reasons(controls)
    comments = comments_since(scope, record, versions[0].at if versions else None)
    lines: dict[str, list[Comment]] = defaultdict(list)
    for comment in comments:
        lines[comment.line].append(comment)
    rows = []
    for control in controls:
        systems = tuple(limited.get(control.pk, ()))
        now = row_of(control, [system.ref for system in systems])
        rows.append(
            RowView(
                control,
                systems,
                facts=tuple(known.get(control.code, ())),
                differs=was is not None and was.get(control.code) != now,
                copied=plain_reason(control.reason) in copied,
                comments=tuple(lines.get(control.code, ())),
            )
        )
    return Statement(
        scope=scope,
        record=record,
        areas=_areas(rows),
        own=AreaView("O", _("Own controls"), "", tuple(row for row in rows if row.control.own)),
        versions=tuple(versions),
        approved=approved,
        comments=tuple(lines.get("", ())),
    )


def in_scope(scope: Scope) -> tuple[SystemRef, ...]:
    """The AI systems the statement is about, in the order they came."""
    rows = AISystem.objects.of(scope).in_scope().order_by("created_at", "ref").values_list("pk", "ref", "name")
    return tuple(SystemRef(*row) for row in rows)


def systems_by_control(management_system_id: uuid.UUID, alias: str = "default") -> dict[uuid.UUID, list[SystemRef]]:
    """Systems each control is limited to or excluded for; one query."""
    rows = ControlSystem.objects.using(alias).filter(control__management_system_id=management_system_id)
    found: dict[uuid.UUID, list[SystemRef]] = defaultdict(list)
    fields = ("control_id", "system_id", "system__ref", "system__name")
    for control_id, *system in rows.order_by("system__created_at", "system__ref").values_list(*fields):
        found[control_id].append(SystemRef(*system))
    return found


def comments_since(scope: Scope, record: StatementOfApplicability, since: Any) -> list[Comment]:
    """What was said about the statement or its lines after the newest version, oldest first."""
    rows = Comment.objects.of(scope).filter(record_type=type_of(record), record_id=record.pk)
    if since is not None:
        rows = rows.filter(created_at__gt=since)
    return list(rows.select_related("person").order_by("created_at"))


def plain_reason(text: str) -> str:
    """A reason without what does not make it another: case, spaces, the final stop."""
    return " ".join(text.lower().split()).rstrip(".")


def copied_reasons(controls: Iterable[Control]) -> set[str]:
    """Reasons that stand on more than five controls."""
    counted = Counter(plain_reason(control.reason) for control in controls if control.reason.strip())
    return {text for text, number in counted.items() if number > COPIED_ON}


def _areas(rows: Iterable[RowView]) -> tuple[AreaView, ...]:
    by_area: dict[str, list[RowView]] = defaultdict(list)
    for row in rows:
        if not row.control.own:
            by_area[row.control.area].append(row)
    return tuple(
        AreaView(area.code, str(area.title), str(area.objective), tuple(by_area[area.code]))
        for area in catalogue().areas
        if by_area[area.code]
    )


# What is signed ---------------------------------------------------------------------------------------------------


def current_content(record: StatementOfApplicability) -> dict[str, Any]:
    """The content that an approval of the record binds, read from the present; two queries."""
    limited = systems_by_control(record.management_system_id)
    controls = Control.objects.filter(management_system_id=record.management_system_id).in_order()
    rows = [row_of(control, [system.ref for system in limited.get(control.pk, ())]) for control in controls]
    return content_of(record, rows)


def latest_of(record: StatementOfApplicability) -> Approval | None:
    """The newest approved version of the record."""
    return approvals.latest(record, MEANING)


def authors_of(record: StatementOfApplicability) -> set[uuid.UUID]:
    """Everyone who changed a decision since the newest version, who confirmed anew, and who submitted it.

    Deleted own controls count; what every management system starts with does not.
    """
    latest = latest_of(record)
    chain = ledger.chain_of(record.management_system_id)
    entries = Entry.objects.filter(chain=chain, record_type=CONTROL_TYPE, actor_kind="person")
    entries = entries.exclude(action=STARTED_BY)
    if latest is not None:
        entries = entries.filter(at__gt=latest.at)
    found = {uuid.UUID(pk) for pk in entries.values_list("actor_id", flat=True).distinct() if pk}
    was = approvals.frozen(latest)["confirmations"] if latest else {}
    for name, given in confirmations_of(record).items():
        if given["by"] and given != was.get(name):
            found.add(uuid.UUID(given["by"]))
    if record.submitted_by_id and record.state == StatementOfApplicability.SUBMITTED:
        found.add(record.submitted_by_id)
    return found


# Versions ---------------------------------------------------------------------------------------------------------


def versions_of(scope: Scope, record: StatementOfApplicability) -> list[Approval]:
    """Approved versions, newest first."""
    return list(approvals.of(record, MEANING, scope.alias))


def version(scope: Scope, number: int) -> Approval:
    """One approved version; raises NotFound."""
    found = approvals.of(statement_of(scope), MEANING, scope.alias).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def names_at(scope: Scope, contents: Iterable[Mapping[str, Any] | None], moment: Any = None) -> dict[str, str]:
    """Printed names of the people named in contents: as of a moment, else as they are now."""
    ids = {row["owner"] for one in contents if one for row in one["controls"] if row["owner"]}
    ids |= {given["by"] for one in contents if one for given in one["confirmations"].values() if given["by"]}
    return people_named(scope, ids, moment)


def people_named(scope: Scope, ids: Iterable[str], moment: Any = None) -> dict[str, str]:
    """Person id → printed name, as of a moment or in the scope."""
    wanted = [pk for pk in ids if pk]
    if not wanted:
        return {}
    names = {
        str(pk): name for pk, name in Person.objects.using(scope.alias).filter(pk__in=wanted).values_list("pk", "name")
    }
    if moment is not None:
        bore = PersonName.objects.using(scope.alias).filter(person_id__in=wanted, valid_from__lte=moment)
        bore = bore.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=moment)).order_by("valid_from", "number")
        names.update({str(pk): name for pk, name in bore.values_list("person_id", "name")})
    return names


def members(scope: Scope) -> list[Person]:
    """People who can own a control: members of the scope, by name, no external auditors."""
    rows = Membership.objects.of(scope).valid_at(scope.moment).select_related("person")
    found = [row.person for row in rows if "external_auditor" not in row.roles]
    return sorted(found, key=lambda person: person.name)


# History of one control -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One entry of a control's history: what happened, by whom, and the rows (field, before, after)."""

    entry: Entry
    who: str
    rows: list[tuple[str, str, str]]


def history_of(scope: Scope, control: Control, limit: int = 20) -> list[Step]:
    """The newest entries of a control up to the scope's moment, with what each changed; three queries."""
    chain = ledger.chain_of(scope.management_system_id)
    entries = Entry.objects.filter(chain=chain, record_type=CONTROL_TYPE, record_id=str(control.pk), seq__lte=scope.seq)
    found = list(entries.order_by("-seq")[: limit + 1])
    states = [orjson.loads(entry.state) if entry.state else {} for entry in found]
    ids = {entry.actor_id for entry in found if entry.actor_kind == "person"}
    people = people_named(scope, ids | {state["owner"] for state in states if state.get("owner")})
    systems = dict(
        AISystem.objects.of(scope)
        .filter(pk__in={pk for state in states for pk in state.get("systems", ())})
        .values_list("pk", "ref")
    )
    refs = {str(pk): ref for pk, ref in systems.items()}
    steps = []
    for index, entry in enumerate(found[:limit]):
        before = states[index + 1] if index + 1 < len(states) else {}
        rows = words.state_rows(before, states[index], people, refs) if entry.op == Entry.UPDATE else []
        steps.append(Step(entry, people.get(entry.actor_id, ""), rows))
    return steps


def limits_of(scope: Scope, system_id: uuid.UUID) -> list[RowView]:
    """Controls that apply, but not to this system; two queries."""
    limited = systems_by_control(scope.management_system_id, scope.alias)
    rows = Control.objects.of(scope).applicable().exclude(where=Control.ALL).in_order()
    found = []
    for control in rows:
        named = {system.id for system in limited.get(control.pk, ())}
        if (system_id in named) == (control.where == Control.EXCEPT):
            found.append(RowView(control, tuple(limited.get(control.pk, ()))))
    return found


def catalogue_entry(code: str) -> Any:
    """What the catalogue says of a control of Annex A; None for own controls."""
    try:
        return catalogue().control(code)
    except KeyError:
        return None


def concerned(row: RowView, systems: Iterable[SystemRef]) -> list[SystemRef]:
    """Systems in scope that the row is about: those facts name, as far as its limits allow; all when none is named."""
    named = {ref for fact in row.facts for ref in fact.refs if fact.kind != "in_scope"}
    limited = {system.ref for system in row.systems}
    where = row.control.where
    inside = [
        system for system in systems if where == Control.ALL or (system.ref in limited) == (where == Control.ONLY)
    ]
    return [system for system in inside if system.ref in named] or inside


def action_in_words(entry: Entry) -> str:
    """What an entry of a control did."""
    known = {
        STARTED_BY: _("Adopted from Annex A"),
        "controls.decide": _("Row saved"),
        "controls.add-own": _("Own control added"),
        "controls.remove-own": _("Removed"),
        "core.undo": _("Undone"),
    }
    return known.get(entry.action) or entry.action


def parked(actor: Actor, form: str, addresses: Mapping[str, str]) -> set[str]:
    """Which of these forms (address → code) hold something the actor typed and never sent; one query."""
    places = {drafts.Place.of(actor, form, address).record: code for address, code in addresses.items()}
    held = Draft.objects.filter(person_id=actor.person_id, management_system_id=actor.management_system_id)
    kept = held.filter(form__in=(form, form + drafts.EXPIRED), saved_at__gt=clock.now() - drafts.KEPT)
    return {places[record] for record in kept.values_list("record", flat=True) if record in places}


def everything(statement: Statement) -> list[Difference]:
    """Before the first version all rows are new."""
    return differences(None, statement.content)
