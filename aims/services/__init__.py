"""Verbs of the inventory: register, change, sync."""

from aims.services.sync import by_external_id, decide_claim, put_by_external_id, sync_systems
from aims.services.systems import change_system, give_back_to_source, register_system

__all__ = [
    "by_external_id", "change_system", "decide_claim", "give_back_to_source",
    "put_by_external_id", "register_system", "sync_systems",
]  # fmt: skip
