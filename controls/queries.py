"""Reads of the Statement of Applicability: the whole in a constant number of queries, its versions, its history."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Q
from django.utils.translation import gettext as _

from aims.models import AISystem
from controls import words
from controls.catalogue import catalogue
from controls.content import Difference, confirmations_of, content_of, differences, row_of
from controls.facts import contradiction_of, facts_of
from controls.models import Control, ControlSystem, StatementOfApplicability
from controls.statement import AreaView, RowView, Statement, SystemRef
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


def stands_still(management_system_id: uuid.UUID) -> str:
    """Why no decision may be changed now and who can let it be changed; "" while the statement may be edited."""
    asked = StatementOfApplicability.objects.filter(
        management_system_id=management_system_id, state=StatementOfApplicability.SUBMITTED
    )
    record = asked.select_related("submitted_to", "submitted_by").first()
    if record is None or record.submitted_to is None or record.submitted_by is None:
        return ""
    says = _("The Statement of Applicability is with %(approver)s for decision. %(submitter)s can withdraw it.")
    return says % {"approver": record.submitted_to.name, "submitter": record.submitted_by.name}


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


def contradicted(scope: Scope) -> list[tuple[Control, Any]]:
    """Each exclusion, also one of single systems, that records contradict, with what they say."""
    limited = Q(applies=Control.YES) & ~Q(where=Control.ALL)
    excluded = list(Control.objects.of(scope).filter(Q(applies=Control.NO) | limited).in_order())
    if not excluded:
        return []
    known = scope.once("controls.facts", facts_of)
    systems = systems_by_control(scope.management_system_id, scope.alias)
    found = []
    for one in excluded:
        named = {system.ref for system in systems.get(one.pk, ())}
        said = contradiction_of(one.code, one.applies, known.get(one.code, ()), one.where, named)
        found += [(one, said)] if said else []
    return found


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
    tenant, since = record.management_system_id, latest.at if latest else None
    found = approvals.authors_since(tenant, approvals.ever(tenant, CONTROL_TYPE), since, without=(STARTED_BY,))
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
    rows = Membership.objects.of(scope).answerable_at(scope.moment).select_related("person")
    return sorted((row.person for row in rows), key=lambda person: person.name)


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
        "controls.import": _("Brought in from a file"),
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
