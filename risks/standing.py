"""What the room draws on Where we stand: the map of today, levels, what is outside the criteria."""

from typing import Any

from django.utils.translation import gettext as _

from core import registries
from core.actor import Actor
from core.queries import standing
from core.registers.figures import figures
from core.scope import Scope
from risks import queries
from risks.models import Risk
from risks.registers import LEVELS
from risks.views.base import drawn

RATED = "state=assessed&state=in_treatment&state=accepted&kind=threat"


@registries.panels.add("where-we-stand", "risks.today")
def risks_today(record: Any, scope: Scope, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """The map of today beside how many are at which level, above the criteria, accepted until a day."""
    criteria = queries.criteria_in_force(scope)
    if criteria is None or not Risk.objects.of(scope).exists():
        return None
    levels = [(label, f"level={code}&{RATED}") for code, label in reversed(LEVELS.items())]
    marks = [
        (_("Likelihood cannot be estimated"), "flag=unknown"),
        (_("Above criteria"), "flag=above"),
        (_("Above criteria, nothing being done"), "flag=untreated"),
        (_("Accepted until a day to come"), "flag=in_force"),
        (_("Acceptances ending in 60 days"), "flag=ending"),
        (_("Acceptance expired"), "flag=expired"),
        (_("Assumptions changed"), "flag=changed"),
        (_("Review due"), "flag=due"),
        (_("Never assessed"), "state=draft"),
    ]
    found = figures(scope, actor, "risks", [(_("Rated"), RATED), *levels, *marks])
    slug = standing.slug_of(scope)
    heat = drawn(
        criteria.content, counts=queries.heat_counts(scope, "today"),
        url=lambda place: standing.at(scope, slug, "risks", f"place=today-{place[0]}x{place[1]}"),
        caption=_("Today: consequence down, likelihood across; number of risks in each cell"),
    )  # fmt: skip
    levels_found = zip(reversed(LEVELS), found[1:5], strict=True)
    return "risks/standing.html", {
        "order": 10, "heat": heat, "rated": found[0], "levels": list(levels_found), "marks": found[5:],
    }  # fmt: skip
