"""Large files read by many workers: cut at line boundaries, read as parts of one job, joined once.

What is not packed is cut where it lies. gzip, zstd and UTF-16 can only be read from their beginning: one worker unpacks
them into parts, packed lightly, which the others read. A document such as a recording is one whole and is not cut.
"""

import datetime
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import zstandard
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apis.models import PartialDigest
from apis.services import continuing
from apis.services.bringing import how_of
from apis.services.continuing import Origin
from apis.traffic import Digest, Source, carried, digest, joined, may_be_a_document, note_end, restored
from core import blobs, clock, heavy, jobs
from core.models import Blob, Job

PART = "apis.read_part"
LEAST, MOST_PARTS = settings.TRAFFIC_PART_BYTES, 256
"""Bytes of a part at least, and parts of an artefact that is not packed at most."""
CHEAP = 1
"""Level of zstd for parts that are read once."""


def is_cut(source: Source) -> bool:
    """Whether an artefact is read in parts. Raises Unreadable where nothing can be unpacked."""
    return (source.is_coded or source.size > LEAST) and not may_be_a_document(source)


def cut(running: jobs.Running, blob: Blob, source: Source, origin: Origin | None) -> NoReturn:
    """Hand the parts of an artefact to workers; without an ``origin`` it is told while unpacking.

    Raises Parted; Unreadable for what unpacks to too much.
    """
    told = {"fields": running.params.get("fields") or {}, "came_at": running.job.requested_at.isoformat()}
    parts: list[dict[str, Any]]
    if origin is None:
        origin, parts = continuing.unpacked_for(blob, source, lambda: _unpacked(running, source, 0))
    elif source.is_coded:
        parts = _unpacked(running, source, origin.before.size)
    else:
        size, start = max(LEAST, -(-source.size // MOST_PARTS)), origin.before.size
        parts = [{"blob": blob.sha256, "from": begin, "to": end} for begin, end in source.parts(size, start)]
    running.split(PART, [{**told, **one, "origin": origin.plain()} for one in parts])


def folder_of(job: Job) -> Path:
    """Where the parts of a packed artefact lie while its job is open."""
    return settings.BLOB_DIR / str(job.management_system_id) / "parts" / str(job.pk)


def _unpacked(running: jobs.Running, source: Source, start: int) -> list[dict[str, Any]]:
    """Unpack an artefact into parts; the line in which it breaks off is one by itself, which tells why."""
    folder = folder_of(running.job)
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier try
    folder.mkdir(parents=True, mode=0o750)
    parts: list[dict[str, Any]] = []
    held, length = [], 0
    for block in source.blocks(start, size=LEAST):
        held.append(block)
        length += len(block)
        if length >= LEAST:
            parts.append(_written(folder, len(parts), held))
            held, length = [], 0
            running.progress(len(parts), message=_("%(n)d parts unpacked") % {"n": len(parts)})
    if held or not (parts or source.broke_off):
        parts.append(_written(folder, len(parts), held))
    if source.broke_off:
        parts.append({**_written(folder, len(parts), [source.rest]), "broke_off": source.broke_off})
    return parts


def _written(folder: Path, number: int, blocks: list[bytes]) -> dict[str, Any]:
    path = folder / str(number)
    with path.open("wb") as file, zstandard.ZstdCompressor(CHEAP).stream_writer(file) as packing:
        for block in blocks:
            packing.write(block)
    return {"file": path.name}


@jobs.handler(PART)
def read_part(running: jobs.Running) -> None:
    """Read one part; done twice it counts once, since there is one row for each."""
    found = _read(running)
    with running.owned():
        tenant = running.job.management_system_id
        heavy.save(PartialDigest(job=running.job, content=carried(found), management_system_id=tenant))
    running.progress(found.lines)
    _tell(running)


def _read(running: jobs.Running) -> Digest:
    params: Mapping[str, Any] = running.params
    if "file" in params:
        whole = Job.objects.get(parts=running.job.pk)
        path, part = folder_of(whole) / params["file"], (0, None)
    else:
        path, part = blobs.path(running.job.management_system_id, params["blob"]), (params["from"], params["to"])
    if "broke_off" in params:
        found = Digest()
        note_end(found, params["broke_off"], 1, Source(path).whole(LEAST))
        return found
    how = how_of(
        running.job.management_system_id, datetime.datetime.fromisoformat(params["came_at"]), params["fields"] or None
    )
    heard = [time.monotonic()]

    def told(lines: int, _done: int) -> bool:
        running.progress(lines)
        if time.monotonic() - heard[0] > 1:
            heard[0] = time.monotonic()
            _tell(running)
        return True

    return digest(path, how, part=part, told=told)


def _tell(running: jobs.Running) -> None:
    """Say on the whole which part is read, how many lines so far, and how many a second."""
    rows = list(Job.objects.filter(parent_id=running.job.parent_id).values_list("state", "done", "started_at"))
    lines, began = sum(done for _state, done, _at in rows), min((at for *_rest, at in rows if at), default=clock.now())
    ready = sum(state == Job.READY for state, *_rest in rows)
    message = _("Part %(n)d of %(m)d, %(lines)s lines read, %(speed)s lines a second") % {
        "n": min(ready + 1, len(rows)), "m": len(rows), "lines": grouped(lines), "speed": grouped(speed(lines, began)),
    }  # fmt: skip
    running.tell_whole(ready, message)


def grouped(value: int) -> str:
    """A large number as the reader's language writes it."""
    return number_format(value, use_l10n=True, force_grouping=True)


def speed(lines: int, began: datetime.datetime | None, ended: datetime.datetime | None = None) -> int:
    """Lines a second between two moments, or until now."""
    now = clock.now()
    return round(lines / max(0.001, ((ended or now) - (began or now)).total_seconds()))


def together(running: jobs.Running, parts: list[Job]) -> tuple[Digest, int]:
    """What all parts add up to, and how many lines were read a second while they were. Raises Cancelled, Lost."""
    found = joined(restored(_content(one)) for one in _each(running, parts))
    began = min(filter(None, (one.started_at for one in parts)), default=None)
    ended = max(filter(None, (one.finished_at for one in parts)), default=None)
    return found, speed(found.lines, began, ended)


def _each(running: jobs.Running, parts: list[Job]) -> Iterator[Job]:
    """The parts, while the job says which of them is joined."""
    for number, part in enumerate(parts, start=1):
        message = _("Joining the parts: %(n)d of %(m)d") % {"n": number, "m": len(parts)}
        running.progress(number - 1, len(parts), message)
        yield part


def _content(part: Job) -> bytes:
    ((content,),) = heavy.each(PartialDigest.objects.filter(job=part).values_list("content"))
    return bytes(content)


def origin_of(parts: list[Job]) -> Origin:
    """Where the parts come from."""
    return Origin.of(parts[0].params["origin"])


def forget(job: Job) -> None:
    """Take away the files of parts."""
    shutil.rmtree(folder_of(job), ignore_errors=True)
