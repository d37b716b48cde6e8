"""Risk criteria: version 1 for everyone, changed in a working copy, in force by approval (6.1.1, 6.1.2)."""

from typing import Any

from django.utils.translation import gettext as _

from core import policy
from core.actor import Actor
from core.change import Change, change
from core.errors import StepRefused
from core.models import ManagementSystem
from core.services.tenancy import starter
from core.wording import inside
from core.workflow import Obstacle
from risks import methodology, rating
from risks.effects import person_of, today_of
from risks.models import Methodology, OpportunityReview, Risk

OPEN = (Methodology.WORKING, Methodology.RETURNED)


@starter
def start_methodology(unit: Change, tenant: ManagementSystem) -> None:
    """Every management system begins with version 1 of the shipped methodology as a working copy."""
    unit.save(Methodology(number=1, content=methodology.default_content()))


def change_criteria(
    *,
    actor: Actor,
    criteria: Methodology,
    content: dict[str, Any],
    expected_version: int | None = None,
    reason: str = "",
) -> Methodology:
    """Change a working copy; drafts are looked up anew. Raises Forbidden, Stale, StepRefused, ValidationError."""
    policy.require(actor, "risks.change_criteria", criteria)
    methodology.validate(content)
    with change(actor, "risks.criteria.change", reason=reason) as unit:
        fresh = unit.fetch(Methodology, criteria.pk, expected_version)
        if fresh.state not in OPEN:
            says = _("This version is %(state)s: revise it as a new version.") % {
                "state": inside(Methodology.STATES[fresh.state])
            }
            raise StepRefused("change", [Obstacle("frozen", says)])
        fresh.content = content
        unit.save(fresh)
        _rate_drafts(unit)
        return fresh


def revise_criteria(*, actor: Actor, reason: str = "") -> Methodology:
    """Begin the next version as a copy of the one in force. Raises Forbidden, StepRefused while one is open."""
    policy.require(actor, "risks.change_criteria")
    with change(actor, "risks.criteria.revise", reason=reason) as unit:
        rows = Methodology.objects.filter(management_system_id=actor.management_system_id)
        newest = rows.order_by("-number").first()
        if newest is None or newest.state != Methodology.APPROVED:
            raise StepRefused("revise", [Obstacle("open", _("There is a working copy already."))])
        return unit.save(Methodology(number=newest.number + 1, content=newest.content))


def consider_opportunities(*, actor: Actor, conclusion: str) -> OpportunityReview:
    """Record that opportunities were considered and what came of it (6.1.1). Raises Forbidden, ValidationError."""
    policy.require(actor, "risks.consider_opportunities")
    with change(actor, "risks.opportunities.consider") as unit:
        today = today_of(actor.management_system_id)
        return unit.save(OpportunityReview(on=today, by_id=person_of(actor), conclusion=conclusion.strip()))


def _rate_drafts(unit: Change) -> None:
    """Drafts follow the working criteria at once; assessed risks keep the level they were assessed with."""
    criteria = rating.criteria_for(unit.management_system_id)
    drafts = Risk.objects.filter(management_system_id=unit.management_system_id, state=Risk.DRAFT)
    for risk in drafts:
        rating.rate(risk, criteria)
        risk.methodology = criteria
        unit.save(risk)
