"""One measured figure, next to its reference and its limit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, in ``unit``; ``limit`` is the most allowed, or the least where ``at_least`` says so."""

    work: str
    ours: float
    unit: str
    limit: float
    reference: str = ""
    at_least: bool = False

    @property
    def held(self) -> bool:
        """Say whether the figure keeps its promise."""
        return self.ours >= self.limit if self.at_least else self.ours <= self.limit

    def line(self) -> str:
        """Return the figure as one line."""
        sign = "≥" if self.at_least else "≤"
        verdict = "held" if self.held else "MISSED"
        return (
            f"{self.work:<58} {self.ours:>10.2f} {self.unit:<6} {sign} {self.limit:<8g} {verdict:<7} {self.reference}"
        )
