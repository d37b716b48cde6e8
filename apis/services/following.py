"""What follows when something was brought in: it is judged, looked through for threats, and kept as evidence."""

from django.utils.translation import gettext as _

from apis.models import Artefact, Service
from apis.services.bringing import Brought
from apis.services.inputs import judge_brought
from apis.services.owing import JOB, owed
from apis.services.proving import prove
from apis.services.threats import Told, threats_brought, unheard
from core import jobs
from core.actor import Actor


def follow(*, actor: Actor, artefact: Artefact, told: Told = unheard) -> None:
    """Judge the services an artefact is about, look for threats in its hours, keep the evidence. Raises Forbidden."""
    told(_("Judging by the rules"), 0, 0)
    judge_brought(actor=actor, artefact=artefact)
    threats_brought(actor=actor, artefact=artefact, told=told)
    rows = list(Service.objects.filter(management_system_id=artefact.management_system_id, host__in=artefact.hosts))
    for number, service in enumerate(sorted(rows, key=lambda one: one.host)):
        told(_("Keeping evidence: service %(n)d of %(m)d") % {"n": number + 1, "m": len(rows)}, number, len(rows))
        prove(actor=actor, service=service)
    told(_("Judged, looked through for threats and kept as evidence"), len(rows), len(rows))


def followed(*, actor: Actor, brought: Brought, told: Told = unheard) -> Brought:
    """The same, after what follows from it was done, where it is new or was left undone.

    What fails is logged and tried again as a job: what was brought in is kept all the same.
    """
    if (job := owed(actor, brought.artefact)) is not None:
        jobs.run(job.pk, actor, told)
    return brought


@jobs.handler(JOB)
def run(running: jobs.Running) -> None:
    """Do what follows from an artefact; safe to run again, since what was done changes nothing."""
    mine = Artefact.objects.filter(management_system_id=running.job.management_system_id)
    if (artefact := mine.filter(pk=running.params["artefact"]).first()) is not None:
        follow(actor=running.actor, artefact=artefact, told=running.tell)
