"""Bring in large files as a job, of many parts where they can be cut; small ones are done while the caller waits."""

import contextlib
import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aims.models import AISystem
from apis.services import bringing, continuing, describing, parting
from apis.services.bringing import Brought, Delivery
from apis.services.following import followed
from apis.services.threats import Told
from apis.traffic import Source, Unreadable
from apis.words import why
from core import blobs, jobs, policy
from core.actor import Actor
from core.models import Blob, Job

JOB = "apis.bring_in"
AT_ONCE = 4 << 20
"""Bytes that are read while the caller waits."""
DESCRIBED_AT_ONCE, OPERATIONS = 1 << 20, 2_000
"""Of a description: bytes, unpacked, and operations."""
_OPERATION = re.compile(rb"""(?m)(?:^[ \t]*|["'])(?:get|put|post|delete|patch|head|options|trace)["']?[ \t]*:""")


def bring_or_queue(
    *, actor: Actor, file: Any, name: str, host: str, systems: list[str], fields: Mapping[str, str] | None = None
) -> Brought | Job:
    """Bring an uploaded file in, at once or as a job. Raises Forbidden, Unreadable, ValidationError."""
    policy.require(actor, "apis.bring_in")
    says = {"name": name, "host": host, "systems": systems, "fields": dict(fields or {})}
    if file.size <= AT_ONCE:
        content = file.read()
        if not _is_long_work(content):
            return describing.bring(
                actor=actor, delivery=Delivery(content, name, host, fields, _systems(actor, systems))
            )
        return _queued(actor, content, says)
    return _queued(actor, file, says)


def queue_or_bring(*, actor: Actor, delivery: Delivery) -> Brought | Job:
    """Bring in bytes, at once or as a job. Raises Forbidden, Unreadable, ValidationError."""
    policy.require(actor, "apis.bring_in")
    if not isinstance(delivery.what, bytes) or (len(delivery.what) <= AT_ONCE and not _is_long_work(delivery.what)):
        return describing.bring(actor=actor, delivery=delivery)
    systems = [str(one.pk) for one in delivery.systems]
    says = {"name": delivery.name, "host": delivery.host, "systems": systems, "fields": dict(delivery.fields or {})}
    return _queued(actor, delivery.what, says)


def queue_or_describe(*, actor: Actor, delivery: Delivery) -> Brought | Job:
    """Bring in a description, at once or as a job; one that is none is refused. Raises as ``queue_or_bring``."""
    policy.require(actor, "apis.bring_in")
    if isinstance(delivery.what, bytes) and _is_long_work(delivery.what):
        return queue_or_bring(actor=actor, delivery=delivery)
    return followed(actor=actor, brought=describing.bring_description(actor=actor, delivery=delivery))


def _is_long_work(content: bytes) -> bool:
    """Whether it is a description of more than DESCRIBED_AT_ONCE bytes or about OPERATIONS operations."""
    source = Source(content)
    if not describing.is_description(source):
        return False
    try:
        whole = source.whole(DESCRIBED_AT_ONCE)
    except Unreadable as error:
        return error.reason == "too_large"
    return len(_OPERATION.findall(whole)) > OPERATIONS


def _queued(actor: Actor, content: Any, says: dict[str, Any]) -> Job:
    name = says["name"]
    blob = blobs.store(actor.management_system_id, content, name=name, media_type="application/octet-stream")
    params = {"blob": str(blob.pk), **says}
    title = _("Bring in %(name)s") % {"name": name}
    job = jobs.enqueue(actor, JOB, params, title=title, unique_key=f"{JOB}:{blob.sha256}", total=_mib(blob.size))
    if job.params["blob"] != params["blob"]:  # the same bytes wait already
        blob.delete()
    return job


def _mib(size: int) -> int:
    return max(1, size >> 20)


