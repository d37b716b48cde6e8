"""What the inventory adds elsewhere: checks, what falls due, places, the path to certification."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims import contributions, queries
from aims.models import AISystem, SourceClaim
from aims.services import change_system, sync_systems
from core import agenda, checks, clock, scope, workflow
from core.models import Membership
from core.services.members import end_membership
from tests.aims.conftest import browser_of
from tests.aims.makers import make_system
from tests.makers import make_manager

pytestmark = pytest.mark.django_db
OWN = {"CHK-CTX-01", "CHK-SCP-02", "CHK-SCP-03", "CHK-ROL-01", "CHK-LAW-01"}


def found(place):
    """(check, code, reference) of this room's findings now."""
    now = scope.current(place.tenant.pk)
    return {(f.check.id, f.code, f.ref) for f in checks.run(now) if f.check and f.check.id in OWN}


def take_in(place, **fields):
    """A system in scope."""
    return workflow.take("take_in", make_system(place.manager, **fields), actor=place.manager)


def test_a_system_in_order_is_not_found(place):
    take_in(place, roles=["user"], owner=place.people["owner"], ai_act_class="MINIMAL", stage="OM")
    assert found(place) == set()


def test_each_check_finds_what_it_is_for_and_nothing_out_of_scope(place):
    bare = take_in(place)
    prohibited = take_in(place, roles=["user"], owner=place.people["owner"], ai_act_class="PROHIBITED")
    waiting = make_system(place.manager, stage="OM")
    out = make_system(place.manager)
    workflow.take("leave_out", out, actor=place.manager, reason="No AI")
    assert found(place) == {
        ("CHK-CTX-01", "no-role", bare.ref), ("CHK-ROL-01", "no-owner", bare.ref), ("CHK-LAW-01", "no-class", bare.ref),
        ("CHK-LAW-01", "prohibited", prohibited.ref), ("CHK-SCP-02", "in-use-not-screened", waiting.ref),
    }  # fmt: skip
    assert all(checks.sentence(f) for f in checks.run(scope.current(place.tenant.pk)))


def test_waiting_to_be_screened_is_found_after_thirty_days(place):
    system = make_system(place.manager)
    start = clock.now()
    with clock.simulated(start + datetime.timedelta(days=29)):
        assert not found(place)
    with clock.simulated(start + datetime.timedelta(days=32)):
        assert ("CHK-SCP-03", "waits-too-long", system.ref) in found(place)


def test_an_owner_who_left_is_found(place):
    system = take_in(place, roles=["user"], owner=place.people["owner"], ai_act_class="MINIMAL")
    membership = Membership.objects.get(person=place.people["owner"])
    end_membership(actor=make_manager(place.tenant), member=membership)
    assert ("CHK-ROL-01", "owner-without-access", system.ref) in found(place)


def test_checks_and_agenda_take_as_many_queries_for_many_systems_as_for_few(place):
    def cost():
        now = scope.current(place.tenant.pk)
        assert now.today
        with CaptureQueriesContext(
            connection,
        ) as asked:
            list(checks.run(now))
            agenda.waiting(now)
        return len(asked)

    take_in(place, next_review=clock.now().date())
    make_system(place.manager, stage="OM")
    few = cost()
    for _n in range(12):
        take_in(place, next_review=clock.now().date())
        make_system(place.manager, stage="OM")
    assert cost() == few


def test_reviews_and_screening_fall_due_for_owners_and_managers(place):
    system = take_in(place, name="Triage", owner=place.people["owner"], next_review=clock.now().date())
    make_system(place.manager)
    make_system(place.manager)
    now = scope.current(place.tenant.pk)
    mine = [due for due in agenda.waiting(now, place.owner.person_id) if due.url_name == "system"]
    assert [(due.ref, due.on) for due in mine] == [(system.ref, system.next_review)]
    assert mine[0].url("helvia") == f"/helvia/systems/{system.ref}/"
    screening = [due for due in agenda.waiting(now, place.manager.person_id) if due.url_name == "systems_to_screen"]
    assert [str(due.what) for due in screening] == ["Screen 2 AI systems"]
    assert contributions.screened(now) == (1, 3)


def test_claims_are_decided_on_their_page(place):
    make_system(place.manager, "Chatbot", unit="Care")
    rows = [{"external_id": "1", "name": "Chatbot", "unit": "Care", "supplier": "<b>Acme</b>"}]
    sync_systems(actor=place.manager, source="gateway", rows=rows)
    claim = SourceClaim.objects.get()
    url = f"/helvia/systems/claims/{claim.pk}/"
    assert "gateway" in place.browser.get("/helvia/systems/claims/").content.decode()
    page = place.browser.get(url).content.decode()
    assert "&lt;b&gt;Acme" in page and "<b>Acme" not in page
    assert browser_of(place.people["owner"]).get(url).status_code == 403
    assert place.browser.post(url, {"answer": "maybe"}).status_code == 422
    assert place.browser.post(url, {"answer": "same", "version": "9"}).status_code == 409
    assert place.browser.post(url, {"answer": "same", "version": "1"}).status_code == 302
    assert AISystem.objects.get().supplier == "<b>Acme</b>"
    assert "Nothing waits" in place.browser.get("/helvia/systems/claims/").content.decode()


def test_fields_are_given_back_on_their_page_and_ownership_is_shown(place):
    sync_systems(actor=place.manager, source="cmdb", rows=[{"external_id": "1", "name": "A", "unit": "Care"}])
    system = AISystem.objects.get()
    change_system(actor=place.manager, system_id=system.pk, unit="Claims")
    page = place.browser.get(f"/helvia/systems/{system.ref}/").content.decode()
    assert "edited by Manager One" in page
    assert place.browser.get("/helvia/systems/?source=cmdb").context["listing"].total == 1
    url = f"/helvia/systems/{system.ref}/give-back/"
    assert place.browser.post(url, {"fields_taken": ["name"], "version": "2"}).status_code == 422
    assert place.browser.post(url, {"fields_taken": ["unit"], "version": "2"}).status_code == 302
    assert "unit" not in AISystem.objects.get().field_owners
    assert queries.sources(scope.current(place.tenant.pk)) == [("cmdb", 1)]


def test_the_left_navigation_leads_to_the_inventory(place):
    make_system(place.manager)
    page = place.browser.get("/helvia/systems/").content.decode()
    for address in (
        "/helvia/systems/",
        "/helvia/systems/to-screen/",
        "/helvia/systems/import/",
        "/helvia/systems/new/",
    ):
        assert f'href="{address}"' in page
    assert '/helvia/systems/import/"' not in browser_of(place.people["owner"]).get("/helvia/systems/").content.decode()
