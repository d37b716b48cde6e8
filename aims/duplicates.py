"""Systems that look like the same one, without those somebody told apart. What was compared is kept in the cache."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.cache import cache
from django.db.models import Q

from aims.likeness import Known, Likeness, Pair
from aims.models import AISystem, DistinctSystems
from core.scope import Scope

KEPT_S = 24 * 3600
FIELDS = ("pk", "name", "supplier", "unit")


def pairs(scope: Scope) -> list[Pair]:
    """Every pair that looks alike, the likest first."""
    rows = list(_open(scope).order_by("created_at", "pk").values_list(*FIELDS))
    apart = _apart(scope)
    alive = {row[0] for row in rows}
    return [
        pair
        for pair in _compared(scope, rows)
        if pair.one in alive and pair.other in alive and frozenset((pair.one, pair.other)) not in apart
    ]


def of_systems(scope: Scope, systems: Iterable[AISystem]) -> dict[uuid.UUID, list[Pair]]:
    """The systems that look like each of these, the likest first; nothing for those that look like no other."""
    wanted = {system.pk for system in systems}
    found: dict[uuid.UUID, list[Pair]] = defaultdict(list)
    for pair in pairs(scope) if wanted else ():
        if pair.one in wanted:
            found[pair.one].append(pair)
        if pair.other in wanted:
            found[pair.other].append(Pair(pair.other, pair.one, pair.score))
    return found


def _open(scope: Scope) -> Any:
    return AISystem.objects.of(scope).exclude(Q(state=AISystem.RETIRED) | Q(merged_into__isnull=False))


def _apart(scope: Scope) -> set[frozenset[uuid.UUID]]:
    return {frozenset(pair) for pair in DistinctSystems.objects.of(scope).values_list("first_id", "second_id")}


def _compared(scope: Scope, rows: list[tuple]) -> list[Pair]:
    """All pairs, kept under what was compared, so that a decision about scope compares nothing again."""
    said = hashlib.sha256(repr(rows).encode()).hexdigest()
    key = f"alike:{scope.management_system_id}:{said}"
    kept = cache.get(key)
    if kept is None:
        found = sorted(Likeness(Known(*row) for row in rows).pairs(), key=lambda pair: -pair.score)
        kept = [(pair.one, pair.other, pair.score) for pair in found]
        cache.set(key, kept, KEPT_S)
    return [Pair(*pair) for pair in kept]
