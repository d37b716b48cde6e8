"""What a run over a service looks at, from what was brought in; runs begin here."""

import datetime

import polars as pl

from apis.descriptions.loading import NotADescription
from apis.descriptions.reading import read
from apis.facts import Description, Operation, Window
from apis.findings import PostureRun
from apis.models import Artefact, Endpoint, Service, WindowPack
from apis.packs import WINDOW_KEY, together, unpacked, windows_of
from apis.services.posture import Looking, judge_service
from apis.services.proving import prove
from apis.stored import by_template
from core import blobs, heavy
from core.actor import Actor

RECENT = datetime.timedelta(days=7)
"""How far back from the last day of traffic a run looks: what was mended since then no longer counts."""


def looking_at(service: Service, *, whole: bool = True) -> Looking:
    """The description of a service as it was stored, and its recent traffic; without the description unless `whole`."""
    rows = list(Endpoint.objects.filter(service=service).current())
    kinds = {(row.method, row.template): row.ai_kind for row in rows}
    found = _description(service) if whole else None
    return Looking(
        found, windows(service), kinds, _file_of(service) if found else "",
        service.description_sha256 if found else "", _described(service, rows),
        frozenset((method[:12], path[:1000]) for method, path in kinds),
    )  # fmt: skip


def _file_of(service: Service) -> str:
    """The name of the file that describes a service, by which other tools know it; else its title."""
    files = Artefact.objects.filter(
        management_system_id=service.management_system_id, sha256=service.description_sha256
    )
    named = files.values_list("name", flat=True).first()
    return named or service.description_title


def _described(service: Service, rows: list[Endpoint]) -> tuple[Operation, ...] | None:
    """What is described, to compare traffic with; None where nothing is."""
    if not service.description_sha256:
        return None
    return tuple(
        Operation(one.method, one.template, deprecated=one.deprecated, ai_kind=one.ai_kind, secured=one.secured)
        for one in rows
        if one.described
    )


def _description(service: Service) -> Description | None:
    if not service.description_sha256:
        return None
    path = blobs.path(service.management_system_id, service.description_sha256)
    try:
        return read(path.read_bytes(), service.description_title)
    except (NotADescription, FileNotFoundError):
        return None


def windows(service: Service) -> list[Window]:
    """The recent windows of a service, each kind of consumer taken together."""
    packs = WindowPack.objects.filter(service=service).order_by("-day")
    last = packs.values_list("day", flat=True).first()
    if last is None:
        return []
    recent = packs.filter(day__gt=last - RECENT).values_list("detailed", "windows", "daily")
    # What is rolled up tells kinds of consumers no more; it counts all the same.
    frames = (unpacked(windows if detailed else daily) for detailed, windows, daily in heavy.each(recent))
    coarse = together([_by_kind(frame) for frame in frames], WINDOW_KEY)
    return windows_of(by_template(service, coarse, WINDOW_KEY), service.host)


def _by_kind(frame: pl.DataFrame) -> pl.DataFrame:
    """Windows of a pack by day and kind of consumer."""
    if frame.is_empty():
        return frame
    kind, day = pl.col("who").str.split(":").list.first() + ":", pl.col("hour").dt.truncate("1d")
    return together([frame.with_columns(kind.alias("who"), day.alias("hour"))], WINDOW_KEY)


def judge_again(*, actor: Actor, service: Service) -> PostureRun:
    """Judge a service by its description and the traffic that was brought in. Raises Forbidden."""
    run = judge_service(actor=actor, service=service, looking=looking_at(service))
    prove(actor=actor, service=service)
    return run


def judge_brought(*, actor: Actor, artefact: Artefact) -> list[PostureRun]:
    """Judge the services an artefact is about; after traffic no description is judged anew. Raises Forbidden."""
    rows = Service.objects.filter(management_system_id=artefact.management_system_id, host__in=artefact.hosts)
    whole = artefact.kind == Artefact.DESCRIPTION
    return [
        judge_service(actor=actor, service=one, looking=looking_at(one, whole=whole), again=False)
        for one in rows.order_by("host")
    ]
