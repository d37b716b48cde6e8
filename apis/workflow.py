"""The states of findings and the steps between them. What a run sees mended or back again, it sets by itself."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apis import effects, threat_effects
from apis.findings import Finding
from apis.posture.rules import FLOW, RULES
from apis.threat_records import ThreatSignal
from core.actor import Actor
from core.workflow import Obstacle, Step, Workflow, register


def by_a_person(record: Any, actor: Actor) -> Obstacle | None:
    """An acceptance names the person who answers for it."""
    return None if actor.person_id else Obstacle("no-person", _("Only a person can do this."))


def about_a_flow(record: Any, actor: Actor) -> Obstacle | None:
    """Whether a rule is broken a run sees by itself; what data at a model means for people, a person judges."""
    known = RULES.get(record.rule)
    if known is not None and known.unit == FLOW:
        return None
    return Obstacle("seen-by-itself", _("That this is mended, the next description or traffic shows."))


FINDING = register(
    Workflow(
        model=Finding,
        states=Finding.STATES,
        steps=(
            Step(
                "accept", (Finding.OPEN,), Finding.ACCEPTED, "apis.accept_findings", _("Accept"),
                inputs=effects.Accepting, needs=(by_a_person,), effect=effects.accept, reason_required=True,
            ),
            Step(
                "review", (Finding.OPEN, Finding.ACCEPTED), Finding.MENDED, "apis.change_findings",
                _("Impact assessment reviewed"), needs=(about_a_flow,), effect=effects.review, reason_required=True,
            ),
            Step(
                "reopen", (Finding.ACCEPTED, Finding.MENDED), Finding.OPEN, "apis.change_findings", _("Re-open"),
                effect=effects.reopen, reason_required=True,
            ),
        ),
    )
)  # fmt: skip


def no_other_is_open(record: Any, actor: Actor) -> Obstacle | None:
    """Later hours join one open signal; there cannot be two."""
    same = ThreatSignal.objects.filter(service=record.service_id, detector=record.detector, consumer=record.consumer)
    other = same.open().exclude(pk=record.pk).first()
    if other is None:
        return None
    return Obstacle("another-is-open", _("%(ref)s is open for the same caller.") % {"ref": other.ref})


THREAT = register(
    Workflow(
        model=ThreatSignal,
        states=ThreatSignal.STATES,
        steps=(
            Step("review", (ThreatSignal.NEW,), ThreatSignal.REVIEW, "apis.triage", _("Take under review"),
                 effect=threat_effects.take_up),
            Step("confirm", (ThreatSignal.NEW, ThreatSignal.REVIEW), ThreatSignal.CONFIRMED, "apis.triage",
                 _("Confirm"), effect=threat_effects.decide, reason_required=True),
            Step("harmless", ThreatSignal.OPEN, ThreatSignal.HARMLESS, "apis.triage", _("Call harmless"),
                 effect=threat_effects.decide, reason_required=True),
            Step("close", (ThreatSignal.CONFIRMED,), ThreatSignal.CLOSED, "apis.triage", _("Close"),
                 effect=threat_effects.decide, reason_required=True),
            Step("reopen", (*ThreatSignal.DECIDED, ThreatSignal.WITHDRAWN), ThreatSignal.REVIEW, "apis.triage",
                 _("Re-open"), needs=(no_other_is_open,), effect=threat_effects.open_again, reason_required=True),
        ),
    )
)  # fmt: skip
