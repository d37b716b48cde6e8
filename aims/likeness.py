"""Which systems look like the same one: by the spelling of the name, then supplier and unit. No database, no clock.

Names are compared by the trigrams two spellings share. Only pairs that share one of their rarer trigrams are compared
at all, because names that are alike enough cannot avoid it. Numbers in names tell apart: "Pilot 2" is not "Pilot 3".
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

from core.planner.transforms import folded

ALIKE = 0.72
"""From here on a pair is shown."""
NAMES_ALIKE = 0.65
"""Names less alike than this are never the same, whoever supplies them."""
WEIGHT = 0.1
"""What the same supplier or unit adds, and a different one takes."""
LONGEST = 120
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Known:
    """What is compared of a system."""

    pk: Any
    name: str
    supplier: str = ""
    unit: str = ""

    @cached_property
    def grams(self) -> frozenset[str]:
        """Trigrams of the name without spaces and signs."""
        text = "".join(letter for letter in folded(self.name)[:LONGEST] if letter.isalnum())
        padded = f"^{text}$"
        return frozenset(padded[at : at + 3] for at in range(max(len(padded) - 2, 1)))

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Numbers in the name."""
        return tuple(_NUMBERS.findall(self.name))

    @cached_property
    def others(self) -> tuple[str, str]:
        """Supplier and unit as they are compared."""
        return folded(self.supplier), folded(self.unit)


@dataclass(frozen=True)
class Pair:
    """Two systems that look alike, and how much (0 to 1)."""

    one: Any
    other: Any
    score: float


def alike(one: Known, other: Known) -> float:
    """How much two systems look like the same one, 0 to 1."""
    left, right = one.grams, other.grams
    together = len(left) + len(right)
    if 2 * min(len(left), len(right)) < NAMES_ALIKE * together or one.numbers != other.numbers:
        return 0.0
    names = 2 * len(left & right) / together
    if names < NAMES_ALIKE:
        return 0.0
    agree = (WEIGHT if a == b else -WEIGHT for a, b in zip(one.others, other.others, strict=True) if a and b)
    return max(0.0, min(1.0, names + sum(agree)))


class Likeness:
    """All systems, ready to be asked which look alike."""

    def __init__(self, systems: Iterable[Known]) -> None:
        self.known = {system.pk: system for system in systems}
        self._often = Counter(gram for system in self.known.values() for gram in system.grams)
        self._holders: dict[str, list[Any]] = defaultdict(list)
        for system in self.known.values():
            for gram in self._rare(system):
                self._holders[gram].append(system.pk)

    def _rare(self, system: Known) -> list[str]:
        """The rarer trigrams of a name: of two names that are alike enough, these share at least one."""
        shared = ceil(len(system.grams) * NAMES_ALIKE / (2 - NAMES_ALIKE))
        return sorted(system.grams, key=lambda gram: (self._often[gram], gram))[: len(system.grams) - shared + 1]

    def of(self, pk: Any) -> list[Pair]:
        """The systems that look like one, the likest first."""
        system = self.known.get(pk)
        if system is None:
            return []
        near = {other for gram in self._rare(system) for other in self._holders[gram]} - {pk}
        return sorted(self._alike(system, near), key=lambda pair: (-pair.score, str(pair.other)))

    def pairs(self) -> Iterator[Pair]:
        """Every pair that looks alike, once."""
        earlier: dict[str, list[Any]] = defaultdict(list)
        for system in self.known.values():
            grams = self._rare(system)
            yield from self._alike(system, {other for gram in grams for other in earlier[gram]})
            for gram in grams:
                earlier[gram].append(system.pk)

    def _alike(self, system: Known, near: Iterable[Any]) -> Iterator[Pair]:
        for other in near:
            score = alike(system, self.known[other])
            if score >= ALIKE:
                yield Pair(system.pk, other, score)
