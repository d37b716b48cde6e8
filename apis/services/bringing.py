"""Bring in traffic: an artefact is read once, by hash; what it adds up to joins the inventory in one unit of work."""

import contextlib
import datetime
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from aims.models import AISystem
from apis import kinds
from apis.models import Artefact, Service
from apis.packs import LATENCY_KEY, WINDOW_KEY, templated
from apis.services import continuing, exposing, folding, owing, placing, signal_packs
from apis.services.continuing import Origin
from apis.traffic import PARSER, Digest, How, Unreadable, digest
from apis.traffic.days import Laid
from core import clock, languages, policy
from core.actor import Actor
from core.change import Change, change


@dataclass(frozen=True)
class Brought:
    """What became of an artefact."""

    artefact: Artefact
    is_new: bool  # False when the same bytes were brought in before; then nothing changed
    services: int = 0  # that are new
    endpoints: int = 0  # that are new


@dataclass(frozen=True)
class Delivery:
    """Something brought in: its bytes or file, its name, and what is known of it beforehand."""

    what: Path | bytes
    name: str
    host: str = ""  # of calls that name none
    fields: Mapping[str, str] | None = None  # an own field map
    systems: tuple[AISystem, ...] = ()  # that the services serve

    @property
    def at(self) -> str:
        """The host as calls name theirs, whatever address of it was given."""
        said = self.host.strip().lower()
        bare = re.split(r"[/?#]", said.partition("://")[2] or said, maxsplit=1)[0].rpartition("@")[2]
        return bare.removesuffix(":443").removesuffix(":80")


