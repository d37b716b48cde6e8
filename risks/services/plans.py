"""The treatment plan: one for every management system, submitted, decided and frozen by steps (6.1.3, 8.3)."""

from core import policy, workflow
from core.actor import Actor
from core.change import Change, change
from core.models import ManagementSystem
from core.services.tenancy import starter
from risks.effects import PlanSubmission
from risks.models import TreatmentPlan


@starter
def start_plan(unit: Change, tenant: ManagementSystem) -> None:
    """Every management system has one plan, empty at first."""
    unit.save(TreatmentPlan())


def begin_plan(*, actor: Actor) -> TreatmentPlan:
    """The plan of a management system, begun where an older version of the product left none. Raises Forbidden."""
    policy.require(actor, "risks.submit_plan")
    found = TreatmentPlan.objects.filter(management_system_id=actor.management_system_id).first()
    if found is not None:
        return found
    with change(actor, "risks.plan.begin") as unit:
        return unit.save(TreatmentPlan())


def submit_plan(*, actor: Actor, to: object, expected_version: int | None = None) -> TreatmentPlan:
    """Put the plan as it is now before an approver. Raises Forbidden, StepRefused, Stale, ValidationError."""
    inputs = PlanSubmission(to)  # type: ignore[arg-type]
    plan = begin_plan(actor=actor)
    return workflow.take("submit", plan, actor=actor, inputs=inputs, expected_version=expected_version)
