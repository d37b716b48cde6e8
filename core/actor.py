"""Who does something, for which management system, through which door."""

import uuid
from dataclasses import dataclass, field, replace

ADMINISTRATOR = "administrator"
MANAGER = "manager"
CONTRIBUTOR = "contributor"
APPROVER = "approver"
INTERNAL_AUDITOR = "internal_auditor"
EXTERNAL_AUDITOR = "external_auditor"
ROLES = (ADMINISTRATOR, MANAGER, CONTRIBUTOR, APPROVER, INTERNAL_AUDITOR, EXTERNAL_AUDITOR)

PERSON, SERVICE, OPERATOR, SYSTEM = "person", "service", "operator", "system"
LINK = "link"
"""A link that somebody without an account opened: ``token_id`` is its id. The policy allows it nothing."""
ALL_SCOPES = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Made by a door, passed by keyword to every service and step; never read from a thread-local.

    ``kind`` is person, service (a token of no person), operator (command line), link (somebody without an account)
    or system (the product itself).
    ``scopes`` limits a token; ``{"*"}`` is no limit.
    """

    kind: str
    management_system_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    roles: frozenset[str] = frozenset()
    door: str = "page"
    request_id: str = ""
    scopes: frozenset[str] = ALL_SCOPES
    source: str = ""
    token_id: uuid.UUID | None = None
    recently_authenticated: bool = field(default=True)

    @property
    def id(self) -> str:
        """The id the ledger stores: of the person, else of the token, else empty."""
        return str(self.person_id or self.token_id or "")

    def has_scope(self, scope: str) -> bool:
        """Whether a token of this scope is held; people at a page hold all.

        ``read`` reads everything, and who may write an area may read it.
        """
        if "*" in self.scopes or scope in self.scopes:
            return True
        area, _sep, verb = scope.partition(":")
        return verb == "read" and ("read" in self.scopes or f"{area}:write" in self.scopes)

    def within(self, management_system_id: uuid.UUID) -> "Actor":
        """The same actor at work in another management system (operators and the product only)."""
        return replace(self, management_system_id=management_system_id)


def operator(management_system_id: uuid.UUID | None = None, door: str = "command") -> Actor:
    """The person at the command line: may do everything except decide."""
    return Actor(OPERATOR, management_system_id, roles=frozenset({ADMINISTRATOR, MANAGER}), door=door)


def system(management_system_id: uuid.UUID | None = None, door: str = "job") -> Actor:
    """The product itself, for what no person asked for (sweeps, checkpoints)."""
    return Actor(SYSTEM, management_system_id, door=door)
