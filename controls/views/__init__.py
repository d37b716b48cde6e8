"""Pages of the Statement of Applicability."""

from controls.views.grid import Confirm, ControlPage, Grid
from controls.views.listed import ControlList
from controls.views.rows import EditControl, NewControl, RemoveControl, SaveRow
from controls.views.versions import Differences, VersionPage, Versions
from controls.views.walk import Approve, Return, Submit, Withdraw

__all__ = [
    "Approve",
    "Confirm",
    "ControlList",
    "ControlPage",
    "Differences",
    "EditControl",
    "Grid",
    "NewControl",
    "RemoveControl",
    "Return",
    "SaveRow",
    "Submit",
    "VersionPage",
    "Versions",
    "Withdraw",
]
