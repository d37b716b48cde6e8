"""The default risk methodology (ISO/IEC 42001, 6.1.1, 6.1.2): scales, matrix as a lookup table, floors, authority."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from core.catalogue.reading import CatalogueError, Node, Text, known, read, unique

NOT_ESTIMABLE = "not_estimable"


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A step of the likelihood scale; ``value`` is None for "cannot be estimated", which needs a reason."""

    value: int | None
    code: str
    name: Text
    description: Text


@dataclass(frozen=True, slots=True)
class Consequence:
    """A step of the consequence scale, 1 to 5."""

    value: int
    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class Dimension:
    """Whom or what a consequence concerns, with one description per consequence value."""

    code: str
    name: Text
    descriptions: Mapping[int, Text]


@dataclass(frozen=True, slots=True)
class Level:
    """A risk level; a higher rank is worse."""

    code: str
    name: Text
    rank: int
    review_months: int
    colour: str


@dataclass(frozen=True, slots=True)
class Floor:
    """From this consequence on, in any of these dimensions, the level is never below ``level``."""

    dimensions: tuple[str, ...]
    consequence: int
    level: str


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may accept a risk of this level, for how long at most, and whether conditions are required."""

    level: str
    accepts: str
    at_most_months: int
    conditions_required: bool
    note: Text


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of the methodology; ``short`` groups the seven treatment options under five words."""

    code: str
    name: Text
    short: str = ""


@dataclass(frozen=True, slots=True)
class DefaultMethod:
    """The methodology a management system starts from; versioned data from then on."""

    version: str
    title: Text
    likelihood: tuple[Likelihood, ...]
    consequence: tuple[Consequence, ...]
    dimensions: tuple[Dimension, ...]
    levels: tuple[Level, ...]
    matrix: Mapping[tuple[int | None, int], str]
    acceptable: tuple[str, ...]
    criteria: Text
    floors: tuple[Floor, ...]
    authority: tuple[Authority, ...]
    confidence: tuple[Option, ...]
    ratings: tuple[Option, ...]
    treatment: tuple[Option, ...]
    treatment_short: tuple[Option, ...]

    def level_of(self, likelihood: int | None, consequences: Mapping[str, int]) -> str:
        """The level for a likelihood (None: cannot be estimated) and the rated dimensions. Raises KeyError."""
        worst = max(consequences.values())
        ranks = {level.code: level.rank for level in self.levels}
        found = [self.matrix[likelihood, worst]]
        found += [
            floor.level
            for floor in self.floors
            if any(consequences.get(dimension, 0) >= floor.consequence for dimension in floor.dimensions)
        ]
        return max(found, key=ranks.__getitem__)


@cache
def default_method() -> DefaultMethod:
    """The shipped methodology, read and checked once. Raises CatalogueError."""
    root = read(Path(__file__).parent / "method.yaml")
    unknown = root.node("not_estimable")
    unknown.take("needs_reason", bool)
    likelihood = tuple(_likelihood(node) for node in root.nodes("likelihood"))
    criteria = root.node("criteria")
    result = DefaultMethod(
        version=root.word("version"),
        title=root.text("title"),
        likelihood=(
            *likelihood,
            Likelihood(None, unknown.word("code"), unknown.text("name"), unknown.text("description")),
        ),
        consequence=tuple(
            Consequence(n.take("value", int), n.word("code"), n.text("name")) for n in root.nodes("consequence")
        ),
        dimensions=tuple(_dimension(node) for node in root.nodes("dimensions")),
        levels=tuple(_level(node) for node in root.nodes("levels")),
        matrix=_matrix(root.node("matrix"), {step.code: step.value for step in likelihood} | {NOT_ESTIMABLE: None}),
        acceptable=criteria.words("acceptable"),
        criteria=criteria.text("description"),
        floors=tuple(
            Floor(n.words("dimensions"), n.take("consequence", int), n.word("level")) for n in root.nodes("floors")
        ),
        authority=tuple(_authority(node) for node in root.nodes("authority")),
        confidence=_options(root, "confidence"),
        ratings=_options(root, "ratings"),
        treatment=_options(root, "treatment"),
        treatment_short=_options(root, "treatment_short"),
    )
    unknown.done()
    criteria.done()
    root.done()
    validate(result)
    return result


def validate(found: DefaultMethod) -> None:
    """Refuse a matrix with gaps, a dimension without all descriptions, and codes that do not exist."""
    levels = [level.code for level in found.levels]
    dimensions = [dimension.code for dimension in found.dimensions]
    values = [step.value for step in found.consequence]
    for where, codes in (("levels", levels), ("dimensions", dimensions)):
        unique(where, codes)
    unique("likelihood", (step.code for step in found.likelihood))
    unique("treatment", (option.code for option in found.treatment))
    if set(found.matrix) != {(step.value, value) for step in found.likelihood for value in values}:
        raise CatalogueError("method.yaml: the matrix must have a level for every likelihood and consequence")
    for dimension in found.dimensions:
        if list(dimension.descriptions) != values:
            raise CatalogueError(f"method.yaml: {dimension.code} must describe every consequence value")
    known("matrix", found.matrix.values(), levels)
    known("criteria", found.acceptable, levels)
    known("floors", (floor.level for floor in found.floors), levels)
    known("floors", (code for floor in found.floors for code in floor.dimensions), dimensions)
    known("treatment", (option.short for option in found.treatment), [option.code for option in found.treatment_short])
    if [row.level for row in found.authority] != levels:
        raise CatalogueError("method.yaml: the authority table must have one row per level")


def _likelihood(node: Node) -> Likelihood:
    return Likelihood(node.take("value", int), node.word("code"), node.text("name"), node.text("description"))


def _dimension(node: Node) -> Dimension:
    lines = {line.take("value", int): line.text("description") for line in node.nodes("levels")}
    return Dimension(node.word("code"), node.text("name"), MappingProxyType(lines))


def _level(node: Node) -> Level:
    months, rank = node.take("review_months", int), node.take("rank", int)
    return Level(node.word("code"), node.text("name"), rank, months, node.word("colour"))


def _authority(node: Node) -> Authority:
    return Authority(
        level=node.word("level"),
        accepts=node.word("accepts"),
        at_most_months=node.take("at_most_months", int),
        conditions_required=node.take("conditions_required", bool),
        note=node.text("note"),
    )


def _options(root: Node, key: str) -> tuple[Option, ...]:
    return tuple(Option(node.word("code"), node.text("name"), node.word("short", "")) for node in root.nodes(key))


def _matrix(node: Node, steps: Mapping[str, int | None]) -> Mapping[tuple[int | None, int], str]:
    known("matrix", node.items(), steps)
    cells = {}
    for code, value in steps.items():
        for consequence, level in enumerate(node.take(code, list), start=1):
            cells[value, consequence] = level
    node.done()
    return MappingProxyType(cells)