def secret_of(management_system_id: object) -> bytes:
    """The key with which consumers of a management system are hashed."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"apis.consumers:{management_system_id}".encode(), "sha256").digest()


def bring_traffic(*, actor: Actor, delivery: Delivery, told: Callable[[int, int], bool] | None = None) -> Brought:
    """Read a log, recording or pushed lines into the inventory. The same bytes twice change nothing.

    ``told`` hears (lines, bytes) so far. Raises Forbidden; Unreadable when nothing at all could be understood.
    """
    policy.require(actor, "apis.bring_in")
    what, tenant = delivery.what, actor.management_system_id
    while True:
        origin = continuing.origin_of(tenant, what)
        if (known := known_before(actor, origin)) is not None:
            return Brought(known, is_new=False)
        part = continuing.part_of(what, origin)
        found = digest(what, how_of(tenant, clock.now(), delivery.fields), part=part, told=told)
        with contextlib.suppress(continuing.Overtaken):
            return keep_read(actor, found, delivery, origin)


def known_before(actor: Actor, origin: Origin) -> Artefact | None:
    """The artefact of the same bytes, or of all the same lines however they were packed."""
    same = brought_before(actor, origin.sha256)
    return same or (continuing.artefact_of(actor.management_system_id, origin) if origin.before.is_all else None)


def how_of(management_system_id: object, came_at: datetime.datetime, fields: Mapping[str, str] | None) -> How:
    """How traffic of a management system is read, the same for each part of an artefact."""
    return How(secret_of(management_system_id), came_at, fields)


def keep_read(actor: Actor, found: Digest, delivery: Delivery, origin: Origin) -> Brought:
    """Keep what an artefact adds up to. Raises Unreadable when nothing could be understood, Overtaken."""
    if not found.is_understood:
        before = continuing.artefact_of(actor.management_system_id, origin)
        if before is not None and not found.lines:  # empty lines were added
            return Brought(before, is_new=False)
        nothing = "only_assets" if found.left_out else "empty"
        raise Unreadable(min(found.unread, key=lambda code: -found.unread[code].lines, default=nothing), found.unread)
    return keep(actor, found, _artefact(found.after(origin.before.rows), delivery.name, origin), delivery, origin)


def brought_before(actor: Actor, sha: str) -> Artefact | None:
    """The artefact of these bytes, if they were brought in before."""
    return Artefact.objects.filter(management_system_id=actor.management_system_id, sha256=sha).first()


def keep(actor: Actor, found: Digest, artefact: Artefact, delivery: Delivery, origin: Origin) -> Brought:
    """Join what was read to the inventory, in one unit of work with the artefact that says so. Raises Overtaken."""
    with change(actor, "apis.bring_in") as unit:
        if (before := brought_before(actor, artefact.sha256)) is not None:  # somebody was quicker
            return Brought(before, is_new=False)
        continuing.require_present(actor.management_system_id, origin)
        artefact.continues = continuing.artefact_of(actor.management_system_id, origin)
        new_services, joined = 0, {}
        hosts: dict[str, int] = {}
        places = found.places().with_columns(_host(delivery))
        for (host,), rows in sorted(places.partition_by("host", as_dict=True).items()):
            service, is_new = service_of(unit, str(host), delivery.systems)
            new_services += is_new
            joined[str(host)] = one = _join(unit, service, rows)
            given = {"", str(host)} if str(host) == delivery.at else {str(host)}
            exposing.expose(unit, found, given, one)
            hosts[str(host)] = int(rows["calls"].sum())
        for day in found.by_day():
            _add_windows(joined, day, delivery)
            _add_signals(joined, day, delivery)
        artefact.management_system_id = unit.management_system_id
        artefact.hosts = hosts
        owing.owe(unit, unit.save(artefact))
    return Brought(artefact, True, new_services, sum(one.inventory.made for one in joined.values()))


def _host(delivery: Delivery) -> pl.Expr:
    """The host of calls, that of the delivery where they name none."""
    return pl.when(pl.col("host") == "").then(pl.lit(delivery.at)).otherwise(pl.col("host")).alias("host")


def _add_windows(joined: Mapping[str, placing.Paths], day: Laid, delivery: Delivery) -> None:
    """Add the windows and latencies of a day to the packs of their services."""
    windows, latency = day.windows(), day.latency()
    for host in _hosts_in(windows, delivery):
        one, mine = joined[host], _host(delivery) == host
        timed = pl.DataFrame() if latency is None else latency.filter(mine)
        folding.add_windows(
            one.service, templated(windows.filter(mine), one.stored, "shape", WINDOW_KEY),
            templated(timed, one.stored, "shape", LATENCY_KEY),
        )  # fmt: skip


def _add_signals(joined: Mapping[str, placing.Paths], day: Laid, delivery: Delivery) -> None:
    """Add what consumers did on a day to the packs of their services."""
    signals = day.signals()
    for host in _hosts_in(signals.activities, delivery):
        one = joined[host]
        signal_packs.add(one.service, signal_packs.at_host(signals, host, delivery.at), one.stored, one.places)


def _hosts_in(frame: pl.DataFrame, delivery: Delivery) -> list[str]:
    return sorted(frame.select(_host(delivery)).unique()["host"])


def service_of(unit: Change, host: str, systems: Iterable[AISystem], **says: Any) -> tuple[Service, bool]:
    """The service of a host and whether it was made now; ``says`` are fields, AI systems join those it serves."""
    found = Service.objects.filter(management_system_id=unit.management_system_id, host=host).first()
    is_new = found is None
    if found is None:
        spoken = languages.of_person(None, unit.management_system_id)
        found = Service(
            management_system_id=unit.management_system_id, host=host, name=host or _unnamed(spoken),
            environment=kinds.environment(host), exposure=kinds.exposure(host), provider=kinds.provider(host),
        )  # fmt: skip
    title = says.get("description_title", "")
    if title and found.name in {host, *map(_unnamed, dict(settings.LANGUAGES))}:
        found.name = title
    for name, value in says.items():
        setattr(found, name, value)
    had = [] if is_new else list(found.systems.all())
    new = [one for one in systems if one not in had]
    unit.save(found, **({"systems": [*had, *new]} if new else {}))
    return found, is_new


def _unnamed(language: str) -> str:
    """What the service of calls without a host is called at first, in the language of the management system."""
    with translation.override(language):
        return f"{_('Host')}: {_('not named in the log')}"


def _join(unit: Change, service: Service, rows: pl.DataFrame) -> placing.Paths:
    """Join what was called on one host to its service: paths, endpoints and their counters."""
    inventory = folding.Inventory(unit, service)
    paths = placing.Paths(inventory)
    batch = rows.group_by("method", "shape").agg(pl.col("calls").sum()).sort("method", "shape")
    paths.settle(batch.iter_rows())
    now = paths.by_template(templated(rows, paths.stored, "shape", folding.PLACE))
    spans = now.select("method", "template", "first_at", "last_at").sort("method", "template")
    for method, template, first, last in spans.iter_rows():
        inventory.saw((method, template), first.date(), last.date())
    paths.save(now)
    return paths


def _artefact(found: Digest, name: str, origin: Origin) -> Artefact:
    first, last = found.period
    unread = [
        {"reason": one.reason, "lines": one.lines, "samples": [list(sample) for sample in one.samples]}
        for one in sorted(found.unread.values(), key=lambda one: (-one.lines, one.reason))
    ]
    return Artefact(
        kind=Artefact.TRAFFIC, name=name[:300], sha256=origin.sha256, size=origin.size, form=found.form, parser=PARSER,
        lines=found.lines, read=found.read, left_out=found.left_out, undated=found.undated, unread=unread,
        first_at=first, last_at=last, content_head=origin.content.head, content_sha256=origin.content.sha256,
        content_size=origin.content.size, lines_before=origin.before.rows,
    )  # fmt: skip
