"""Judge a service by its description and its traffic: findings with stable fingerprints, and how much was looked at."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from apis.facts import Description, Window
from apis.posture import catalogue
from apis.posture.rules import (
    CALLED,
    FLOW,
    NOT_MINE,
    OPERATION,
    PARAMETER,
    RULES,
    SCHEME,
    SERVER,
    SERVICE,
    SHAPE,
    Params,
    Rule,
)  # fmt: skip
from apis.posture.traffic import Known, Traffic, gather
from apis.posture.view import View

RULES_VERSION = "1"
MOST = 300
"""Places of one rule that are kept as findings; all are counted."""
__all__ = ["Finding", "Looked", "Verdict", "catalogue", "fingerprint", "judge", "rules_on"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at one place. The fingerprint stays while rule, service and place do."""

    rule: str
    severity: str
    place: str  # stable words: "POST /v1/files", "scheme ApiKeyAuth"; empty for the service as a whole
    pointer: str  # JSON pointer into the description; empty for traffic
    fingerprint: str
    params: Params = field(default_factory=dict)  # for Rule.sentence
    method: str = ""  # of the endpoint it is about; empty where it is about none
    path: str = ""  # as the service answers it
    times: int = 1  # how often it is wrong at this place


@dataclass(slots=True)
class Looked:
    """How many things a rule judged, and how many were wrong."""

    judged: int = 0
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings in a stable order, and what each rule looked at; a rule that looked at nothing says nothing."""

    findings: tuple[Finding, ...]
    looked: Mapping[str, Looked]
    called: frozenset[str] = frozenset()  # places in traffic that were looked at
    cut: frozenset[str] = frozenset()  # rules with more places than are kept


def fingerprint(rule: str, service: str, place: str) -> str:
    """32 hexadecimal digits that stay while rule, service and place stay."""
    return hashlib.sha256("\x1f".join((rule, service, place)).encode()).hexdigest()[:32]


def rules_on(chosen: Mapping[str, bool] | None = None, own: Iterable[Rule] = ()) -> list[Rule]:
    """The rules to judge by: those on by default, changed by choice (code → on), and the organisation's own."""
    chosen = chosen or {}
    return [rule for rule in (*RULES.values(), *own) if chosen.get(rule.code, rule.on)]


def judge(
    service: str,
    description: Description | None = None,
    windows: Iterable[Window] = (),
    rules: Sequence[Rule] | None = None,
    known: Known | None = None,
) -> Verdict:
    """Judge by these rules (those on by default); `service` is a key that stays, such as its reference."""
    rules = [one for one in (rules_on() if rules is None else rules) if one.unit != FLOW]
    findings: dict[str, Finding] = {}
    looked: dict[str, Looked] = {rule.code: Looked() for rule in rules}
    if description is not None:
        view = View(description)
        for rule in rules:
            if not rule.from_traffic:
                _apply(rule, _OF_DESCRIPTION[rule.unit](view), view, service, (findings, looked))
    known = known or Known()
    if known.described is None and description is not None:
        known = Known(known.kinds, description.operations)
    traffic = gather(windows, known)
    if traffic.called:
        for rule in rules:
            if rule.from_traffic:
                units = traffic.called if rule.unit == CALLED else [traffic]
                _apply(rule, units, traffic, service, (findings, looked))
    order = {code: number for number, code in enumerate(looked)}
    found = sorted(findings.values(), key=lambda one: (order[one.rule], one.place))
    cut = frozenset(code for code, one in looked.items() if one.broken > MOST)
    return Verdict(tuple(found), looked, frozenset(one.place[:500] for one in traffic.called), cut)


_OF_DESCRIPTION: dict[str, Callable[[View], Iterable[Any]]] = {
    SERVICE: lambda view: [view],
    OPERATION: lambda view: view.operations,
    PARAMETER: lambda view: view.parameters,
    SHAPE: lambda view: view.shapes,
    SCHEME: lambda view: view.schemes.values(),
    SERVER: lambda view: view.servers,
}
_Kept = tuple[dict[str, Finding], dict[str, Looked]]


def _apply(rule: Rule, units: Iterable[Any], whole: View | Traffic, service: str, kept: _Kept) -> None:
    findings, looked = kept
    count = looked[rule.code]
    for unit in units:
        judgement = rule.judge(unit, whole)
        if isinstance(judgement, str):
            if judgement != NOT_MINE:
                raise TypeError(f"{rule.code} answers {judgement!r}")
            continue
        count.judged += 1
        if judgement is None:
            continue
        count.broken += 1
        if count.broken > MOST:
            continue
        found = _finding(rule, unit, judgement, service)
        known = findings.get(found.fingerprint)
        findings[found.fingerprint] = replace(known, times=known.times + found.times) if known else found


def _finding(rule: Rule, unit: Any, params: Params, service: str) -> Finding:
    about = getattr(unit, "operation", None) if rule.unit == PARAMETER else unit
    times = params.get("times", 1)
    return Finding(
        rule=rule.code,
        severity=rule.severity,
        place=unit.place[:500],
        pointer=unit.pointer[:1000],
        fingerprint=fingerprint(rule.code, service, unit.place),
        params=params,
        method=getattr(about, "method", ""),
        path=getattr(about, "path", "") or getattr(about, "template", ""),
        times=times if isinstance(times, int) else 1,
    )
