"""RPT-SOA: Statement of Applicability (ISO/IEC 42001, 6.1.3 f)), see common.py for the rules of all shapes."""

from dataclasses import dataclass, field
from typing import ClassVar

from reports.documents.common import Act, Claim, Cover, Figure, Recipient, SystemRow, VersionRow

APPLICABILITY = ("yes", "no", "undecided")
WHERE = ("all", "only", "except")
DRIVERS = ("risk", "law", "contract", "impact", "business")
GROUNDS = ("not_needed", "not_required")
STATUSES = ("in_place", "partly", "planned", "not_started")


@dataclass(frozen=True)
class Proof:
    """One piece of evidence named in a row."""

    ref: str  # EVD-31
    collected_on: str = ""  # day
    title: str = ""


@dataclass(frozen=True)
class ControlRow:
    """One control of Annex A or one own control."""

    ref: str  # A.6.2.4 or O.1
    title: str
    area: str  # A.6; "O" for own controls
    applies: str  # yes | no | undecided
    claim: str  # soa.control.A.6.2.4
    where: str = "all"  # all | only | except; read with systems
    systems: list[str] = field(default_factory=list)  # SYS refs named by only or except
    drivers: list[str] = field(default_factory=list)  # risk | law | contract | impact | business
    grounds: list[str] = field(default_factory=list)  # for an exclusion: not_needed | not_required
    reason: str = ""  # for inclusion or for exclusion
    risks: list[str] = field(default_factory=list)  # RSK refs linked by treatment
    status: str = ""  # in_place | partly | planned | not_started; "" when excluded or undecided
    how: str = ""  # how it is done
    owner: str = ""
    proofs: list[Proof] = field(default_factory=list)
    last_review: str = ""
    next_review: str = ""
    signals: list[str] = field(default_factory=list)  # sentences: contradiction, copied reason


@dataclass(frozen=True)
class AreaCount:
    """Counts of one area of Annex A."""

    ref: str  # A.6
    title: str
    objective: str  # our own words
    controls: Figure
    applicable: Figure
    excluded: Figure
    undecided: Figure
    in_place: Figure
    partly: Figure
    planned: Figure
    not_started: Figure


@dataclass(frozen=True)
class DriverCount:
    """How many controls have this driver; one control can have several."""

    driver: str
    controls: Figure


@dataclass(frozen=True)
class LocalExclusion:
    """A control that applies, but not to every AI system in scope."""

    ref: str
    title: str
    systems_out: list[str]  # SYS refs it does not apply to
    systems_in: list[str]  # SYS refs it applies to
    reason: str
    claim: str


@dataclass(frozen=True)
class Contradiction:
    """An open contradiction between the statement and the records."""

    ref: str  # control
    text: str
    claim: str


@dataclass(frozen=True)
class ControlChange:
    """One difference from the previous version."""

    ref: str
    before: str
    after: str
    why: str
    claim: str


@dataclass(frozen=True)
class Confirmation:
    """A dated confirmation (6.1.3): compared_with_annex_a | annex_b_considered."""

    statement: str
    by: str = ""  # "" while nobody has confirmed
    at: str = ""


@dataclass(frozen=True)
class NotScreened:
    """A system that is known but not covered by this statement."""

    ref: str
    name: str
    text: str


@dataclass(frozen=True)
class NamedRisk:
    """A risk that a row names."""

    ref: str
    title: str
    systems: list[str]
    level: str  # "" when not assessed
    status: str  # in words, such as "Accepted until 2027-02-26"
    controls: list[str]
    claim: str


@dataclass(frozen=True)
class SoaReport:
    """The whole Statement of Applicability."""

    KIND: ClassVar[str] = "RPT-SOA"
    SCHEMA: ClassVar[int] = 1

    cover: Cover
    decided: Figure  # of all Annex A controls
    applicable: Figure
    excluded: Figure
    undecided: Figure
    in_place: Figure
    partly: Figure
    planned: Figure
    not_started: Figure
    own: Figure  # own controls
    open_contradictions: Figure
    areas: list[AreaCount]
    drivers: list[DriverCount]
    controls: list[ControlRow]  # 38, in the order of Annex A
    own_controls: list[ControlRow] = field(default_factory=list)
    local_exclusions: list[LocalExclusion] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    changes: list[ControlChange] = field(default_factory=list)  # since cover.replaces_version
    confirmations: list[Confirmation] = field(default_factory=list)
    systems: list[SystemRow] = field(default_factory=list)
    not_screened: list[NotScreened] = field(default_factory=list)
    not_screened_count: Figure | None = None  # when more than are listed
    systems_count: Figure | None = None  # all systems in scope
    risks: list[NamedRisk] = field(default_factory=list)
    versions: list[VersionRow] = field(default_factory=list)
    recipients: list[Recipient] = field(default_factory=list)
    approvals: list[Act] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)  # every figure above, by claim
