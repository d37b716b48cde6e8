"""Reads over findings: grouped by rule and service, trends, scores."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from apis.findings import Finding, FindingQuerySet, PostureRun, title_of
from apis.models import Service
from apis.posture.rules import Rule
from apis.posture.sarif import Shown, sarif
from apis.posture.score import Score
from apis.rules_in_use import known_rules, used_rules
from apis.services.posture import accepted_now, posture_score
from core.scope import Scope

RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3}
POINTS_DRAWN = 24
MOST = 20_000
"""Findings that one SARIF file holds."""


@dataclass
class Group:
    """The findings of one rule, by service."""

    rule: Rule | None
    code: str
    severity: str
    services: list[tuple[Service, int, int]] = field(default_factory=list)  # open, accepted
    open: int = 0
    accepted: int = 0

    @property
    def title(self) -> Any:
        """What the rule is called."""
        return title_of(self.rule)


@dataclass(frozen=True)
class Standing:
    """How a service stands: open findings by severity, the last run, the score over time."""

    service: Service
    counts: dict[str, int]
    run: PostureRun | None
    points: tuple[int, ...]  # of the last runs, oldest first; the last as it stands today
    score: Score | None  # of the last run, with what is accepted today
    beside: int = 0
    """Open findings of rules that do not enter the score: a flow to a model asks for a review."""

    @property
    def trend(self) -> int:
        """Points gained or lost since the run before."""
        return self.points[-1] - self.points[-2] if len(self.points) > 1 else 0

    @property
    def rules(self) -> int:
        """How many rules the score is made of: those in use that had something to judge."""
        return len(self.score.parts) if self.score else 0

    @property
    def line(self) -> str:
        """The points as a line of SVG in a box of 100 × 24."""
        step = 100 / max(len(self.points) - 1, 1)
        return " ".join(f"{number * step:.1f},{22 - value * 0.2:.1f}" for number, value in enumerate(self.points))


def told_of(scope: Scope, hosts: Iterable[str]) -> list[tuple[Service, PostureRun]]:
    """Services by host with their last run, for who brought something in."""
    rows = Service.objects.of(scope).filter(host__in=list(hosts)).order_by("host")
    found = ((one, PostureRun.objects.of(scope).latest_of(one)) for one in rows)
    return [(one, run) for one, run in found if run is not None]


def groups(scope: Scope) -> list[Group]:
    """Findings that are open or accepted, grouped by rule and service, the worst first."""
    rules = known_rules(scope)
    services = {one.pk: one for one in Service.objects.of(scope)}
    rows = Finding.objects.of(scope).standing().order_by()
    found: dict[str, Group] = {}
    counted: dict[tuple[str, Any], list[int]] = {}
    for row in rows.values("rule", "service", "state", "severity").annotate(number=Count("pk")):
        group = found.setdefault(row["rule"], Group(rules.get(row["rule"]), row["rule"], row["severity"]))
        if RANK[row["severity"]] < RANK[group.severity]:
            group.severity = row["severity"]
        pair = counted.setdefault((row["rule"], row["service"]), [0, 0])
        pair[row["state"] == Finding.ACCEPTED] += row["number"]
    for (code, service), (still_open, accepted) in counted.items():
        found[code].services.append((services[service], still_open, accepted))
        found[code].open += still_open
        found[code].accepted += accepted
    for group in found.values():
        group.services.sort(key=lambda row: (-row[1], row[0].name))
    return sorted(found.values(), key=lambda one: (not one.open, RANK[one.severity], -one.open, one.code))


def standings(scope: Scope, services: Iterable[Service] | None = None) -> list[Standing]:
    """Every service that was judged, or those given."""
    rows = list(Service.objects.of(scope).order_by("name") if services is None else services)
    counts: dict[Any, Counter[str]] = {}
    still_open = Finding.objects.of(scope).open().order_by()
    by_rule: dict[Any, Counter[str]] = {}
    for row in still_open.values("service", "severity", "rule").annotate(number=Count("pk")):
        counts.setdefault(row["service"], Counter())[row["severity"]] += row["number"]
        by_rule.setdefault(row["service"], Counter())[row["rule"]] += row["number"]
    runs: dict[Any, list[PostureRun]] = {}
    for run in PostureRun.objects.of(scope).filter(service__in=rows).order_by("at"):
        runs.setdefault(run.service_id, []).append(run)
    rules, accepted, found = used_rules(scope), accepted_now(scope), []
    for service in rows:
        known = runs.get(service.pk, [])
        score = posture_score(rules, known[-1].looked, accepted.get(service.pk, {})) if known else None
        before = [run.points for run in known[:-1] if run.points is not None]
        points = (*before, *([score.points] if score else []))[-POINTS_DRAWN:]
        severities = {code: counts.get(service.pk, Counter())[code] for code in RANK}
        entering = {part.rule.code for part in score.parts} if score else set()
        beside = sum(many for code, many in by_rule.get(service.pk, Counter()).items() if code not in entering)
        run = known[-1] if known else None
        found.append(Standing(service, severities, run, points, score, beside if score else 0))
    return found


def sarif_of(scope: Scope, findings: FindingQuerySet, address: Callable[[Finding], str]) -> dict[str, Any]:
    """Findings as SARIF, the oldest first; of very many it says how many are left out. Mended ones are none."""
    rows = findings.standing().select_related("service").order_by("created_at")
    return sarif(as_shown(scope, rows[:MOST], address), max(rows.count() - MOST, 0))


def as_shown(scope: Scope, findings: Iterable[Finding], address: Any) -> Iterable[Shown]:
    """Findings as they are handed on (SARIF); those whose rule is gone are left out. An acceptance that has expired
    holds nothing back.
    """
    rules = known_rules(scope)
    names = descriptions_of(scope)
    for one in findings:
        rule = rules.get(one.rule)
        if rule is not None and one.state not in Finding.GONE:
            yield Shown(
                rule, one.severity, one.place, one.pointer, one.fingerprint,
                names.get(one.service_id, "") if one.source == "description" else "", one.params, one.ref,
                address(one), one.accepted_reason if one.is_accepted_on(scope.today) else "", one.service.name,
            )  # fmt: skip


def descriptions_of(scope: Scope) -> dict[Any, str]:
    """Service → name of the description that was judged last."""
    rows = PostureRun.objects.of(scope).exclude(description="").order_by("at")
    return dict(rows.values_list("service", "description"))
