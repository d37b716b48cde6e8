"""Compliance checks: registered functions with id, tier, basis and clause; they name record, reason and remedy.

They feed Where we stand, gates, reports and the API. They store codes and parameters, never sentences.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

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


Function = Callable[[Scope], Iterable[Finding]]


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

    def findings(self, scope: Scope) -> list[Finding]:
        """What it finds in a scope."""
        return [Finding(f.record, f.code, f.params, self) for f in self.function(scope)]


_checks: dict[str, Check] = {}


def check(
    check_id: str, *, tier: str, clause: str, message: Any, gates: Iterable[str] = (), minutes: int = 5
) -> Callable[[Function], Function]:
    """Register a check. ``message`` is a lazy sentence with parameters as %(name)s; ``minutes`` to remedy one."""
    if tier not in TIERS:
        raise ValueError(f"{check_id}: no tier {tier}")

    def register(function: Function) -> Function:
        if check_id in _checks:
            raise ValueError(f"check {check_id} is registered twice")
        _checks[check_id] = Check(check_id, tier, clause, function, message, tuple(gates), minutes)
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
    return str(finding.check.message) % finding.params if finding.check else finding.code
