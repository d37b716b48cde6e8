"""A posture score, never without the rules behind it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from apis.posture.rules import WEIGHTS, Rule


@dataclass(frozen=True, slots=True)
class Part:
    """What one rule contributes: of so many things judged, so many were wrong and so many of these accepted."""

    rule: Rule
    judged: int
    broken: int
    accepted: int
    lost: float  # points of 100


@dataclass(frozen=True, slots=True)
class Score:
    """Points of 100 and the parts they come from, the dearest first."""

    points: int
    parts: tuple[Part, ...]


def score(rules: Collection[Rule], looked: Mapping[str, tuple[int, int, int]]) -> Score | None:
    """The score from code → (judged, broken, of these accepted); None where no rule had anything to judge.

    Each rule weighs by its severity and earns the share of things that are in order or accepted.
    """
    judged = [(rule, *looked[rule.code]) for rule in rules if looked.get(rule.code, (0,))[0]]
    total = sum(WEIGHTS[rule.severity] for rule, *_counts in judged)
    if not total:
        return None
    parts = []
    for rule, count, broken, accepted in judged:
        lost = 100 * WEIGHTS[rule.severity] / total * max(broken - accepted, 0) / count
        parts.append(Part(rule, count, broken, accepted, lost))
    parts.sort(key=lambda part: -part.lost)
    return Score(max(0, round(100 - sum(part.lost for part in parts))), tuple(parts))
