"""Rules of the core without any door: people, members, tokens, management systems, steps and their inputs."""

import datetime
import uuid
from dataclasses import dataclass

import pytest
from django.core.exceptions import ValidationError

from aims.models import AISystem
from aims.services.systems import register_system
from controls.models import StatementOfApplicability
from core import approvals, clock, jobs, policy, workflow
from core.actor import Actor, operator, system
from core.errors import NotFound, ReauthenticationNeeded, Refusal
from core.models import ManagementSystem, Profile
from core.services import members, people, tenancy, tokens
from core.workflow import Step, Workflow
from tests.makers import actor_for, make_management_system, make_manager, make_member, make_person

IN_A_MONTH = datetime.timedelta(days=30)


def fields_of(error):
    return set(error.value.message_dict)


# Steps ----------------------------------------------------------------------------------------------------------------


@dataclass
class Inputs:
    """One of each kind."""

    day: datetime.date
    who: uuid.UUID | None = None
    at: datetime.datetime | None = None
    count: int = 0
    codes: list[str] = ()  # type: ignore[assignment]
    lines: dict[str, str] | None = None


STEP = Step("try", ("a", "b"), "c", "core.read", inputs=Inputs)
FLOW = Workflow(AISystem, {"a": "A", "b": "B", "c": "C"}, (STEP, Step("stay", ("c",), None, "core.read")))


def test_inputs_are_read_from_plain_json_values():
    who = uuid.uuid4()
    given = {"day": "2027-01-31", "who": str(who), "at": "2027-01-31T10:00:00+00:00", "count": 2,
             "codes": ["A.2.2"], "lines": {"A.2.2": "Why?"}}  # fmt: skip
    found = workflow.inputs_from(STEP, given)
    assert (found.day, found.who, found.count, found.codes) == (datetime.date(2027, 1, 31), who, 2, ["A.2.2"])
    assert found.lines == {"A.2.2": "Why?"}
    assert workflow.inputs_from(STEP, {"day": "2027-01-31", "who": None}).who is None
    assert workflow.inputs_from(Step("none", (), None, "core.read"), {}) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "day"),
        ({"day": "soon"}, "day"),
        ({"day": None}, "day"),
        ({"day": 7}, "day"),
        ({"day": "2027-01-31", "count": True}, "count"),
        ({"day": "2027-01-31", "count": "2"}, "count"),
        ({"day": "2027-01-31", "codes": "A.2.2"}, "codes"),
        ({"day": "2027-01-31", "codes": [1]}, "codes"),
        ({"day": "2027-01-31", "lines": {"A.2.2": 1}}, "lines"),
        ({"day": "2027-01-31", "lines": ["A.2.2"]}, "lines"),
        ({"day": "2027-01-31", "nonsense": 1}, "nonsense"),
    ],
)
def test_inputs_that_do_not_fit_are_named(given, field):
    with pytest.raises(ValidationError) as error:
        workflow.inputs_from(STEP, given)
    assert fields_of(error) == {f"inputs/{field}"}


def test_unknown_steps_and_records_without_workflow_are_not_found():
    with pytest.raises(NotFound):
        FLOW.step("fly")
    with pytest.raises(NotFound):
        workflow.workflow_of(Profile())
    assert "aims.aisystem" in workflow.workflows()


def test_the_diagram_shows_every_way():
    lines = workflow.diagram(FLOW).splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert [line.strip() for line in lines[1:]] == ["a --> c: try", "b --> c: try", "c --> c: stay"]


@pytest.mark.django_db
def test_only_a_person_signs_and_only_what_has_content():
    tenant = make_management_system()
    record = StatementOfApplicability.objects.get(management_system=tenant)
    flow = workflow.workflow_of(record)
    robot = Actor("service", tenant.pk, scopes=frozenset({"decide"}))
    codes = {o.code for o in workflow.obstacles(flow, flow.step("approve"), record, robot)}
    assert "no-person" in codes
    empty = Workflow(AISystem, {}, ())
    with pytest.raises(Refusal):
        workflow._sign(empty, STEP, record, None, "")
    assert approvals.latest(record, "approve") is None


# Policy ---------------------------------------------------------------------------------------------------------------


def test_a_permission_is_defined_once():
    with pytest.raises(ValueError, match="twice"):
        policy.permission("core.read", policy.role("manager"))


def test_the_product_itself_may_what_no_person_asked_for():
    assert policy.allows(system(uuid.uuid4()), "core.undo")
    assert not policy.allows(operator(uuid.uuid4()), "controls.approve")


# People ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_address_is_taken_once_whatever_its_case():
    known = make_person()
    with pytest.raises(ValidationError) as error:
        make_person(email=known.email.upper())
    assert fields_of(error) == {"email"}


@pytest.mark.django_db
def test_a_name_is_needed_and_the_same_name_again_changes_nothing():
    person = make_person("Same Name")
    with pytest.raises(ValidationError) as error:
        people.rename_person(actor=operator(), person=person, name="  ")
    assert fields_of(error) == {"name"}
    assert people.rename_person(actor=operator(), person=person, name=" Same  Name ").name_number == 1


