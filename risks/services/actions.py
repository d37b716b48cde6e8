"""Actions: what is done about a risk, by whom, until when, and whether it worked (6.1.3, 8.3)."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import policy
from core.actor import Actor
from core.change import Change, change
from core.errors import Stale, StepRefused
from core.wording import inside
from core.workflow import Obstacle
from risks.effects import today_of
from risks.models import Action, Risk

FIELDS = ("what", "control", "owner", "due", "expected_effect")


@dataclass(frozen=True)
class Planned:
    """An action as the risk form holds it; ``pk`` None is a new one, ``gone`` takes an open one away."""

    what: str = ""
    control: Any = None
    owner: Any = None
    due: datetime.date | None = None
    expected_effect: str = ""
    pk: uuid.UUID | None = None
    gone: bool = False
    version: int | None = None
    """What the form was opened with; somebody else's edit of the action meanwhile makes the form stale."""


def add_action(*, actor: Actor, risk: Risk, **fields: Any) -> Action:
    """Plan an action for a risk. Raises Forbidden, ValidationError naming the field, StepRefused for a closed risk."""
    policy.require(actor, "risks.change", risk)
    with change(actor, "risks.actions.add") as unit:
        fresh = unit.fetch(Risk, risk.pk)
        if fresh.state == Risk.CLOSED:
            raise StepRefused("add", [Obstacle("closed", _("This risk is closed: reopen it first."))])
        return _write(unit, Action(risk=fresh), fields)


def change_action(
    *, actor: Actor, action: Action, expected_version: int | None = None, reason: str = "", **fields: Any
) -> Action:
    """Change an open action. Raises Forbidden, Stale, StepRefused, ValidationError."""
    policy.require(actor, "risks.act", action)
    with change(actor, "risks.actions.change", reason=reason) as unit:
        fresh = _fetch(unit, action, expected_version, (Action.OPEN,))
        return _write(unit, fresh, fields)


def finish_action(
    *,
    actor: Actor,
    action: Action,
    outcome: str,
    done_on: datetime.date | None = None,
    expected_version: int | None = None,
) -> Action:
    """Say that it is done, and what came out. Raises Forbidden, Stale, StepRefused, ValidationError."""
    policy.require(actor, "risks.act", action)
    with change(actor, "risks.actions.finish") as unit:
        fresh = _fetch(unit, action, expected_version, (Action.OPEN,))
        today = today_of(actor.management_system_id)
        if done_on is not None and done_on > today:
            raise ValidationError({"done_on": _("This day lies in the future")})
        if not outcome.strip():
            raise ValidationError({"outcome": _("Say what was done")})
        fresh.state, fresh.outcome, fresh.done_on = Action.DONE, outcome.strip(), done_on or today
        return unit.save(fresh)


def drop_action(*, actor: Actor, action: Action, outcome: str, expected_version: int | None = None) -> Action:
    """Give an action up with a reason; it stays on record. Raises Forbidden, Stale, StepRefused, ValidationError."""
    policy.require(actor, "risks.change", action.risk)
    with change(actor, "risks.actions.drop") as unit:
        fresh = _fetch(unit, action, expected_version, (Action.OPEN,))
        if not outcome.strip():
            raise ValidationError({"outcome": _("Say why it is not needed any more")})
        fresh.state, fresh.outcome = Action.DROPPED, outcome.strip()
        return unit.save(fresh)


def check_effectiveness(
    *,
    actor: Actor,
    action: Action,
    effectiveness: str,
    outcome: str = "",
    on: datetime.date | None = None,
    expected_version: int | None = None,
) -> Action:
    """Say whether a finished action worked: effective, partly, ineffective (8.3). Raises as above."""
    policy.require(actor, "risks.act", action)
    with change(actor, "risks.actions.check") as unit:
        fresh = _fetch(unit, action, expected_version, (Action.DONE,))
        if effectiveness not in {code for code, _label in Action.EFFECTS if code}:
            raise ValidationError({"effectiveness": _("Choose: did it work")})
        today = today_of(actor.management_system_id)
        if on is not None and on > today:
            raise ValidationError({"on": _("This day lies in the future")})
        fresh.effectiveness, fresh.effectiveness_on = effectiveness, on or today
        fresh.outcome = outcome.strip() or fresh.outcome
        return unit.save(fresh)


def write_planned(unit: Change, risk: Risk, planned: Sequence[Planned]) -> None:
    """Bring the open actions of a risk in line with its form: new, changed, taken away while the risk is a draft."""
    known = {action.pk: action for action in risk.actions.filter(state=Action.OPEN)}
    for number, one in enumerate(planned, start=1):
        if one.pk is not None and one.pk not in known:
            if one.gone and risk.actions.filter(pk=one.pk).exists():
                continue
            says = _(
                "This action was finished or dropped meanwhile, or is not one of this risk. Take it out of the plan."
            )
            raise ValidationError({f"action_{number}_what": says})
        action = known[one.pk] if one.pk else Action(risk=risk)
        if one.pk is not None and one.version is not None and one.version != action.version:
            raise Stale(risk, one.version, action.version)
        if one.gone:
            _take_away(unit, risk, action)
        elif one.pk or one.what.strip():
            fields = {name: getattr(one, name) for name in FIELDS}
            try:
                _write(unit, action, fields)
            except ValidationError as error:
                raise _numbered(error, number) from error


def _take_away(unit: Change, risk: Risk, action: Action) -> None:
    """A planned action of a draft is deleted; of an assessed risk it is dropped and stays on record."""
    if not action.version:
        return
    if risk.state == Risk.DRAFT:
        unit.delete(action)
        return
    action.state, action.outcome = Action.DROPPED, _("Taken out of the plan.")
    unit.save(action)


def _write(unit: Change, action: Action, fields: dict[str, Any]) -> Action:
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise ValidationError({name: _("This cannot be given.") for name in sorted(unknown)})
    for name, value in fields.items():
        if name in ("owner", "control"):
            setattr(action, f"{name}_id", getattr(value, "pk", value) or None)
        else:
            setattr(action, name, value)
    if not action.what.strip():
        raise ValidationError({"what": _("Say what is to be done")})
    return unit.save(action)


def _fetch(unit: Change, action: Action, version: int | None, states: tuple[str, ...]) -> Action:
    fresh = unit.fetch(Action, action.pk, version)
    if fresh.state not in states:
        says = _("This action is %(state)s now.") % {"state": inside(Action.STATES[fresh.state])}
        raise StepRefused("action", [Obstacle("wrong-state", says)])
    return fresh


def _numbered(error: ValidationError, number: int) -> ValidationError:
    return ValidationError({f"action_{number}_{name}": errors for name, errors in error.error_dict.items()})
