"""Undo of a whole step from the history."""

from core import policy
from core.actor import Actor
from core.undo import Undone, undo


def undo_step(*, actor: Actor, change_id: str) -> Undone:
    """Put every record of a step back as it was. Raises Forbidden, NotFound, StepRefused (never undone)."""
    policy.require(actor, "core.undo")
    return undo(actor, change_id)
