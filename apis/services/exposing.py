"""Sensitive data met in traffic joins the flows of a service; what reaches a model for the first time is a finding."""

from collections.abc import Iterable, Mapping

import polars as pl
from django.db.models import Q
from django.utils import translation

from apis.exposure.looking import CELL, added, looked_added
from apis.exposure.tallies import Tally
from apis.exposure_records import FlowTally
from apis.findings import Finding
from apis.models import Endpoint, Service
from apis.paths import Key
from apis.posture.catalogue.flows import code_of
from apis.posture.engine import fingerprint
from apis.posture.rules import Rule
from apis.rules_in_use import rules_in_use
from apis.services import flows
from apis.services.flows import Flow, Met
from apis.services.placing import Paths
from apis.services.posture import exempted, exemptions_for
from apis.traffic import Digest
from core.change import Change, chunks
from core.scope import current

NO_MODEL = {"", "models"}
"""AI kinds of endpoints that make no model work: none, and the list of models."""


def expose(unit: Change, found: Digest, hosts: Iterable[str], paths: Paths) -> None:
    """Add what was met on the hosts of a service, inside the unit of work that brings it in."""
    among, service = pl.col("host").is_in(list(hosts)), paths.service
    exposed, looked = found.exposed.filter(among), found.looked.filter(among)
    if not exposed.is_empty():
        rows = added([_placed(exposed, paths.stored)], CELL).iter_rows(named=True)
        met = {
            Flow(row["method"], row["shape"], row["model"], row["code"], row["where"], row["direction"]): Met(
                Tally(row["count"], row["validated"], tuple(row["examples"])), row["first_at"], row["last_at"]
            )
            for row in rows
        }
        flows.add(service, paths.places, met)
    if not looked.is_empty():
        many = looked_added([_placed(looked, paths.stored)])
        numbers = many.select("method", "shape", "requests", "responses").iter_rows()
        flows.add_looked(service, paths.places, {(method, place): (asked, answered)
                                                 for method, place, asked, answered in numbers})  # fmt: skip
    mark(service)
    findings = _first_to_models(service)
    for part in chunks(findings, 500):
        unit.save_many(part)


def _placed(frame: pl.DataFrame, stored: Mapping[Key, str]) -> pl.DataFrame:
    """Rows by place instead of by shape, without the host."""
    pairs = zip(frame["method"], frame["shape"], strict=True)
    places = pl.Series([stored.get(pair, pair[1]) for pair in pairs], dtype=pl.String)
    return frame.with_columns(pl.lit("").alias("host"), places.alias("shape"))


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
    rows = FlowTally.objects.filter(service=service).to_models().order_by("first_at", "method", "template", "where")
    for flow in rows:
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
