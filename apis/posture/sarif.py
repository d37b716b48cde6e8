"""Findings as SARIF 2.1.0 (OASIS), for code scanning and other tools."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.utils import translation

from apis.posture.rules import CRITICAL, HIGH, LOW, MEDIUM, Params, Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {CRITICAL: "error", HIGH: "error", MEDIUM: "warning", LOW: "note"}
_NUMBERS = {CRITICAL: "9.5", HIGH: "8.0", MEDIUM: "5.5", LOW: "2.0"}  # security-severity as code scanning reads it


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as it is handed on."""

    rule: Rule
    severity: str
    place: str
    pointer: str
    fingerprint: str
    file: str  # name of the description; empty for traffic
    params: Params = field(default_factory=dict)
    ref: str = ""
    url: str = ""
    accepted: str = ""  # the reason, where it is accepted
    service: str = ""


def sarif(findings: Iterable[Shown], left_out: int = 0) -> dict[str, Any]:
    """One run with these findings; rules are described once each. What was left out it says.

    In English whoever asks: tools compare one log with the next.
    """
    with translation.override("en"):
        return _log(findings, left_out)


def _log(findings: Iterable[Shown], left_out: int) -> dict[str, Any]:
    rules: dict[str, int] = {}
    described: list[dict[str, Any]] = []
    results = []
    for one in findings:
        if one.rule.code not in rules:
            rules[one.rule.code] = len(described)
            described.append(_rule(one.rule))
        results.append(_result(one, rules[one.rule.code]))
    driver = {"name": "AIMS 42", "rules": described}
    run: dict[str, Any] = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    if left_out:
        told = {"level": "warning", "message": {"text": f"{left_out} more findings are left out; narrow the filters."}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [told]}]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    tags = ["security", *rule.owasp, *(f"CWE-{number}" for number in rule.cwe), *rule.atlas, *rule.apr]
    said: dict[str, Any] = {
        "id": rule.code,
        "name": rule.code.rpartition(":")[2],
        "shortDescription": {"text": str(rule.title)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.on},
        "properties": {"tags": tags, "security-severity": _NUMBERS[rule.severity], "annex-a": list(rule.annex)},
    }
    for key, words in (("fullDescription", rule.why), ("help", rule.mend)):
        if str(words):
            said[key] = {"text": str(words)}
    return said


def _result(one: Shown, index: int) -> dict[str, Any]:
    said = one.rule.sentence(one.params)
    result: dict[str, Any] = {
        "ruleId": one.rule.code,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": f"{one.place}: {said}" if one.place else said},
        "locations": [_location(one)],
        "partialFingerprints": {"aims42/v1": one.fingerprint},
        "properties": {"severity": one.severity, **_named(ref=one.ref, service=one.service)},
    }
    if one.url:
        result["hostedViewerUri"] = one.url
    if one.accepted:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": one.accepted}]
    return result


def _location(one: Shown) -> dict[str, Any]:
    logical: dict[str, Any] = {"kind": "resource", "fullyQualifiedName": one.place or one.service or "service"}
    if one.pointer:
        logical["decoratedName"] = one.pointer
    location: dict[str, Any] = {"logicalLocations": [logical]}
    if one.file:
        artifact = {"uri": quote(one.file)}
        location["physicalLocation"] = {"artifactLocation": artifact, "region": {"startLine": 1}}
    return location


def _named(**values: str) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if value}
