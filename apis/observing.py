"""What evidence shows of API requirements and of the controls of Annex A that they support."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from apis.evidence_records import CONTRADICTS, IN_LINE, NO_DATA, OBSERVED, ServiceEvidence
from apis.posture.requirements import Requirement, requirements
from apis.services.proving import RANK, months_back
from controls.observed import Observed
from core.scope import Scope

FRESH_MONTHS = 1
"""Evidence of this month and the one before counts as what is so now; older evidence is no data of today."""


@dataclass(frozen=True)
class Told:
    """What the newest evidence of one service says of one requirement."""

    evidence: ServiceEvidence
    state: str
    judged: int
    open: int
    accepted: int
    worst: str

    @property
    def label(self) -> Any:
        """Its state in words."""
        return OBSERVED[self.state]


@dataclass
class Line:
    """An API requirement and what the evidence of all services says of it."""

    requirement: Requirement
    told: list[Told] = field(default_factory=list)
    older: datetime.date | None = None
    """The month of the newest evidence where it is too old to count."""

    @property
    def state(self) -> str:
        """Contradicted by one service, else borne out by one, else no data."""
        states = {one.state for one in self.told}
        return next((state for state in (CONTRADICTS, IN_LINE) if state in states), NO_DATA)

    @property
    def label(self) -> Any:
        """The state in words."""
        return OBSERVED[self.state]

    @property
    def open(self) -> int:
        """Findings open about it."""
        return sum(one.open for one in self.told)

    @property
    def worst(self) -> str:
        """The worst severity that is open, "" where nothing is."""
        return max((one.worst for one in self.told), key=RANK.index, default="")

    @property
    def at(self) -> datetime.datetime | None:
        """When the newest evidence of it was collected."""
        return max((one.evidence.item.collected_at for one in self.told), default=None)


def newest(scope: Scope) -> list[ServiceEvidence]:
    """The newest evidence of every service, whatever its age."""
    rows = ServiceEvidence.objects.of(scope).select_related("service", "item").order_by("month")
    return sorted({one.service_id: one for one in rows}.values(), key=lambda one: one.service.name.casefold())


def lines(scope: Scope) -> list[Line]:
    """Every requirement in order, with what evidence says of it now."""
    found = {code: Line(one) for code, one in requirements().items()}
    since = months_back(scope.today, FRESH_MONTHS)
    for evidence in newest(scope):
        for code, told in evidence.requirements.items():
            if code not in found or told["state"] == NO_DATA:
                continue
            if evidence.month >= since:
                found[code].told.append(Told(evidence, **told))
            else:
                found[code].older = max(filter(None, (found[code].older, evidence.month)))
    return list(found.values())


def of_control(known: Iterable[Line], code: str) -> list[Line]:
    """The requirements that support a control."""
    return [one for one in known if code in one.requirement.annex]


def observed_controls(scope: Scope) -> dict[str, Observed]:
    """Control of Annex A → what the evidence of its requirements shows; controls without data are left out."""
    by_control: dict[str, list[Line]] = defaultdict(list)
    for line in scope.once("apis.lines", lines):
        if line.told:
            for code in line.requirement.annex:
                by_control[code].append(line)
    return {code: _observed(found) for code, found in by_control.items()}


def _observed(found: list[Line]) -> Observed:
    told = sorted((one.evidence for line in found for one in line.told), key=lambda one: one.item.collected_at)
    refs = tuple(dict.fromkeys(one.item.ref for one in reversed(told)))
    worst = max((line.worst for line in found), key=RANK.index)
    return Observed(told[-1].item.collected_at, worst, refs, tuple(line.requirement.code for line in found))