# Management systems and members --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [({"colour": "red"}, "colour"), ({"name": " "}, "name"), ({"time_zone": "Mars/Base"}, "time_zone")],
)
def test_settings_that_make_no_sense_are_named(values, field):
    with pytest.raises(ValidationError) as error:
        tenancy.describe(actor=make_manager(make_management_system()), **values)
    assert fields_of(error) == {field}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("roles", "more", "field"),
    [
        ([], {}, "roles"),
        (["king"], {}, "roles"),
        (["external_auditor"], {}, "valid_to"),
        (["external_auditor", "manager"], {"valid_to": 5}, "roles"),
        (["manager"], {"valid_from": 5, "valid_to": 4}, "valid_to"),
    ],
)
def test_memberships_that_make_no_sense_are_named(roles, more, field):
    tenant = make_management_system()
    dates = {name: clock.now() + datetime.timedelta(days=days) for name, days in more.items()}
    with pytest.raises(ValidationError) as error:
        members.add_member(actor=operator(tenant.pk), person=make_person(), roles=roles, **dates)
    assert fields_of(error) == {field}


@pytest.mark.django_db
def test_the_last_administrator_stays():
    tenant = make_management_system(administrator=make_person())
    member = tenant_member(tenant)
    for leave in (
        lambda actor: members.end_membership(actor=actor, member=member),
        lambda actor: members.change_member(actor=actor, member=member, roles=["manager"]),
    ):
        with pytest.raises(ValidationError):
            leave(actor_for(member.person, tenant))


def tenant_member(tenant):
    """The membership of the one who started the management system."""
    return type(tenant)._meta.apps.get_model("core.Membership").objects.get(management_system=tenant)


@pytest.mark.django_db
def test_roles_change_only_soon_after_the_password_was_given():
    tenant = make_management_system()
    admin = make_member(tenant, "administrator")
    old = actor_for(admin, tenant, recently_authenticated=False)
    with pytest.raises(ReauthenticationNeeded):
        members.change_member(actor=old, member=admin.memberships.get(), roles=["manager"])
    with pytest.raises(ReauthenticationNeeded):
        members.invite(actor=old, email="x@example.org", roles=["manager"])
    with pytest.raises(ReauthenticationNeeded):
        members.add_member(actor=old, person=make_person(), roles=["manager"])


@pytest.mark.django_db
def test_an_invitation_of_somebody_known_asks_to_sign_in_and_is_used_once():
    tenant = make_management_system()
    known = make_person()
    invitation, key = members.invite(actor=make_manager(tenant), email=known.email, roles=["contributor"])
    with pytest.raises(ValidationError, match="Sign in first"):
        members.accept_invitation(key=key, name="New", password="correct horse battery staple")
    members.accept_invitation(key=key, person=known)
    with pytest.raises(NotFound):
        members.accept_invitation(key=key, person=known)
    assert invitation.email == known.email


@pytest.mark.django_db
def test_an_invitation_accepted_meanwhile_is_not_found(monkeypatch):
    tenant = make_management_system()
    invitation, key = members.invite(actor=make_manager(tenant), email="x@example.org", roles=["contributor"])
    members.withdraw_invitation(actor=make_manager(tenant), invitation=invitation)
    monkeypatch.setattr(members, "invitation_by_key", lambda key: invitation)
    with pytest.raises(NotFound):
        members.accept_invitation(key=key, person=make_person(email="x@example.org"))


# Tokens ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["decide"]}, "scopes"),
        ({"expires_at": datetime.timedelta(days=-1)}, "expires_at"),
        ({"expires_at": datetime.timedelta(days=400)}, "expires_at"),
    ],
)
def test_tokens_that_make_no_sense_are_named(more, field):
    given = {"name": "CI", "scopes": ["read"], "expires_at": IN_A_MONTH, **more}
    given["expires_at"] = clock.now() + given["expires_at"]
    with pytest.raises(ValidationError) as error:
        tokens.create_token(actor=make_manager(make_management_system()), **given)
    assert fields_of(error) == {field}


@pytest.mark.django_db
def test_a_token_is_made_only_soon_after_the_password_was_given():
    tenant = make_management_system()
    old = actor_for(make_member(tenant, "administrator"), tenant, recently_authenticated=False)
    with pytest.raises(ReauthenticationNeeded):
        tokens.create_token(actor=old, name="CI", scopes=["read"], expires_at=clock.now() + IN_A_MONTH)
    assert register_system(actor=make_manager(tenant), name="Unrelated").ref == "SYS-1"


# Jobs -----------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_job_of_somebody_who_left_is_not_done():
    @jobs.handler("test.never")
    def never(running):
        raise AssertionError("this must not run")

    tenant = make_management_system()
    guest = make_member(tenant, "contributor")
    job = jobs.enqueue(actor_for(guest, tenant), "test.never", {})
    members.end_membership(actor=operator(tenant.pk), member=guest.memberships.get())
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "The person who asked for this is no longer a member.")


def test_inputs_of_a_step_are_described_as_json_schema():
    described = workflow._schema_of(dict[str, str] | None)
    assert described == {"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}, {"type": "null"}]}
    assert workflow._schema_of(list[str]) == {"type": "array", "items": workflow._schema_of(str)}


@pytest.mark.django_db
def test_an_address_taken_between_the_question_and_the_answer_is_refused(monkeypatch):
    person, original = make_person(), tenancy._check_profile

    def meanwhile(values):
        monkeypatch.setattr(tenancy, "_check_profile", original)
        make_management_system(slug="acme")

    monkeypatch.setattr(tenancy, "_check_profile", meanwhile)
    with pytest.raises(ValidationError, match="This address is taken"):
        tenancy.create_management_system(actor=operator(), slug="acme", name="Acme", administrator=person)
    assert ManagementSystem.objects.filter(slug="acme").count() == 1
