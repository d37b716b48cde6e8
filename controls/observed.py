"""What live evidence shows of a control, beside what is declared of it; rooms above bring the evidence.

Rooms register under ``core.registries.observed`` (key "*") a function of the scope that gives control code →
``Observed``. "Nothing wrong was found" and "nothing was looked at" are different answers.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from controls.models import Control
from core import registries
from core.scope import Scope

IN_LINE, FINDINGS, CONTRADICTS, NO_DATA = "in_line", "findings_open", "contradicts", "no_data"
LABELS: dict[str, Any] = {
    IN_LINE: _("In line"),
    FINDINGS: _("Open findings"),
    CONTRADICTS: _("Contradicts"),
    NO_DATA: _("No data"),
}
HEAVY = frozenset({"high", "critical"})
"""What is open so badly does not go together with a control that is said to be in place."""


@dataclass(frozen=True)
class Observed:
    """What evidence shows of one control: when it was collected last, the worst that is open, and where it is."""

    at: datetime.datetime
    worst: str = ""
    evidence: Sequence[str] = ()
    """References of items of evidence, the newest first."""
    notes: Sequence[Any] = field(default=())


def observed(scope: Scope) -> dict[str, Observed]:
    """Control code → what is observed; controls that nothing speaks to are left out."""
    found: dict[str, Observed] = {}
    for _name, function in registries.observed.get("*"):
        for code, one in function(scope).items():
            known = found.get(code)
            found[code] = one if known is None or one.at > known.at else known
    return found


def standing(control: Control, seen: Observed | None) -> str:
    """Whether what is observed goes together with what is declared: IN_LINE, FINDINGS, CONTRADICTS or NO_DATA.

    Only a control that is declared as in place is contradicted, and only by what is open and high or critical.
    """
    if seen is None:
        return NO_DATA
    claimed = control.applies == Control.YES and control.status == Control.IN_PLACE
    if claimed and seen.worst in HEAVY:
        return CONTRADICTS
    return FINDINGS if seen.worst else IN_LINE
