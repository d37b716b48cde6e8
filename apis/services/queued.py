"""Bring in large files as a job; small ones are done while the caller waits."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aims.models import AISystem
from apis.services.bringing import Brought, Delivery
from apis.services.describing import bring
from apis.traffic import Unreadable
from apis.words import reason_of
from core import blobs, jobs, policy
from core.actor import Actor
from core.models import Blob, Job

JOB = "apis.bring_in"
AT_ONCE = 4 << 20
"""Bytes that are read while the caller waits."""


def bring_or_queue(
    *, actor: Actor, file: Any, name: str, host: str, systems: list[str], fields: Mapping[str, str] | None = None
) -> Brought | Job:
    """Bring an uploaded file in, at once or as a job. Raises Forbidden, Unreadable, ValidationError."""
    policy.require(actor, "apis.bring_in")
    if file.size <= AT_ONCE:
        return bring(actor=actor, delivery=Delivery(file.read(), name, host, fields, _systems(actor, systems)))
    return _queued(actor, file, {"name": name, "host": host, "systems": systems, "fields": dict(fields or {})})


def queue_or_bring(*, actor: Actor, delivery: Delivery) -> Brought | Job:
    """Bring in bytes, at once or as a job. Raises Forbidden, Unreadable, ValidationError."""
    policy.require(actor, "apis.bring_in")
    if not isinstance(delivery.what, bytes) or len(delivery.what) <= AT_ONCE:
        return bring(actor=actor, delivery=delivery)
    systems = [str(one.pk) for one in delivery.systems]
    says = {"name": delivery.name, "host": delivery.host, "systems": systems, "fields": dict(delivery.fields or {})}
    return _queued(actor, delivery.what, says)


def _queued(actor: Actor, content: Any, says: dict[str, Any]) -> Job:
    name = says["name"]
    blob = blobs.store(actor.management_system_id, content, name=name, media_type="application/octet-stream")
    params = {"blob": str(blob.pk), **says}
    title = _("Bring in %(name)s") % {"name": name}
    job = jobs.enqueue(actor, JOB, params, title=title, unique_key=f"{JOB}:{blob.sha256}", total=blob.size)
    if job.params["blob"] != params["blob"]:  # the same bytes wait already
        blob.delete()
    return job


@jobs.handler(JOB)
def run(running: jobs.Running) -> None:
    """Read a large file; safe to run again, since the same bytes count once."""
    params: Mapping[str, Any] = running.params
    blob = Blob.objects.filter(pk=params["blob"], management_system_id=running.job.management_system_id).first()
    if blob is None:  # an earlier try brought it in and ended before it could say so
        return
    path = blobs.path(blob.management_system_id, blob.sha256)
    systems = _systems(running.actor, params["systems"])
    delivery = Delivery(path, params["name"], params["host"], params.get("fields") or None, systems)

    def told(lines: int, done: int) -> bool:
        running.progress(min(done, blob.size), message=_("%(n)d lines read") % {"n": lines})
        return True

    try:
        found = bring(actor=running.actor, delivery=delivery, told=told)
        with running.owned():
            blob.delete()  # logs hold what people did, so only what they add up to is kept
    except Unreadable as error:
        raise jobs.JobFailed(str(reason_of(error.reason))) from error
    except ValidationError as error:
        raise jobs.JobFailed(" ".join(error.messages)) from error
    one = found.artefact
    running.result(artefact=one.ref, new=found.is_new, lines=one.lines, read=one.read, services=found.services,
                   endpoints=found.endpoints)  # fmt: skip


def _systems(actor: Actor, ids: list[str]) -> tuple[AISystem, ...]:
    return tuple(AISystem.objects.visible_to(actor).filter(pk__in=ids))
