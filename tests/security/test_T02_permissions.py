"""T02: role × permission, from a table that was written down independently of the code."""

import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from core import policy
from core.actor import ADMINISTRATOR, APPROVER, CONTRIBUTOR, EXTERNAL_AUDITOR, INTERNAL_AUDITOR, MANAGER, Actor
from core.services.tokens import SCOPES
from tests.makers import make_management_system, make_member

TABLE = yaml.safe_load((Path(__file__).parent / "permissions.yaml").read_text())
LETTERS = {
    "a": ADMINISTRATOR, "m": MANAGER, "c": CONTRIBUTOR, "p": APPROVER, "i": INTERNAL_AUDITOR, "e": EXTERNAL_AUDITOR,
}  # fmt: skip
HERE, THERE, PERSON = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


def record(tenant=HERE, owner=None):
    """A record of a management system that names one person in every way a rule may look at."""
    names = ("owner_id", "submitted_by_id", "requested_by_id", "draft_author_id", "risk_owner_id", "asked_by_id",
             "person_id")  # fmt: skip
    return SimpleNamespace(management_system_id=tenant, **dict.fromkeys(names, owner))


def person(*roles):
    return Actor("person", HERE, PERSON, frozenset(roles))


def test_the_table_names_every_permission_there_is():
    assert set(TABLE) == set(policy.permissions())


@pytest.mark.parametrize("name", sorted(TABLE))
def test_exactly_the_listed_roles_may(name):
    may = {role for letter, role in LETTERS.items() if letter in TABLE[name]["roles"]}
    assert {role for role in LETTERS.values() if policy.allows(person(role), name, record())} == may
    assert not policy.allows(person(), name, record())


@pytest.mark.parametrize("name", sorted(TABLE))
def test_an_owner_may_where_the_table_says_so_and_an_external_auditor_never(name):
    owned = record(owner=PERSON)
    listed = "c" in TABLE[name]["roles"] or "+" in TABLE[name]["roles"]
    assert policy.allows(person(CONTRIBUTOR), name, owned) == listed
    assert policy.allows(person(EXTERNAL_AUDITOR), name, owned) == ("e" in TABLE[name]["roles"])


@pytest.mark.parametrize("name", sorted(TABLE))
def test_nobody_may_anything_with_a_record_of_another_management_system(name):
    assert not policy.allows(person(*LETTERS.values()), name, record(tenant=THERE, owner=PERSON))


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_service_token_needs_exactly_the_listed_scope(name):
    scope = TABLE[name]["scope"]
    scopes = set(SCOPES)
    allowed = {one for one in scopes if policy.allows(Actor("service", HERE, scopes=frozenset({one})), name, record())}
    wanted = {scope} if scope else set()
    if scope == "read" or scope.endswith(":read"):
        wanted |= {"read"} | ({f"{scope.partition(':')[0]}:write"} & scopes if ":" in scope else set())
    assert allowed == wanted


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_may_names_exactly_the_people_who_may(name):
    tenant = make_management_system()
    people = {role: make_member(tenant, role) for role in LETTERS.values()}
    may = {people[role].pk for letter, role in LETTERS.items() if letter in TABLE[name]["roles"]}
    found = {p.pk for p in policy.who(name, record(tenant.pk))}
    assert found & {p.pk for p in people.values()} == may
