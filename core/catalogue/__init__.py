"""The built-in compliance checks as data: id, tier, basis, clauses, titles (checks.yaml)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from core.catalogue.reading import CatalogueError, Text, known, read, unique

TIERS = ("blocks", "likely", "fix", "tidy")
BASES = ("REQ", "DER", "GP", "LAW")
NEEDED_BY = ("start", "stage 1", "stage 2", "yearly")
COUNT = 66


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What one compliance check looks at; the function of the same id does the looking."""

    id: str
    tier: str
    basis: str
    clauses: tuple[str, ...]
    needed_by: str
    title: Text
    rule: Text

    @property
    def clause(self) -> str:
        """All clauses in one line, as printed: "4.3, A.4.2"."""
        return ", ".join(self.clauses)


@dataclass(frozen=True, slots=True)
class CheckCatalogue:
    """The 66 checks in their order, and the default intervals they use."""

    version: str
    defaults: Mapping[str, int]
    checks: tuple[CheckInfo, ...]

    def check(self, check_id: str) -> CheckInfo:
        """The check of this id. Raises KeyError."""
        return _by_id()[check_id]

    def count_by_tier(self) -> Mapping[str, int]:
        return Counter(check.tier for check in self.checks)


@cache
def checks() -> CheckCatalogue:
    """The shipped checks, read once. Raises CatalogueError."""
    root = read(Path(__file__).parent / "checks.yaml")
    intervals = root.node("defaults")
    defaults = {name: intervals.take(name, int) for name in intervals.items()}
    rows = tuple(
        CheckInfo(
            id=node.word("id"),
            tier=node.word("tier"),
            basis=node.word("basis"),
            clauses=node.words("clauses"),
            needed_by=node.word("needed_by"),
            title=node.text("title"),
            rule=node.text("rule"),
        )
        for node in root.nodes("checks")
    )
    result = CheckCatalogue(root.word("version"), MappingProxyType(defaults), rows)
    root.done()
    if len(rows) != COUNT:
        raise CatalogueError(f"checks.yaml: {len(rows)} checks instead of {COUNT}")
    unique("checks.yaml", (row.id for row in rows))
    known("checks.yaml tier", (row.tier for row in rows), TIERS)
    known("checks.yaml basis", (row.basis for row in rows), BASES)
    known("checks.yaml needed_by", (row.needed_by for row in rows), NEEDED_BY)
    return result


@cache
def _by_id() -> Mapping[str, CheckInfo]:
    return {check.id: check for check in checks().checks}
