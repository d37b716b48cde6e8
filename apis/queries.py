"""Reads of the inventory of APIs."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db.models import BigIntegerField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Length

from aims.models import AISystem
from apis.facts import LATENCY_STEP
from apis.models import Artefact, Endpoint, Service, ServiceSystem, WindowPack, in_state
from apis.packs import WINDOW_KEY, together, unpacked
from apis.stored import places_of
from core import heavy
from core.scope import SCRATCH, Scope

DRAWN_DAYS = 28
"""Days of the volume that is drawn."""
TOGETHER = 100
"""Packs that are held in memory at once."""


def every_service(scope: Scope) -> QuerySet[Service]:
    """All services."""
    return Service.objects.of(scope)


def service_by_ref(scope: Scope, ref: str) -> Service | None:
    """The service of a reference, or None."""
    return Service.objects.of(scope).filter(ref=ref).select_related("owner").first()


def endpoint_by_ref(scope: Scope, ref: str) -> Endpoint | None:
    """The endpoint of a reference, or None."""
    rows = Endpoint.objects.of(scope).filter(ref=ref)
    return rows.select_related("service", "service__owner", "replaced_by").first()


def artefact_by_ref(scope: Scope, ref: str) -> Artefact | None:
    """The artefact of a reference, or None."""
    return Artefact.objects.of(scope).filter(ref=ref).first()


def endpoints_of(scope: Scope, service: Service) -> QuerySet[Endpoint]:
    """The endpoints of a service that stand, by path."""
    return Endpoint.objects.of(scope).filter(service=service).current().order_by("template", "method")


def counted(rows: QuerySet[Service], day: datetime.date) -> QuerySet[Service]:
    """Services with how many endpoints they have, how many undocumented, and when one was last seen."""
    mine = Endpoint.objects.using(rows.db).filter(service=OuterRef("pk"), replaced_by=None).order_by().values("service")

    def number(condition: Q) -> Subquery:
        return Subquery(mine.filter(condition).annotate(n=Count("pk")).values("n"))

    last = Endpoint.objects.using(rows.db).filter(service=OuterRef("pk")).exclude(last_seen=None).order_by("-last_seen")
    names = ServiceSystem.objects.using(rows.db).filter(service=OuterRef("pk")).order_by("system__name")
    return rows.annotate(
        first_system=Subquery(names.values("system__name")[:1]),
        endpoints=number(Q()), undocumented=number(in_state(Endpoint.UNDOCUMENTED, day)),
        last_seen=Subquery(last.values("last_seen")[:1]),
    )  # fmt: skip


def serving(scope: Scope, systems: Iterable[AISystem]) -> dict[Any, list[Service]]:
    """AI system → services that serve it."""
    links = ServiceSystem.objects.using(scope.alias).filter(system__in=list(systems)).select_related("service")
    found: dict[Any, list[Service]] = {}
    for link in links.order_by("service__name"):
        found.setdefault(link.system_id, []).append(link.service)
    return found


def systems_without_service(scope: Scope) -> QuerySet[AISystem]:
    """AI systems in scope of which no API is known."""
    links = ServiceSystem.objects.using(scope.alias).filter(system=OuterRef("pk"))
    return AISystem.objects.of(scope).in_scope().filter(~Exists(links)).order_by("name")


def with_calls(rows: QuerySet[Endpoint], scope: Scope) -> QuerySet[Endpoint]:
    """Endpoints with how often they were called; counters know the present only, so the past leaves it unsaid."""
    if scope.alias.startswith(SCRATCH):
        return rows.annotate(calls=Value(None, output_field=BigIntegerField()))
    return rows.annotate(calls=F("traffic__calls"))


def artefacts_of(scope: Scope, host: str) -> list[Artefact]:
    """What was brought in of a host, the latest first."""
    rows = Artefact.objects.of(scope).order_by("-created_at")
    return [one for one in rows if host in one.hosts]


@dataclass(frozen=True)
class Told:
    """What the windows of a service, or of one endpoint, tell."""

    calls: int
    consumers: int  # of the latest DRAWN_DAYS days, as far as consumers are kept
    statuses: tuple[tuple[str, int], ...]  # "2xx" → calls
    volume: tuple[tuple[datetime.date, int], ...]  # the latest DRAWN_DAYS days with traffic before them
    percentiles: tuple[tuple[int, float], ...]  # 50, 95, 99 → milliseconds, right within 10 %
    signs: tuple[tuple[str, int], ...]  # sign → calls

    @property
    def bars(self) -> list[tuple[int, float, float, datetime.date, int]]:
        """Of each day: left edge, top and height of its bar in a drawing 10 wide a day and 40 high, day, calls."""
        most = max((calls for _day, calls in self.volume), default=0) or 1
        heights = [(day, calls, round(max(38 * calls / most, 1 if calls else 0), 1)) for day, calls in self.volume]
        return [
            (10 * at + 1, round(39 - height, 1), height, day, calls) for at, (day, calls, height) in enumerate(heights)
        ]

    @property
    def width(self) -> int:
        """How wide the drawing is."""
        return 10 * len(self.volume)


def told(service: Service, endpoint: Endpoint | None = None) -> Told | None:
    """What traffic tells; None where none was brought in. Read in the present only."""
    packs = WindowPack.objects.filter(service=service).order_by("day")
    mine = None
    if endpoint is not None:
        places = places_of(service).under(endpoint.method, endpoint.template)
        mine = (pl.col("method") == endpoint.method) & pl.col("template").is_in(places)
    windows = _added(packs, "daily", mine, WINDOW_KEY)
    if windows.is_empty():
        return None
    latency = _added(packs, "latency", mine, ("bucket",))
    kinds = windows.group_by((pl.col("status") // 100).alias("kind")).agg(pl.col("calls").sum()).sort("kind")
    return Told(
        calls=int(windows["calls"].sum()),
        consumers=_consumers(packs, mine),
        statuses=tuple((f"{kind}xx" if kind else "", calls) for kind, calls in kinds.iter_rows()),
        volume=_volume(windows),
        percentiles=_percentiles(latency),
        signs=tuple((name, number) for name in _signs(windows) if (number := int(windows[name].sum()))),
    )  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """What traffic is kept now: how many days or months of services, since when, and how many bytes."""

    days: int
    first: datetime.date | None
    detail_from: datetime.date | None  # by hour and consumer
    size: int


def kept(scope: Scope) -> Kept:
    """What is kept of the traffic of a management system; read in the present only."""
    rows = WindowPack.objects.filter(management_system_id=scope.management_system_id)
    size = Length("windows") + Length("daily") + Length("latency")
    told = rows.aggregate(
        days=Count("pk"), first=Min("day"), detail_from=Min("day", filter=Q(detailed=True)), size=Sum(size)
    )
    return Kept(told["days"], told["first"], told["detail_from"], told["size"] or 0)


def _added(packs: QuerySet[WindowPack], name: str, mine: pl.Expr | None, key: tuple[str, ...]) -> pl.DataFrame:
    """One frame of all packs added up, some packs at a time."""
    found, held = pl.DataFrame(), []
    for (content,) in heavy.each(packs.values_list(name)):
        frame = unpacked(content)
        held.append(frame if mine is None or frame.is_empty() else frame.filter(mine))
        if len(held) == TOGETHER:
            found, held = together([found, *held], key), []
    return together([found, *held], key)


def _consumers(packs: QuerySet[WindowPack], mine: pl.Expr | None) -> int:
    last = packs.order_by("-day").values_list("day", flat=True).first()
    recent = packs.filter(detailed=True, day__gt=last - datetime.timedelta(days=DRAWN_DAYS)) if last else packs.none()
    found = pl.Series("who", [], dtype=pl.String)
    for (content,) in heavy.each(recent.values_list("windows")):
        some = unpacked(content, ("who",) if mine is None else ("method", "template", "who"))
        if not some.is_empty():
            found = found.append((some if mine is None else some.filter(mine))["who"].unique())
    return found.filter(found != "").n_unique()


def _signs(windows: pl.DataFrame) -> list[str]:
    wanted = ("http", "old_tls", "query_credential", "open_2xx", "cors_any")
    return [name for name in wanted if name in windows.columns]


def _volume(windows: pl.DataFrame) -> tuple[tuple[datetime.date, int], ...]:
    days = windows.group_by(pl.col("hour").dt.date().alias("day")).agg(pl.col("calls").sum())
    calls = dict(days.iter_rows())
    last = max(calls)
    span = min(DRAWN_DAYS, (last - min(calls)).days + 1)
    return tuple((day := last - datetime.timedelta(days=back), calls.get(day, 0)) for back in range(span - 1, -1, -1))


def _percentiles(latency: pl.DataFrame) -> tuple[tuple[int, float], ...]:
    if latency.is_empty():
        return ()
    buckets = latency.group_by("bucket").agg(pl.col("calls").sum()).sort("bucket")
    total, found, running = int(buckets["calls"].sum()), [], 0
    rows = list(buckets.iter_rows())
    for percent in (50, 95, 99):
        running = 0
        for bucket, calls in rows:
            running += calls
            if running * 100 >= total * percent:
                found.append((percent, LATENCY_STEP**bucket))
                break
    return tuple(found)


def lately(service: Service) -> dict[str, Any]:
    """Calls, consumers and answers by kind ("2" → calls) of the last seven days of traffic of a service."""
    packs = WindowPack.objects.filter(service=service)
    last = packs.order_by("-day").values_list("day", flat=True).first()
    recent = packs.filter(day__gt=last - datetime.timedelta(days=7)) if last else packs.none()
    windows = _added(recent, "daily", pl.lit(value=True), WINDOW_KEY)
    if windows.is_empty():
        return {"calls": 0, "consumers": 0, "statuses": {}}
    kinds = windows.group_by((pl.col("status") // 100).alias("kind")).agg(pl.col("calls").sum())
    return {
        "calls": int(windows["calls"].sum()),
        "consumers": _consumers(recent, pl.lit(value=True)),
        "statuses": {str(kind): calls for kind, calls in kinds.iter_rows()},
    }
