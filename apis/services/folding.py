"""Endpoints of one service under the lock: found, made, folded into wider templates, counted."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from apis.kinds import SURE, ai_kind
from apis.models import Endpoint, EndpointTraffic, Service, WindowPack
from apis.packs import DAY, LATENCY_KEY, WINDOW_KEY, coarse, packed, templated, together, unpacked
from apis.paths import Key, Places
from core import heavy
from core.change import Change, chunks

PLACE = ("method", "template")


class Inventory:
    """The endpoints of a service inside one unit of work; ``save`` writes what became of them."""

    def __init__(self, unit: Change, service: Service):
        self.unit, self.service = unit, service
        rows = Endpoint.objects.filter(service=service) if service.version else Endpoint.objects.none()
        self.all: dict[Key, Endpoint] = {(row.method, row.template): row for row in rows}
        self._stored = {row.pk: key for key, row in self.all.items()}
        self._touched: dict[object, Endpoint] = {}
        self._was_beside = self._is_beside_a_model
        self.made = 0

    @property
    def current(self) -> dict[Key, Endpoint]:
        """Endpoints that stand."""
        return {key: row for key, row in self.all.items() if row.replaced_by_id is None}

    @property
    def known(self) -> list[Key]:
        """Templates that are certain: described or pinned."""
        return sorted(key for key, row in self.current.items() if row.described or row.pinned)

    def get(self, key: Key) -> Endpoint:
        """The endpoint of a method and template, made where it is missing."""
        found = self.all.get(key)
        if found is None:
            method, template = key
            found = self.all[key] = Endpoint(
                management_system_id=self.service.management_system_id, service=self.service, method=method,
                template=template, ai_kind=ai_kind(method, template),
            )  # fmt: skip
            self.made += 1
        found.replaced_by = None
        return self.touch(found)

    def touch(self, endpoint: Endpoint) -> Endpoint:
        """Note that an endpoint is to be written; one that did not change leaves no entry."""
        self._touched[endpoint.pk] = endpoint
        return endpoint

    def fold(self, becomes: dict[Key, str]) -> None:
        """Replace endpoints by wider ones: (method, template) → template."""
        changed = {key: template for key, template in becomes.items() if key in self.all and key[1] != template}
        for (method, before), template in sorted(changed.items()):
            old = self.all[method, before]
            if (method, template) not in self.all and old.replaced_by_id is None and not old.pinned:
                # The first takes the new name, so that what people wrote about it stays with it.
                del self.all[method, before]
                old.template = template
                old.ai_kind = old.ai_kind or ai_kind(method, template)
                self.all[method, template] = self.touch(old)
                continue
            new = self.get((method, template))
            new.first_seen = min(filter(None, (new.first_seen, old.first_seen)), default=None)
            new.last_seen = max(filter(None, (new.last_seen, old.last_seen)), default=None)
            old.replaced_by = new
            self.touch(old)

    def saw(self, key: Key, first: datetime.date, last: datetime.date) -> Endpoint:
        """Note that an endpoint was called between two days."""
        endpoint = self.get(key)
        endpoint.first_seen = min(filter(None, (endpoint.first_seen, first)))
        endpoint.last_seen = max(filter(None, (endpoint.last_seen, last)))
        return endpoint

    @property
    def _is_beside_a_model(self) -> bool:
        return bool(self.service.provider) or any(one.ai_kind in SURE for one in self.current.values())

    def _weigh(self) -> None:
        """Files, feedback and lists of models are AI work beside a model only; what people said stays."""
        beside = self._is_beside_a_model
        for one in self.current.values():
            if not beside and not one.version and one.ai_kind:
                one.ai_kind = ""
            elif beside and not self._was_beside and not one.ai_kind:
                one.ai_kind = ai_kind(one.method, one.template)
                self.touch(one)

    def _make_room(self) -> None:
        """Take endpoints out of the way whose paths others bear from now on; they are written with their own after."""
        for pk, key in self._stored.items():
            if key in self.all and self.all[key].pk != pk:
                Endpoint.objects.filter(pk=pk).update(template=f"~{pk}")

    def save(self) -> None:
        """Write what changed: first what stands, then what was replaced by it."""
        self._weigh()
        self._make_room()
        rows = list(self._touched.values())
        for replaced in (False, True):
            for part in chunks([row for row in rows if (row.replaced_by_id is not None) is replaced], 500):
                self.unit.save_many(part)


def add_windows(service: Service, windows: pl.DataFrame, latency: pl.DataFrame) -> None:
    """Add windows and latencies by place to the packs of their days."""
    for day, rows in _by_day(windows).items():
        known = heavy.opened(WindowPack.objects.filter(service=service, day=day))
        tenant = service.management_system_id
        pack = known[0] if known else WindowPack(service=service, management_system_id=tenant, day=day)
        timed = latency.filter(pl.col("hour").dt.date() == day) if not latency.is_empty() else latency
        pack.detailed = True
        pack.windows = packed(together([unpacked(pack.windows), rows], WINDOW_KEY))
        pack.daily = packed(together([unpacked(pack.daily), coarse(rows, DAY, WINDOW_KEY)], WINDOW_KEY))
        pack.latency = packed(together([unpacked(pack.latency), coarse(timed, DAY, LATENCY_KEY)], LATENCY_KEY))
        heavy.save(pack)


def sums_of(service: Service, places: Places) -> pl.DataFrame:
    """What all windows of a service add up to, by method and template."""
    packs = heavy.each(WindowPack.objects.filter(service=service).values_list("daily"))
    stored = together((unpacked(daily) for (daily,) in packs), PLACE)
    return templated(stored, places.becomes, "template", PLACE)


def follow(inventory: Inventory, sums: pl.DataFrame, before: Places, now: Places, moved: Iterable[Key]) -> None:
    """What endpoints say follows the calls that moved: when they were seen, and who replaced one that has none left."""
    left: dict[Key, list[Key]] = defaultdict(list)
    for key in moved:
        left[key[0], before.of(key)].append((key[0], now.of(key)))
    spans = {
        (method, template): (first.date(), last.date(), calls)
        for method, template, first, last, calls in _columns(sums, *PLACE, "first_at", "last_at", "calls")
    }
    for key in {*left, *(each for others in left.values() for each in others)} & spans.keys():
        _saw_exactly(inventory, key, *spans[key][:2])
    counted = EndpointTraffic.objects.filter(endpoint__service=inventory.service, calls__gt=0)
    called = set(counted.values_list("pk", flat=True))
    for key, endpoint in inventory.current.items():
        if key in spans or endpoint.pk not in called:
            continue
        heirs = [key for key in left.get(key, ()) if key in spans]
        endpoint.first_seen = endpoint.last_seen = None
        if heirs and not (endpoint.described or endpoint.pinned):
            endpoint.replaced_by = inventory.all[max(heirs, key=lambda key: (spans[key][2], key))]
        inventory.touch(endpoint)


def _saw_exactly(inventory: Inventory, key: Key, first: datetime.date, last: datetime.date) -> None:
    known = inventory.all.get(key)
    if known is None or known.replaced_by_id is not None or (known.first_seen, known.last_seen) != (first, last):
        endpoint = inventory.get(key)
        endpoint.first_seen, endpoint.last_seen = first, last


def count_more(inventory: Inventory, windows: pl.DataFrame) -> None:
    """Raise the counters of endpoints by windows that were added, where nothing that was stored moved."""
    sums = together([windows], PLACE)
    places = [inventory.all[key].pk for key in _columns(sums, *PLACE)]
    before: dict[Any, EndpointTraffic] = {}
    for part in chunks(places, 500):
        before |= EndpointTraffic.objects.in_bulk(part)
    rows = []
    for row in _counted(inventory, sums):
        had = before.get(row.endpoint_id)
        if had is not None:
            row.calls, row.bytes_in = row.calls + had.calls, row.bytes_in + had.bytes_in
            row.bytes_out += had.bytes_out
            row.first_at = min(filter(None, (row.first_at, had.first_at)), default=None)
            row.last_at = max(filter(None, (row.last_at, had.last_at)), default=None)
        rows.append(row)
    _write(rows)


def count(inventory: Inventory, sums: pl.DataFrame) -> None:
    """Set the counters of every endpoint of a service to what all its windows add up to."""
    _write(list(_counted(inventory, sums)))
    called = set(_columns(sums, *PLACE))
    gone = [row.pk for key, row in inventory.all.items() if row.replaced_by_id is not None or key not in called]
    for part in chunks(gone, 500):
        EndpointTraffic.objects.filter(endpoint__in=part).delete()


def _columns(frame: pl.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    return frame.select(names).iter_rows() if not frame.is_empty() else iter(())


def _counted(inventory: Inventory, sums: pl.DataFrame) -> Iterator[EndpointTraffic]:
    for row in sums.iter_rows(named=True) if not sums.is_empty() else ():
        endpoint = inventory.all.get((row["method"], row["template"]))
        if endpoint is not None:
            yield EndpointTraffic(
                endpoint=endpoint, management_system_id=endpoint.management_system_id, calls=row["calls"],
                bytes_in=row["bytes_in"], bytes_out=row["bytes_out"], first_at=row["first_at"], last_at=row["last_at"],
            )  # fmt: skip


def _write(rows: list[EndpointTraffic]) -> None:
    names = ["calls", "bytes_in", "bytes_out", "first_at", "last_at"]
    EndpointTraffic.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["endpoint"], update_fields=names, batch_size=500
    )


def _by_day(windows: pl.DataFrame) -> dict[datetime.date, pl.DataFrame]:
    days: Iterable = (
        windows.with_columns(pl.col("hour").dt.date().alias("day")).partition_by("day", as_dict=True).items()
    )
    return {key[0]: rows.drop("day") for key, rows in days}
