"""What the room draws on Where we stand: AI systems by state and life-cycle stage, and what they lack."""

from typing import Any

from django.utils.translation import gettext as _

from aims.models import AISystem
from core import registries
from core.actor import Actor
from core.registers.figures import figures
from core.scope import Scope

WIDEST = 84
"""Length of the longest bar."""


@registries.panels.add("where-we-stand", "aims.systems")
def systems_by_stage(record: Any, scope: Scope, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Systems in scope by stage as bars, the others by state, and what nobody has looked after."""
    wanted = [
        (_("In scope"), "state=in_scope"),
        (_("To be screened"), "state=to_screen"),
        (_("Out of scope"), "state=out_of_scope"),
        (_("Retired"), "state=retired"),
        (_("No owner"), "flag=no_owner"),
        (_("No current risk assessment"), "flag=not_assessed"),
        (_("No EU AI Act class"), "state=in_scope&ai_act_class=none"),
        (_("Review due"), "flag=review_due"),
        *((label, f"state=in_scope&stage={code}") for code, label in AISystem.STAGES),
    ]
    found = figures(scope, actor, "systems", wanted)
    if not any(one.number for one in found[:4]):
        return None
    stages = [one for one in found[8:] if one.number]
    most = max((one.number for one in stages), default=1)
    bars = [(one, max(round(WIDEST * one.number / most), 2)) for one in stages]
    return "aims/standing.html", {"order": 20, "in_scope": found[0], "bars": bars, "facts": found[1:8]}
