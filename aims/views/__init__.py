"""Pages of AI systems."""

from aims.views.claims import ClaimPage, Claims
from aims.views.imports import ImportStart, Template
from aims.views.screening import ToScreen
from aims.views.systems import EditSystem, GiveBack, NewSystem, StepPage, SystemPage, Systems

__all__ = [
    "ClaimPage", "Claims", "EditSystem", "GiveBack", "ImportStart", "NewSystem", "StepPage", "SystemPage", "Systems",
    "Template", "ToScreen",
]  # fmt: skip
