"""Look-alikes: found by spelling, merged with their history, told apart for good."""

import time

import pytest
from django.core.exceptions import ValidationError

from aims import duplicates
from aims.likeness import Known, Likeness
from aims.models import AISystem, DistinctSystems, SourceClaim
from aims.services import by_external_id, keep_apart, merge_systems, sync_systems
from controls.models import Control
from core import workflow
from core.change import change
from core.errors import Forbidden, Stale
from core.models import Entry, ExternalId
from core.scope import current
from core.undo import undo
from risks.models import Risk
from tests.aims.conftest import browser_of
from tests.aims.makers import make_system
from tests.controls.makers import make_house, ready, submit
from tests.controls.makers import make_system as make_house_system
from tests.risks.makers import make_control, make_risk

pytestmark = pytest.mark.django_db
BASE = "/helvia/systems/"


def last_change(place):
    """The change id of the last entry."""
    return Entry.objects.filter(chain__management_system=place.tenant).order_by("-seq").first().change_id


def fresh(system):
    """The system as it is now."""
    return AISystem.objects.get(pk=system.pk)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Triage assistant", "Triage asistant", True),
        ("ChatGPT", "Chat GPT", True),
        ("Chatbot", "chatbot.", True),
        ("Pilot 2 of the call centre", "Pilot 3 of the call centre", False),
        ("Triage assistant", "Invoice scanner", False),
        ("翻译助手", "翻译助手", True),
    ],
)
def test_names_look_alike_by_spelling(one, other, same):
    assert bool(list(Likeness([Known(1, one), Known(2, other)]).pairs())) is same


def test_another_supplier_speaks_against_it_and_the_same_one_for_it():
    plain = Likeness([Known(1, "Email assistant"), Known(2, "E-mail assistance")]).of(1)[0].score
    with_same = Likeness([Known(1, "Email assistant", "Acme"), Known(2, "E-mail assistance", "ACME")]).of(1)[0].score
    other = Likeness([Known(1, "Email assistant", "Acme"), Known(2, "E-mail assistance", "Other")]).of(1)
    assert with_same > plain and (not other or other[0].score < plain)


def test_two_and_a_half_thousand_systems_are_compared_in_seconds():
    words = "claims triage invoice letter fraud voice image search matching summary planning robot".split()
    systems = [
        Known(n, f"{words[n % 12]} {words[n // 12 % 12]} {words[n // 144 % 12]} {n // 1728}") for n in range(2500)
    ]
    began = time.monotonic()
    list(Likeness(systems).pairs())
    assert time.monotonic() - began < 20


def test_the_inbox_and_the_page_point_at_a_look_alike(place):
    one, other = make_system(place.manager, "Triage assistant"), make_system(place.manager, "Triage asistant")
    page = place.browser.get(f"{BASE}to-screen/").content.decode()
    assert f"Looks like Triage assistant ({one.ref})" in page
    assert "1 other system looks like this one." in place.browser.get(f"{BASE}{other.ref}/").content.decode()
    assert (
        f"look-alikes/{one.ref}/?with={other.ref}"
        in place.browser.get(f"{BASE}to-screen/look-alikes/").content.decode()
    )


def test_merging_takes_what_was_chosen_and_moves_ids_risks_and_controls(place):
    one = make_system(place.manager, "Triage assistant", purpose="Sorts", unit="Nursing")
    result = sync_systems(actor=place.manager, source="cmdb", rows=[{"external_id": "a-77", "name": "Triage asistant"}])
    other = AISystem.objects.get(ref=result.rows[0]["ref"])
    risk = make_risk(place.manager, systems=[other])
    control = make_control(place.tenant, "A.5.2", where="only")
    with change(place.manager, "test") as unit:
        unit.save(control, systems=[other])
    url = f"{BASE}to-screen/look-alikes/{one.ref}/?with={other.ref}"
    page = place.browser.get(url).content.decode()
    assert "cmdb: a-77" in page and 'name="take_name"' in page
    sent = {"other": other.ref, "version": one.version, "other_version": other.version, "take_name": "other",
            "answer": "merge", "reason": "Same product"}  # fmt: skip
    assert place.browser.post(url, sent)["Location"] == f"{BASE}{one.ref}/"
    one, other = fresh(one), fresh(other)
    assert (one.name, one.purpose) == ("Triage asistant", "Sorts")
    assert (other.state, other.merged_into_id, other.state_reason) == ("retired", one.pk, "Same product")
    assert by_external_id(place.manager, "cmdb", "a-77") == one
    assert list(Risk.objects.get(pk=risk.pk).systems.all()) == [one]
    assert list(Control.objects.get(pk=control.pk).systems.all()) == [one]
    gone = place.browser.get(f"{BASE}{other.ref}/").content.decode()
    assert f'href="{BASE}{one.ref}/"' in gone and "was merged into it" in gone
    assert "Merged into this one" in place.browser.get(f"{BASE}{one.ref}/").content.decode()
    assert not duplicates.pairs(current(place.tenant.pk))


