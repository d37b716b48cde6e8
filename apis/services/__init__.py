"""What changes something in the room."""

from apis.services.findings import change_finding, choose_rule, end_exemption, save_own_rule
from apis.services.inputs import judge_again
from apis.services.posture import Looking, judge_service

__all__ = [
    "Looking", "change_finding", "choose_rule", "end_exemption", "judge_again", "judge_service", "save_own_rule",
]  # fmt: skip
