"""Numbers of a register for Where we stand: each counted as the list behind it counts, and leading there."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from core.actor import Actor
from core.queries import standing
from core.registers.base import registers
from core.registers.views import numbers
from core.scope import Scope


def figures(scope: Scope, actor: Actor, register: str, wanted: Sequence[tuple[Any, str]]) -> list[standing.Figure]:
    """Return numbers of a register: (label, query) each, counted as the list behind the number counts; one query."""
    listed, slug = registers()[register], standing.slug_of(scope)
    queries = [query for _label, query in wanted]
    counts = standing.remembered(
        scope, f"{register}:{queries}", lambda: numbers(listed, scope, actor, [QueryDict(query) for query in queries])
    )
    return [
        standing.Figure(label, number, standing.at(scope, slug, listed.place, query))
        for (label, query), number in zip(wanted, counts, strict=True)
    ]
