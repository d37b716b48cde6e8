"""What the treatment plan says, as canonical values: what is submitted, approved, frozen and compared (6.1.3, 8.3).

The plan is what is going to be done: for each risk the option, the controls and the level aimed at, and its actions.
How far an action is stands in the register; finishing one changes no plan. People stand in it by id.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import approvals
from core.models import Approval
from core.records import type_of
from core.scope import Scope, current
from risks.content import DECIDING
from risks.models import Action, Risk, RiskControl, TreatmentPlan

SCHEMA = 1
MEANING = "approved"
Row = Mapping[str, Any]
RISK, ACTION = "risk", "action"
FIELDS: dict[str, dict[str, Any]] = {
    RISK: {
        "title": _("Title"), "option": _("Option"), "option_reason": _("Reason"), "owner": _("Owner"),
        "controls": _("Controls"), "target_level": _("Target"), "target_date": _("Target by"),
    },
    ACTION: {
        "what": _("What"), "control": _("Control"), "owner": _("Owner"), "due": _("Due"),
        "expected_effect": _("Expected effect"),
    },
}  # fmt: skip
PROGRESS = (
    *(step for step in DECIDING if step not in ("risks.risk.close", "risks.risk.reopen")),
    "risks.risk.still_right", "risks.risk.ask_for_acceptance", "risks.actions.finish", "risks.actions.check",
)  # fmt: skip
"""What is done about a risk without writing any of its plan; closing takes it out of the plan, reopening puts it in."""


@dataclass(frozen=True)
class Difference:
    """A risk or an action that two plans do not say the same of; ``before`` or ``after`` is None where it is not."""

    kind: str
    ref: str
    risk: str
    before: Row | None
    after: Row | None

    @property
    def fields(self) -> list[str]:
        """Names of the fields that differ."""
        left, right = self.before or {}, self.after or {}
        return [name for name in FIELDS[self.kind] if left.get(name) != right.get(name)]

    @property
    def title(self) -> str:
        """What the risk is called, or what is to be done."""
        return str((self.after or self.before or {})["title" if self.kind == RISK else "what"])


# The present and any past -----------------------------------------------------------------------------------------


def plan_or_none(scope: Scope) -> TreatmentPlan | None:
    """The record itself with the people it names, or None before there was one."""
    people = ("submitted_by", "submitted_to", "returned_by")
    return TreatmentPlan.objects.of(scope).select_related(*people).first()


def content_in(scope: Scope) -> dict[str, Any]:
    """The plan as it is in a scope; three queries however many risks."""
    actions: dict[uuid.UUID, list[Row]] = defaultdict(list)
    planned = _planned(scope).select_related("control")
    for action in sorted(planned, key=lambda one: numbered(one.ref)):
        actions[action.risk_id].append(_action(action))
    controls: dict[uuid.UUID, list[str]] = defaultdict(list)
    relied = RiskControl.objects.using(scope.alias).filter(risk__management_system_id=scope.management_system_id)
    for risk_id, code in relied.order_by("control__own", "control__position").values_list("risk_id", "control__code"):
        controls[risk_id].append(code)
    live = Risk.objects.of(scope).assessed().filter(~Q(option="") | Exists(_planned(scope).filter(risk=OuterRef("pk"))))
    live = live.only("ref", "title", "option", "option_reason", "owner", "target_level", "target_date")
    rows = [_risk(one, controls[one.pk], actions[one.pk]) for one in sorted(live, key=lambda one: numbered(one.ref))]
    return {"schema": SCHEMA, "risks": rows}


def is_active_in(scope: Scope) -> bool:
    """Whether anything is planned at all in a scope; one small query."""
    return _planned(scope).filter(risk__in=Risk.objects.of(scope).assessed()).exists()


def _planned(scope: Scope) -> QuerySet[Action]:
    return Action.objects.of(scope).exclude(state=Action.DROPPED)


def content_of(plan: TreatmentPlan) -> dict[str, Any]:
    """What an approval of the plan signs: the plan as it is at this moment."""
    return content_in(current(plan.management_system_id))


def _risk(risk: Risk, controls: list[str], actions: list[Row]) -> dict[str, Any]:
    return {
        "ref": risk.ref,
        "title": risk.title,
        "option": risk.option,
        "option_reason": risk.option_reason,
        "owner": str(risk.owner_id or ""),
        "controls": controls,
        "target_level": risk.target_level,
        "target_date": risk.target_date.isoformat() if risk.target_date else "",
        "actions": actions,
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "ref": action.ref,
        "what": action.what,
        "control": action.control.code if action.control else "",
        "owner": str(action.owner_id or ""),
        "due": action.due.isoformat() if action.due else "",
        "expected_effect": action.expected_effect,
    }


# Differences ------------------------------------------------------------------------------------------------------


def rows_of(content: Row | None) -> dict[tuple[str, str], tuple[str, Row]]:
    """(kind, reference) → (reference of the risk, row) of everything in a plan, in its order."""
    found: dict[tuple[str, str], tuple[str, Row]] = {}
    for risk in (content or {}).get("risks", ()):
        found[RISK, risk["ref"]] = risk["ref"], {name: risk[name] for name in FIELDS[RISK]}
        found |= {(ACTION, one["ref"]): (risk["ref"], {n: one[n] for n in FIELDS[ACTION]}) for one in risk["actions"]}
    return found


def differences(before: Row | None, after: Row | None) -> list[Difference]:
    """Risks and actions that differ between two plans, in the order of the newer one, gone ones last."""
    old, new = rows_of(before), rows_of(after)
    keys = [*new, *(key for key in old if key not in new)]
    absent: tuple[str, None] = ("", None)
    found = []
    for kind, ref in keys:
        was, now = old.get((kind, ref), absent), new.get((kind, ref), absent)
        if was[1] != now[1]:
            found.append(Difference(kind, ref, now[0] or was[0], was[1], now[1]))
    return found


def counted(changes: Iterable[Difference]) -> str:
    """ "3 actions and 1 risk", what there is of both."""
    kinds = [one.kind for one in changes]
    actions, risks = kinds.count(ACTION), kinds.count(RISK)
    told = [ngettext("%(n)d action", "%(n)d actions", actions) % {"n": actions}] if actions or not risks else []
    told += [ngettext("%(n)d risk", "%(n)d risks", risks) % {"n": risks}] if risks else []
    return _("%(one)s and %(other)s") % {"one": told[0], "other": told[1]} if len(told) > 1 else told[0]


# Versions and authors ---------------------------------------------------------------------------------------------


def versions_of(scope: Scope, plan: TreatmentPlan | None) -> list[Approval]:
    """Approved versions, newest first."""
    return list(approvals.of(plan, MEANING, scope.alias)) if plan else []


def authors_of(plan: TreatmentPlan) -> set[uuid.UUID]:
    """Who wrote a risk or an action that the newest version says otherwise or not at all, and who submitted."""
    latest = approvals.latest(plan, MEANING)
    changes = differences(approvals.frozen(latest) if latest else None, content_of(plan))
    refs = {one.ref for one in changes}
    keys = set().union(
        *(approvals.ever(plan.management_system_id, type_of(model), ref__in=refs) for model in (Risk, Action))
    )
    wrote = approvals.authors_since(
        plan.management_system_id, keys, latest.at if latest else None, without=PROGRESS
    )  # fmt: skip
    asked = plan.submitted_by_id if plan.state == TreatmentPlan.SUBMITTED else None
    return wrote | ({asked} if asked else set())


def people_in(*contents: Row | None) -> set[str]:
    """Ids of the people named in plans."""
    return {row["owner"] for content in contents for _risk, row in rows_of(content).values() if row["owner"]}


def numbered(ref: str) -> tuple[str, int]:
    """Sort key that puts RSK-9 before RSK-10."""
    prefix, _dash, number = ref.rpartition("-")
    return prefix, int(number) if number.isdigit() else 0
