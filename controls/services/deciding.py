"""Verbs that change controls and the Statement of Applicability (ISO/IEC 42001, 6.1.3, 8.1)."""

import datetime as dt
import json
import re
from collections.abc import Collection, Iterable
from typing import Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _

from controls import queries
from controls.catalogue import catalogue
from controls.models import Control, StatementOfApplicability
from core import clock, policy, registries
from core.actor import Actor
from core.change import Change, change
from core.errors import NotFound, StepRefused
from core.models import Entry, ManagementSystem, Person, Profile
from core.services.tenancy import starter
from core.workflow import Obstacle

OWNER_FIELDS = frozenset({"implementation", "status", "proof"})
"""What the owner of a control may change without being a manager."""
OWN_AREA = "O"


class Decision(TypedDict, total=False):
    """What can be said of a control; what is left out stays. ``title`` is for own controls only."""

    title: str
    applies: str
    where: str
    systems: Iterable[Any]
    drivers: Collection[str]
    reason: str
    implementation: str
    status: str
    owner: Person | Any | None
    proof: str
    last_review: dt.date | None
    next_review: dt.date | None


@starter
def adopt_annex_a(unit: Change, management_system: ManagementSystem) -> None:
    """Give a new management system its Statement of Applicability with the 38 controls, undecided.

    The statement comes first, so that the page of a control as it was at its first entry has one to belong to.
    """
    unit.save(StatementOfApplicability())
    language = (
        Profile.objects.filter(management_system_id=unit.management_system_id)
        .values_list("language", flat=True)
        .first()
    )
    unit.save_many(
        [
            Control(
                code=found.code, area=found.area, position=number, title=found.title.in_language(language)
            )
            for number, found in enumerate(catalogue().controls, 1)
        ]
    )  # fmt: skip


def decide_control(
    *,
    actor: Actor,
    code: str,
    expected_version: int | None = None,
    reason_for_change: str = "",
    **decision: Unpack[Decision],
) -> Control:
    """Save one row: what applies where and why, how it is done, by whom (6.1.3). An unchanged row writes nothing.

    Whether it applies can be answered anew without saying because of what: what stood there under that answer stands
    there again.
    The owner of a control may change how it is done, its status and its proof; managers everything.
    Raises NotFound, Forbidden, Stale, ValidationError by field, StepRefused while the statement is submitted.
    """
    with change(actor, "controls.decide", reason=reason_for_change) as unit:
        control = _fetch(unit, actor, code, expected_version)
        statement = _open_statement(unit)
        given, excluded = dict(decision), control.applies == Control.NO
        if "drivers" not in given and (given.get("applies", control.applies) == Control.NO) != excluded:
            given["drivers"] = _stood_before(unit, control, excluded=not excluded)
        if fit(control, given) - OWNER_FIELDS:
            policy.require(actor, "controls.decide", control)
        _save(unit, statement, control, given)
    return control


def add_own_control(*, actor: Actor, **decision: Unpack[Decision]) -> Control:
    """Add a control of one's own with its title, numbered O.1 onward (6.1.3 b).

    Raises Forbidden, ValidationError, StepRefused.
    """
    policy.require(actor, "controls.decide")
    with change(actor, "controls.add-own") as unit:
        return save_row(unit, None, dict(decision))


def save_row(unit: Change, control: Control | None, decision: dict[str, Any]) -> Control:
    """Save a decision of a control, or without one an own control, as part of a larger step of a manager.

    Raises ValidationError by field, StepRefused while the statement is submitted.
    """
    statement = _open_statement(unit)
    if control is None:
        number = _next_own_number(unit)
        control = Control(
            code=f"O.{number}", own=True, area=OWN_AREA, position=number,
            management_system_id=unit.management_system_id,
        )  # fmt: skip
    fit(control, decision)
    _save(unit, statement, control, decision)
    return control


