"""Undo of a whole step from the history: at once, or as a job where it is large."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from core import jobs, policy
from core.actor import Actor
from core.errors import NotFound, StepRefused
from core.models import Job
from core.undo import Undone, firsts_of, undo

AT_ONCE = 200
"""Records that are put back while the person waits."""
JOB = "core.undo_step"


def undo_step(*, actor: Actor, change_id: str) -> Undone:
    """Put every record of a step back as it was. Raises Forbidden, NotFound, StepRefused (never undone)."""
    policy.require(actor, "core.undo")
    return undo(actor, change_id)


def undo_or_queue(*, actor: Actor, change_id: str, records: int) -> Undone | Job:
    """The same; as a job where a step touched many records. Raises Forbidden, NotFound, StepRefused."""
    policy.require(actor, "core.undo")
    if records <= AT_ONCE:
        return undo_step(actor=actor, change_id=change_id)
    firsts_of(actor, change_id)  # what cannot be undone is refused now, not by the job
    title = _("Undo of a step of %(n)d records") % {"n": records}
    return jobs.enqueue(
        actor, JOB, {"change_id": change_id}, title=title, unique_key=f"undo:{change_id}", total=records
    )


@jobs.handler(JOB)
def run_undo(running: jobs.Running) -> None:
    """Undo a step in fenced parts; another try goes on where the first was lost."""
    try:
        undone = undo(
            running.actor, running.params["change_id"], step=str(running.job.pk), inside=lambda: _allowed(running),
            report=running.progress,
        )  # fmt: skip
    except (NotFound, StepRefused) as error:  # too old by now, or overtaken
        raise jobs.JobFailed(_("This step can no longer be undone as one. Change the records themselves.")) from error
    running.result(step=undone.change_id, **undone.told())


@contextlib.contextmanager
def _allowed(running: jobs.Running) -> Iterator[None]:
    """A part of a step, if who asked may undo at this moment (T05). Raises JobFailed, Lost."""
    with jobs.still_allowed(running.actor, running.owned()) as now:
        if not policy.allows(now, "core.undo"):
            raise jobs.JobFailed(_("Who asked for this may no longer undo steps."))
        yield


def tale(job: Job) -> dict[str, Any]:
    """What the page of such a job shows."""
    refs = job.result.get("kept_refs", [])
    return {"back": job.result.get("removed", 0) + job.result.get("restored", 0),
            "more": max(job.result.get("kept_count", 0) - len(refs), 0)}  # fmt: skip


jobs.tells(JOB, "core/step_undone.html", tale)
