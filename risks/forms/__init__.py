"""Shapes of what people type about risks."""

from risks.forms.actions import ActionForm, CheckForm, DoneForm, DropForm
from risks.forms.decisions import AcceptForm, ConfirmForm, CriteriaForm, OpportunityForm, ReasonForm
from risks.forms.risk import RiskForm

__all__ = [
    "AcceptForm",
    "ActionForm",
    "CheckForm",
    "ConfirmForm",
    "CriteriaForm",
    "DoneForm",
    "DropForm",
    "OpportunityForm",
    "ReasonForm",
    "RiskForm",
]
