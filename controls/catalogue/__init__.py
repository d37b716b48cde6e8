"""ISO/IEC 42001:2023 as data: clauses 4 to 10 and the nine areas with 38 controls of Annex A (iso42001.yaml)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.catalogue.reading import CatalogueError, Node, Text, in_order, known, read, unique

AREA_COUNT, CONTROL_COUNT = 9, 38
API_SUPPORT = ("direct", "supporting", "none")
DOCUMENTED = ("maintained", "retained", "none")
LIFE_CYCLE = ("ORG", "INC", "DD", "VV", "DEP", "OM", "CV", "REV", "RET")


@dataclass(frozen=True, slots=True)
class Group:
    """A part of an area with its own objective (A.6.1, A.6.2)."""

    code: str
    title: Text
    objective: Text


@dataclass(frozen=True, slots=True)
class Area:
    """One of the nine areas of Annex A."""

    code: str
    title: Text
    objective: Text
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class NistReferences:
    """NIST AI RMF subcategories: from the community crosswalk that NIST lists, and from our own analysis."""

    crosswalk: tuple[str, ...]
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One of the 38 controls of Annex A; its code is its reference."""

    code: str
    area: str
    group: str
    title: Text
    intent: Text
    evidence: tuple[Text, ...]
    life_cycle: tuple[str, ...]
    api: str
    documented: bool
    nist: NistReferences
    ai_act: tuple[str, ...]
    iso27001: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with, where it asks for something itself, our paraphrase of what."""

    number: str
    title: Text
    requires: Text | None
    documented: str
    evidence: tuple[str, ...]

    @property
    def level(self) -> int:
        """1 for "6", 2 for "6.1", 3 for "6.1.3"."""
        return self.number.count(".") + 1


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """Documented information that the clauses ask for."""

    item: str
    clause: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The standard as this product knows it."""

    standard: str
    version: str
    areas: tuple[Area, ...]
    controls: tuple[Control, ...]
    clauses: tuple[Clause, ...]
    required_documents: tuple[RequiredDocument, ...]

    def control(self, code: str) -> Control:
        """The control of this code ("A.6.2.4"). Raises KeyError."""
        return _controls_by_code()[code]

    def in_area(self, area: str) -> tuple[Control, ...]:
        """The controls of one area, in their order."""
        return tuple(control for control in self.controls if control.area == area)


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read and checked once. Raises CatalogueError."""
    root = read(Path(__file__).parent / "iso42001.yaml")
    result = Catalogue(
        standard=root.word("standard"),
        version=root.word("version"),
        areas=tuple(_area(node) for node in root.nodes("areas")),
        controls=tuple(_control(node) for node in root.nodes("controls")),
        clauses=tuple(_clause(node) for node in root.nodes("clauses")),
        required_documents=tuple(
            RequiredDocument(node.word("item"), node.word("clause")) for node in root.nodes("required_documents")
        ),
    )
    root.done()
    validate(result)
    return result


@cache
def _controls_by_code() -> Mapping[str, Control]:
    return {control.code: control for control in catalogue().controls}


def validate(found: Catalogue) -> None:
    """Refuse a catalogue that is not Annex A: 9 areas, 38 controls, unique, in order, each in its area."""
    if (len(found.areas), len(found.controls)) != (AREA_COUNT, CONTROL_COUNT):
        raise CatalogueError(f"Annex A has 9 areas and 38 controls, not {len(found.areas)} and {len(found.controls)}")
    groups = [group.code for area in found.areas for group in area.groups]
    areas = [area.code for area in found.areas]
    codes = [control.code for control in found.controls]
    numbers = [clause.number for clause in found.clauses]
    unique("Annex A", areas + groups + codes)
    unique("clauses", numbers)
    for where, sequence in (("areas", areas), ("controls", codes), ("clauses", numbers)):
        in_order(where, sequence)
    known("controls.area", (control.area for control in found.controls), areas)
    known("controls.group", (control.group for control in found.controls), [*groups, ""])
    known("controls.api", (control.api for control in found.controls), API_SUPPORT)
    known("clauses.documented", (clause.documented for clause in found.clauses), DOCUMENTED)
    for control in found.controls:
        known(control.code, control.life_cycle, LIFE_CYCLE)
        if not control.code.startswith(f"{control.group or control.area}."):
            raise CatalogueError(f"{control.code} does not belong to {control.group or control.area}")


def _area(node: Node) -> Area:
    groups = node.nodes("groups") if node.has("groups") else ()
    return Area(
        code=node.word("code"),
        title=node.text("title"),
        objective=node.text("objective"),
        groups=tuple(Group(part.word("code"), part.text("title"), part.text("objective")) for part in groups),
    )


def _control(node: Node) -> Control:
    nist = node.node("nist")
    return Control(
        code=node.word("code"),
        area=node.word("area"),
        group=node.word("group", ""),
        title=node.text("title"),
        intent=node.text("intent"),
        evidence=node.texts("evidence"),
        life_cycle=node.words("life_cycle"),
        api=node.word("api"),
        documented=node.take("documented", bool),
        nist=NistReferences(nist.words("crosswalk"), nist.words("own")),
        ai_act=node.words("ai_act"),
        iso27001=node.words("iso27001"),
    )


def _clause(node: Node) -> Clause:
    return Clause(
        number=node.word("number"),
        title=node.text("title"),
        requires=node.text("requires") if node.has("requires") else None,
        documented=node.word("documented", "none"),
        evidence=node.words("evidence"),
    )
