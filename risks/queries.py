"""Reads that span tables: the whole risk book of a scope in a fixed number of queries, for pages and reports."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Prefetch, Q

from aims.models import AISystem
from controls.models import Control
from core import approvals, policy
from core.models import Membership, Person
from core.scope import Scope
from risks import content, methodology, rating
from risks.models import Acceptance, Action, Assessment, Methodology, OpportunityReview, Risk, RiskSystem

Cell = tuple[int, int]
"""(likelihood 0–5 where 0 cannot be estimated, consequence 1–5)."""
RATINGS = ("before", "today", "target")


def criteria_in_force(scope: Scope) -> Methodology | None:
    """The criteria that count in a scope."""
    return Methodology.objects.of(scope).in_force()


# The book ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SystemAssessed:
    """A system (None: the whole management system) with its last assessment and its risks."""

    system: AISystem | None
    last: Assessment
    risks: Sequence[Risk]

    @property
    def above(self) -> list[Risk]:
        """Its risks above the criteria."""
        return [risk for risk in self.risks if risk.is_threat and risk.above_criteria]

    @property
    def assessors(self) -> list[Person]:
        """Everybody who assessed its risks, by name."""
        found = {one.assessed_by_id: one.assessed_by for risk in self.risks for one in _assessments(risk)}
        return sorted(found.values(), key=lambda person: person.name)


@dataclass(frozen=True)
class SystemNotAssessed:
    """A system without a current assessment; ``code``: no-risk, only-drafts, to-screen, out-of-scope, retired."""

    system: AISystem
    code: str


@dataclass(frozen=True)
class LevelChange:
    """A risk whose level or state differs from an earlier book; "" means that it did not exist or was not rated."""

    ref: str
    title: str
    then: str
    now: str
    then_state: str
    now_state: str
    why: str


@dataclass
class RiskBook:
    """Every risk of a scope with systems, controls, assessments, actions and acceptances, read once."""

    scope: Scope
    criteria: Methodology | None
    risks: list[Risk]
    systems: list[AISystem]
    opportunity_reviews: list[OpportunityReview]

    @cached_property
    def method(self) -> dict[str, Any]:
        """The content of the criteria."""
        return self.criteria.content if self.criteria else methodology.default_content()

    @cached_property
    def assessed(self) -> list[Risk]:
        """Neither draft nor closed, highest level today first, then by reference."""
        ranks = methodology.ranks(self.method)
        rows = [risk for risk in self.risks if risk.state not in (Risk.DRAFT, Risk.CLOSED)]
        return sorted(rows, key=lambda risk: (-ranks[risk.today_level], _number(risk.ref)))

    @property
    def drafts(self) -> list[Risk]:
        """Not assessed yet."""
        return [risk for risk in self.risks if risk.state == Risk.DRAFT]

    @property
    def closed(self) -> list[Risk]:
        """Closed with a reason."""
        return [risk for risk in self.risks if risk.state == Risk.CLOSED]

    @cached_property
    def threats(self) -> list[Risk]:
        """Assessed threats."""
        return [risk for risk in self.assessed if risk.is_threat]

    @cached_property
    def opportunities(self) -> list[Risk]:
        """Open opportunities, drafts too (6.1.1)."""
        return [risk for risk in self.risks if not risk.is_threat and risk.state != Risk.CLOSED]

    @cached_property
    def above(self) -> list[Risk]:
        """Assessed threats above the criteria."""
        return [risk for risk in self.threats if risk.above_criteria]

    @cached_property
    def not_estimable(self) -> list[Risk]:
        """Assessed threats whose likelihood today cannot be estimated."""
        return [risk for risk in self.threats if risk.today_likelihood == 0]

    def level_counts(self, when: str) -> dict[str, int]:
        """Level → threats of that level; "" counts those not rated."""
        counts = dict.fromkeys(methodology.ranks(self.method), 0)
        for risk in self.threats:
            counts[getattr(risk, f"{when}_level")] += 1
        return counts

    def heat(self, when: str) -> dict[Cell, list[Risk]]:
        """Where the assessed threats lie; those without a consequence or rating lie nowhere."""
        cells: dict[Cell, list[Risk]] = defaultdict(list)
        for risk in self.threats:
            place = place_of(risk, when)
            if place:
                cells[place].append(risk)
        return dict(cells)

    @cached_property
    def actions(self) -> list[Action]:
        """Actions of all risks that are not closed, by risk, then by due day."""
        far = datetime.date.max
        rows = [action for risk in self.risks if risk.state != Risk.CLOSED for action in actions_of(risk)]
        return sorted(rows, key=lambda action: (_number(action.risk.ref), action.due or far, _number(action.ref)))

    @property
    def open_actions(self) -> list[Action]:
        """Actions not done or dropped."""
        return [action for action in self.actions if action.state == Action.OPEN]

    @property
    def overdue_actions(self) -> list[Action]:
        """Open actions whose day is past."""
        return [action for action in self.open_actions if action.due and action.due < self.scope.today]

    @cached_property
    def acceptances(self) -> list[Acceptance]:
        """Acceptances in force and expired ones, expired first, then by their end."""
        rows = [one for risk in self.risks for one in acceptances_of(risk) if one.state == Acceptance.ACCEPTED]
        return sorted(rows, key=lambda one: (not self.has_expired(one), _end_of(one), _number(one.risk.ref)))

    @property
    def expired_acceptances(self) -> list[Acceptance]:
        """Acceptances past their day."""
        return [one for one in self.acceptances if self.has_expired(one)]

    def has_expired(self, acceptance: Acceptance) -> bool:
        """Whether its day is past."""
        return _end_of(acceptance) < self.scope.today

    @property
    def waiting_acceptances(self) -> list[Acceptance]:
        """Requests that wait for a decision, longest waiting first."""
        rows = [one for risk in self.risks for one in acceptances_of(risk) if one.state == Acceptance.ASKED]
        return sorted(rows, key=lambda one: one.asked_at)

    @cached_property
    def systems_assessed(self) -> list[SystemAssessed]:
        """In-scope systems with assessed risks, by reference; the whole management system last."""
        by_system: dict[Any, list[Risk]] = defaultdict(list)
        whole = [risk for risk in self.assessed if risk.whole_system]
        for risk in self.assessed:
            for system in risk.systems.all():
                by_system[system.pk].append(risk)
        rows = [
            SystemAssessed(system, _last_of(by_system[system.pk]), by_system[system.pk])
            for system in self.systems
            if by_system[system.pk] and system.state == AISystem.IN_SCOPE
        ]
        return rows + ([SystemAssessed(None, _last_of(whole), whole)] if whole else [])

    @cached_property
    def systems_not_assessed(self) -> list[SystemNotAssessed]:
        """Systems without an assessed risk and why; in-scope ones first."""
        assessed = {one.system.pk for one in self.systems_assessed if one.system}
        drafted = {system.pk for risk in self.drafts for system in risk.systems.all()}
        rows = []
        for system in self.systems:
            if system.state != AISystem.IN_SCOPE:
                rows.append(SystemNotAssessed(system, system.state.replace("_", "-")))
            elif system.pk not in assessed:
                rows.append(SystemNotAssessed(system, "only-drafts" if system.pk in drafted else "no-risk"))
        return sorted(rows, key=lambda one: (one.code not in ("no-risk", "only-drafts"), _number(one.system.ref)))

    @cached_property
    def risks_by_control(self) -> dict[str, list[Risk]]:
        """Control code → assessed threats that rely on it or treat with it: the necessary controls (6.1.3 b)."""
        found: dict[str, list[Risk]] = defaultdict(list)
        for risk in self.threats:
            codes = {control.code for control in risk.controls.all()}
            codes |= {one.control.code for one in actions_of(risk) if one.control and one.state != Action.DROPPED}
            for code in codes:
                found[code].append(risk)
        return dict(found)


def book(scope: Scope) -> RiskBook:
    """Read the whole book: a fixed number of queries whatever it holds."""
    by_number = Assessment.objects.of(scope).select_related("assessed_by", "methodology").order_by("-number")
    actions = Action.objects.of(scope).select_related("owner", "control").order_by("due", "created_at")
    acceptances = Acceptance.objects.of(scope).select_related("asked_by", "decided_by").order_by("-asked_at")
    risks = (
        Risk.objects.of(scope)
        .with_flags(scope.today)
        .select_related("owner", "methodology")
        .prefetch_related(
            "systems",
            Prefetch("controls", queryset=Control.objects.of(scope).in_order()),
            Prefetch("assessments", queryset=by_number),
            Prefetch("actions", queryset=actions),
            Prefetch("acceptances", queryset=acceptances),
        )
    )
    return RiskBook(
        scope=scope,
        criteria=criteria_in_force(scope),
        risks=sorted(risks, key=lambda risk: _number(risk.ref)),
        systems=sorted(AISystem.objects.of(scope).select_related("owner"), key=lambda system: _number(system.ref)),
        opportunity_reviews=list(OpportunityReview.objects.of(scope).select_related("by").order_by("-on")),
    )


def changes_between(then: RiskBook, now: RiskBook) -> list[LevelChange]:
    """Risks whose level today or state differs between two books of one management system."""
    earlier = {risk.pk: risk for risk in then.risks}
    found = []
    for risk in now.risks:
        old = earlier.get(risk.pk)
        before = (old.today_level, old.state) if old else ("", "")
        if before == (risk.today_level, risk.state):
            continue
        last = _assessments(risk)[:1]
        why = risk.closed_reason or (last[0].rationale if last else "")
        found.append(LevelChange(risk.ref, risk.title, before[0], risk.today_level, before[1], risk.state, why))
    kept = {risk.pk for risk in now.risks}
    gone = [risk for risk in then.risks if risk.pk not in kept]
    return found + [LevelChange(risk.ref, risk.title, risk.today_level, "", risk.state, "", "") for risk in gone]


def place_of(risk: Risk, when: str) -> Cell | None:
    """Where a rating lies on the map, None when it lies nowhere."""
    likelihood, consequence = getattr(risk, f"{when}_likelihood"), getattr(risk, f"{when}_consequence")
    return (likelihood, consequence) if likelihood is not None and consequence else None


def actions_of(risk: Risk) -> list[Action]:
    """The risk's actions as the book read them."""
    return list(risk.actions.all())


