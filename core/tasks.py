"""Celery tasks: doors of three lines; the services do the work."""

from celery import shared_task

from core import jobs, outbox, tidy


@shared_task(name="core.run_job")
def run_job(job_id: str) -> None:
    """Do one job."""
    jobs.run(job_id)


@shared_task(name="core.sweep", ignore_result=True, expires=10)
def sweep() -> None:
    """Publish jobs that are due."""
    jobs.sweep()


@shared_task(name="core.dispatch_outbox", ignore_result=True, expires=10)
def dispatch_outbox() -> None:
    """Deliver what changes have to tell."""
    outbox.dispatch()


@shared_task(name="core.tidy", ignore_result=True, expires=600)
def tidy_up() -> None:
    """Checkpoints, orphans, expired drafts and keys."""
    tidy.tidy()


def _send(job_id: str) -> None:
    run_job.apply_async((job_id,), retry=False)


jobs.publisher(_send)
