"""Ask for, give and return acceptances of residual risk (6.1.3). Nobody accepts what they wrote or assessed."""

from django.utils.translation import gettext as _

from core import workflow
from core.actor import Actor
from core.errors import StepRefused
from core.workflow import Obstacle
from risks.effects import Decision
from risks.models import Acceptance, Risk


def ask_for_acceptance(*, actor: Actor, risk: Risk, expected_version: int | None = None) -> Acceptance:
    """Freeze statement, ratings, controls, open actions and criteria for a decision. Raises StepRefused, Stale."""
    fresh = workflow.take("ask_for_acceptance", risk, actor=actor, expected_version=expected_version)
    return waiting_for(fresh)


def waiting_for(risk: Risk) -> Acceptance:
    """The request of a risk that waits for a decision. Raises StepRefused when there is none."""
    found = risk.acceptances.filter(state=Acceptance.ASKED).order_by("-asked_at").first()
    if found is None:
        raise StepRefused("accept", [Obstacle("not-asked", _("Acceptance was not asked for."))])
    return found


def accept(
    *,
    actor: Actor,
    acceptance: Acceptance,
    shown_hash: str,
    inputs: Decision,
    expected_version: int | None = None,
) -> Acceptance:
    """Sign an acceptance of exactly what was shown.

    Raises Forbidden, StepRefused (authority, own work, changed since), ContentChanged, ReauthenticationNeeded,
    Stale, ValidationError (date beyond the level's limit, reason, conditions).
    """
    return workflow.take(
        "accept",
        acceptance,
        actor=actor,
        inputs=inputs,
        expected_version=expected_version,
        shown_hash=shown_hash,
        reason=inputs.reason,
    )


def return_with_question(
    *, actor: Actor, acceptance: Acceptance, question: str, expected_version: int | None = None
) -> Acceptance:
    """Ask back instead of deciding. Raises Forbidden, StepRefused, Stale."""
    return workflow.take("return", acceptance, actor=actor, reason=question, expected_version=expected_version)


def withdraw_request(
    *, actor: Actor, acceptance: Acceptance, reason: str = "", expected_version: int | None = None
) -> Acceptance:
    """Take a request back. Raises Forbidden, StepRefused, Stale."""
    return workflow.take("withdraw", acceptance, actor=actor, reason=reason, expected_version=expected_version)
