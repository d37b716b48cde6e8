"""Collect evidence: one item per source, a further version whenever the content is another."""

import datetime
from dataclasses import dataclass
from typing import Any

from core import canonical
from core.change import Change
from evidence.models import Evidence, EvidenceVersion


@dataclass(frozen=True)
class Collected:
    """What was collected of a source: its title, kind, the days it covers, and its content in canonical types."""

    source: str
    title: str
    kind: str
    first: datetime.date
    last: datetime.date
    content: dict[str, Any]


def collect(unit: Change, found: Collected) -> tuple[Evidence, bool]:
    """Keep what was collected inside a unit of work; returns the item and whether it got a further version."""
    content = canonical.plain(found.content)
    sha = canonical.digest(canonical.dumps(content))
    item = Evidence.objects.filter(management_system_id=unit.management_system_id, source=found.source).first()
    if item is not None and item.sha256 == sha:
        return item, False
    if item is None:
        item = Evidence(management_system_id=unit.management_system_id, source=found.source, kind=found.kind)
    item.title, item.period_from, item.period_to = found.title[:400], found.first, found.last
    item.number, item.sha256, item.collected_at = item.number + 1, sha, unit.now
    unit.save(item)
    unit.save(EvidenceVersion(item=item, number=item.number, at=item.collected_at, content=content, sha256=sha))
    return item, True
