"""Reads about jobs."""

from typing import Any

from core.actor import Actor
from core.jobs import hidden_from
from core.models import Job, JobFile
from core.scope import Scope


def job(scope: Scope, pk: Any, actor: Actor) -> Job | None:
    """Return a job of the management system that the actor may read, or None."""
    rows = Job.objects.filter(management_system_id=scope.management_system_id, pk=pk, parent=None)
    rows = rows.exclude(kind__in=hidden_from(actor))
    return rows.select_related("requested_by").prefetch_related("files__blob").first()


def result(scope: Scope, job_pk: Any, file_pk: Any, actor: Actor) -> JobFile | None:
    """Return a result of a job of the management system that the actor may read, or None."""
    rows = JobFile.objects.filter(job__management_system_id=scope.management_system_id, job_id=job_pk, pk=file_pk)
    rows = rows.exclude(job__kind__in=hidden_from(actor))
    return rows.select_related("blob", "job").first()
