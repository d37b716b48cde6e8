"""What follows from an artefact is owed from the moment it is kept until it was done (APR-23, APR-25, APR-26).

The job that says so is written in the unit of work that keeps the artefact, and goes when what follows was done. Who
brings in does it at once; what a killed process left behind the sweeper of jobs has done, and so does the same again.
"""

from django.utils.translation import gettext as _

from apis.models import Artefact
from core import jobs
from core.actor import Actor
from core.change import Change
from core.models import Job

JOB = "apis.follow"


def owe(unit: Change, artefact: Artefact) -> None:
    """Write with an artefact that what follows from it is to be done."""
    title = _("What follows from %(name)s") % {"name": artefact.name}
    jobs.owe(unit, JOB, {"artefact": str(artefact.pk)}, title=title, unique_key=_key(artefact))


def owed(actor: Actor, artefact: Artefact) -> Job | None:
    """The job that does what follows from an artefact, unless it was done."""
    return jobs.owed(actor, _key(artefact))


def left_undone(artefact: Artefact) -> Job | None:
    """The job that is to do what follows from an artefact, waiting, working or given up; None where it was done."""
    mine = Job.objects.filter(management_system_id=artefact.management_system_id, unique_key=_key(artefact))
    return mine.exclude(state=Job.READY).first()


def _key(artefact: Artefact) -> str:
    return f"{JOB}:{artefact.pk}"


@jobs.afterwards(JOB)
def settle(job: Job) -> None:
    """What was done is owed no more; what was given up stays in the list of jobs, with why."""
    Job.objects.filter(pk=job.pk, state=Job.READY).delete()
