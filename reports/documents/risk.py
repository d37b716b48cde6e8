"""RPT-RISK: AI risk assessment and treatment report (ISO/IEC 42001, 6.1.2, 6.1.3, 8.2, 8.3)."""

from dataclasses import dataclass, field
from typing import ClassVar

from reports.documents.common import Act, Claim, Cover, Figure, HistoryRow, Name

DIMENSIONS = ("organisation", "individuals", "groups", "society", "environment")
OPTIONS = ("reduce", "avoid", "share", "accept", "pursue")
ACTION_STATES = ("planned", "working", "done", "overdue", "cancelled")
ACCEPTANCE_STATES = ("expired", "in_force")
CHANGE_KINDS = ("new", "up", "rated", "down", "expired", "accepted", "reopened", "closed", "deleted")
MAPS = ("before", "today", "target")


@dataclass(frozen=True)
class Rating:
    """Likelihood × consequence → level, read from the matrix."""

    consequence: int | None  # highest over the dimensions; None when not assessed
    level: str  # low | medium | high | critical; "" when not assessed
    likelihood: int | None = None  # None: not assessed, or cannot be estimated
    not_estimable: bool = False
    reason: str = ""  # why it cannot be estimated


@dataclass(frozen=True)
class ScaleStep:
    """One step of a scale."""

    value: int
    name: str
    text: str = ""


@dataclass(frozen=True)
class ConsequenceStep:
    """One step of the consequence scale, described per dimension."""

    value: int
    name: str
    texts: list[str]  # in the order of Method.dimensions


@dataclass(frozen=True)
class MatrixCell:
    """One cell of the lookup table."""

    consequence: int
    level: str
    likelihood: int | None = None  # None: the column "cannot be estimated"


@dataclass(frozen=True)
class Authority:
    """Who may accept risks of a level."""

    level: str
    who: str
    review_months: int
    at_most_months: int
    since: str  # day
    conditions: bool = False  # acceptance needs conditions


@dataclass(frozen=True)
class Trigger:
    """What makes a new assessment necessary."""

    text: str
    noticed_by: str = ""
    within: str = ""


@dataclass(frozen=True)
class Method:
    """The approved method and criteria this report was made with."""

    version: int
    approved_by: Name | None
    approved_at: str
    likelihood_period: str  # "within twelve months"; "" when the method does not say
    likelihood: list[ScaleStep]  # ascending, 3 to 6 steps
    consequence: list[ConsequenceStep]  # ascending, 3 to 6 steps
    dimensions: list[str]  # organisation | individuals | groups | society | environment
    matrix: list[MatrixCell]  # every pair and the column "cannot be estimated"
    above: list[str]  # levels above the criteria
    criteria: str  # in words
    authority: list[Authority]
    text: str = ""  # how the process follows the standard, one paragraph
    floor: str = ""  # floors of the matrix in words
    not_estimable_rule: str = ""
    triggers: list[Trigger] = field(default_factory=list)
    confidence: str = ""  # meaning of the confidence words and the counts


@dataclass(frozen=True)
class AssessedSystem:
    """One AI system (or the whole management system) with its last assessment."""

    ref: str  # "" for the whole management system
    name: str
    assessed_on: str
    assessors: list[str]
    trigger: str
    risks: Figure
    above: Figure
    owner: str = ""


@dataclass(frozen=True)
class NotAssessedSystem:
    """An AI system without assessment, and why."""

    ref: str
    name: str
    state: str  # in words: To be screened, Out of scope
    reason: str
    claim: str = ""


@dataclass(frozen=True)
class LevelCount:
    """Risks of one level in the three ratings; level "" counts the risks not assessed."""

    level: str
    before: Figure
    today: Figure
    target: Figure


@dataclass(frozen=True)
class HeatCell:
    """The risks of one cell."""

    consequence: int
    level: str
    risks: list[str]  # RSK refs
    claim: str  # risk.today.4x3
    likelihood: int | None = None  # None: cannot be estimated


@dataclass(frozen=True)
class HeatMap:
    """One of the three maps: before | today | target. Cells without risks can be left out."""

    kind: str
    cells: list[HeatCell]


@dataclass(frozen=True)
class RiskRow:
    """One row of the register; threats and opportunities alike."""

    ref: str
    title: str
    claim: str  # risk.RSK-7
    systems: list[str]  # SYS refs; empty for the whole management system
    owner: str
    before: Rating | None
    today: Rating | None
    target: Rating | None
    target_by: str = ""
    option: str = ""  # reduce | avoid | share | accept | pursue
    status: str = ""  # in words, "In treatment", "Accepted until 2027-02-26"
    alert: bool = False  # the status needs attention: expired, review overdue
    controls: list[str] = field(default_factory=list)  # necessary controls
    next_review: str = ""


