"""What a rule may answer besides yes. Doors turn these into pages and problems (core.middleware, core.api.problems)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.workflow import Obstacle


class Refusal(Exception):
    """Base of everything a rule refuses."""


class NotFound(Refusal):
    """No such record for this actor. Strangers and wrong ids get the same answer (404)."""


class Stale(Refusal):
    """The record was changed since the actor saw it (page 409, API 412)."""

    def __init__(self, record: Any, expected: object, actual: object):
        super().__init__(f"{record} is at version {actual}, not {expected}")
        self.record, self.expected, self.actual = record, expected, actual


class ContentChanged(Refusal):
    """What is being approved is not what was shown (409)."""

    def __init__(self, record: Any):
        super().__init__(f"{record} changed between display and decision")
        self.record = record


class StepRefused(Refusal):
    """A workflow step cannot be taken now (409); says why and what would help."""

    def __init__(self, step: str, obstacles: "Sequence[Obstacle]"):
        super().__init__("; ".join(str(obstacle.reason) for obstacle in obstacles))
        self.step, self.obstacles = step, list(obstacles)


class Forbidden(Refusal):
    """The actor is known but may not do this (403); says who may."""

    def __init__(self, permission: str, says: object = "", who: "Sequence[Any]" = ()):
        super().__init__(f"{permission} is not allowed")
        self.permission, self.says, self.who = permission, says, list(who)


class ReauthenticationNeeded(Refusal):
    """A signature asks for the password again when the last one is older than five minutes."""
