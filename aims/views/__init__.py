"""Pages of AI systems."""

from aims.views.claims import ClaimPage, Claims
from aims.views.duplicates import Duplicates, DuplicatesOf
from aims.views.groups import DissolveGroup, EditGroup, GroupOfSystem, GroupPage, Groups, NewGroup
from aims.views.imports import (
    ErrorRows,
    ImportFile,
    ImportProgress,
    ImportResult,
    ImportStart,
    Template,
    UndoImport,
)
from aims.views.intake import IntakeLinks, NewIntakeLink, RenewIntakeLink, Tell, WithdrawIntakeLink
from aims.views.screening import ToScreen
from aims.views.systems import EditSystem, GiveBack, NewSystem, StepPage, SystemPage, Systems

__all__ = [
    "ClaimPage", "Claims", "DissolveGroup", "Duplicates", "DuplicatesOf", "EditGroup", "EditSystem", "ErrorRows",
    "GiveBack", "GroupOfSystem", "GroupPage", "Groups", "ImportFile", "ImportProgress", "ImportResult", "ImportStart",
    "IntakeLinks", "NewGroup", "NewIntakeLink", "NewSystem", "RenewIntakeLink", "StepPage", "SystemPage", "Systems",
    "Tell", "Template", "ToScreen", "UndoImport", "WithdrawIntakeLink",
]  # fmt: skip