@dataclass(frozen=True)
class DimensionRating:
    """Consequence in one dimension."""

    dimension: str
    value: int | None = None  # None: none or not assessed, see state
    state: str = "rated"  # rated | none | not_assessed


@dataclass(frozen=True)
class ReliedControl:
    """A control that today's rating relies on."""

    ref: str
    title: str
    status: str  # in_place | partly | planned | not_started


@dataclass(frozen=True)
class RiskSheet:
    """A risk above the criteria in full; its rating and actions come from the register and the plan."""

    ref: str  # a row of the register with this ref must exist
    system_names: list[str]  # "SYS-5 Symptom triage"
    cause: str
    event: str
    consequence: str
    affected: str = ""
    why: str = ""  # why it is rated so
    stage: str = ""  # life-cycle stage, in words
    objective: str = ""  # Annex C objective, in words
    source: str = ""  # Annex C source or catalogue entry, "CAT-12"
    dimensions: list[DimensionRating] = field(default_factory=list)  # today
    relied_on: list[ReliedControl] = field(default_factory=list)
    decision: str = ""  # one sentence
    reason: str = ""  # reason of the decision
    conditions: str = ""  # of the acceptance
    assessors: list[str] = field(default_factory=list)
    assessed_on: str = ""
    method_version: int | None = None
    confidence: str = ""  # low | medium | high
    trigger: str = ""


@dataclass(frozen=True)
class ActionRow:
    """One action of the treatment plan."""

    ref: str  # "RSK-1/2"
    risk: str  # RSK-1
    text: str
    owner: str
    due: str
    state: str  # planned | working | done | overdue | cancelled
    claim: str
    control: str = ""
    effect: str = ""  # expected effect
    effectiveness: str = ""  # result of the check, in words
    overdue_days: int | None = None


@dataclass(frozen=True)
class AcceptanceRow:
    """One acceptance of residual risk, expired ones first, then by end."""

    risk: str
    title: str
    state: str  # expired | in_force
    until: str
    residual: Rating
    by: Name
    claim: str
    accepted_at: str = ""
    conditions: str = ""
    entry: int | None = None  # history


@dataclass(frozen=True)
class OpportunityRow:
    """An opportunity (6.1.1)."""

    ref: str
    title: str
    systems: list[str]
    owner: str
    decision: str
    status: str
    next_review: str
    claim: str


@dataclass(frozen=True)
class RiskChange:
    """What changed since the last report; level "" means that the risk did not exist."""

    ref: str
    then: str
    now: str
    why: str
    claim: str
    kind: str = ""  # one of CHANGE_KINDS


@dataclass(frozen=True)
class ComparedControl:
    """One control of Annex A (or own) compared with the necessary controls (6.1.3 b))."""

    ref: str
    title: str
    risks: list[str]
    drivers: list[str]
    applies: str  # yes | no | undecided, in the current statement
    claim: str


@dataclass(frozen=True)
class Decision:
    """Something that waits for a decision."""

    ref: str
    text: str
    claim: str = ""


@dataclass(frozen=True)
class RiskReport:
    """The whole report."""

    KIND: ClassVar[str] = "RPT-RISK"
    SCHEMA: ClassVar[int] = 1

    cover: Cover
    systems_assessed: Figure
    risks: Figure
    above: Figure
    not_estimable: Figure
    not_assessed: Figure  # risks without rating
    actions_open: Figure
    actions_overdue: Figure
    acceptances_expired: Figure
    levels: list[LevelCount]  # critical, high, medium, low
    method: Method | None  # None: no method is approved yet
    heat_maps: list[HeatMap]  # before, today, target
    register: list[RiskRow]  # threats, highest level of today first, then by reference
    sheets: list[RiskSheet]  # risks above the criteria, same order
    actions: list[ActionRow]
    acceptances: list[AcceptanceRow]
    systems: list[AssessedSystem] = field(default_factory=list)
    systems_not_assessed: list[NotAssessedSystem] = field(default_factory=list)
    systems_not_assessed_count: Figure | None = None  # when more than are listed
    participants: list[str] = field(default_factory=list)  # sentences: workshops, who took part
    decisions: list[Decision] = field(default_factory=list)
    opportunities: list[OpportunityRow] = field(default_factory=list)
    changes: list[RiskChange] = field(default_factory=list)
    changes_since: str = ""  # "v1 of 2026-06-02 (21 risks)"; "" for a first report
    comparison: list[ComparedControl] = field(default_factory=list)
    comparison_confirmed_by: Name | None = None
    comparison_confirmed_at: str = ""
    soa_version: int | None = None  # the statement compared with; None while it is a working copy
    history: list[HistoryRow] = field(default_factory=list)
    plan_approval: Act | None = None
    residual_acceptances: list[Act] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)  # every figure above, by claim
