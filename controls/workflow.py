"""The Statement of Applicability: working copy → submitted → returned or approved (ISO/IEC 42001, 6.1.3 f).

An approved statement becomes a working copy again with the first edit (controls.services), which is nobody's step.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controls import queries
from controls.models import Control, StatementOfApplicability
from core import approvals, clock
from core.actor import Actor
from core.models import Comment
from core.records import type_of
from core.workflow import Obstacle, Step, Taking, Workflow, register

WORKING, SUBMITTED = StatementOfApplicability.WORKING, StatementOfApplicability.SUBMITTED
RETURNED, APPROVED = StatementOfApplicability.RETURNED, StatementOfApplicability.APPROVED
NAMED = 8


@dataclass(frozen=True)
class Submission:
    """Who is asked to decide."""

    to: uuid.UUID


@dataclass(frozen=True)
class ReturnedLines:
    """Comments by control code, besides the comment on the whole."""

    lines: dict[str, str] = field(default_factory=dict)


def every_control_is_decided(record: StatementOfApplicability, actor: Actor) -> Obstacle | None:
    """Every control, own ones too, applies or does not."""
    codes = _codes(record, applies=Control.UNDECIDED)
    if not codes:
        return None
    says = ngettext("%(codes)s is not decided.", "%(n)d controls are not decided: %(codes)s.", len(codes))
    return Obstacle("undecided", says % {"n": len(codes), "codes": _named(codes)}, _grid(record, "undecided"))


def every_decision_has_a_reason(record: StatementOfApplicability, actor: Actor) -> Obstacle | None:
    """At least twenty characters for inclusion and exclusion alike."""
    rows = Control.objects.filter(management_system_id=record.management_system_id)
    decided = rows.exclude(applies=Control.UNDECIDED).in_order().values_list("code", "reason")
    codes = [code for code, reason in decided if len(reason.strip()) < queries.SHORTEST_REASON]
    if not codes:
        return None
    says = ngettext(
        "%(codes)s needs a reason of at least %(least)d characters.",
        "%(n)d controls need a reason of at least %(least)d characters: %(codes)s.",
        len(codes),
    )
    values = {"n": len(codes), "codes": _named(codes), "least": queries.SHORTEST_REASON}
    return Obstacle("reasons", says % values, _grid(record, "no-reason"))


def annex_a_was_compared(record: StatementOfApplicability, actor: Actor) -> Obstacle | None:
    """The first dated confirmation (6.1.3 c)."""
    if record.annex_a_compared_on:
        return None
    return Obstacle("annex-a", _("Nobody has confirmed the comparison with Annex A."), f"{_grid(record)}#confirmations")


def annex_b_was_considered(record: StatementOfApplicability, actor: Actor) -> Obstacle | None:
    """The second dated confirmation (6.1.3)."""
    if record.annex_b_considered_on:
        return None
    return Obstacle("annex-b", _("Nobody has confirmed that Annex B was considered."), f"{_grid(record)}#confirmations")


def something_changed(record: StatementOfApplicability, actor: Actor) -> Obstacle | None:
    """A version that says what the last one says would decide nothing."""
    latest = queries.latest_of(record)
    if latest is None or approvals.drifted(latest, queries.current_content(record)):
        return None
    return Obstacle("no-difference", _("Nothing differs from v%(number)d.") % {"number": latest.number})


def note_submission(taking: Taking) -> None:
    """Remember who asks whom; the asked must be able to decide and not have written part of it."""
    record, to = taking.record, getattr(taking.inputs, "to", None)
    record.submitted_by_id, record.submitted_at = taking.actor.person_id, clock.now()
    if taking.actor.person_id is None:
        raise ValidationError(_("Only a person can submit this."))
    authors = queries.authors_of(record) | {taking.actor.person_id}
    record.submitted_to = approvals.decider(record, "controls.approve", to, authors)


def note_return(taking: Taking) -> None:
    """Keep the comment on the whole, and one comment a line."""
    record = taking.record
    record.returned_by_id, record.return_comment = taking.actor.person_id, taking.reason.strip()
    lines = dict(getattr(taking.inputs, "lines", None) or {})
    known = set(_codes(record))
    if set(lines) - known:
        raise ValidationError(_("There is no control %(code)s.") % {"code": min(set(lines) - known)})
    texts = {"": record.return_comment, **{code: text.strip() for code, text in lines.items() if text.strip()}}
    for line, text in texts.items():
        comment = Comment(
            record_type=type_of(record), record_id=record.pk, line=line, text=text, person_id=taking.actor.person_id
        )
        taking.change.save(comment)


def forget_return(taking: Taking) -> None:
    """Forget the return before."""
    taking.record.returned_by, taking.record.return_comment = None, ""


SOA = register(
    Workflow(
        model=StatementOfApplicability,
        states=StatementOfApplicability.STATES,
        content=queries.current_content,
        authors=queries.authors_of,
        steps=(
            Step(
                "submit", (WORKING, RETURNED), SUBMITTED, "controls.submit", gettext_lazy("Submit"), Submission,
                needs=(
                    every_control_is_decided, every_decision_has_a_reason, annex_a_was_compared,
                    annex_b_was_considered, something_changed,
                ),
                effect=note_submission,
            ),
            Step("withdraw", (SUBMITTED,), WORKING, "controls.withdraw", gettext_lazy("Withdraw")),
            Step(
                "return", (SUBMITTED,), RETURNED, "controls.return", gettext_lazy("Return with comment"), ReturnedLines,
                effect=note_return, reason_required=True,
            ),
            Step(
                "approve", (SUBMITTED,), APPROVED, "controls.approve", gettext_lazy("Approve"),
                needs=(every_control_is_decided, every_decision_has_a_reason),
                effect=forget_return, signs=True, meaning=queries.MEANING,
            ),
        ),
    )
)  # fmt: skip


def _codes(record: StatementOfApplicability, **having: str) -> list[str]:
    rows = Control.objects.filter(management_system_id=record.management_system_id, **having)
    return list(rows.in_order().values_list("code", flat=True))


def _named(codes: Sequence[str]) -> str:
    shown = list(codes[:NAMED])
    if len(codes) > NAMED:
        shown.append(ngettext("%(n)d more", "%(n)d more", len(codes) - NAMED) % {"n": len(codes) - NAMED})
    return str(get_text_list(shown, _("and")))


def _grid(record: StatementOfApplicability, show: str = "") -> str:
    address = reverse("soa", kwargs={"slug": record.management_system.slug})
    return f"{address}?show={show}" if show else address
