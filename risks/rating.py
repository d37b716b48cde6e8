"""Ratings of one risk: what may be typed, what is looked up, what an assessment needs (6.1.2)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.models import Control
from risks import methodology
from risks.models import CANNOT_BE_ESTIMATED, DIMENSIONS, Methodology, Risk

RATINGS = ("before", "today", "target")
RATED = tuple(f"{when}_{part}" for when in RATINGS for part in ("likelihood", "consequences"))
"""The fields an assessment decides on."""


def criteria_for(management_system_id: Any) -> Methodology:
    """The criteria levels are looked up in now."""
    found = Methodology.objects.filter(management_system_id=management_system_id).in_force()
    if found is None:
        raise ValidationError(_("There are no risk criteria yet."))
    return found


def clean_consequences(method: Mapping[str, Any], given: Any, field: str) -> dict[str, int]:
    """Consequences by dimension without those not assessed. Raises ValidationError naming the field."""
    highest = len(method["consequence"])
    if not isinstance(given, Mapping) or set(given) - {one["code"] for one in method["dimensions"]}:
        raise ValidationError({field: _("There is no such dimension of consequence.")})
    kept = {code: value for code, value in given.items() if value is not None}
    if not all(type(value) is int and 0 <= value <= highest for value in kept.values()):
        raise ValidationError({field: _("A consequence is between 0 (none) and %(highest)d.") % {"highest": highest}})
    return {code: kept[code] for code in DIMENSIONS if code in kept}


def rate(risk: Risk, criteria: Methodology) -> None:
    """Look the three levels up and say whether today's is above the criteria. Raises ValidationError."""
    method = criteria.content
    steps = {step["value"] for step in method["likelihood"]}
    for when in RATINGS:
        chosen = risk.likelihood(when)
        if chosen is not None and (type(chosen) is not int or chosen not in steps):
            raise ValidationError({f"{when}_likelihood": _("There is no such likelihood.")})
        consequences = clean_consequences(method, risk.consequences(when), f"{when}_consequences")
        found = methodology.rated(method, chosen, consequences)
        setattr(risk, f"{when}_consequences", consequences)
        setattr(risk, f"{when}_consequence", found.consequence)
        setattr(risk, f"{when}_level", found.level)
    risk.above_criteria = risk.is_threat and methodology.above(method, risk.today_level)


def copy_before_to_today(risk: Risk) -> None:
    """Today starts as a copy of Before controls until somebody rates it."""
    if risk.today_likelihood is None and not risk.today_consequences:
        risk.today_likelihood, risk.today_consequences = risk.before_likelihood, dict(risk.before_consequences)


def rank_of(risk: Risk, when: str, method: Mapping[str, Any]) -> int:
    """The rank of a rating's level; 0 when not rated."""
    return methodology.ranks(method)[getattr(risk, f"{when}_level")]


def is_higher_today(risk: Risk, method: Mapping[str, Any]) -> bool:
    """Whether today's level is above the level before controls, which needs a reason."""
    return bool(risk.before_level) and rank_of(risk, "today", method) > rank_of(risk, "before", method)


def is_lower_today(risk: Risk, method: Mapping[str, Any]) -> bool:
    """Whether controls are said to have lowered the level."""
    return bool(risk.today_level) and rank_of(risk, "today", method) < rank_of(risk, "before", method)


def working(controls: Iterable[Control]) -> list[Control]:
    """Controls that count: they apply and are in place."""
    return [one for one in controls if one.status == Control.IN_PLACE and one.applies != Control.NO]


def lower_without_control(risk: Risk, method: Mapping[str, Any], controls: Iterable[Control]) -> bool:
    """Lower today than before although no control relied on is in place: a warning, not an error."""
    return is_lower_today(risk, method) and not working(controls)


def missing_to_assess(risk: Risk, method: Mapping[str, Any], *, has_systems: bool) -> dict[str, str]:
    """What keeps a risk from counting as assessed, by field."""
    found = {
        "title": not risk.title.strip() and _("Say in a few words what could happen"),
        "systems": not (has_systems or risk.whole_system)
        and _("Choose the AI systems concerned, or the whole management system"),
        "owner": risk.owner_id is None and _("Choose who owns this risk"),
        "before_likelihood": risk.before_likelihood is None and _("Rate the likelihood before controls"),
        "before_consequences": not risk.before_consequences
        and _("Rate the consequence before controls for at least one party"),
        "today_likelihood": risk.before_likelihood is not None
        and risk.today_likelihood is None
        and _("Rate the likelihood today"),
        "today_consequences": bool(risk.before_consequences)
        and not risk.today_consequences
        and _("Rate the consequence today for at least one party"),
        "not_estimable_reason": CANNOT_BE_ESTIMATED
        in (risk.before_likelihood, risk.today_likelihood, risk.target_likelihood)
        and not risk.not_estimable_reason.strip()
        and _("Say why the likelihood cannot be estimated"),
        "rationale": not risk.rationale.strip() and _("Say why you rated likelihood and consequence this way"),
        "today_reason": is_higher_today(risk, method)
        and not risk.today_reason.strip()
        and _("Today is higher than before controls: say why"),
    }
    return {name: says for name, says in found.items() if says}
