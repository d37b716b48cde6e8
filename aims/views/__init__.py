"""Pages of AI systems."""

from aims.views.claims import ClaimPage, Claims
from aims.views.imports import (
    ErrorRows,
    ImportFile,
    ImportProgress,
    ImportResult,
    ImportStart,
    Template,
    UndoImport,
)
from aims.views.screening import ToScreen
from aims.views.systems import EditSystem, GiveBack, NewSystem, StepPage, SystemPage, Systems

__all__ = [
    "ClaimPage", "Claims", "EditSystem", "ErrorRows", "GiveBack", "ImportFile", "ImportProgress", "ImportResult",
    "ImportStart", "NewSystem", "StepPage", "SystemPage", "Systems", "Template", "ToScreen", "UndoImport",
]  # fmt: skip
