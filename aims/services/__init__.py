"""Verbs of the inventory: register, change, screen, merge, group, sync."""

from aims.services.groups import change_group, dissolve_group, make_group, put_into_group
from aims.services.intake import make_link, renew_link, report_use, withdraw_link
from aims.services.merging import keep_apart, merge_systems
from aims.services.sync import by_external_id, decide_claim, put_by_external_id, sync_systems
from aims.services.systems import change_system, give_back_to_source, register_system

__all__ = [
    "by_external_id", "change_group", "change_system", "decide_claim", "dissolve_group", "give_back_to_source",
    "keep_apart", "make_group", "make_link", "merge_systems", "put_by_external_id", "put_into_group", "register_system",
    "renew_link", "report_use", "sync_systems", "withdraw_link",
]  # fmt: skip
