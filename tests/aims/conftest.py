"""A management system with a manager, an owner and a signed-in browser."""

from types import SimpleNamespace

import pytest
from django.test import Client

from core.models import Person
from tests.makers import actor_for, make_management_system, make_member


@pytest.fixture
def place(db):
    """Management system, actors and a browser where the manager is signed in."""
    tenant = make_management_system("helvia")
    manager = make_member(tenant, "manager", name="Manager One")
    contributor = make_member(tenant, "contributor", name="Owner One")
    auditor = make_member(tenant, "external_auditor", name="Auditor One")
    return SimpleNamespace(
        tenant=tenant,
        manager=actor_for(manager, tenant),
        owner=actor_for(contributor, tenant),
        auditor=actor_for(auditor, tenant),
        people={"manager": manager, "owner": contributor, "auditor": auditor},
        browser=browser_of(manager),
    )


def browser_of(person: Person) -> Client:
    """A browser where this person is signed in."""
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
