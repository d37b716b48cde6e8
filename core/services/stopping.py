"""Asking a job to stop."""

from core import jobs, policy
from core.actor import Actor
from core.models import Job


def cancel_job(*, actor: Actor, job: Job) -> Job:
    """Ask a job to stop; managers and the person who asked may. Raises Forbidden."""
    policy.require(actor, "core.cancel_job", job)
    return jobs.cancel(job)
