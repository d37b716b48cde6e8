"""A management system with its people, each signed in to a browser without scripts."""

import re
import time

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from core.actor import ADMINISTRATOR, CONTRIBUTOR, EXTERNAL_AUDITOR, MANAGER
from tests.makers import actor_for, make_management_system, make_member


@pytest.fixture
def tenant():
    return make_management_system("sample", name="Sample Mutual", time_zone="Europe/Berlin")


def browser(person, *, recent=True):
    """A browser in which the person is signed in, the password given just now or long ago."""
    client = Client()
    client.force_login(person)
    session = client.session
    at = time.time() - (0 if recent else 3600)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": at, "email": person.email}]
    session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(person.pk)
    session.save()
    return client


def confirmed(client, address):
    """Open a page with one button and press it."""
    found = re.search(r'name="version" value="(\d+)"', client.get(address).content.decode())
    return client.post(address, {"version": found[1]} if found else {})


@pytest.fixture
def manager(tenant):
    return make_member(tenant, MANAGER, ADMINISTRATOR, name="Manager One")


@pytest.fixture
def page(manager):
    return browser(manager)


@pytest.fixture
def actor(manager, tenant):
    return actor_for(manager, tenant)


@pytest.fixture
def contributor(tenant):
    return make_member(tenant, CONTRIBUTOR, name="Owner One")


@pytest.fixture
def auditor(tenant):
    return make_member(tenant, EXTERNAL_AUDITOR, name="Auditor One")
