"""What happens to an AI system: whether it is in scope, and where it stands in its life cycle. By steps only."""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from aims.catalogue import Transition, lifecycle
from aims.models import AISystem
from core import registries
from core import scope as scopes
from core.actor import Actor
from core.workflow import Need, Obstacle, Step, Taking, Workflow, register

TO_SCREEN, IN_SCOPE, OUT_OF_SCOPE, RETIRED = (
    AISystem.TO_SCREEN,
    AISystem.IN_SCOPE,
    AISystem.OUT_OF_SCOPE,
    AISystem.RETIRED,
)


@dataclass(frozen=True)
class Moved:
    """When a system went to another stage; today in the management system's zone unless said."""

    date: datetime.date | None = None


def passes_gate(transition: Transition) -> Need:
    """A need that asks the facts registered under the gate ("G3") for criteria that are not met.

    A fact is ``function(scope, record)`` and answers obstacles; none are registered until a room knows criteria.
    """

    def need(record: Any, actor: Actor) -> Obstacle | None:
        if getattr(record, "stage", None) != transition.source:
            return None
        asked = registries.facts.get(transition.gate)
        if not asked:
            return None
        scope = scopes.current(record.management_system_id)
        found = (obstacle for _name, criteria in asked for obstacle in criteria(scope, record))
        return next(iter(found), None)

    return need


def _screened(taking: Taking) -> None:
    """Remember who decided about the scope when, and why."""
    taking.record.state_reason = taking.reason.strip()
    taking.record.screened_at = taking.change.now


def _unscreened(taking: Taking) -> None:
    """Ask the question of scope again."""
    taking.record.state_reason = ""
    taking.record.screened_at = None


def _moved(taking: Taking) -> None:
    """Date the new stage; retirement ends the system's place in scope."""
    record = taking.record
    today = scopes.current(record.management_system_id).today
    day = (taking.inputs.date if taking.inputs else None) or today
    check_day(record, day, today)
    transition = next(t for t in lifecycle().transitions if (t.code, t.target) == (taking.step.name, record.stage))
    if transition.back:
        record.gates = {}
    elif passed := _gate_passed(taking):
        record.gates = {**record.gates, passed: day.isoformat()}
    if taking.step.sources != (taking.step.target,):  # passing a gate inside a stage begins no new one
        record.stage_since = day
    if record.stage == "RET":
        record.state, record.retired_on = RETIRED, day
        record.state_reason = taking.reason.strip() or record.state_reason
    elif record.stage == "OM" and record.go_live is None:
        record.go_live = day


def _gate_passed(taking: Taking) -> str:
    """The gate of the step from where the record stood before it."""
    stood = type(taking.record).objects.values_list("stage", flat=True).get(pk=taking.record.pk)
    return next((t.gate for t in lifecycle().steps_from(stood) if t.code == taking.step.name), "")


def check_day(record: AISystem, day: datetime.date, today: datetime.date) -> None:
    """Refuse a day before the present stage began or in the future. Raises ValidationError at inputs/date."""
    if day > today:
        raise ValidationError(
            {"inputs/date": _("A step is recorded when it has happened; this date is in the future.")}
        )
    if record.stage_since and day < record.stage_since:
        raise ValidationError({"inputs/date": _("The present stage began later than this date.")})


SCOPE_STEPS = (
    Step("take_in", (TO_SCREEN,), IN_SCOPE, "aims.screen", label=_("Take into scope"), effect=_screened),
    Step(
        "leave_out", (TO_SCREEN,), OUT_OF_SCOPE, "aims.screen",
        label=_("Leave out of scope"), effect=_screened, reason_required=True,
    ),
    Step(
        "screen_again", (IN_SCOPE, OUT_OF_SCOPE), TO_SCREEN, "aims.screen",
        label=_("Screen again"), effect=_unscreened, reason_required=True,
    ),
)  # fmt: skip


def _stage_steps() -> tuple[Step, ...]:
    """One step per code of the table of transitions; a code that leaves several stages for one is one step."""
    by_code: dict[tuple[str, str], list[Transition]] = defaultdict(list)
    for transition in lifecycle().transitions:
        by_code[transition.code, transition.target].append(transition)
    return tuple(_stage_step(code, target, found) for (code, target), found in by_code.items())


def _stage_step(code: str, target: str, found: list[Transition]) -> Step:
    return Step(
        name=code,
        sources=tuple(transition.source for transition in found),
        target=target,
        permission="aims.move_stage",
        label=found[0].name,
        inputs=Moved,
        needs=tuple(passes_gate(transition) for transition in found if transition.gate),
        effect=_moved,
        reason_required=any(transition.back for transition in found) or target == "RET",
        field="stage",
    )


STAGE_STEPS = _stage_steps()
SYSTEM = register(
    Workflow(AISystem, dict(AISystem.STATES) | dict(AISystem.STAGES), (*SCOPE_STEPS, *STAGE_STEPS)),
)


def label_of(step: Step, record: AISystem) -> Any:
    """The name of a step from where the record stands ("Back to development" or "Substantial change")."""
    for transition in lifecycle().steps_from(record.stage) if step.field == "stage" else ():
        if transition.code == step.name:
            return transition.name
    return step.label


def gate_of(step: Step, record: AISystem) -> str:
    """The gate the record passes with this step, or blank."""
    for transition in lifecycle().steps_from(record.stage) if step.field == "stage" else ():
        if transition.code == step.name:
            return transition.gate
    return ""
