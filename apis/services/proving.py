"""Keep evidence of a service: one item a month, a further version whenever a run shows something else (9.1, 7.5.3)."""

import calendar
import datetime
from collections.abc import Iterable
from typing import Any

from apis.evidence_records import CONTRADICTS, IN_LINE, NO_DATA, ServiceEvidence
from apis.evidence_sections import Looked, Speaks, sections
from apis.models import Service
from apis.posture.requirements import annex_of
from core import policy
from core.actor import Actor
from core.change import change
from core.scope import current
from evidence.models import Evidence
from evidence.services import Collected, collect

KIND = "api"
RANK = ("", "low", "medium", "high", "critical")


def prove(*, actor: Actor, service: Service) -> Evidence:
    """Collect the evidence of a service for this month; nothing is written when it says what it said. Raises Forbidden.

    Sections say what was looked at and found; requirements that they speak to have it attached.
    """
    policy.require(actor, "apis.judge", service)
    with change(actor, "evidence.collect") as unit:  # before reading, so that what is read last is kept last
        scope = current(service.management_system_id)
        looked = Looked(scope, unit.fetch(Service, service.pk), scope.today.replace(day=1))
        content = _content(looked)
        item, is_new = collect(unit, _collected(looked, content))
        if is_new:
            link = ServiceEvidence.objects.filter(service=service, month=looked.month).first()
            link = link or ServiceEvidence(service=service, month=looked.month, item=item)
            link.requirements = content["requirements"]
            unit.save(link)
    return item


def _content(looked: Looked) -> dict[str, Any]:
    found, service = sections(), looked.service
    content: dict[str, Any] = {
        "kind": KIND,
        "service": {"ref": service.ref, "name": service.name, "host": service.host},
        "systems": sorted(service.systems.values_list("ref", flat=True)),
        "month": f"{looked.month:%Y-%m}",
        "requirements": states_of(one for section in found for one in section.speaks(looked)),
        **{section.code: section.read(looked) for section in found},
    }
    spoken = [code for code, told in content["requirements"].items() if told["state"] != NO_DATA]
    content["controls"] = list(annex_of(spoken))
    return content


def _collected(looked: Looked, content: dict[str, Any]) -> Collected:
    month, service = looked.month, looked.service
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    return Collected(
        source=f"{KIND}:{service.pk}:{month:%Y-%m}", title=f"{service.name}, {month:%Y-%m}", kind=KIND,
        first=month, last=min(last, max(looked.scope.today, month)), content=content,
    )  # fmt: skip


def states_of(said: Iterable[Speaks]) -> dict[str, dict[str, Any]]:
    """API requirement → what all sections together say about it, in the order of the codes."""
    found: dict[str, dict[str, Any]] = {}
    for one in said:
        told = found.setdefault(one.code, {"state": NO_DATA, "judged": 0, "open": 0, "accepted": 0, "worst": ""})
        told["judged"] += one.judged
        told["open"] += one.open
        told["accepted"] += one.accepted
        told["worst"] = max(told["worst"], one.worst, key=RANK.index)
    for told in found.values():
        told["state"] = CONTRADICTS if told["open"] else IN_LINE if told["judged"] or told["accepted"] else NO_DATA
    return dict(sorted(found.items()))


def months_back(day: datetime.date, months: int) -> datetime.date:
    """The first day of a month so many months before a day."""
    count = day.year * 12 + day.month - 1 - months
    return datetime.date(count // 12, count % 12 + 1, 1)