def acceptances_of(risk: Risk) -> list[Acceptance]:
    """The risk's acceptances as the book read them, newest first."""
    return list(risk.acceptances.all())


def acceptance_in_force(risk: Risk) -> Acceptance | None:
    """The acceptance that was given and not ended, expired or not."""
    return next((one for one in acceptances_of(risk) if one.state == Acceptance.ACCEPTED), None)


def last_assessment(risk: Risk) -> Assessment | None:
    """The newest assessment as the book read them."""
    return next(iter(_assessments(risk)), None)


# Pages ------------------------------------------------------------------------------------------------------------


def heat_counts(scope: Scope, when: str) -> dict[Cell, int]:
    """Assessed threats per cell, counted by the database."""
    likelihood, consequence = f"{when}_likelihood", f"{when}_consequence"
    rows = (
        Risk.objects.of(scope)
        .assessed()
        .threats()
        .filter(**{f"{likelihood}__isnull": False, f"{consequence}__gte": 1})
        .values_list(likelihood, consequence)
        .annotate(count=Count("pk"))
        .order_by()
    )
    return {(left, right): count for left, right, count in rows}


def systems_assessed(scope: Scope) -> Any:
    """Ids of the AI systems that an assessed risk names."""
    live = (Risk.ASSESSED, Risk.IN_TREATMENT, Risk.ACCEPTED)
    return RiskSystem.objects.using(scope.alias).filter(risk__state__in=live).values("system")


