"""Sensitive data met in traffic joins the flows of a service; what reaches a model for the first time is a finding."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from django.db.models import Q
from django.utils import translation

from apis.exposure.looking import CELL, added, looked_added
from apis.exposure.tallies import EXAMPLES
from apis.exposure_records import FlowLooked, FlowTally
from apis.findings import Finding
from apis.models import Endpoint, Service
from apis.paths import Key
from apis.posture.catalogue.flows import code_of
from apis.posture.engine import fingerprint
from apis.posture.rules import Rule
from apis.rules_in_use import rules_in_use
from apis.services.posture import exempted, exemptions_for
from apis.traffic import Digest
from core.change import Change, chunks
from core.scope import current

NO_MODEL = {"", "models"}
"""AI kinds of endpoints that make no model work: none, and the list of models."""
PLACE = ("method", "template", "model", "code", "where", "direction")


def expose(unit: Change, service: Service, found: Digest, hosts: Iterable[str], learned: Mapping[Key, str]) -> None:
    """Add what was met on the hosts of a service, inside the unit of work that brings it in."""
    among = pl.col("host").is_in(list(hosts))
    _add(service, found.exposed.filter(among), learned)
    _add_looked(service, found.looked.filter(among), learned)
    mark(service)
    findings = _first_to_models(service)
    for part in chunks(findings, 500):
        unit.save_many(part)


def _add(service: Service, exposed: pl.DataFrame, learned: Mapping[Key, str]) -> None:
    if exposed.is_empty():
        return
    placed = exposed.with_columns(pl.lit("").alias("host"), _template(exposed, learned).alias("shape"))
    rows = added([placed], CELL)
    stored = {_place(one): one for one in FlowTally.objects.filter(service=service)}
    new, old = [], []
    for row in rows.iter_rows(named=True):
        key = (row["method"], row["shape"], row["model"], row["code"], row["where"], row["direction"])
        told = stored.get(key)
        if told is None:
            told = FlowTally(service=service, management_system_id=service.management_system_id,
                             **dict(zip(PLACE, key, strict=True)))  # fmt: skip
            new.append(told)
        else:
            old.append(told)
        _join(told, row["count"], row["validated"], row["examples"], (row["first_at"], row["last_at"]))
    FlowTally.objects.bulk_create(new, batch_size=500)
    FlowTally.objects.bulk_update(old, ["count", "validated", "examples", "first_at", "last_at"], batch_size=200)


def _template(frame: pl.DataFrame, learned: Mapping[Key, str]) -> pl.Series:
    pairs = zip(frame["method"], frame["shape"], strict=True)
    return pl.Series([learned.get(pair, pair[1]) for pair in pairs], dtype=pl.String)


def _place(one: FlowTally) -> tuple[str, ...]:
    return tuple(getattr(one, name) for name in PLACE)


def _join(told: FlowTally, count: int, validated: int, examples: Iterable[str], span: tuple[Any, Any]) -> None:
    """Raise a tally; of examples the first by the alphabet stay, so that order makes no difference."""
    told.count, told.validated = told.count + count, told.validated + validated
    told.examples = sorted({*told.examples, *examples})[:EXAMPLES]
    told.first_at = min(filter(None, (told.first_at, span[0])))
    told.last_at = max(filter(None, (told.last_at, span[1])))


def _add_looked(service: Service, looked: pl.DataFrame, learned: Mapping[Key, str]) -> None:
    if looked.is_empty():
        return
    placed = looked.with_columns(pl.lit("").alias("host"), _template(looked, learned).alias("shape"))
    for row in looked_added([placed]).iter_rows(named=True):
        told, _made = FlowLooked.objects.get_or_create(
            service=service, management_system_id=service.management_system_id, method=row["method"],
            template=row["shape"],
        )  # fmt: skip
        told.requests, told.responses = told.requests + row["requests"], told.responses + row["responses"]
        told.save()


def fold(service: Service, changed: Mapping[Key, str]) -> None:
    """Move flows to the wider templates that replaced theirs; what meets there adds up."""
    if not changed:
        return
    rows = {_place(one): one for one in FlowTally.objects.filter(service=service)}
    for place, one in list(rows.items()):
        template = changed.get((one.method, one.template), one.template)
        if template == one.template:
            continue
        del rows[place]
        one.template = template
        other = rows.get(_place(one))
        if other is None:
            rows[_place(one)] = one
            one.save()
        else:
            _join(other, one.count, one.validated, one.examples, (one.first_at, one.last_at))
            one.delete()
            other.save()
    for looked in FlowLooked.objects.filter(service=service):
        template = changed.get((looked.method, looked.template), looked.template)
        if template != looked.template:
            whole, _made = FlowLooked.objects.get_or_create(
                service=service, method=looked.method, template=template,
                management_system_id=service.management_system_id,
            )  # fmt: skip
            whole.requests, whole.responses = whole.requests + looked.requests, whole.responses + looked.responses
            whole.save()
            looked.delete()


def mark(service: Service) -> None:
    """Say of each flow whether it goes to a model: it names one, does AI work, or goes to a model provider."""
    rows = FlowTally.objects.filter(service=service)
    if service.provider:
        rows.filter(to_model=False).update(to_model=True)
        return
    work = Endpoint.objects.filter(service=service).current().exclude(ai_kind__in=NO_MODEL)
    goes = ~Q(model="")
    for method, template in work.values_list("method", "template"):
        goes |= Q(method=method, template=template)
    rows.filter(goes, to_model=False).update(to_model=True)
    rows.exclude(goes).filter(to_model=True).update(to_model=False)


def _first_to_models(service: Service) -> list[Finding]:
    """Findings for classes that reached a model which nobody was told of, unsaved."""
    scope = current(service.management_system_id)
    rules = {rule.code: rule for rule in rules_in_use(scope)}
    known = set(Finding.objects.filter(service=service).values_list("fingerprint", flat=True))
    found: dict[str, Finding] = {}
    exemptions = exemptions_for(scope, service)
    flows = FlowTally.objects.filter(service=service).to_models().order_by("first_at", "method", "template", "where")
    for flow in flows:
        rule, model = rules.get(code_of(flow.code)), flow.model or service.provider or service.host
        if rule is None:
            continue
        mark_of = fingerprint(rule.code, str(service.pk), model)
        if mark_of not in known and mark_of not in found:
            found[mark_of] = _told(service, rule, flow, mark_of, model)
            found[mark_of].found_at = scope.moment
            exempted(found[mark_of], exemptions)
    return list(found.values())


def _told(service: Service, rule: Rule, flow: FlowTally, mark_of: str, model: str) -> Finding:
    with translation.override("en"):
        title = str(rule.title)[:500]
    return Finding(
        management_system_id=service.management_system_id, service=service, rule=rule.code, title=title,
        fingerprint=mark_of, source="traffic", place=f"{flow.line} → {model}"[:500], method=flow.method[:12],
        path=flow.template[:1000], params={"model": model}, severity=rule.severity,
    )  # fmt: skip
