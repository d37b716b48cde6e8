"""Run the rules over a service and bring its findings in line: new, seen mended, back again (APR-23, APR-30)."""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_noop

from apis.effects import cover, mended, rested, show_again, used_again
from apis.facts import Description, Operation, Window
from apis.findings import Exemption, Finding, PostureRun
from apis.models import Service
from apis.posture import engine
from apis.posture.engine import Verdict
from apis.posture.rules import FLOW, Rule
from apis.posture.score import Score, score
from apis.posture.traffic import Known
from apis.rules_in_use import resting_rules, rules_in_use, used_rules
from core import ledger, policy
from core.actor import Actor
from core.change import LARGEST, change, chunks
from core.ids import uuid7
from core.scope import Scope, current

FOUND_AGAIN = gettext_noop("A later run found it again.")
EXPIRED = gettext_noop("The acceptance has expired.")


@dataclass(frozen=True)
class Looking:
    """What a run looks at: a description, windows of traffic, or both. `name` and `hash` say which description."""

    description: Description | None = None
    windows: Sequence[Window] = ()
    kinds: Mapping[tuple[str, str], str] = field(default_factory=dict)
    name: str = ""
    hash: str = ""
    described: tuple[Operation, ...] | None = None  # to compare traffic with where no description is judged
    stands: frozenset[tuple[str, str]] | None = None
    """Method and path, as findings name them, of endpoints no wider path replaced; None where that is not known."""

    @property
    def calls(self) -> int:
        """How many calls it looks at."""
        return sum(window.calls for window in self.windows)

    def was_replaced(self, finding: Finding) -> bool:
        """Whether a finding of traffic is about a path that a wider one replaced, where it is found from now on."""
        return self.stands is not None and bool(finding.path) and (finding.method, finding.path) not in self.stands


@dataclass
class _Outcome:
    """What a run does to findings."""

    new: list[Finding] = field(default_factory=list)
    mended: list[Finding] = field(default_factory=list)
    rested: list[Finding] = field(default_factory=list)  # of rules that are not used
    reopened: list[Finding] = field(default_factory=list)
    told: list[Finding] = field(default_factory=list)  # other figures, same state

    def all(self) -> list[Finding]:
        return [*self.new, *self.mended, *self.rested, *self.reopened, *self.told]


def judge_service(*, actor: Actor, service: Service, looking: Looking, again: bool = True) -> PostureRun:
    """Run the rules in use over what is looked at; the findings follow. Raises Forbidden.

    Without ``again`` a run that finds what the last one found is not kept; the last one is returned.
    """
    policy.require(actor, "apis.judge", service)
    scope = current(service.management_system_id)
    rules = rules_in_use(scope)
    verdict = engine.judge(
        str(service.pk), looking.description, looking.windows, rules, Known(looking.kinds, looking.described)
    )
    with transaction.atomic():
        ledger.lock_head(service.management_system_id)  # what is compared stays until it is written
        outcome = _compare(scope, service, verdict, looking, {rule.code: rule for rule in rules})
        run, last = _run(scope, service, verdict, looking, outcome), PostureRun.objects.of(scope).latest_of(service)
        if not again and last is not None and not outcome.all() and run.looked == last.looked:
            return last
        return _kept(actor, scope, run, outcome)


def _kept(actor: Actor, scope: Scope, run: PostureRun, outcome: _Outcome) -> PostureRun:
    """Write what a run found, and the run."""
    service, change_id = run.service, str(uuid7())
    for part in chunks(outcome.all(), LARGEST):
        with change(actor, "apis.judge", change_id=change_id) as unit:
            unit.save_many(part)
    with change(actor, "apis.judge", change_id=change_id) as unit:
        run.counts = open_by_severity(scope, service)
        run.points = _points(scope, service, run.looked)
        return unit.save(run)


def _compare(scope: Scope, service: Service, verdict: Verdict, looking: Looking, rules: Mapping[str, Rule]) -> _Outcome:
    now = scope.moment
    outcome = _Outcome()
    mine = Finding.objects.of(scope).filter(service=service).select_related("exemption")
    stored = {one.fingerprint: one for one in mine}
    exemptions = exemptions_for(scope, service)
    for found in verdict.findings:
        known = stored.pop(found.fingerprint, None)
        if known is None:
            rule = rules[found.rule]
            made = _made(service, rule, found, now)
            exempted(made, exemptions)
            outcome.new.append(made)
        else:
            _seen_again(known, found, outcome, exemptions, scope)
    resting = resting_rules(scope)
    for gone in stored.values():
        if gone.rule in resting:
            outcome.rested += [rested(gone)] if gone.state not in Finding.GONE else []
        elif gone.state != Finding.MENDED and _would_have_been_seen(gone, rules, verdict, looking):
            outcome.mended.append(mended(gone, now))
    return outcome


