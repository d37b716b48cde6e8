"""Flows of sensitive data as they are stored: by template, with the places that add up to each where there are more."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from apis.exposure.tallies import Tally
from apis.exposure_records import FlowLooked, FlowTally
from apis.models import Service
from apis.paths import Places
from core.change import chunks

TOLD = ("count", "validated", "examples", "first_at", "last_at", "parts")


class Flow(NamedTuple):
    """Which flow; ``path`` is a place, or the template it has now."""

    method: str
    path: str
    model: str
    code: str
    where: str
    direction: str


@dataclass(frozen=True)
class Met:
    """What was met on a flow, and from when to when. Adds up in any order."""

    tally: Tally
    first_at: datetime
    last_at: datetime

    def __add__(self, other: "Met") -> "Met":
        return Met(self.tally + other.tally, min(self.first_at, other.first_at), max(self.last_at, other.last_at))

    def told(self) -> list[Any]:
        """As a record keeps it."""
        return [self.tally.count, self.tally.validated, list(self.tally.examples), self.first_at.isoformat(),
                self.last_at.isoformat()]  # fmt: skip

    @classmethod
    def of(cls, told: Iterable[Any]) -> "Met":
        """What a record keeps."""
        count, validated, examples, first, last = told
        return cls(Tally(count, validated, tuple(examples)), _moment(first), _moment(last))


def _moment(told: datetime | str) -> datetime:
    return datetime.fromisoformat(told) if isinstance(told, str) else told


def add(service: Service, places: Places, met: Mapping[Flow, Met]) -> None:
    """Add what was met by place; everything counts under the template that its place has now."""
    rows = {_flow(row): row for row in FlowTally.objects.filter(service=service)}
    found: dict[Flow, dict[str, Met]] = defaultdict(dict)
    for flow, row in rows.items():
        for place, told in (row.parts or {flow.path: [getattr(row, name) for name in TOLD[:-1]]}).items():
            found[flow._replace(path=places.of((flow.method, place)))][place] = Met.of(told)
    for flow, one in met.items():
        parts = found[flow._replace(path=places.of((flow.method, flow.path)))]
        parts[flow.path] = parts[flow.path] + one if flow.path in parts else one
    _write(service, rows, found)


def _flow(row: FlowTally) -> Flow:
    return Flow(row.method, row.template, row.model, row.code, row.where, row.direction)


def _write(service: Service, rows: Mapping[Flow, FlowTally], found: Mapping[Flow, dict[str, Met]]) -> None:
    new, changed = [], []
    for flow, parts in found.items():
        row, known = rows.get(flow), flow in rows
        if row is None:
            named = {"template" if name == "path" else name: value for name, value in flow._asdict().items()}
            row = FlowTally(service=service, management_system_id=service.management_system_id, **named)
        before = [getattr(row, name) for name in TOLD]
        _tell(row, parts)
        if not known:
            new.append(row)
        elif before != [getattr(row, name) for name in TOLD]:
            changed.append(row)
    for part in chunks([row.pk for flow, row in rows.items() if flow not in found], 500):
        FlowTally.objects.filter(pk__in=part).delete()
    FlowTally.objects.bulk_create(new, batch_size=500)
    FlowTally.objects.bulk_update(changed, TOLD, batch_size=200)


def _tell(row: FlowTally, parts: Mapping[str, Met]) -> None:
    first, *rest = parts.values()
    whole = sum(rest, start=first)
    row.count, row.validated, row.examples = whole.tally.count, whole.tally.validated, list(whole.tally.examples)
    row.first_at, row.last_at = whole.first_at, whole.last_at
    row.parts = {} if parts.keys() == {row.template} else {place: parts[place].told() for place in sorted(parts)}


def add_looked(service: Service, places: Places, looked: Mapping[tuple[str, str], tuple[int, int]]) -> None:
    """Add of how many calls bodies could be looked at, by (method, place)."""
    rows = {(row.method, row.template): row for row in FlowLooked.objects.filter(service=service)}
    found: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(dict)
    for (method, template), row in rows.items():
        for place, numbers in (row.parts or {template: [row.requests, row.responses]}).items():
            found[method, places.of((method, place))][place] = numbers
    for (method, place), numbers in looked.items():
        parts = found[method, places.of((method, place))]
        before = parts.get(place, (0, 0))
        parts[place] = [before[0] + numbers[0], before[1] + numbers[1]]
    for (method, template), parts in found.items():
        known = rows.pop((method, template), None)
        row = known or FlowLooked(
            service=service, management_system_id=service.management_system_id, method=method, template=template
        )
        before_parts, before_sums = row.parts, (row.requests, row.responses)
        row.requests, row.responses = (sum(each) for each in zip(*parts.values(), strict=True))
        row.parts = {} if parts.keys() == {template} else dict(sorted(parts.items()))
        if known is None or (before_parts, before_sums) != (row.parts, (row.requests, row.responses)):
            row.save()
    FlowLooked.objects.filter(pk__in=[row.pk for row in rows.values()]).delete()
