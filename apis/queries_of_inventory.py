"""The inventory of APIs told to others: as rows, as an observed description, as proposals to people."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from aims.models import AISystem
from apis.descriptions.observed import Observed, openapi_of
from apis.kinds import SURE
from apis.models import Endpoint, EndpointTraffic, Service, ServiceSystem, WindowPack
from apis.packs import together, unpacked
from apis.paths import Key
from apis.stored import by_template
from core import heavy
from core.scope import Scope


def endpoint_facts(scope: Scope) -> list[dict[str, Any]]:
    """What is known of each endpoint that stands, by host, path and method."""
    rows = Endpoint.objects.of(scope).current().select_related("service", "service__owner")
    systems: dict[Any, list[str]] = {}
    for service in Service.objects.of(scope).prefetch_related("systems"):
        systems[service.pk] = sorted(one.ref for one in service.systems.all())
    calls = dict(
        EndpointTraffic.objects.filter(management_system=scope.management_system_id).values_list("pk", "calls")
    )
    return [
        {
            "ref": one.ref, "service": one.service.ref, "host": one.service.host, "method": one.method,
            "path": one.template, "state": one.state_on(scope.today), "ai_kind": one.ai_kind,
            "described": one.described, "deprecated": one.deprecated, "pinned": one.pinned,
            "calls": calls.get(one.pk, 0), "first_seen": one.first_seen and one.first_seen.isoformat(),
            "last_seen": one.last_seen and one.last_seen.isoformat(),
            "owner": one.service.owner.name if one.service.owner else None,
            "ai_systems": systems.get(one.service_id, []), "environment": one.service.environment,
            "exposure": one.service.exposure, "provider": one.service.provider,
        }
        for one in rows.order_by("service__host", "template", "method")
    ]  # fmt: skip


def observed_description(scope: Scope, service: Service) -> dict[str, Any]:
    """The observed API of a service as OpenAPI 3.1. Calls and answers are read in the present only."""
    statuses: dict[Key, dict[int, int]] = {}
    if not scope.past:
        packs = heavy.each(WindowPack.objects.filter(service=service).values_list("daily"))
        sums = together((unpacked(daily) for (daily,) in packs), ("method", "template", "status"))
        now = by_template(service, sums, ("method", "template", "status"))
        for row in now.iter_rows(named=True) if not now.is_empty() else ():
            statuses.setdefault((row["method"], row["template"]), {})[row["status"]] = row["calls"]
    rows = []
    for one in Endpoint.objects.of(scope).filter(service=service).current():
        if one.first_seen and one.last_seen:
            answers = statuses.get((one.method, one.template), {})
            rows.append(
                Observed(one.method, one.template, one.first_seen, one.last_seen, sum(answers.values()), answers,
                         one.summary, one.deprecated)
            )  # fmt: skip
    return openapi_of(service.name, service.host, rows, scope.today)


def unregistered(scope: Scope) -> QuerySet[Service]:
    """Services that do AI work, or are a model provider's, and serve no AI system that anybody named."""
    work = Endpoint.objects.using(scope.alias).filter(service=OuterRef("pk"), ai_kind__in=SURE, replaced_by=None)
    linked = ServiceSystem.objects.using(scope.alias).filter(service=OuterRef("pk"))
    return Service.objects.of(scope).filter(~Exists(linked), Exists(work) | ~Q(provider="")).order_by("name", "ref")


@dataclass(frozen=True)
class Proposal:
    """A service for which a person may name or add an AI system."""

    service: Service
    endpoints: tuple[Endpoint, ...]  # that do AI work
    suggested: AISystem | None  # by host and path


def proposals(scope: Scope) -> list[Proposal]:
    """What does AI work without an AI system, and which system it may be."""
    services = list(unregistered(scope).select_related("owner"))
    work: dict[Any, list[Endpoint]] = defaultdict(list)
    for one in Endpoint.objects.of(scope).current().filter(service__in=services, ai_kind__in=SURE).order_by("template"):
        work[one.service_id].append(one)
    systems = list(AISystem.objects.of(scope).exclude(state=AISystem.RETIRED).order_by("ref"))
    return [
        Proposal(one, tuple(work[one.pk]), suggested(systems, [one.host, *(each.template for each in work[one.pk])]))
        for one in services
    ]


LEAST = 4
"""Letters of a word that tells systems apart."""
COMMON = frozenset({"system", "service", "services", "model", "models", "assistant", "with", "chat", "data", "api"})
"""Words of many names and paths, which tell nothing."""


def suggested(systems: Iterable[AISystem], texts: Iterable[str]) -> AISystem | None:
    """The AI system whose name shares most words with host and paths; None where none or two share them."""
    said = {word for text in texts for word in _words(text)}
    shared = [(len(_words(one.name) & said), one) for one in systems]
    most = max((number for number, _one in shared), default=0)
    best = [one for number, one in shared if number == most]
    return best[0] if most and len(best) == 1 else None


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", text.casefold()) if len(word) >= LEAST} - COMMON


@dataclass(frozen=True)
class Supplier:
    """A third party whose models are called: a candidate for the suppliers (A.10.3)."""

    name: str
    services: tuple[Service, ...]
    systems: tuple[str, ...]  # references of AI systems they serve
    named: bool  # whether an AI system says this supplier


def suppliers(scope: Scope) -> list[Supplier]:
    """Third parties whose models are called, by name."""
    found: dict[str, list[Service]] = defaultdict(list)
    rows = Service.objects.of(scope).exclude(provider="").prefetch_related("systems")
    for one in rows.order_by("provider", "host"):
        found[one.provider].append(one)
    known = {name.casefold() for name in AISystem.objects.of(scope).values_list("supplier", flat=True)}
    return [
        Supplier(
            name, tuple(services), tuple(sorted({system.ref for one in services for system in one.systems.all()})),
            any(name.casefold() in each for each in known),
        )
        for name, services in found.items()
    ]  # fmt: skip


@dataclass(frozen=True)
class Differences:
    """How what is described and what is called differ, endpoint by endpoint."""

    only_seen: tuple[Endpoint, ...]
    only_described: tuple[Endpoint, ...]
    deprecated_called: tuple[Endpoint, ...]
    agree: int


def differences(service: Service, rows: Iterable[Endpoint]) -> Differences | None:
    """The differences of a service's endpoints; None while there is no description or no traffic to compare."""
    rows = list(rows)
    seen = [one for one in rows if one.last_seen]
    if not service.description_sha256 or not seen:
        return None
    called = [one for one in seen if one.described]
    return Differences(
        tuple(one for one in seen if not one.described),
        tuple(one for one in rows if one.described and not one.last_seen),
        tuple(one for one in called if one.deprecated),
        sum(not one.deprecated for one in called),
    )
