"""A management system to which a scan, guessed log-ins and injections were brought in."""

import datetime
from types import SimpleNamespace

import pytest

from aims.services.systems import register_system
from apis import services
from apis.models import Service
from apis.threat_records import ThreatSignal
from tests.apis.threats.makers import AT, bring_lines, line, scan
from tests.makers import actor_for, make_management_system, make_manager, make_member


@pytest.fixture
def watched(db):
    tenant = make_management_system(slug="north", name="Sample Mutual")
    manager = make_manager(tenant)
    owner = make_member(tenant, "contributor", name="Olga Owner")
    system = register_system(actor=manager, name="Claims triage", owner=owner)
    guesses = [line(n * 30, "POST /login", 401, "guesser") for n in range(60)]
    attack = [line(n, "GET /v1/items?q=1'+or+'1'='1", 200, "attacker") for n in range(3)]
    bring_lines(manager, [*scan(), *scan(1), *guesses, *attack])
    service = Service.objects.get()
    services.change_service(actor=manager, service_id=service.pk, systems=[system])
    return SimpleNamespace(
        tenant=tenant, manager=manager, owner=owner, system=system, service=service, at=AT,
        reader=actor_for(make_member(tenant, "internal_auditor"), tenant),
        scan=ThreatSignal.objects.get(detector="scanning"), stuffing=ThreatSignal.objects.get(detector="stuffing"),
        injection=ThreatSignal.objects.get(detector="injection", counts__sql=3), day=datetime.date(2026, 11, 2),
    )  # fmt: skip
