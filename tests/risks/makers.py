"""Makers of risks: give only what matters to the test."""

import datetime
import zoneinfo
from typing import Any

from aims.models import AISystem
from controls.models import Control
from core import clock
from core.actor import Actor, operator
from core.change import change
from risks import services
from risks.models import Methodology, Risk

SENTENCE = {
    "cause": "labels are missing",
    "event": "people give up",
    "consequence": "late care",
    "rationale": "11 of 14 testers could not finish.",
}
MILD = {"organisation": 2, "individuals": 2}
SEVERE = {"organisation": 2, "individuals": 4, "groups": 4}
ZONE = "Europe/Berlin"


def today() -> datetime.date:
    """The day in the sample's time zone, which near midnight is not the day in UTC."""
    return clock.now().astimezone(zoneinfo.ZoneInfo(ZONE)).date()


def make_system(tenant: Any, name: str = "Symptom triage", **fields: Any) -> AISystem:
    """An AI system in scope."""
    with change(operator(tenant.pk), "test.system") as unit:
        return unit.save(AISystem(name=name, state="in_scope", **fields))


def make_control(tenant: Any, code: str, **fields: Any) -> Control:
    """A control with this code, adopted anew or changed."""
    with change(operator(tenant.pk), "test.control") as unit:
        found = Control.objects.filter(management_system=tenant, code=code).first() or Control(code=code, title=code)
        for name, value in fields.items():
            setattr(found, name, value)
        return unit.save(found)


def approve_criteria(tenant: Any) -> Methodology:
    """The newest version of the risk criteria, approved."""
    with change(operator(tenant.pk), "test.criteria") as unit:
        found = Methodology.objects.filter(management_system=tenant).order_by("-number").first()
        found.state, found.approved_at = Methodology.APPROVED, unit.now
        return unit.save(found)


def make_risk(actor: Actor, **fields: Any) -> Risk:
    """A draft."""
    fields.setdefault("title", "People who use a screen reader are shut out")
    return services.register_risk(actor=actor, **fields)


def make_assessed(actor: Actor, owner: Any, **fields: Any) -> Risk:
    """A risk marked as assessed by the actor: High unless other ratings are given."""
    rated = {"before_likelihood": 4, "before_consequences": SEVERE}
    given = {**SENTENCE, "whole_system": True, "owner": owner, **rated, **fields}
    return services.assess(actor=actor, risk=make_risk(actor, **given))
