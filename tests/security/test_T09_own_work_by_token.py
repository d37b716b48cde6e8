"""T09: nobody decides about their own work, not even what they had a token of nobody write."""

import datetime as dt

import pytest

from core import clock
from core.services.tokens import create_token, living_token, token_actor
from core.workflow import obstacles, workflow_of
from risks import services
from tests.makers import actor_for, make_management_system, make_member
from tests.risks.makers import approve_criteria, make_assessed

pytestmark = pytest.mark.django_db


def test_who_wrote_by_a_service_token_of_their_own_may_not_accept():
    tenant = make_management_system("tokens", name="Sample Mutual")
    approve_criteria(tenant)
    manager = actor_for(make_member(tenant, "manager"), tenant)
    both = actor_for(make_member(tenant, "administrator", "approver"), tenant)
    other = actor_for(make_member(tenant, "approver"), tenant)
    expires = clock.now() + dt.timedelta(days=3)
    _token, secret = create_token(actor=both, name="Sync", scopes=["risks:write"], expires_at=expires)
    risk = make_assessed(manager, make_member(tenant, "contributor"))
    services.change_risk(actor=token_actor(living_token(secret)), risk=risk, note="By the token.")
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    flow = workflow_of(acceptance)
    codes = [one.code for one in obstacles(flow, flow.step("accept"), acceptance, both)]
    assert codes == ["own-work"]
    assert "own-work" not in [one.code for one in obstacles(flow, flow.step("accept"), acceptance, other)]
