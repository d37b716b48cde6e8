"""What this room adds elsewhere: places, addresses, what falls due, a step on the path to certification."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.models import AISystem
from controls import queries
from controls import registers as _registers  # noqa: F401 (they make themselves known)
from controls import standing as _standing  # noqa: F401 (its pane makes itself known)
from controls.catalogue import catalogue
from controls.models import Control, StatementOfApplicability
from controls.services import imports as _imports  # noqa: F401 (what can be imported makes itself known)
from controls.services import reopen
from controls.words import title_of
from core import agenda, approvals, places, registries
from core.actor import Actor
from core.agenda import Due
from core.belongings import Belonging
from core.change import Change
from core.models import Membership, Person
from core.places import Creatable, Place
from core.queries import fields
from core.scope import Scope

places.register(
    Place(
        "risks", gettext_lazy("Statement of Applicability"), "soa", "controls.read", order=20,
        children=(
            Place("risks", gettext_lazy("Grid"), "soa"),
            Place("risks", gettext_lazy("List"), "soa_list"),
            Place("risks", gettext_lazy("Versions"), "soa_versions"),
            Place("risks", gettext_lazy("Differences"), "soa_differences"),
        ),
    )
)  # fmt: skip
places.register_new(Creatable(gettext_lazy("Own control"), "control_new", "controls.decide", order=60))
registries.commented(Control)
registries.address(Control, "control", gettext_lazy("Control"), by="code")
registries.address(StatementOfApplicability, "soa", gettext_lazy("Statement of Applicability"), by="")


@registries.titles.add("controls.control", "controls.titles")
def title_in_the_language_of_the_reader(stored: str) -> str:
    """Code and title of a control; own controls keep theirs."""
    code, _space, title = stored.partition(" ")
    return f"{code} {title_of(code, title)}"


@registries.said_titles.add("controls.control", "controls.titles")
def titles_that_say(word: str) -> list[str]:
    """Stored titles of the controls whose title holds a word in the language of the reader."""
    said = [one for one in catalogue().controls if word.casefold() in str(one.title).casefold()]
    with translation.override("en"):
        return [f"{one.code} {one.title}" for one in said]


@registries.settled.add("controls.control", "controls.statement")
def with_its_approver(record: Control) -> str:
    """What an approver looks at stands still, for undo too."""
    asked = StatementOfApplicability.objects.filter(management_system_id=record.management_system_id)
    if not asked.filter(state=StatementOfApplicability.SUBMITTED).exists():
        return ""
    return _("The Statement of Applicability is with its approver.")


@registries.belongings.add("*", "controls")
def belongings_of(scope: Scope, person_id: uuid.UUID) -> Iterator[Belonging]:
    """Controls a person owns, and the statement that waits for their decision."""
    owned = Control.objects.of(scope).filter(owner=person_id).order_by("position", "code")
    yield Belonging("controls", gettext_lazy("Controls"), list(owned), _give_control, reopen)
    asked = StatementOfApplicability.objects.of(scope).filter(
        submitted_to=person_id, state=StatementOfApplicability.SUBMITTED
    )
    yield Belonging("soa", gettext_lazy("Decision on the Statement of Applicability"), list(asked), _ask_other)


def _give_control(control: Control, to: Person, actor: Actor) -> None:
    if why := with_its_approver(control):
        raise ValidationError(why)
    control.owner = to


def _ask_other(statement: StatementOfApplicability, to: Person, actor: Actor) -> None:
    authors = queries.authors_of(statement) | {statement.submitted_by_id}
    statement.submitted_to = approvals.decider(statement, "controls.approve", to.pk, authors)


@registries.merges.add("aims.aisystem", "controls.of_system")
def controls_move_along(unit: Change, gone: AISystem, kept: AISystem) -> None:
    """Where a control is limited to a system, that holds for the one it was merged into; an exclusion does not.

    A system that the control covered stays covered; it stays excluded where it was excluded itself (6.1.3 f).
    Raises ValidationError while the statement is with its approver.
    """
    found = list(Control.objects.filter(systems=gone))
    if found and (why := with_its_approver(found[0])):
        raise ValidationError(why)
    limited = [control for control in found if control.where != Control.EXCEPT]
    unit.relink(limited, "systems", gone, kept)
    excluded = [control for control in found if control.where == Control.EXCEPT]
    others = Control.systems.through.objects.filter(control__in=excluded).exclude(system=gone)
    still = set(others.values_list("control_id", flat=True))
    for control in excluded:
        if control.pk not in still:
            control.where = Control.ALL
    unit.relink(excluded, "systems", gone, None)


@registries.panels.add("aims.aisystem", "controls.of_system")
def limits_of_system(record: Any, scope: Scope, actor: Any) -> tuple[str, dict[str, Any]] | None:
    """Controls that apply here but not to this AI system, with the reason, on its page."""
    rows = queries.limits_of(scope, record.pk)
    return ("controls/of_system.html", {"rows": rows}) if rows else None


@registries.agenda.add("*", "controls.reviews")
def reviews(scope: Scope) -> Iterator[Due]:
    """Reviews of applicable controls: for their owners, on the day that was set."""
    for control in Control.objects.of(scope).applicable().exclude(next_review=None).order_by("next_review"):
        yield Due(
            _("Review %(code)s %(title)s") % {"code": control.code, "title": title_of(control.code, control.title)},
            "control_edit",
            {"code": control.code}, people=(control.owner_id,), on=control.next_review, ref=control.code, minutes=3,
            read_at="control",
        )  # fmt: skip


@registries.agenda.add("*", "controls.statement")
def statement(scope: Scope) -> Iterator[Due]:
    """A decision for the approver, or a returned statement for whoever submitted it."""
    record = queries.statement_or_none(scope)
    if record is None:
        return
    since = record.submitted_at.astimezone(scope.zone).date() if record.submitted_at else None
    if record.state == StatementOfApplicability.SUBMITTED:
        yield Due(
            _("Decide on the Statement of Applicability"), "soa_approve", people=(record.submitted_to_id,), since=since,
            read_at="soa", decision=True, minutes=10,
            why=_("Submitted by %(name)s") % {"name": record.submitted_by.name},
        )  # fmt: skip
    elif record.state == StatementOfApplicability.RETURNED:
        yield Due(
            _("Mend the returned Statement of Applicability"), "soa", people=(record.submitted_by_id,), since=since,
            why=record.return_comment, minutes=15,
        )  # fmt: skip


@registries.agenda.add("*", "controls.undecided")
def open_decisions(scope: Scope) -> Iterator[Due]:
    """Controls nobody has decided: one line for the managers, not 38."""
    undecided = Control.objects.of(scope).undecided().count()
    if not undecided:
        return
    managers = [
        row.person_id for row in Membership.objects.of(scope).valid_at(scope.moment) if "manager" in row.roles
    ]  # fmt: skip
    yield Due(
        _("Decide %(n)d controls") % {"n": undecided}, "soa", people=tuple(managers), query="show=undecided",
        minutes=4 * undecided,
    )  # fmt: skip


def approved(scope: Scope) -> tuple[int, int, bool]:
    """Controls decided of all; done only once a version is approved."""
    rows = list(Control.objects.of(scope).values_list("applies", flat=True))
    decided = sum(applies != Control.UNDECIDED for applies in rows)
    record = queries.statement_or_none(scope)
    if record is None:
        return 0, 0, False
    return decided, len(rows), decided == len(rows) and bool(queries.versions_of(scope, record))


agenda.path_step("soa", 70, gettext_lazy("SoA approved"), "soa", approved, rows=("soa", "show=decided", ""))
fields.call(
    {
        "position": gettext_lazy("Position"),
        "submitted_by": gettext_lazy("Submitted by"),
        "submitted_to": gettext_lazy("Submitted to"),
        "submitted_at": gettext_lazy("Submitted"),
        "returned_by": gettext_lazy("Returned by"),
        "return_comment": gettext_lazy("Comment on return"),
        "annex_a_compared_by": gettext_lazy("Annex A compared by"),
        "annex_b_considered_by": gettext_lazy("Annex B considered by"),
    }
)
