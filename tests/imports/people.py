"""Plans and people for the tests of the import of people."""

import uuid
from contextlib import nullcontext

import pytest
from django.core import mail
from django.test import Client

from core.imports import Setup, wizard
from core.imports import setup as setup_of
from core.imports.members import PEOPLE
from core.models import Membership, Person
from core.services.taking_back import take_back
from core.tables import read_table
from tests.aims.makers import csv_file
from tests.makers import PASSWORD, actor_for, make_management_system, make_member

HEAD = ["Name", "E-mail", "Roles"]


@pytest.fixture(autouse=True)
def mailed(settings):
    """Mail is set up, and goes nowhere."""
    settings.MAIL_CONFIGURED = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []


@pytest.fixture
def home():
    """A management system with an administrator."""
    tenant = make_management_system("sample", name="Sample")
    tenant.admin = actor_for(make_member(tenant, "administrator", name="Ada Admin"), tenant)
    return tenant


def planned(actor, *rows, **said):
    """What these rows, header first, would do with suggestions as they come; other columns are left out."""
    table = read_table(csv_file(*rows).getvalue(), "people.csv")
    tenant = actor.management_system_id
    setup = setup_of.suggested(PEOPLE, tenant, table, Setup(**said))
    assert not setup.undecided(table.labels), setup.targets
    return wizard.plan_import(actor, PEOPLE, table, setup_of.with_values(PEOPLE, tenant, table, setup))


def kinds(found):
    """The kinds of outcomes in the order of the rows."""
    return [row.kind for row in found.plan.outcomes]


def refusals(found):
    """Column and reason of the rows that cannot be used."""
    return [(row.column, row.reason) for row in found.plan.refusals]


def reason(found):
    """The column and the reason of a plan's only row, which cannot be used."""
    [told] = refusals(found)
    return told


def email(person):
    """Somebody's address."""
    return Person.objects.get(pk=person.pk).email


def member(tenant, person):
    """Somebody's membership as it is."""
    return Membership.objects.get(management_system=tenant, person=person)


def signed_in(actor):
    """A browser of somebody who gave the password just now."""
    browser = Client()
    person = Person.objects.get(pk=actor.person_id)
    answer = browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def taken_back(actor, applied):
    """Undo what was carried out."""
    return take_back(actor, applied.change_id, step=str(uuid.uuid4()), inside=nullcontext)


def told(undone):
    """Whom an undo left as they are, and why."""
    return [(kept.ref, kept.detail) for kept in undone.kept]


def make_person_in(home):
    """A member with a membership that somebody else may change."""
    return make_member(home, "contributor")
