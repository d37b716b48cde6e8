"""Verbs of the inventory: register, change, sync, import."""

from aims.services.imports import keep_file, plan_import, start_import, undo_import
from aims.services.sync import by_external_id, decide_claim, put_by_external_id, sync_systems
from aims.services.systems import change_system, give_back_to_source, register_system

__all__ = [
    "by_external_id", "change_system", "decide_claim", "give_back_to_source", "keep_file",
    "plan_import", "put_by_external_id", "register_system", "start_import", "sync_systems", "undo_import",
]  # fmt: skip
