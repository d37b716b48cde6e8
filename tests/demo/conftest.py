"""The demo, loaded once for this folder inside a transaction that is rolled back in the end."""

import datetime
import time

import pytest

from core.actor import operator
from core.services.people import create_person
from reports import issuing
from reports.demo import load
from tests.lasting import files_in, undone
from tests.makers import make_management_system


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One data folder for the module: the signing key and the files must stay what they were at loading."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(autouse=True)
def own_files(folder):
    """Instead of a folder per test."""
    with files_in(folder):
        yield folder


@pytest.fixture(scope="module")
def empty(django_db_setup, django_db_blocker, folder):
    """An empty database for the module, as it was when the module ends."""
    with django_db_blocker.unblock(), undone(folder):
        yield


@pytest.fixture(scope="module")
def loaded(empty):
    """The management system of the demo in an instance that has nothing else, and how long it took to load."""
    began = time.monotonic()
    return load.load(), datetime.timedelta(seconds=time.monotonic() - began)


@pytest.fixture(scope="module")
def helvia(loaded):
    """The management system of the demo."""
    return loaded[0]


@pytest.fixture(scope="module")
def took(loaded):
    """How long it took to load the demo."""
    return loaded[1]


@pytest.fixture(scope="module")
def late(empty):
    """The demo in an instance where somebody else was at work before."""
    person = create_person(actor=operator(), email="somebody@example.org", name="Somebody")
    make_management_system(slug="own", administrator=person)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(issuing, "written", lambda *_args, **_options: (b"written", {}))  # tried with the other one
        return load.load()