def remove_own_control(*, actor: Actor, code: str, expected_version: int | None = None) -> None:
    """Take an own control away that is not decided and that nothing else uses. Raises ValidationError, StepRefused."""
    policy.require(actor, "controls.decide")
    with change(actor, "controls.remove-own") as unit:
        control = _fetch(unit, actor, code, expected_version)
        statement = _open_statement(unit)
        if not control.own:
            raise ValidationError(_("A control of Annex A stays; decide that it does not apply."))
        if control.applies != Control.UNDECIDED:
            raise ValidationError(_("Set it back to undecided first, so that the history says why it went."))
        unit.delete(control)
        _reopen(unit, statement)


def confirm_annex_a(*, actor: Actor) -> StatementOfApplicability:
    """Confirm today that the necessary controls were compared with Annex A (6.1.3 c)."""
    return _confirm(actor, "annex_a_compared")


def confirm_annex_b(*, actor: Actor) -> StatementOfApplicability:
    """Confirm today that the guidance of Annex B was considered."""
    return _confirm(actor, "annex_b_considered")


# Inside -----------------------------------------------------------------------------------------------------------


def _confirm(actor: Actor, which: str) -> StatementOfApplicability:
    policy.require(actor, "controls.decide")
    if actor.person_id is None:
        raise ValidationError(_("Only a person can confirm this."))
    with change(actor, f"controls.confirm-{which.replace('_', '-')}") as unit:
        statement = _open_statement(unit)
        setattr(statement, f"{which}_on", _today(unit))
        setattr(statement, f"{which}_by_id", actor.person_id)
        if statement.state == StatementOfApplicability.APPROVED:
            statement.state = StatementOfApplicability.WORKING
        unit.save(statement)
    return statement


def _fetch(unit: Change, actor: Actor, code: str, expected_version: int | None) -> Control:
    """The control under lock, once the actor may describe it at least."""
    rows = Control.objects.filter(management_system_id=actor.management_system_id, code=code)
    pk = rows.values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound
    control = unit.fetch(Control, pk)
    policy.require(actor, "controls.describe", control)
    return unit.fetch(Control, pk, expected_version)


def _stood_before(unit: Change, control: Control, *, excluded: bool) -> list[str]:
    """Because of what the control applied, or was excluded, when that was last the answer; nothing if it never was."""
    rows = Entry.objects.filter(
        chain=unit.chain, record_type=queries.CONTROL_TYPE, record_id=str(control.pk), state__gt=""
    )
    for text in rows.order_by("-seq").values_list("state", flat=True).iterator(chunk_size=20):
        state = json.loads(text or "{}")
        if (state.get("applies") == Control.NO) == excluded:
            return list(state.get("drivers") or ())
    return []


def _open_statement(unit: Change) -> StatementOfApplicability:
    """The statement when it may be edited; what an approver looks at stands still."""
    statement = StatementOfApplicability.objects.filter(management_system_id=unit.management_system_id).first()
    if statement is None:
        raise NotFound
    if statement.state == StatementOfApplicability.SUBMITTED:
        name = statement.submitted_to.name if statement.submitted_to else ""
        says = _("It is with %(name)s for decision. Withdraw it first, or wait until it is decided.") % {"name": name}
        address = reverse("soa", kwargs={"slug": statement.management_system.slug})
        raise StepRefused("edit", [Obstacle("submitted", says, address)])
    return statement


@registries.undone.add("controls.control", "controls.statement")
def reopen(unit: Change) -> None:
    """A decision changed among others, or put back, after an approval is an edit like any other."""
    for statement in StatementOfApplicability.objects.filter(management_system_id=unit.management_system_id):
        _reopen(unit, statement)


def _reopen(unit: Change, statement: StatementOfApplicability) -> None:
    """The first edit after an approval makes a working copy again."""
    if statement.state == StatementOfApplicability.APPROVED:
        statement.state = StatementOfApplicability.WORKING
        unit.save(statement)


def _save(unit: Change, statement: StatementOfApplicability, control: Control, decision: dict[str, Any]) -> None:
    links = {"systems": decision["systems"]} if "systems" in decision else {}
    if control.where == Control.ALL:
        links = {"systems": []}
    if unit.save_many([control], {control.pk: links} if links else None):
        _reopen(unit, statement)


