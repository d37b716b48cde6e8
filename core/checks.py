"""Compliance checks: registered functions with id, tier, basis and clause; they name record, reason and remedy.

They feed Where we stand, gates, reports and the API. They store codes and parameters, never sentences.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from core.scope import Scope

BLOCKS, LIKELY, FIX, TIDY = "blocks", "likely", "fix", "tidy"
TIERS = (BLOCKS, LIKELY, FIX, TIDY)


@dataclass(frozen=True)
class Finding:
    """One thing a check found: the record (or None for the whole management system), a code, its parameters."""

    record: Any
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    check: "Check | None" = None

    @property
    def ref(self) -> str:
        """The reference of the record, or empty."""
        return getattr(self.record, "ref", "") or getattr(self.record, "code", "") or ""


@dataclass(frozen=True)
class Rows:
    """Findings that are the rows of a query, one each: counted by the database, read only when somebody looks."""

    rows: QuerySet
    code: str
    params: Callable[[Any], dict[str, Any]]

    def __iter__(self) -> Iterator[Finding]:
        return self.part(0, None)

    def part(self, begin: int, end: int | None) -> Iterator[Finding]:
        """A stretch of them."""
        rows = self.rows if self.rows.ordered else self.rows.order_by("created_at")
        return (Finding(record, self.code, self.params(record)) for record in rows[begin:end])

    def count(self) -> int:
        """How many there are."""
        return self.rows.order_by().count()


Function = Callable[[Scope], Iterable[Finding | Rows]]


@dataclass(frozen=True)
class Check:
    """A registered check."""

    id: str
    tier: str
    clause: str
    function: Function
    message: Any
    gates: tuple[str, ...] = ()
    minutes: int = 5
    words: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    """How a parameter is said in a sentence, where its value is a code or a day."""

    def findings(self, scope: Scope) -> list[Finding]:
        """What it finds in a scope."""
        return list(self.found(scope).part(0, None))

    def found(self, scope: Scope) -> "Found":
        """What it finds, counted before it is read."""
        return Found(self, scope)


class Found:
    """What one check finds in a scope: how many, and any stretch of them; the database counts where it can."""

    def __init__(self, check: Check, scope: Scope) -> None:
        self.check, self.scope = check, scope

    @cached_property
    def parts(self) -> list[list[Finding] | Rows]:
        """Findings one by one, and rows of queries, in the order in which the check gives them."""
        parts: list[list[Finding] | Rows] = []
        for one in self.check.function(self.scope):
            if isinstance(one, Rows):
                parts.append(one)
            elif parts and isinstance(parts[-1], list):
                parts[-1].append(one)
            else:
                parts.append([one])
        return parts

    @cached_property
    def counts(self) -> list[int]:
        """How many findings each part holds."""
        return [part.count() if isinstance(part, Rows) else len(part) for part in self.parts]

    def __len__(self) -> int:
        return sum(self.counts)

    def part(self, begin: int, end: int | None) -> Iterator[Finding]:
        """A stretch of the findings, in order."""
        if (begin, end) == (0, None):
            stretches = [iter(part) for part in self.parts]
        else:
            stretches = self._stretches(begin, len(self) if end is None else end)
        for stretch in stretches:
            for one in stretch:
                yield Finding(one.record, one.code, one.params, self.check)

    def _stretches(self, begin: int, end: int) -> list[Iterator[Finding]]:
        before, found = 0, []
        counts = [end] if len(self.parts) == 1 else self.counts  # a single part need not be counted to be cut
        for part, count in zip(self.parts, counts, strict=True):
            first, last = max(begin - before, 0), min(end - before, count)
            before += count
            if first < last:
                found.append(part.part(first, last) if isinstance(part, Rows) else iter(part[first:last]))
        return found


_checks: dict[str, Check] = {}


def check(  # noqa: PLR0913 (what a check is, all by keyword)
    check_id: str, *, tier: str, clause: str, message: Any, gates: Iterable[str] = (), minutes: int = 5,
    words: Mapping[str, Callable[[Any], Any]] | None = None,
) -> Callable[[Function], Function]:  # fmt: skip
    """Register a check. ``message`` is a lazy sentence with parameters as %(name)s; ``minutes`` to remedy one."""
    if tier not in TIERS:
        raise ValueError(f"{check_id}: no tier {tier}")

    def register(function: Function) -> Function:
        if check_id in _checks:
            raise ValueError(f"check {check_id} is registered twice")
        _checks[check_id] = Check(check_id, tier, clause, function, message, tuple(gates), minutes, words or {})
        return function

    return register


def registered() -> list[Check]:
    """All checks by tier, then id."""
    return sorted(_checks.values(), key=lambda c: (TIERS.index(c.tier), c.id))


def run(scope: Scope, gate: str | None = None) -> Iterator[Finding]:
    """Findings of all checks (or those of one gate) in a scope."""
    for one in registered():
        if gate is None or gate in one.gates:
            yield from one.findings(scope)


def sentence(finding: Finding) -> str:
    """The finding in the reader's language."""
    if finding.check is None:
        return finding.code
    said = {name: say(finding.params[name]) for name, say in finding.check.words.items()}
    return str(finding.check.message) % {**finding.params, **said}