def without_current_assessment(scope: Scope) -> Any:
    """In-scope systems with no assessed risk, or all assessed before the interval or the last change of stage."""
    criteria = Methodology.objects.of(scope).in_force()
    months = max((one["review_months"] for one in criteria.content["levels"]), default=12) if criteria else 12
    since = methodology.add_months(scope.today, -months)
    current = RiskSystem.objects.using(scope.alias).filter(
        Q(system__stage_since__isnull=True) | Q(risk__assessed_at__date__gte=F("system__stage_since")),
        risk__assessed_at__gte=datetime.datetime.combine(since, datetime.time(), scope.zone),
        risk__state__in=(Risk.ASSESSED, Risk.IN_TREATMENT, Risk.ACCEPTED),
    )
    return AISystem.objects.of(scope).in_scope().exclude(pk__in=current.values("system")).order_by("created_at")


@dataclass(frozen=True)
class Candidate:
    """Somebody who might accept a risk; ``code``: may, wrote, authority; ``reach`` is their highest level."""

    person: Person
    code: str
    reach: str
    roles: tuple[str, ...] = ()
    is_owner: bool = False


def candidates(scope: Scope, risk: Risk | None, level: str, owner_id: Any) -> list[Candidate]:
    """Members with any authority to accept and whether it reaches this level, the able first."""
    criteria = criteria_in_force(scope)
    if criteria is None:
        return []
    wrote = content.authors_of(risk) if risk is not None and risk.version else set()
    members = Membership.objects.of(scope).valid_at(scope.moment).select_related("person")
    found = []
    for member in members:
        is_owner = str(member.person_id) == str(owner_id)
        reach = methodology.highest_acceptable(criteria.content, member.roles, is_owner=is_owner)
        if not reach:
            continue
        able = methodology.may_accept(criteria.content, level, member.roles, is_owner=is_owner) if level else True
        code = "wrote" if member.person_id in wrote else "may" if able else "authority"
        found.append(Candidate(member.person, code, reach, tuple(member.roles), is_owner))
    order = {"may": 0, "wrote": 1, "authority": 2}
    return sorted(found, key=lambda one: (order[one.code], one.person.name))