def fit(control: Control, decision: dict[str, Any]) -> set[str]:
    """Put the given values on the control, checked and unsaved; return the names of the fields that changed.

    Raises ValidationError by field.
    """
    unknown = set(decision) - set(Decision.__annotations__)
    if unknown:
        raise TypeError(f"a decision has no {min(unknown)}")
    had_systems = {system.pk for system in control.systems.all()} if control.version else set()
    before = {name: getattr(control, name) for name in Decision.__annotations__ if name not in {"systems", "owner"}}
    owner = control.owner_id
    if "systems" in decision:
        decision["systems"] = list(decision["systems"])
    for name, value in decision.items():
        if name == "owner":
            control.owner_id = getattr(value, "pk", value)
        elif name != "systems":
            setattr(control, name, value.strip() if isinstance(value, str) else value)
    _check_title(control, before["title"])
    _check_lengths(control)
    _fit_drivers(control, given="drivers" in decision)
    wanted = {getattr(one, "pk", one) for one in decision.get("systems", had_systems)}
    _check_where(control, wanted)
    if control.last_review and control.next_review and control.next_review < control.last_review:
        raise ValidationError({"next_review": _("The next review comes after the last one.")})
    changed = {name for name, value in before.items() if getattr(control, name) != value}
    if control.owner_id != owner:
        changed.add("owner")
    if control.where != Control.ALL and {str(pk) for pk in wanted} != {str(pk) for pk in had_systems}:
        changed.add("systems")
    return changed


def _check_title(control: Control, before: str) -> None:
    if not control.own and control.title != before:
        raise ValidationError({"title": _("The titles of Annex A stay as they are.")})
    if not control.title:
        raise ValidationError({"title": _("Enter a title")})


def _check_lengths(control: Control) -> None:
    for name in ("reason", "implementation", "proof"):
        most = getattr(Control._meta.get_field(name), "max_length", 0)
        if len(getattr(control, name)) > most:
            raise ValidationError({name: _("Write at most %(most)d characters.") % {"most": most}})


def _fit_drivers(control: Control, *, given: bool) -> None:
    """Grounds to apply and grounds to exclude are two vocabularies; a changed decision drops what no longer fits."""
    vocabulary = Control.EXCLUSION_GROUNDS if control.applies == Control.NO else Control.DRIVERS
    known = [code for code, _label in vocabulary]
    drivers = set(control.drivers)
    everything = {code for code, _label in (*Control.DRIVERS, *Control.EXCLUSION_GROUNDS)}
    if drivers - everything or (given and drivers - set(known)):
        labels = ", ".join(str(label) for _code, label in vocabulary)
        raise ValidationError({"drivers": _("Choose from: %(labels)s.") % {"labels": labels}})
    control.drivers = [code for code in known if code in drivers]


def _check_where(control: Control, systems: set[Any]) -> None:
    if control.where != Control.ALL and not systems:
        raise ValidationError({"systems": _("Choose the systems, or say that it applies to all.")})


def _next_own_number(unit: Change) -> int:
    """One more than any own control ever had: references are never used twice."""
    refs = Entry.objects.filter(chain=unit.chain, record_type=queries.CONTROL_TYPE, ref__startswith="O.")
    numbers = [int(ref[2:]) for ref in refs.values_list("ref", flat=True).distinct() if re.fullmatch(r"O\.\d+", ref)]
    own = Control.objects.filter(management_system_id=unit.management_system_id, own=True)  # also of this very step
    return max([*numbers, *own.values_list("position", flat=True)], default=0) + 1


def _today(unit: Change) -> dt.date:
    """Today where the management system is."""
    zone = (
        Profile.objects.filter(management_system_id=unit.management_system_id)
        .values_list("time_zone", flat=True)
        .first()
    )
    return clock.now().astimezone(ZoneInfo(zone or "UTC")).date()
