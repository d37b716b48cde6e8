"""What undoing a step would do: what is put back, what stays because it changed since."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min

from core import clock, policy
from core.actor import Actor
from core.models import Entry
from core.scope import Scope
from core.undo import DAYS, barred, present_versions, taken_back

MOST = 200


@dataclass
class Step:
    """A step: its entries as counted, and each record with what undoing does to it."""

    change_id: str
    first: Entry
    entries: int
    records: int
    back: list[tuple[Entry, str]]
    kept: list[tuple[Entry, str]]
    barred: str
    too_old: bool
    allowed: bool

    @property
    def open(self) -> bool:
        """Whether it can be undone by this person now."""
        return self.allowed and not self.barred and not self.too_old and bool(self.back)


def step(scope: Scope, actor: Actor, change_id: str) -> Step | None:
    """Return a step of the management system, or None."""
    rows = Entry.objects.filter(chain__management_system_id=scope.management_system_id, change_id=change_id)
    firsts = rows.values("record_type", "record_id").annotate(first=Min("seq"), last=Max("seq"), n=Count("pk"))
    found = list(firsts.order_by("first"))
    if not found:
        return None
    heads = {one.seq: one for one in rows.filter(seq__in=[row["first"] for row in found])}
    versions = dict(rows.filter(seq__in=[row["last"] for row in found]).values_list("seq", "version"))
    left = {(row["record_type"], row["record_id"]): versions[row["last"]] for row in found}
    present = present_versions(scope.management_system_id, list(left))
    left |= taken_back(heads[found[0]["first"]].chain_id, left, present)
    back: list[tuple[Entry, str]] = []
    kept: list[tuple[Entry, str]] = []
    for row in found:
        entry, key = heads[row["first"]], (row["record_type"], row["record_id"])
        same = present.get(key) == (None if entry.op == Entry.DELETE else left[key])
        (back if same else kept).append((entry, entry.op if same else "changed-since"))
    first = heads[found[0]["first"]]
    return Step(
        change_id, first, sum(row["n"] for row in found), len(found), back, kept,
        barred(heads.values()),
        first.at < clock.now() - dt.timedelta(days=DAYS), policy.allows(actor, "core.undo"),
    )  # fmt: skip
