"""What the inbox To screen shows and remembers: reasons given lately, what was decided last and can be undone."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from aims.models import AISystem
from core import workflow
from core.actor import Actor
from core.models import Entry
from core.queries.history import action_words
from core.records import type_of
from core.registers import Listing, registers
from core.scope import Scope
from core.wording import filled

FILTERS = ("q", "unit", "source", "group")
REASONS = 8
"""Reasons offered anew."""
FRESH = datetime.timedelta(hours=12)
"""How long the inbox offers to undo what was decided last; the history offers it for 30 days."""
DECIDED = (
    "aims.aisystem.take_in", "aims.aisystem.leave_out", "aims.group_system", "aims.merge_systems", "aims.keep_apart",
)  # fmt: skip


@dataclass(frozen=True)
class Last:
    """The last thing this person decided here."""

    change_id: str
    what: str
    names: str
    count: int


def listing(scope: Scope, actor: Actor, given: QueryDict, slug: str) -> Listing:
    """The unscreened systems of the register, narrowed as the address says."""
    params = QueryDict(mutable=True)
    for name in FILTERS:
        if value := given.get(name, "").strip():
            params[name] = value
    params["state"] = AISystem.TO_SCREEN
    return registers()["systems"].listing(scope, actor, params, "", slug)


def waiting(listed: Listing) -> Any:
    """Its rows, the longest waiting first."""
    return listed.matching.select_related("owner", "group").order_by("created_at", "pk")


def units(scope: Scope) -> list[str]:
    """Units that have unscreened systems."""
    rows = AISystem.objects.of(scope).to_screen().exclude(unit="").order_by("unit")
    return list(rows.values_list("unit", flat=True).distinct()[:300])


def reasons(scope: Scope) -> list[str]:
    """Why systems were left out lately, each reason once."""
    rows = AISystem.objects.of(scope).filter(state=AISystem.OUT_OF_SCOPE).order_by("-screened_at")
    given = rows.values_list("state_reason", flat=True)[:200]
    return list(dict.fromkeys(reason for reason in given if len(reason) <= 200))[:REASONS]


def last(scope: Scope, actor: Actor) -> Last | None:
    """What this person decided last about systems and did not undo."""
    since = scope.moment - FRESH
    own = Entry.objects.filter(
        chain__management_system_id=scope.management_system_id, at__gte=since,
        actor_kind=actor.kind, actor_id=actor.id,
    )  # fmt: skip
    undone = {
        reason.removeprefix("undo ") for reason in own.filter(action="core.undo").values_list("reason", flat=True)
    }
    recent = own.filter(action__in=DECIDED).order_by("-seq")
    entry = recent.exclude(change_id__in=undone).first()
    if entry is None:
        return None
    touched = own.filter(change_id=entry.change_id, record_type=type_of(AISystem))
    refs = list(touched.order_by("seq").values_list("ref", flat=True).distinct())
    first = AISystem.objects.of(scope).filter(ref__in=refs[:1]).first()
    return Last(entry.change_id, _said(entry), str(first.name if first else ""), len(refs))


def _said(entry: Entry) -> str:
    step = entry.action.rpartition(".")[2]
    if entry.action.startswith(type_of(AISystem)):
        return str(workflow.workflow_of(AISystem).states[workflow.workflow_of(AISystem).step(step).target or ""])
    return action_words(entry)


def told(found: Last) -> str:
    """It in one sentence."""
    if found.count > 1:
        return filled(_("%(n)d AI systems: %(what)s."), {"n": found.count, "what": found.what})
    return _("%(name)s: %(what)s.") % {"name": found.names, "what": found.what} if found.names else f"{found.what}."