def exemptions_for(scope: Scope, service: Service) -> list[Exemption]:
    """Those in force that may be about a service, the widest last."""
    rows = Exemption.objects.of(scope).filter(ended_at=None, until__gte=scope.today)
    return [one for one in rows.order_by("created_at") if one.service_id in (None, service.pk)]


def _made(service: Service, rule: Rule, found: engine.Finding, now: datetime.datetime) -> Finding:
    return Finding(
        management_system_id=service.management_system_id, service=service, rule=found.rule, title=_english(rule),
        fingerprint=found.fingerprint, source="traffic" if rule.from_traffic else "description", place=found.place,
        pointer=found.pointer, method=found.method[:12], path=found.path[:1000], params=dict(found.params),
        times=found.times, severity=found.severity, found_at=now,
    )  # fmt: skip


def _english(rule: Rule) -> str:
    with translation.override("en"):
        return str(rule.title)[:500]


def exempted(finding: Finding, exemptions: Iterable[Exemption]) -> bool:
    """Accept a finding, unsaved, under the first exemption that covers it; says whether one does."""
    exemption = next((one for one in exemptions if one.covers(finding)), None)
    if exemption is not None:
        cover(finding, exemption)
    return exemption is not None


def _seen_again(
    known: Finding, found: engine.Finding, outcome: _Outcome, exemptions: list[Exemption], scope: Scope
) -> None:
    said = (known.params, known.times, known.pointer, known.place)
    known.params, known.times, known.pointer, known.place = dict(found.params), found.times, found.pointer, found.place
    until = known.accepted_until
    if known.state == Finding.RESTING:
        outcome.reopened.append(used_again(known, scope.today, scope.moment))
    elif known.state == Finding.MENDED:
        show_again(known, FOUND_AGAIN, scope.moment)
        exempted(known, exemptions)
        outcome.reopened.append(known)
    elif known.state == Finding.ACCEPTED and until is not None and until < scope.today:
        show_again(known, EXPIRED, scope.moment)
        exempted(known, exemptions)
        outcome.reopened.append(known)
    elif said != (known.params, known.times, known.pointer, known.place):
        outcome.told.append(known)


def _would_have_been_seen(gone: Finding, rules: Mapping[str, Rule], verdict: Verdict, looking: Looking) -> bool:
    """Whether this run would have found it again if it were still so; otherwise nothing is known about it."""
    if gone.rule not in rules or gone.rule in verdict.cut or rules[gone.rule].unit == FLOW:
        return False
    if rules[gone.rule].from_traffic:
        return gone.place in verdict.called or looking.was_replaced(gone)
    return looking.description is not None


def _run(scope: Scope, service: Service, verdict: Verdict, looking: Looking, outcome: _Outcome) -> PostureRun:
    looked = _still_known(scope, service, looking)
    looked |= {code: [one.judged, one.broken] for code, one in verdict.looked.items() if one.judged}
    return PostureRun(
        service=service, at=scope.moment, rules_version=engine.RULES_VERSION, description=looking.name[:300],
        description_hash=looking.hash, calls=looking.calls, looked=looked,
        new=len(outcome.new), mended=len(outcome.mended), reopened=len(outcome.reopened),
    )  # fmt: skip


def open_by_severity(scope: Scope, service: Service) -> dict[str, int]:
    """Severity → open findings of a service."""
    return dict(Counter(Finding.objects.of(scope).filter(service=service).open().values_list("severity", flat=True)))


def _points(scope: Scope, service: Service, looked: Mapping[str, Sequence[int]]) -> int | None:
    found = posture_score(used_rules(scope), looked, accepted_now(scope).get(service.pk, {}))
    return found.points if found else None


def _still_known(scope: Scope, service: Service, looking: Looking) -> dict[str, list[int]]:
    """What the run before looked at and this one does not: the description, or traffic."""
    before = PostureRun.objects.of(scope).latest_of(service)
    rules = used_rules(scope)
    if before is None:
        return {}
    looks = {True: bool(looking.windows), False: looking.description is not None}
    return {
        code: counts for code, counts in before.looked.items() if code in rules and not looks[rules[code].from_traffic]
    }


def accepted_now(scope: Scope) -> dict[Any, Counter[str]]:
    """Service → rule → findings whose acceptance holds today."""
    found: dict[Any, Counter[str]] = {}
    for service, rule in Finding.objects.of(scope).accepted_on(scope.today).values_list("service", "rule"):
        found.setdefault(service, Counter())[rule] += 1
    return found


def posture_score(
    rules: Mapping[str, Rule], looked: Mapping[str, Sequence[int]], accepted: Mapping[str, int]
) -> Score | None:
    """The score of what a run looked at, with the rules behind it; None without any."""
    counts = {
        code: (judged, broken, min(broken, accepted.get(code, 0))) for code, (judged, broken) in looked.items()
    }  # fmt: skip
    return score(list(rules.values()), counts)
