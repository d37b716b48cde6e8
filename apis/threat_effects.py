"""What the steps of threat signals do, inside the unit of work that takes them."""

from core.workflow import Taking


def take_up(taking: Taking) -> None:
    """Who takes a signal under review is assigned to it where nobody is."""
    signal = taking.record
    signal.assignee_id = signal.assignee_id or taking.actor.person_id


def decide(taking: Taking) -> None:
    """Keep the conclusion, and who drew it."""
    signal = taking.record
    signal.conclusion, signal.decided_by_id = taking.reason.strip(), taking.actor.person_id
    signal.decided_at = taking.change.now


def open_again(taking: Taking) -> None:
    """What was concluded no longer holds; the history keeps it."""
    signal = taking.record
    signal.conclusion, signal.decided_by, signal.decided_at = "", None, None
