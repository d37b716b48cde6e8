"""Risk criteria: a working copy, submitted, approved by another person, frozen, revised as the next version."""

import copy

import pytest
from django.core.exceptions import ValidationError

from core import workflow
from core.errors import Forbidden, StepRefused
from risks import services
from risks.models import Methodology, Risk
from risks.workflow import CRITERIA
from tests.makers import actor_for, make_member
from tests.risks.makers import make_assessed, make_risk

pytestmark = pytest.mark.django_db


@pytest.fixture
def criteria(tenant):
    return Methodology.objects.get(management_system=tenant)


def stricter(criteria):
    content = copy.deepcopy(criteria.content)
    content["matrix"]["1"] = ["medium"] * 5
    return content


def approve(criteria, manager, approver):
    submitted = workflow.take("submit", criteria, actor=manager)
    return workflow.take("approve", submitted, actor=approver, shown_hash=CRITERIA.shown_hash(submitted))


def test_a_changed_matrix_moves_drafts_and_leaves_assessed_risks(criteria, manager, owner):
    mild = {"before_likelihood": 1, "before_consequences": {"individuals": 2}}
    draft, assessed = make_risk(manager, **mild), make_assessed(manager, owner, **mild)
    services.change_criteria(actor=manager, criteria=criteria, content=stricter(criteria))
    draft.refresh_from_db()
    assessed.refresh_from_db()
    assert (draft.today_level, assessed.today_level) == ("medium", "low")


def test_approved_criteria_are_frozen_and_the_next_version_supersedes_them(criteria, manager, approver, owner):
    approved = approve(criteria, manager, approver)
    assert (approved.state, Methodology.objects.in_force()) == ("approved", approved)
    with pytest.raises(StepRefused):
        services.change_criteria(actor=manager, criteria=approved, content=stricter(approved))
    risk = make_assessed(manager, owner)
    second = services.revise_criteria(actor=manager, reason="Lessons of the year")
    assert (second.number, second.state, Methodology.objects.in_force()) == (2, "working", approved)
    with pytest.raises(StepRefused):
        services.revise_criteria(actor=manager)
    services.change_criteria(actor=manager, criteria=second, content=stricter(second))
    second.refresh_from_db()
    approve(second, manager, approver)
    approved.refresh_from_db()
    assert approved.state == "superseded"
    assert list(Risk.objects.assumptions_changed()) == [risk]
    with pytest.raises(StepRefused) as error:
        services.still_right(actor=manager, risk=risk, sentence="Same")
    assert {obstacle.code for obstacle in error.value.obstacles} == {"other-criteria"}


def test_nobody_approves_criteria_they_wrote_and_returning_makes_no_author(criteria, manager, approver, tenant):
    both = actor_for(make_member(tenant, "approver", "manager"), tenant)
    services.change_criteria(actor=both, criteria=criteria, content=stricter(criteria))
    criteria.refresh_from_db()
    submitted = workflow.take("submit", criteria, actor=manager)
    with pytest.raises(StepRefused):
        workflow.take("approve", submitted, actor=both, shown_hash=CRITERIA.shown_hash(submitted))
    returned = workflow.take("return", submitted, actor=approver, reason="Why so strict?")
    assert (returned.state, returned.return_comment) == ("returned", "Why so strict?")
    assert approve(returned, manager, approver).state == "approved"


def test_criteria_with_gaps_are_not_stored(criteria, manager, owner, tenant):
    broken = {**criteria.content, "matrix": {}}
    with pytest.raises(ValidationError):
        services.change_criteria(actor=manager, criteria=criteria, content=broken)
    with pytest.raises(Forbidden):
        services.change_criteria(actor=actor_for(owner, tenant), criteria=criteria, content=criteria.content)


def test_a_version_that_changes_nothing_is_not_submitted(manager, tenant, approved):
    second = services.revise_criteria(actor=manager, reason="Just in case")
    with pytest.raises(StepRefused) as refused:
        workflow.take("submit", second, actor=manager)
    assert [one.code for one in refused.value.obstacles] == ["no-difference"]
    assert "Nothing differs from v1" in str(refused.value.obstacles[0].reason)
