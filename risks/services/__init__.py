"""Verbs of the risks room: register, assess, treat, accept, set criteria."""

from risks.services.acceptances import accept, ask_for_acceptance, return_with_question, withdraw_request
from risks.services.actions import add_action, change_action, check_effectiveness, drop_action, finish_action
from risks.services.criteria import change_criteria, consider_opportunities, revise_criteria
from risks.services.plans import begin_plan, submit_plan
from risks.services.register import (
    assess,
    change_risk,
    close,
    copy_risk,
    delete_draft,
    register_from_catalogue,
    register_risk,
    reopen,
    save_form,
    start_treatment,
    still_right,
)

__all__ = [
    "accept",
    "add_action",
    "ask_for_acceptance",
    "assess",
    "begin_plan",
    "change_action",
    "change_criteria",
    "change_risk",
    "check_effectiveness",
    "close",
    "consider_opportunities",
    "copy_risk",
    "delete_draft",
    "drop_action",
    "finish_action",
    "register_from_catalogue",
    "register_risk",
    "reopen",
    "return_with_question",
    "revise_criteria",
    "save_form",
    "start_treatment",
    "still_right",
    "submit_plan",
    "withdraw_request",
]
