"""Signals of consumers as they are stored: for each service and day, in columns; batches add up in any order."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import polars as pl

from apis.models import Service, SignalPack
from apis.packs import packed, unpacked
from apis.paths import Key, Places
from apis.stored import places_of
from apis.threats import columns
from apis.threats.columns import Columns
from apis.threats.looking import BACK, HOURS, hours_of
from core import heavy

PARTS = ("activities", "values", "slots", "signs")


def at_host(found: Columns, host: str, default: str) -> Columns:
    """The signals of one host; calls that name none are of the default."""
    meant = {host, ""} if host == default else {host}
    if found.activities["host"].is_in(list(meant)).all():
        return found
    return found.of(found.activities.filter(pl.col("host").is_in(list(meant)))["who"].unique())


def add(service: Service, found: Columns, stored: Mapping[Key, str], places: Places) -> None:
    """Add signals by shape to the packs of their days, by place."""
    whole = columns.templated(found, stored, service.host)
    for day, mine in columns.apart(whole, pl.col("hour").dt.date()).items():
        known = heavy.opened(SignalPack.objects.filter(service=service, day=day))
        if known:
            mine = columns.added([opened(known[0]), mine])
        tenant = service.management_system_id
        pack = known[0] if known else SignalPack(service=service, management_system_id=tenant, day=day)
        first = found.activities.filter(pl.col("hour").dt.date() == day)["hour"].min()
        pack.judge_from = min(filter(None, (pack.judge_from, first)))
        save(pack, mine, places)


def settle(service: Service, places: Places, moved: Iterable[Key]) -> None:
    """Figure the hours anew of the days on which a place was called that counts elsewhere now."""
    rows, places_moved = SignalPack.objects.filter(service=service), set(moved)
    days = heavy.each(rows.values_list("pk", "activities"))  # one after the other: all together are much
    for pk in [pk for pk, content in days if _names_any(unpacked(content, ("method", "template")), places_moved)]:
        (pack,) = heavy.opened(rows.filter(pk=pk))
        pack.hours = packed(hours_of(settled(opened(pack), places, service.host)))
        pack.judge_from = datetime.datetime.combine(pack.day, datetime.time(), datetime.UTC)
        # By the moment who judges the day just now sees that it is another.
        pack.save(update_fields=["hours", "judge_from", "changed_at"])


def settled(whole: Columns, places: Places, host: str) -> Columns:
    """Signals by place as signals by template."""
    if not places.becomes or not _names_any(whole.activities.select("method", "template"), places.becomes.keys()):
        return whole
    return columns.templated(whole, places.becomes, host)


def _names_any(found: pl.DataFrame, places: AbstractSet[Key]) -> bool:
    return not places.isdisjoint(found.unique().iter_rows())


def opened(pack: SignalPack) -> Columns:
    """The signals of a day, by place."""
    return Columns(*(unpacked(getattr(pack, name)) for name in PARTS))


def save(pack: SignalPack, whole: Columns, places: Places) -> None:
    """Store the signals of a day."""
    host = pack.service.host
    with ThreadPoolExecutor(2) as packing:  # sorting and packing leave the other processor free
        hours = packing.submit(lambda: packed(hours_of(settled(whole, places, host))))
        for name, content in zip(PARTS, packing.map(partial(_part, whole), PARTS), strict=True):
            setattr(pack, name, content)
        pack.hours = hours.result()
    heavy.save(pack)


def _part(whole: Columns, name: str) -> bytes:
    frame = getattr(whole, name)
    return packed(frame.sort(*ORDER[name]) if name in ORDER else frame)


ORDER = {"values": ("key", "kind", "value"), "slots": ("who", "slot"), "signs": ("who", "kind", "code")}
"""Rows in one order, whatever came first; activities are put in theirs by what packs them."""


def between(
    service: Service, first: datetime.datetime, last: datetime.datetime
) -> Iterator[tuple[Columns, pl.DataFrame]]:
    """Day by day the signals of the hours from ``first`` to ``last``, and the figures of the hours before them."""
    start = first.replace(minute=0, second=0, microsecond=0)
    rows = SignalPack.objects.filter(service=service)
    places = places_of(service)
    past = hours_between(service, start - BACK, start - datetime.timedelta(days=1))
    days = rows.filter(day__range=(first.date(), last.date())).order_by("day").values_list("day", flat=True)
    for day in list(days):
        for pack in heavy.opened(rows.filter(day=day)):
            begin = max(start, datetime.datetime.combine(day, datetime.time(), datetime.UTC))
            past = pl.concat([past, unpacked(pack.hours)]).filter(pl.col("hour") >= begin - BACK)
            whole, inside = settled(opened(pack), places, service.host), pl.col("hour").is_between(begin, last)
            if not whole.activities.select(inside.all()).item():
                whole = whole.of(whole.activities.filter(inside)["who"].unique())
            yield whole, past.filter(pl.col("hour") < begin)


def hours_between(service: Service, first: datetime.datetime, last: datetime.datetime) -> pl.DataFrame:
    """The figures of consumers' hours on the days between two moments."""
    packs = SignalPack.objects.filter(service=service, day__range=(first.date(), last.date())).order_by("day")
    return stacked(hours for (hours,) in heavy.each(packs.values_list("hours")))


def stacked(packs: Iterable[bytes | memoryview]) -> pl.DataFrame:
    """Figures of hours of several days."""
    return pl.concat([pl.DataFrame(schema=HOURS), *(unpacked(one) for one in packs)])
