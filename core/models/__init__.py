"""Facts, constraints and pure questions of the core."""

from core.models import lookups  # noqa: F401 (registers its conditions)
from core.models.base import ReferencedModel, Synced, TenantModel, TenantQuerySet
from core.models.imports import Import, SavedMapping
from core.models.ledger import GENESIS, Chain, Checkpoint, Entry, LedgerPass
from core.models.lists import SavedView, StartView
from core.models.operations import (
    Blob,
    Draft,
    IdempotencyKey,
    Job,
    JobFile,
    OutboxEvent,
    Reading,
    RefCounter,
    SearchRow,
)
from core.models.people import ApiToken, Invitation, Membership, Person, PersonName
from core.models.records import Approval, Comment, ExternalId, Mention
from core.models.tenancy import RESERVED_SLUGS, ManagementSystem, Profile

__all__ = [
    "GENESIS",
    "RESERVED_SLUGS",
    "ApiToken",
    "Approval",
    "Blob",
    "Chain",
    "Checkpoint",
    "Comment",
    "Draft",
    "Entry",
    "ExternalId",
    "IdempotencyKey",
    "Import",
    "Invitation",
    "Job",
    "JobFile",
    "LedgerPass",
    "ManagementSystem",
    "Membership",
    "Mention",
    "OutboxEvent",
    "Person",
    "PersonName",
    "Profile",
    "Reading",
    "RefCounter",
    "ReferencedModel",
    "SavedMapping",
    "SavedView",
    "SearchRow",
    "StartView",
    "Synced",
    "TenantModel",
    "TenantQuerySet",
]
