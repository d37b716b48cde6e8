"""The starter catalogue of AI risks: titles, sentences, usual place, suggested controls, references."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from aims.catalogue import lifecycle
from controls.catalogue import catalogue
from core.catalogue.reading import CatalogueError, Node, Text, known, read, unique

COUNT = 45
DIMENSIONS = ("organisation", "individuals", "groups", "society", "environment")
REFERENCE_KINDS = ("nist_ai_600_1", "mit", "owasp_llm", "owasp_api", "atlas", "api_requirements", "ai_act")


@dataclass(frozen=True, slots=True)
class AffectedKind:
    """A kind of people or party that a risk can concern."""

    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class CatalogueRisk:
    """One entry: "Because <cause>, it may happen that <event>, leading to <consequence>."."""

    code: str
    title: Text
    cause: Text
    event: Text
    consequence: Text
    stages: tuple[str, ...]
    affected: tuple[str, ...]
    dimensions: tuple[str, ...]
    objectives: tuple[str, ...]
    sources: tuple[str, ...]
    controls: tuple[str, ...]
    references: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RiskCatalogue:
    """The 45 risks in their order, and the kinds of people they can concern."""

    version: str
    affected_kinds: tuple[AffectedKind, ...]
    risks: tuple[CatalogueRisk, ...]

    def risk(self, code: str) -> CatalogueRisk:
        """The entry of this code ("CAT-12"). Raises KeyError."""
        return _by_code()[code]


@cache
def risk_catalogue() -> RiskCatalogue:
    """The shipped risk catalogue, read and checked once. Raises CatalogueError."""
    root = read(Path(__file__).parent / "ai_risks.yaml")
    result = RiskCatalogue(
        version=root.word("version"),
        affected_kinds=tuple(AffectedKind(n.word("code"), n.text("name")) for n in root.nodes("affected_kinds")),
        risks=tuple(_risk(node) for node in root.nodes("risks")),
    )
    root.done()
    validate(result)
    return result


@cache
def _by_code() -> Mapping[str, CatalogueRisk]:
    return {risk.code: risk for risk in risk_catalogue().risks}


def validate(found: RiskCatalogue) -> None:
    """Refuse a gap in the numbering and any code that the other catalogues do not know."""
    if [risk.code for risk in found.risks] != [f"CAT-{number:02d}" for number in range(1, COUNT + 1)]:
        raise CatalogueError(f"ai_risks.yaml: the entries must be CAT-01 to CAT-{COUNT}")
    unique("ai_risks.yaml titles", (risk.title.en for risk in found.risks))
    cycle = lifecycle()
    vocabularies: dict[str, set[str]] = {
        "stages": {stage.code for stage in cycle.stages},
        "objectives": {objective.code for objective in cycle.objectives},
        "sources": {source.code for source in cycle.sources},
        "controls": {control.code for control in catalogue().controls},
        "affected": {kind.code for kind in found.affected_kinds},
        "dimensions": set(DIMENSIONS),
        "references": set(REFERENCE_KINDS),
    }
    for risk in found.risks:
        for field, vocabulary in vocabularies.items():
            values = getattr(risk, field)
            known(f"{risk.code}.{field}", values, vocabulary)
            if not values:
                raise CatalogueError(f"{risk.code}.{field} is empty")


def _risk(node: Node) -> CatalogueRisk:
    references = node.node("refs")
    result = CatalogueRisk(
        code=node.word("code"),
        title=node.text("title"),
        cause=node.text("cause"),
        event=node.text("event"),
        consequence=node.text("consequence"),
        stages=node.words("stages"),
        affected=node.words("affected"),
        dimensions=node.words("dimensions"),
        objectives=node.words("objectives"),
        sources=node.words("sources"),
        controls=node.words("controls"),
        references=MappingProxyType({kind: references.words(kind) for kind in references.items()}),
    )
    references.done()
    return result
