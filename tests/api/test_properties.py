"""Whatever is sent, the answer is one the description knows: never a 5xx, never another shape."""

import datetime

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from aims.models import AISystem
from aims.services.sync import put_by_external_id
from aims.services.systems import register_system
from controls.models import Control
from core import clock, jobs
from core.services.tokens import SCOPES, create_token
from risks.models import Methodology
from risks.services.actions import add_action
from risks.services.register import register_risk
from tests.api.described import description
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.exploration, pytest.mark.django_db]

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
]  # fmt: skip
EXAMPLES = 16
"""Valid ones, and as many broken ones, of each operation: the whole stays below a minute."""


@jobs.handler("test.explore")
def nothing(running):
    """A job that nobody runs."""


@pytest.fixture
def tenant(settings):
    settings.API_REQUESTS_PER_MINUTE = 10**6
    return make_management_system(slug="here")


@pytest.fixture
def filled(tenant):
    """A management system with one record of each kind; area of the address to the id."""
    person = make_member(tenant, "manager", "administrator")
    actor = actor_for(person, tenant)
    system = register_system(actor=actor, name="Chatbot")
    put_by_external_id(actor=actor, source="cmdb", key="app-1", values={"name": "Delivered"})
    risk = register_risk(actor=actor, title="Wrong advice", systems=[system], owner=person)
    action = add_action(actor=actor, risk=risk, what="Sample")
    job = jobs.enqueue(actor, "test.explore", {})
    until = clock.now() + datetime.timedelta(days=30)
    scopes = sorted(set(SCOPES) - {"decide"})
    _token, secret = create_token(actor=actor, name="explore", scopes=scopes, expires_at=until, as_person=True)
    records = {
        "systems": AISystem.objects.get(pk=system.pk), "risks": risk, "actions": action,
        "controls": Control.objects.filter(management_system=tenant).first(),
        "criteria": Methodology.objects.get(management_system=tenant),
    }  # fmt: skip
    ids = {area: str(record.pk) for area, record in records.items()} | {"jobs": str(job.pk)}
    return ids, {"Authorization": f"Bearer {secret}"}


def explored():
    """Every operation of the description, with the application behind it."""
    schema = schemathesis.openapi.from_dict(description())
    schema.app = get_wsgi_application()
    return [one.ok() for one in schema.get_all_operations()]


def test_whatever_is_sent_the_answer_is_described(filled):
    found = {}
    for operation in explored():
        try:
            explore(operation, *filled)
        except Exception as failure:  # noqa: BLE001 (every operation is tried, then all failures are shown)
            found[f"{operation.method.upper()} {operation.path}"] = told(failure)
    assert not found, "\n\n".join(f"{name}\n{text}" for name, text in found.items())


def told(failure):
    """A failure and those it groups, in few lines."""
    inner = getattr(failure, "exceptions", None) or [failure]
    return "\n".join(f"{type(one).__name__}: {str(one)[:1500]}" for one in inner)


def explore(operation, ids, headers):
    """Send valid and broken requests; what they write is rolled back."""
    area = operation.path.split("/")[4]

    @settings(
        max_examples=2 * EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        real=st.booleans(),
    )
    def ask(case, real):
        case.path_parameters["slug"] = "here"
        if real and "id" in case.path_parameters and area in ids:
            case.path_parameters["id"] = ids[area]
            if "If-Match" in (case.headers or {}):
                case.headers["If-Match"] = '"1"'
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)

    ask()
