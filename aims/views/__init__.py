"""Pages of AI systems."""

from aims.views.claims import ClaimPage, Claims
from aims.views.duplicates import Duplicates, DuplicatesOf
from aims.views.groups import DissolveGroup, EditGroup, GroupOfSystem, GroupPage, Groups, NewGroup
from aims.views.imports import ImportStart, Template
from aims.views.intake import IntakeLinks, NewIntakeLink, RenewIntakeLink, Tell, WithdrawIntakeLink
from aims.views.screening import ToScreen
from aims.views.systems import EditSystem, GiveBack, NewSystem, StepPage, SystemPage, Systems

__all__ = [
    "ClaimPage", "Claims", "DissolveGroup", "Duplicates", "DuplicatesOf", "EditGroup", "EditSystem", "GiveBack",
    "GroupOfSystem", "GroupPage", "Groups", "ImportStart", "IntakeLinks", "NewGroup", "NewIntakeLink", "NewSystem",
    "RenewIntakeLink", "StepPage", "SystemPage", "Systems", "Tell", "Template", "ToScreen", "WithdrawIntakeLink",
]  # fmt: skip
