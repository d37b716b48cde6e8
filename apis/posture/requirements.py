"""The organisation's API requirements (APR-01 … APR-30) and the controls of Annex A that they support."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from core.catalogue.reading import CatalogueError, Node, Text, in_order, known, read, unique

COUNT: Final = 30
PILLARS: Final[dict[str, Any]] = {
    "CH": _("Secure data channels"), "AC": _("Robust access control"), "IM": _("System integrity and monitoring"),
}  # fmt: skip
CAPABILITIES: Final[dict[str, Any]] = {
    "DIS": _("Discover"), "POS": _("Posture"), "DAT": _("Data exposure"), "THR": _("Threats"),
}  # fmt: skip
JUDGED: Final[dict[str, Any]] = {
    "full": _("Wholly"), "partial": _("In part"), "manual": _("By people only"),
}  # fmt: skip
"""How far rules can see whether a requirement is kept."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement of the organisation's own, after 6.1.3."""

    code: str
    pillar: str
    capability: str
    severity: str
    judged: str
    title: Text
    text: Text
    clauses: tuple[str, ...]
    annex: tuple[str, ...]
    owasp: tuple[str, ...]


@cache
def requirements() -> Mapping[str, Requirement]:
    """The shipped requirements by code, read and checked once. Raises CatalogueError."""
    root = read(Path(__file__).parent / "api_requirements.yaml")
    root.word("version")
    rows = [_requirement(node) for node in root.nodes("requirements")]
    root.done()
    if len(rows) != COUNT:
        raise CatalogueError(f"api_requirements.yaml: {len(rows)} requirements instead of {COUNT}")
    codes = [row.code for row in rows]
    unique("api_requirements.yaml", codes)
    in_order("api_requirements.yaml", [code.replace("-", ".") for code in codes])
    known("api_requirements.yaml pillar", (row.pillar for row in rows), PILLARS)
    known("api_requirements.yaml capability", (row.capability for row in rows), CAPABILITIES)
    known("api_requirements.yaml judged", (row.judged for row in rows), JUDGED)
    return {row.code: row for row in rows}


def _requirement(node: Node) -> Requirement:
    return Requirement(
        code=node.word("code"), pillar=node.word("pillar"), capability=node.word("capability"),
        severity=node.word("severity"), judged=node.word("judged"), title=node.text("title"), text=node.text("text"),
        clauses=node.words("clauses"), annex=node.words("annex_a"), owasp=node.words("owasp_api"),
    )  # fmt: skip


ANNEX: Final[Mapping[str, tuple[str, ...]]] = {code: one.annex for code, one in requirements().items()}


def annex_of(codes: Iterable[str]) -> tuple[str, ...]:
    """The controls that these requirements support, each once, in the order of Annex A."""
    found = {control for code in codes for control in ANNEX[code]}
    return tuple(sorted(found, key=lambda control: [int(part) for part in control[2:].split(".")]))