def test_a_merge_is_undone_as_one_step(place):
    one, other = make_system(place.manager, "Triage", unit="A"), make_system(place.manager, "Triage", unit="B")
    with change(place.manager, "test") as unit:
        unit.save(other, external_ids={"cmdb": "7"})
    risk = make_risk(place.manager, systems=[one, other])
    merge_systems(actor=place.manager, keep_id=one.pk, drop_id=other.pk, take=["unit"])
    assert list(Risk.objects.get(pk=risk.pk).systems.all()) == [one]
    result = undo(place.manager, last_change(place))
    assert not result.kept
    one, other = fresh(one), fresh(other)
    assert (one.unit, one.state, other.unit, other.state, other.merged_into_id) == (
        "A", "to_screen", "B", "to_screen", None,
    )  # fmt: skip
    assert ExternalId.objects.get(source="cmdb").record_id == other.pk
    assert set(Risk.objects.get(pk=risk.pk).systems.all()) == {one, other}


def test_two_rows_of_one_source_that_mean_one_system_now_overwrite_nothing(place):
    rows = [{"external_id": key, "name": "Triage", "unit": unit} for key, unit in (("1", "Nursing"), ("2", "Pharmacy"))]
    sync_systems(actor=place.manager, source="cmdb", rows=rows)
    one, other = AISystem.objects.order_by("created_at")
    merge_systems(actor=place.manager, keep_id=one.pk, drop_id=other.pk)
    for _again in range(2):
        kinds = {row["kind"] for row in sync_systems(actor=place.manager, source="cmdb", rows=rows).rows}
        assert not kinds & {"refused", "created"}
        assert (fresh(one).unit, fresh(other).state) == ("Nursing", "retired")
    assert AISystem.objects.count() == 2


def test_an_exclusion_does_not_spread_to_a_system_that_was_covered(place):
    one, other = make_system(place.manager, "Triage"), make_system(place.manager, "Triage")
    control = make_control(place.tenant, "A.5.2", where="except")
    with change(place.manager, "test") as unit:
        unit.save(control, systems=[other])
    merge_systems(actor=place.manager, keep_id=one.pk, drop_id=other.pk)
    control = Control.objects.get(pk=control.pk)
    assert (control.where, list(control.systems.all())) == ("all", [])


def test_nothing_is_merged_that_a_submitted_statement_speaks_of(db):
    house = make_house()
    one, other = (make_house_system(house, name="Triage") for _ in range(2))
    ready(house)
    with change(house.manager, "test") as unit:
        unit.save(house.control("A.5.2"), systems=[other])
    submit(house)
    with pytest.raises(ValidationError, match="with its approver"):
        merge_systems(actor=house.manager, keep_id=one.pk, drop_id=other.pk)
    assert fresh(other).merged_into_id is None
    merge_systems(actor=house.manager, keep_id=other.pk, drop_id=one.pk)


def test_any_two_are_set_beside_each_other_by_reference(place):
    one, other = make_system(place.manager, "Triage"), make_system(place.manager, "Invoice scanner")
    url = f"{BASE}to-screen/look-alikes/{one.ref}/"
    assert (
        f"{one.ref} and {other.ref}: the same system?" in place.browser.get(f"{url}?with={other.ref}").content.decode()
    )
    for wrong in ("SYS-999", one.ref, "x"):
        answer = place.browser.get(f"{url}?with={wrong}")
        assert answer.status_code == 404 and "There is no other AI system" in answer.content.decode()
    assert place.browser.post(url, {"other": "SYS-999", "answer": "merge"}).status_code == 404


