"""Write and assess risks (ISO/IEC 42001, 6.1.2, 8.2). Levels are looked up, never given."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from controls.models import Control
from core import clock, policy, workflow
from core.actor import Actor
from core.change import Change, change
from core.errors import StepRefused
from core.models import Membership
from core.workflow import Obstacle
from risks import rating
from risks.catalogue import risk_catalogue
from risks.effects import Assessing, Confirming
from risks.models import Acceptance, Risk
from risks.services.actions import Planned, write_planned

TEXTS = (
    "title", "kind", "cause", "event", "consequence", "whole_system", "stage", "objective", "source", "affected",
    "not_estimable_reason", "today_reason", "rationale", "confidence", "assessed_on", "assessed_with", "trigger",
    "option", "option_reason", "target_date", "next_review", "note",
)  # fmt: skip
LINKS = ("systems", "controls")
FIELDS = (*TEXTS, "owner", *rating.RATED, *LINKS)
"""What may be given; everything else of a risk follows from steps and from the rule."""
FROZEN = (
    "title", "kind", "cause", "event", "consequence", "affected", "systems", "whole_system", "owner", "stage",
    "objective", "source", *rating.RATED, "not_estimable_reason", "today_reason", "rationale", "confidence",
    "controls", "option", "option_reason", "target_date",
)  # fmt: skip
"""What somebody accepted; it changes only after the acceptance ended."""
COPIED = (*TEXTS, *rating.RATED)
UNSET: tuple[Any, ...] = (None, "", {}, [])


@dataclass(frozen=True)
class Written:
    """A risk after a form was saved, and what to warn of."""

    risk: Risk
    lower_without_control: bool = False


def register_risk(*, actor: Actor, reason: str = "", **fields: Any) -> Risk:
    """Add a risk to the register as a draft (6.1.2). Raises Forbidden, ValidationError naming the field."""
    policy.require(actor, "risks.register")
    with change(actor, "risks.register", reason=reason) as unit:
        return write(unit, Risk(), fields)


def register_from_catalogue(*, actor: Actor, code: str, language: str = "en", **fields: Any) -> Risk:
    """Start from an entry of the catalogue ("CAT-12"): its sentence, place and controls. Raises ValidationError."""
    given = {**catalogue_values(code, language), **fields}
    found = Control.objects.filter(management_system_id=actor.management_system_id, code__in=_entry(code).controls)
    given.setdefault("controls", list(found))
    return register_risk(actor=actor, reason=code, catalogue_code=code, **given)


def catalogue_values(code: str, language: str = "en") -> dict[str, Any]:
    """What an entry of the catalogue fills in. Raises ValidationError for an unknown code."""
    entry = _entry(code)
    kinds = {kind.code: kind.name.in_language(language) for kind in risk_catalogue().affected_kinds}
    return {
        "title": entry.title.in_language(language),
        "cause": entry.cause.in_language(language),
        "event": entry.event.in_language(language),
        "consequence": entry.consequence.in_language(language),
        "stage": entry.stages[0],
        "objective": entry.objectives[0],
        "source": entry.sources[0],
        "affected": ", ".join(kinds[code] for code in entry.affected),
    }


def copy_risk(*, actor: Actor, risk: Risk) -> Risk:
    """A new draft with the text, ratings and links of another risk; nothing of its assessments and acceptances."""
    policy.require(actor, "risks.read", risk)
    fields: dict[str, Any] = {name: getattr(risk, name) for name in COPIED}
    fields["title"] = _("Copy of %(title)s") % {"title": risk.title}
    members = Membership.objects.filter(management_system_id=risk.management_system_id).valid_at(clock.now())
    owner = members.filter(person=risk.owner).values_list("person_id", flat=True).first()  # who left owns nothing new
    fields.update(assessed_on=None, next_review=None, owner=owner, catalogue_code=risk.catalogue_code)
    fields.update(systems=list(risk.systems.all()), controls=list(risk.controls.all()))
    return register_risk(actor=actor, reason=risk.ref, **fields)


def change_risk(
    *, actor: Actor, risk: Risk, expected_version: int | None = None, reason: str = "", **fields: Any
) -> Risk:
    """Change what is given and look the levels up anew. Raises Forbidden, Stale, ValidationError naming the field."""
    policy.require(actor, "risks.change", risk)
    with change(actor, "risks.change", reason=reason) as unit:
        fresh = unit.fetch(Risk, risk.pk, expected_version)
        policy.require(actor, "risks.change", fresh)
        return write(unit, fresh, fields)


def save_form(
    *,
    actor: Actor,
    risk: Risk | None,
    expected_version: int | None,
    fields: dict[str, Any],
    actions: Sequence[Planned] = (),
    then: str = "",
) -> Written:
    """Save the whole form as one: risk, planned actions, then the step "assess" or "ask_for_acceptance", or none.

    Nothing is kept when any part is refused. Raises Forbidden, Stale, StepRefused, ValidationError.
    """
    assessing = then == "assess"
    with transaction.atomic():
        with change(actor, "risks.change" if risk else "risks.register") as unit:
            fresh = unit.fetch(Risk, risk.pk, expected_version) if risk else Risk()
            policy.require(actor, "risks.change" if risk else "risks.register", fresh if risk else None)
            fresh = write(unit, fresh, fields, assessing=assessing)
            write_planned(unit, fresh, actions)
        if then:
            fresh = workflow.take(then, fresh, actor=actor, inputs=Assessing() if assessing else None)
    criteria = rating.criteria_for(fresh.management_system_id)
    return Written(fresh, rating.lower_without_control(fresh, criteria.content, fresh.controls.all()))


def assess(
    *, actor: Actor, risk: Risk, expected_version: int | None = None, inputs: Assessing | None = None, **fields: Any
) -> Risk:
    """Mark as assessed, with last changes (6.1.2, 8.2). Raises ValidationError with what is missing by field."""
    policy.require(actor, "risks.assess", risk)
    with transaction.atomic():
        if fields:
            policy.require(actor, "risks.change", risk)
            with change(actor, "risks.change") as unit:
                fresh = write(unit, unit.fetch(Risk, risk.pk, expected_version), fields, assessing=True)
                expected_version = fresh.version
        return workflow.take("assess", risk, actor=actor, inputs=inputs, expected_version=expected_version)


def still_right(
    *,
    actor: Actor,
    risk: Risk,
    sentence: str,
    next_review: datetime.date | None = None,
    expected_version: int | None = None,
) -> Risk:
    """Confirm an assessment unchanged with one sentence (8.2). Raises StepRefused, Stale, ValidationError."""
    inputs = Confirming(sentence, next_review)
    return workflow.take("still_right", risk, actor=actor, inputs=inputs, expected_version=expected_version)


def start_treatment(*, actor: Actor, risk: Risk, expected_version: int | None = None) -> Risk:
    """The planned actions have begun. Raises StepRefused."""
    return workflow.take("treat", risk, actor=actor, expected_version=expected_version)


def reopen(*, actor: Actor, risk: Risk, reason: str, expected_version: int | None = None) -> Risk:
    """Back to Assessed; what was accepted ends. Raises StepRefused."""
    return workflow.take("reopen", risk, actor=actor, reason=reason, expected_version=expected_version)


def close(*, actor: Actor, risk: Risk, reason: str, expected_version: int | None = None) -> Risk:
    """Close with a reason; the record stays. Raises StepRefused."""
    return workflow.take("close", risk, actor=actor, reason=reason, expected_version=expected_version)


def delete_draft(*, actor: Actor, risk: Risk, expected_version: int | None = None) -> None:
    """Delete a risk that was never assessed, with its planned actions. Raises StepRefused for any other."""
    policy.require(actor, "risks.change", risk)
    with change(actor, "risks.delete-draft") as unit:
        fresh = unit.fetch(Risk, risk.pk, expected_version)
        if fresh.state != Risk.DRAFT or fresh.assessments.exists():
            raise StepRefused("delete", [Obstacle("not-a-draft", _("Only a draft can be deleted; close the risk."))])
        for action in fresh.actions.all():
            unit.delete(action)
        unit.delete(fresh)


# Inside -----------------------------------------------------------------------------------------------------------


def write(unit: Change, risk: Risk, fields: dict[str, Any], *, assessing: bool = False) -> Risk:
    """Put the given values on the record, look levels up, save with links."""
    catalogue_code = fields.pop("catalogue_code", None)
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise ValidationError({name: _("This cannot be given.") for name in sorted(unknown)})
    _refuse_what_is_settled(risk, fields, assessing=assessing)
    if catalogue_code:
        risk.catalogue_code = catalogue_code
    rates = risk.state == Risk.DRAFT or assessing
    for name, value in fields.items():
        if name == "owner":
            risk.owner_id = getattr(value, "pk", value)
        elif name not in LINKS and (rates or name not in rating.RATED):  # settled ratings were found to be the same
            setattr(risk, name, value)
    if not risk.title.strip():
        raise ValidationError({"title": _("Give the risk a title; everything else can wait")})
    rating.copy_before_to_today(risk)
    if rates:
        criteria = rating.criteria_for(unit.management_system_id)
        risk.methodology = criteria
        rating.rate(risk, criteria)
    return unit.save(risk, **{name: fields[name] for name in LINKS if name in fields})


def _refuse_what_is_settled(risk: Risk, fields: dict[str, Any], *, assessing: bool) -> None:
    """Ratings of an assessed risk change by assessing again; what somebody accepted changes after reopening."""
    if risk.state == Risk.DRAFT or assessing:
        return
    changed = [name for name in fields if _differs(risk, name, fields[name])]
    accepted = risk.state == Risk.ACCEPTED or risk.acceptances.filter(state=Acceptance.ACCEPTED).exists()
    if problems := settled(risk.state, changed, accepted=accepted):
        raise ValidationError(problems)


def settled(state: str, changed: Iterable[str], *, accepted: bool) -> dict[str, str]:
    """Why fields of a risk in this state cannot change, by field; a draft holds none of them."""
    if state == Risk.DRAFT:
        return {}
    if state == Risk.CLOSED:
        return {name: _("This risk is closed: reopen it first.") for name in changed}
    problems = {}
    for name in changed:
        if name in (*rating.RATED, "not_estimable_reason", "today_reason", "kind", "rationale", "confidence"):
            problems[name] = _("This belongs to the assessment: choose Mark as assessed to assess the risk again")
        elif accepted and name in FROZEN:
            problems[name] = _("This was accepted as it is: reopen the risk or assess it again to change it")
    return problems


def _differs(risk: Risk, name: str, value: Any) -> bool:
    if name in LINKS:
        has = {str(pk) for pk in getattr(risk, name).values_list("pk", flat=True)}
        return has != _ids(value)
    if name == "owner":
        return str(risk.owner_id or "") != str(getattr(value, "pk", value) or "")
    has = getattr(risk, name)
    if name.endswith("_consequences"):
        return (has or {}) != {code: one for code, one in (value or {}).items() if one is not None}
    return has != value and not (has in UNSET and value in UNSET)


def _ids(values: Iterable[Any]) -> set[str]:
    return {str(getattr(one, "pk", one)) for one in values}


def _entry(code: str) -> Any:
    try:
        return risk_catalogue().risk(code)
    except KeyError:
        raise ValidationError({"catalogue_code": _("There is no such entry in the catalogue.")}) from None