@jobs.handler(JOB)
def run(running: jobs.Running) -> None:
    """Read a large file; safe to run again, since the same bytes count once."""
    params: Mapping[str, Any] = running.params
    blob = Blob.objects.filter(pk=params["blob"], management_system_id=running.job.management_system_id).first()
    if blob is None:
        raise jobs.JobFailed(_("The file is gone."))
    path = blobs.path(blob.management_system_id, blob.sha256)
    systems = _systems(running.actor, params["systems"])
    delivery = Delivery(path, params["name"], params["host"], params.get("fields") or None, systems)
    try:
        found, more = _brought(running, delivery, blob)
    except Unreadable as error:
        raise jobs.JobFailed(why(error)) from error
    except ValidationError as error:
        raise jobs.JobFailed(" ".join(error.messages)) from error
    one = found.artefact
    running.result(artefact=one.ref, new=found.is_new, lines=one.lines, read=one.read, lines_before=one.lines_before,
                   services=found.services, endpoints=found.endpoints, unread=one.unread, **more)  # fmt: skip


def _brought(running: jobs.Running, delivery: Delivery, blob: Blob) -> tuple[Brought, dict[str, Any]]:
    """What became of it, and how it was read: lines a second and in how many parts."""
    actor, source = running.actor, Source(delivery.what)
    if (before := bringing.brought_before(actor, blob.sha256)) is not None:
        mine = running.job.attempt > 1 and before.created_at >= running.job.requested_at  # the try before died
        return followed(actor=actor, brought=Brought(before, is_new=mine), told=_stages(running)), {}
    if parts := running.parts():
        with contextlib.suppress(continuing.Overtaken):
            return _joined(running, delivery, parts)
        _say_anew(running)
    if not describing.is_description(source) and parting.is_cut(source):
        return _cut(running, delivery, blob, source), {}
    began = running.job.started_at

    def told(lines: int, done: int) -> bool:
        speed = parting.speed(lines, began)
        words = _("%(n)d lines read, %(speed)s lines a second") % {"n": lines, "speed": parting.grouped(speed)}
        running.progress(min(_mib(done), _mib(blob.size)), message=words)
        return True

    found = describing.bring(actor=actor, delivery=delivery, told=told, stages=_stages(running))
    return found, {"parts": 1, "lines_a_second": parting.speed(found.artefact.lines, began)}


def _joined(running: jobs.Running, delivery: Delivery, parts: list[Job]) -> tuple[Brought, dict[str, Any]]:
    """What became of parts that were read. Raises Unreadable, Overtaken."""
    read, speed = parting.together(running, parts)
    running.progress(len(parts), message=_("All parts are read; the inventory takes them in"))
    found = bringing.keep_read(running.actor, read, delivery, parting.origin_of(parts))
    found = followed(actor=running.actor, brought=found, told=_stages(running))
    return found, {"parts": len(parts), "lines_a_second": speed}


def _say_anew(running: jobs.Running) -> None:
    """Say that what was read is compared and read anew: a file that begins alike was quicker."""
    running.result(read_anew=running.job.result.get("read_anew", 0) + 1)
    words = _("A file that begins alike was brought in meanwhile: this one is compared with it and read anew")
    running.progress(0, message=words)


def _cut(running: jobs.Running, delivery: Delivery, blob: Blob, source: Source) -> Brought:
    """Cut it for many workers. Raises Parted; returns what was brought in before, if that is all."""
    tenant, origin = running.job.management_system_id, None
    if not source.is_coded or not continuing.begins_like_none(tenant, source):
        origin = continuing.origin_of(tenant, delivery.what)
        if (known := bringing.known_before(running.actor, origin)) is not None:
            return Brought(known, is_new=False)
    parting.cut(running, blob, source, origin)


def _stages(running: jobs.Running) -> Told:
    """Say what follows. It is done to its end: what is in the inventory already is not left unjudged by a stop."""

    def told(message: str, done: int, total: int) -> None:
        with contextlib.suppress(jobs.Cancelled):
            running.tell(message, done, total)

    return told


@jobs.afterwards(JOB)
def forget(job: Job) -> None:
    """Take away the file and its parts: logs hold what people did, so only what they add up to is kept."""
    Blob.objects.filter(pk=job.params["blob"], management_system_id=job.management_system_id).delete()
    parting.forget(job)


def _systems(actor: Actor, ids: list[str]) -> tuple[AISystem, ...]:
    return tuple(AISystem.objects.visible_to(actor).filter(pk__in=ids))