def test_a_merge_sent_twice_is_one_merge(place):
    one, other = make_system(place.manager, "Triage"), make_system(place.manager, "Triage")
    sent = {"other": other.ref, "version": one.version, "other_version": other.version, "answer": "merge",
            "draft_ticket": "shown"}  # fmt: skip
    url = f"{BASE}to-screen/look-alikes/{one.ref}/"
    assert [place.browser.post(url, sent)["Location"] for _again in range(2)] == [f"{BASE}{one.ref}/"] * 2
    assert Entry.objects.filter(action="aims.merge_systems").values("change_id").distinct().count() == 1


def test_what_was_merged_before_leads_on_to_the_last(place):
    first, second, third = (make_system(place.manager, "Triage") for _ in range(3))
    merge_systems(actor=place.manager, keep_id=second.pk, drop_id=first.pk)
    merge_systems(actor=place.manager, keep_id=third.pk, drop_id=second.pk)
    assert fresh(first).merged_into_id == fresh(second).merged_into_id == third.pk


def test_a_row_of_a_source_that_waits_for_a_word_leads_on(place):
    make_system(place.manager, "Triage", unit="Nursing")
    sync_systems(actor=place.manager, source="cmdb", rows=[{"external_id": "1", "name": "Triage", "unit": "Nursing"}])
    claim = SourceClaim.objects.get(state=SourceClaim.WAITING)
    kept = make_system(place.manager, "Triage assistant")
    merge_systems(actor=place.manager, keep_id=kept.pk, drop_id=claim.system_id)
    claim.refresh_from_db()
    assert claim.system == kept


def test_what_cannot_be_merged_says_why(place):
    one, other = make_system(place.manager, "Triage"), make_system(place.manager, "Triage")
    with pytest.raises(ValidationError, match="two different"):
        merge_systems(actor=place.manager, keep_id=one.pk, drop_id=one.pk)
    with pytest.raises(ValidationError, match="two different"):
        keep_apart(actor=place.manager, one_id=one.pk, other_id=one.pk)
    over = make_system(place.manager, "Over")
    with change(place.manager, "test") as unit:
        over.state, over.stage = AISystem.RETIRED, "RET"
        unit.save(over)
    with pytest.raises(ValidationError, match="Keep the other one"):
        merge_systems(actor=place.manager, keep_id=over.pk, drop_id=one.pk)
    with pytest.raises(ValidationError, match="There is no"):
        merge_systems(actor=place.manager, keep_id=one.pk, drop_id=other.pk, take=["state"])
    with pytest.raises(Stale):
        merge_systems(actor=place.manager, keep_id=one.pk, drop_id=other.pk, keep_version=9)
    with pytest.raises(Forbidden):
        merge_systems(actor=place.owner, keep_id=one.pk, drop_id=other.pk)
    merge_systems(actor=place.manager, keep_id=one.pk, drop_id=other.pk)
    with pytest.raises(ValidationError, match="merged already"):
        merge_systems(actor=place.manager, keep_id=one.pk, drop_id=other.pk)
    workflow.take("leave_out", fresh(one), actor=place.manager, reason="No AI")
    stale = place.browser.post(
        f"{BASE}to-screen/look-alikes/{one.ref}/", {"other": other.ref, "answer": "merge", "version": "1"}
    )
    assert stale.status_code in (409, 422)


def test_not_a_duplicate_is_remembered(place):
    one, other = make_system(place.manager, "Triage"), make_system(place.manager, "Triage")
    url = f"{BASE}to-screen/look-alikes/{other.ref}/"
    assert place.browser.post(url, {"other": one.ref, "answer": "apart"}).status_code == 302
    assert DistinctSystems.objects.count() == 1
    keep_apart(actor=place.manager, one_id=one.pk, other_id=other.pk)
    assert DistinctSystems.objects.count() == 1
    assert "No two systems look alike" in place.browser.get(f"{BASE}to-screen/look-alikes/").content.decode()
    assert "Nothing looks like it" in place.browser.get(url).content.decode()
    assert undo(place.manager, last_change(place)).removed == 1
    assert duplicates.pairs(current(place.tenant.pk))


def test_contributors_see_look_alikes_and_merge_nothing(place):
    one, other = make_system(place.manager, "Triage"), make_system(place.manager, "Triage")
    browser, url = browser_of(place.people["owner"]), f"{BASE}to-screen/look-alikes/{one.ref}/"
    page = browser.get(url).content.decode()
    assert other.ref in page and 'value="merge"' not in page
    for answer in ("merge", "apart"):
        assert browser.post(url, {"other": other.ref, "answer": answer}).status_code == 403
    assert fresh(other).merged_into_id is None
