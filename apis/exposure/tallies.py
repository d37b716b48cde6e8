"""Counts of sensitive data that add up in any order, with examples from which no value can be rebuilt."""

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
