"""Reads of data exposure: what was looked at, and the matrix of data classes and endpoints. The present only."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log10
from typing import Any

from django.db.models import Max, Min, QuerySet, Sum

from apis.exposure.classes import CLASSES, KINDS
from apis.exposure_records import FlowLooked, FlowTally
from apis.models import Endpoint, EndpointTraffic, Service
from apis.paths import Key
from core.scope import Scope

DRAWN = 40
"""Endpoints that the matrix draws, those with the gravest classes first."""
BAR = 40
"""Width of the bar of a cell; six digits fill it."""


@dataclass(frozen=True)
class Coverage:
    """What was looked at of a service: addresses of all calls, bodies of some."""

    service: Service
    calls: int
    requests: int  # calls whose request body could be looked at
    responses: int
    first: datetime.datetime | None
    last: datetime.datetime | None


@dataclass(frozen=True)
class Sums:
    """How often a class was met in one direction, and how many a validator confirmed."""

    direction: str
    count: int
    validated: int

    @property
    def percent(self) -> int:
        """Validated share in percent; 100 only when all are."""
        return self.validated * 100 // self.count if self.count else 0

    @property
    def bar(self) -> float:
        """Width of the whole bar, by powers of ten."""
        return round(min(BAR, 4 + 6 * log10(max(self.count, 1))), 1)

    @property
    def sure(self) -> float:
        """Width of its confirmed part."""
        return round(self.bar * self.validated / self.count, 1) if self.count else 0.0


@dataclass
class Cell:
    """A class at an endpoint."""

    code: str
    label: Any
    sums: list[Sums] = field(default_factory=list)
    to_model: bool = False


@dataclass
class Line:
    """An endpoint with a cell for each class of the matrix."""

    service: Service
    method: str
    template: str
    endpoint: Endpoint | None
    cells: list[Cell]

    @property
    def line(self) -> str:
        """The endpoint as people read it."""
        return f"{self.method} {self.template}"

    @property
    def to_model(self) -> bool:
        """Whether anything goes to a model."""
        return any(cell.to_model for cell in self.cells)


@dataclass(frozen=True)
class Drawing:
    """The matrix as it is drawn: classes across, endpoints down, how many endpoints are left out."""

    classes: tuple[tuple[str, Any, Any], ...]  # code, label, kind
    lines: tuple[Line, ...]
    left_out: int


def coverage(scope: Scope, service: Service | None = None, key: Key | None = None) -> list[Coverage]:
    """What was looked at, service by service, or at one endpoint; none in the past or without traffic."""
    if scope.past:
        return []
    calls = EndpointTraffic.objects.filter(management_system_id=scope.management_system_id)
    looked = FlowLooked.objects.of(scope)
    if service is not None:
        calls, looked = calls.filter(endpoint__service=service), looked.filter(service=service)
    if key is not None:
        calls = calls.filter(endpoint__method=key[0], endpoint__template=key[1])
        looked = looked.filter(method=key[0], template=key[1])
    told = {
        row["service"]: row
        for row in looked.order_by().values("service").annotate(asked=Sum("requests"), answered=Sum("responses"))
    }
    rows = (
        calls.order_by()
        .values("endpoint__service")
        .annotate(all=Sum("calls"), first=Min("first_at"), last=Max("last_at"))
    )
    services = Service.objects.of(scope).in_bulk([row["endpoint__service"] for row in rows])
    found = []
    for row in rows:
        bodies = told.get(row["endpoint__service"], {"asked": 0, "answered": 0})
        found.append(
            Coverage(services[row["endpoint__service"]], row["all"], bodies["asked"], bodies["answered"],
                     row["first"], row["last"])
        )  # fmt: skip
    return sorted(found, key=lambda one: (-one.calls, one.service.name))


def matrix(rows: QuerySet[FlowTally]) -> Drawing:
    """The matrix of flows: endpoints with the gravest classes first, the classes in the order of the catalogue."""
    sums: dict[tuple[Any, str, str], dict[str, Cell]] = {}
    grouped = (
        rows.order_by()
        .values("service", "method", "template", "code", "direction", "to_model")
        .annotate(all=Sum("count"), good=Sum("validated"))
    )
    for row in grouped:
        cells = sums.setdefault((row["service"], row["method"], row["template"]), {})
        cell = cells.setdefault(row["code"], Cell(row["code"], CLASSES[row["code"]].label))
        cell.to_model = cell.to_model or (row["to_model"] and row["direction"] == "request")
        _join(cell, Sums(row["direction"], row["all"], row["good"]))
    codes = [code for code in CLASSES if any(code in cells for cells in sums.values())]
    order = sorted(sums, key=lambda place: (_gravity(sums[place]), place[2], place[1]))[:DRAWN]
    services = Service.objects.in_bulk({place[0] for place in order})
    known = endpoints_at({place[0] for place in order})
    lines = tuple(
        Line(
            services[place[0]], place[1], place[2], known.get(place),
            [sums[place].get(code, Cell(code, CLASSES[code].label)) for code in codes],
        )
        for place in order
    )  # fmt: skip
    classes = tuple((code, CLASSES[code].label, KINDS[CLASSES[code].kind]) for code in codes)
    return Drawing(classes, lines, len(sums) - len(order))


def _join(cell: Cell, one: Sums) -> None:
    """Add a sum to the one of its direction; what was asked comes first."""
    had = next((each for each in cell.sums if each.direction == one.direction), None)
    if had is not None:
        cell.sums.remove(had)
        one = Sums(one.direction, one.count + had.count, one.validated + had.validated)
    cell.sums = sorted([*cell.sums, one], key=lambda each: each.direction)


def _gravity(cells: dict[str, Cell]) -> tuple[int, int, int]:
    """What comes first: the gravest class, then what goes to a model, then what is frequent."""
    times = sum(one.count for cell in cells.values() for one in cell.sums)
    to_model = any(cell.to_model for cell in cells.values())
    return -max(CLASSES[code].severity for code in cells), -int(to_model), -times


def endpoints_at(services: Iterable[Any]) -> dict[tuple[Any, str, str], Endpoint]:
    """(service, method, path) → the endpoint that stands there."""
    rows = Endpoint.objects.filter(service__in=list(services)).current()
    return {(one.service_id, one.method, one.template): one for one in rows}


def flows_of(scope: Scope, service: Service, key: Key | None = None) -> QuerySet[FlowTally]:
    """The flows of a service, or of one endpoint, by class."""
    rows = (
        FlowTally.objects.of(scope).filter(service=service).order_by("template", "method", "code", "direction", "where")
    )
    return rows if key is None else rows.filter(method=key[0], template=key[1])


SHOWN = 30
"""Flows that the page of a service lists."""


def exposed(scope: Scope, service: Service, key: Key | None = None) -> dict[str, Any]:
    """What the page of a service, or of one of its endpoints, shows of data exposure."""
    rows = list(flows_of(scope, service, key)[: SHOWN + 1])
    left = flows_of(scope, service, key).count() - SHOWN if len(rows) > SHOWN else 0
    looked = coverage(scope, service, key)
    return {"flows": rows[:SHOWN], "flows_left": left, "flow_service": service, "looked": looked[0] if looked else None}
