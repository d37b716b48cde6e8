"""The risk report ends with the plan's approval, and its cover is approved only while everything it rests on is."""

import pytest

from core import scope
from reports.definitions import Options
from reports.issuing import build
from risks import services
from risks.models import Methodology
from tests.risks.makers import approve_criteria
from tests.risks.test_plan import approve, submit

pytestmark = pytest.mark.django_db


def report(tenant):
    return build(scope.current(tenant.pk), "RPT-RISK", Options())


def test_nobody_has_approved_anything(tenant, action):
    found = report(tenant)
    assert (found.plan_approval, found.cover.state, found.cover.draft) == (None, "working_copy", True)
    approve_criteria(tenant)
    assert (report(tenant).cover.state, report(tenant).cover.draft) == ("working_copy", False)


def test_an_approved_plan_is_named_with_who_submitted_it(tenant, action, plan, manager, approver):
    approve_criteria(tenant)
    submit(plan, manager, approver)
    approve(plan, approver)
    found = report(tenant)
    assert (found.cover.state, found.cover.version, found.cover.approved_by.text) == ("approved", 1, "Approver One")
    assert found.plan_approval.by.text == "Approver One"
    assert found.plan_approval.submitted_by.text == "Manager One"
    assert found.plan_approval.what.startswith("Treatment plan v1: 1 risks, 1 actions, content ")
    assert found.residual_acceptances == []


def test_a_plan_that_differs_is_a_working_copy_and_says_in_what(tenant, action, plan, manager, approver):
    approve_criteria(tenant)
    submit(plan, manager, approver)
    approve(plan, approver)
    services.change_action(actor=manager, action=action, what="Something else")
    found = report(tenant)
    assert (found.cover.state, found.cover.version) == ("working_copy", 2)
    assert found.cover.differs == "The plan differs from v1 in 1 action."
    assert found.plan_approval.facts[0].text == found.cover.differs


def test_an_approved_plan_under_criteria_nobody_approved_stays_a_draft(
    tenant, action, plan, manager, approver
):  # fmt: skip
    submit(plan, manager, approver)
    approve(plan, approver)
    assert Methodology.objects.get(management_system=tenant).state == "working"
    found = report(tenant)
    assert (found.cover.state, found.cover.version, found.cover.draft) == ("working_copy", 1, True)
