"""Import and sync, planned before anything is written: rows and records in, one outcome per row out.

table = read_table(data, "inventory.csv")
reader = FieldMapping.load(path).bind(table.columns)      # or PlainFields(fields) for a REST client
found = plan(table.rows(), current, reader, source="cmdb")
found.counts                                              # add up to the number of rows
applied(outcome, "cmdb", at)                              # the record after one outcome
"""

from core.planner.identity import IdentityProposal, judge_identity, propose_identity
from core.planner.mapping import (
    MAX_KEY_CHARS,
    BoundMapping,
    FieldMapping,
    FieldRule,
    Identity,
    MappingError,
    PlainFields,
    RowRefused,
)
from core.planner.model import (
    KINDS,
    MISSING_SHARE_TO_CONFIRM,
    Change,
    Create,
    CurrentRecord,
    Duplicate,
    Held,
    Kept,
    Matched,
    Missing,
    Outcome,
    Owner,
    Plan,
    Policy,
    Refused,
    Remark,
    Unchanged,
    Values,
    describe,
)
from core.planner.ownership import applied, belongs_to_others, edited, given_back, owners_of_new
from core.planner.planning import Reader, plan

__all__ = [
    "KINDS", "MAX_KEY_CHARS", "MISSING_SHARE_TO_CONFIRM", "BoundMapping", "Change", "Create", "CurrentRecord",
    "Duplicate", "FieldMapping", "FieldRule", "Held", "Identity", "IdentityProposal", "Kept", "MappingError", "Matched",
    "Missing", "Outcome", "Owner", "Plan", "PlainFields", "Policy", "Reader", "Refused", "Remark", "RowRefused",
    "Unchanged", "Values", "applied", "belongs_to_others", "describe", "edited", "given_back", "judge_identity",
    "owners_of_new", "plan", "propose_identity",
]  # fmt: skip