def people_of(scope: Scope, *owned: Risk | Action) -> list[Person]:
    """Members who can own something: not external auditors, by name; and owners of these who left since."""
    members = Membership.objects.of(scope).answerable_at(scope.moment).select_related("person")
    found = {one.person_id: one.person for one in members}
    found |= {one.owner_id: one.owner for one in owned if one.owner is not None}
    return sorted(found.values(), key=lambda one: one.name.casefold())


def names_of(scope: Scope, ids: Any) -> dict[str, str]:
    """Person id as text → name, for frozen content that holds ids."""
    wanted = {str(pk) for pk in ids if pk}
    rows = Person.objects.using(scope.alias).filter(pk__in=wanted).values_list("pk", "name") if wanted else ()
    return {str(pk): name for pk, name in rows}


def decisions_for(scope: Scope, actor: Any) -> list[Acceptance]:
    """Requests this person could decide now: authority reaches the level and they did not write or assess the risk."""
    rows = (
        Acceptance.objects.of(scope)
        .filter(state=Acceptance.ASKED)
        .select_related("risk", "risk__methodology", "risk__owner", "asked_by")
        .order_by("asked_at")
    )
    return [
        one
        for one in rows
        if policy.allows(actor, "risks.accept", one)
        and one.risk.methodology
        and methodology.may_accept(
            one.risk.methodology.content, one.level, actor.roles, is_owner=one.risk.owner_id == actor.person_id
        )
        and actor.person_id not in content.authors_of_request(one)
    ]


def criteria_signature(criteria: Methodology, scope: Scope) -> Any:
    """The approval of a version of the criteria, None while it has none."""
    return approvals.latest(criteria, "approved", scope.alias)


def acceptance_signature(acceptance: Acceptance, scope: Scope) -> Any:
    """The signature under an acceptance."""
    return approvals.latest(acceptance, "accepted", scope.alias)


def warned_lower(risk: Risk, method: dict[str, Any]) -> bool:
    """Whether today is lower than before although no control relied on is in place."""
    return rating.lower_without_control(risk, method, risk.controls.all())


def _assessments(risk: Risk) -> list[Assessment]:
    return list(risk.assessments.all())


def _last_of(risks: Sequence[Risk]) -> Assessment:
    return max((one for risk in risks for one in _assessments(risk)), key=lambda one: one.at)


def _end_of(acceptance: Acceptance) -> datetime.date:
    return acceptance.valid_until or datetime.date.max


def _number(ref: str) -> tuple[str, int]:
    prefix, _dash, number = ref.rpartition("-")
    return prefix, int(number) if number.isdigit() else 0
