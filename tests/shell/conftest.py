"""A management system, its manager signed in, and the sample pages."""

import pytest
from django.test import Client

from core import places
from core.actor import ADMINISTRATOR, MANAGER
from tests import serving
from tests.makers import make_management_system, make_member
from tests.shell import sample


@pytest.fixture
def sample_pages(settings, monkeypatch):
    """The sample pages answer, and their places are registered for this test."""
    settings.ROOT_URLCONF = "tests.shell.sample"
    monkeypatch.setattr(places, "_places", list(places._places))
    monkeypatch.setattr(places, "_creatable", list(places._creatable))
    places.register(*sample.PLACES)
    places.register_new(places.Creatable("Risk", "sample_edit", ""))


@pytest.fixture
def tenant(db):
    """A management system named Sample Mutual."""
    return make_management_system("sample", name="Sample Mutual", time_zone="Europe/Berlin")


@pytest.fixture
def manager(tenant):
    """A manager of it."""
    return make_member(tenant, MANAGER, ADMINISTRATOR, name="Manager One")


@pytest.fixture
def page(sample_pages, manager):
    """A browser without scripts in which the manager is signed in."""
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def served(db):
    """The address of a server that shares this test's transaction: nothing is flushed, so append-only tables stay."""
    with serving.served("localhost") as address:
        yield address
