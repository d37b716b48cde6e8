"""The buttons of a record's steps: what can be done now, what cannot, why, and who can."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core import when, workflow
from core.actor import Actor


@dataclass(frozen=True)
class StepButton:
    """A step as a button: disabled and explained by ``obstacles``, a link with ``url``, else it submits."""

    name: str
    label: Any
    url: str = ""
    primary: bool = False
    obstacles: Sequence[workflow.Obstacle] = ()

    @property
    def who(self) -> list[str]:
        """Return the names of those who could."""
        return sorted({when.name_of(person) for obstacle in self.obstacles for person in obstacle.who})


def offered(record: Any, actor: Actor, url: Callable[[workflow.Step], str], primary: str = "") -> list[StepButton]:
    """Return the record's steps as buttons; ``url(step)`` is a step's page, "" to submit."""
    return [
        StepButton(
            name=offer.step.name,
            label=offer.step.label or offer.step.name.replace("_", " ").capitalize(),
            url=url(offer.step),
            primary=offer.step.name == primary,
            obstacles=tuple(offer.obstacles),
        )
        for offer in workflow.offers(record, actor)
    ]
