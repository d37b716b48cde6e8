"""Verbs of the controls room: decide, add and remove own controls, confirm."""

from controls.services.deciding import (
    OWN_AREA,
    OWNER_FIELDS,
    Decision,
    add_own_control,
    adopt_annex_a,
    confirm_annex_a,
    confirm_annex_b,
    decide_control,
    fit,
    remove_own_control,
    reopen,
    save_row,
)

__all__ = [
    "OWNER_FIELDS",
    "OWN_AREA",
    "Decision",
    "add_own_control",
    "adopt_annex_a",
    "confirm_annex_a",
    "confirm_annex_b",
    "decide_control",
    "fit",
    "remove_own_control",
    "reopen",
    "save_row",
]
