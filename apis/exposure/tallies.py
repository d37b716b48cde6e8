"""Counts of sensitive data that add up in any order, with examples from which no value can be rebuilt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

EXAMPLES = 3  # kept for one class in one place
SHAPE = 24  # characters of an example


UNSHOWN = "•" * 8


def shape(value: str, prefix: str = "", secret: bool = False) -> str:
    """The look of a value: digits as 0, letters as a, punctuation kept; ``prefix`` is public (such as ``ghp_``).

    Of a secret nothing is shown but that prefix, not even its length.
    """
    if secret:
        return f"{prefix}{UNSHOWN}"
    rest = value[len(prefix) :]
    drawn = "".join("0" if letter.isdigit() else "a" if letter.isalpha() else letter for letter in rest[:SHAPE])
    more = "…" if len(rest) > SHAPE else ""
    return f"{prefix}{drawn}{more}"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a class was met, how many of those a validator confirmed, and the look of a few."""

    count: int = 0
    validated: int = 0
    examples: tuple[str, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        """Both together; the examples are the first of all by the alphabet, so that order does not matter."""
        together = sorted({*self.examples, *other.examples})[:EXAMPLES]
        return Tally(self.count + other.count, self.validated + other.validated, tuple(together))

    @property
    def share(self) -> float:
        """Validated share, 0 to 1."""
        return self.validated / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a class was met: its code, path|query|header|body, request|response."""

    code: str
    where: str
    direction: str


def _ordered(row: tuple[Place, Tally]) -> tuple[str, str, str]:
    return (row[0].code, row[0].where, row[0].direction)


@dataclass(slots=True)
class Tallies:
    """Tallies by place. Adding is commutative and associative."""

    counts: dict[Place, Tally] = field(default_factory=dict)

    def count(self, place: Place, validated: bool, example: str) -> None:
        """Count one value."""
        self.counts[place] = self.counts.get(place, Tally()) + Tally(1, int(validated), (example,))

    def add(self, other: "Tallies") -> "Tallies":
        """Add the other's counts to these; returns itself."""
        for place, tally in other.counts.items():
            self.counts[place] = self.counts.get(place, Tally()) + tally
        return self

    def by_class(self) -> dict[str, Tally]:
        """One tally for each class, wherever it was met."""
        found: dict[str, Tally] = {}
        for place, tally in self.counts.items():
            found[place.code] = found.get(place.code, Tally()) + tally
        return found

    def rows(self) -> list[dict[str, object]]:
        """Plain rows, sorted: class, where, direction, count, validated, examples."""
        return [
            {"class": place.code, "where": place.where, "direction": place.direction, "count": tally.count,
             "validated": tally.validated, "examples": list(tally.examples)}
            for place, tally in sorted(self.counts.items(), key=_ordered)
        ]  # fmt: skip

    @classmethod
    def from_rows(cls, rows: list[Mapping]) -> "Tallies":
        """Tallies from what ``rows`` gave."""
        found = cls()
        for row in rows:
            tally = Tally(row["count"], row["validated"], tuple(row["examples"]))
            found.counts[Place(row["class"], row["where"], row["direction"])] = tally
        return found


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """Where data goes: host, method, path template, and model and provider when the call goes to a model."""

    host: str
    method: str
    template: str
    model: str = ""
    provider: str = ""


@dataclass(slots=True)
class Matrix:
    """Class × endpoint × direction × model or provider. Matrices add up in any order."""

    flows: dict[Flow, Tallies] = field(default_factory=dict)

    def add(self, flow: Flow, tallies: Tallies) -> None:
        """Add what was met on one flow."""
        self.flows.setdefault(flow, Tallies()).add(tallies)

    def merge(self, other: "Matrix") -> "Matrix":
        """Add the other's flows to these; returns itself."""
        for flow, tallies in other.flows.items():
            self.add(flow, tallies)
        return self

    def cells(self) -> Iterator[tuple[Flow, Place, Tally]]:
        """Every cell, in order."""
        for flow in sorted(self.flows):
            for place, tally in sorted(self.flows[flow].counts.items(), key=_ordered):
                yield flow, place, tally

    def to_models(self) -> set[tuple[str, str, str]]:
        """(class, model, provider) of everything that goes into a model."""
        return {
            (place.code, flow.model, flow.provider)
            for flow, place, _tally in self.cells()
            if (flow.model or flow.provider) and place.direction == "request"
        }


def first_to_models(before: Matrix, after: Matrix) -> list[tuple[str, str, str]]:
    """(class, model, provider) that only ``after`` shows: the impact assessment needs review (8.4)."""
    return sorted(after.to_models() - before.to_models())
