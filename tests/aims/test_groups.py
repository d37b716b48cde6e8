"""Assessment groups: systems that are screened and assessed as one."""

import pytest
from django.core.exceptions import ValidationError

from aims.models import AISystem, AssessmentGroup
from aims.services import change_group, change_system, dissolve_group, make_group, merge_systems, put_into_group
from core.errors import Forbidden, Stale
from tests.aims.conftest import browser_of
from tests.aims.makers import entries, make_system
from tests.makers import actor_for, make_management_system, make_member

pytestmark = pytest.mark.django_db
BASE = "/helvia/systems/to-screen/groups/"


def group_of(system):
    """The name of its group now."""
    found = AISystem.objects.select_related("group").get(pk=system.pk).group
    return found.name if found else ""


def test_a_group_is_made_changed_and_dissolved_on_its_pages(place):
    assert "No groups yet" in place.browser.get(BASE).content.decode()
    made = place.browser.post(f"{BASE}new/", {"name": "  Chat   assistants ", "purpose": "One product"})
    group = AssessmentGroup.objects.get()
    assert (made["Location"], group.name) == (f"{BASE}{group.ref}/", "Chat assistants")
    assert "Chat assistants" in place.browser.get(BASE).content.decode()
    changed = {"name": "Assistants", "purpose": "", "version": group.version}
    assert place.browser.get(f"{BASE}{group.ref}/edit/").status_code == 200
    assert place.browser.post(f"{BASE}{group.ref}/edit/", changed).status_code == 302
    assert place.browser.post(f"{BASE}{group.ref}/edit/", changed).status_code == 409
    system = make_system(place.manager, "One")
    own = f"/helvia/systems/{system.ref}/group/"
    assert place.browser.get(own).status_code == 200
    assert place.browser.post(own, {"group": str(group.pk), "version": system.version}).status_code == 302
    assert group_of(system) == "Assistants"
    assert "Its AI systems stay" in place.browser.get(f"{BASE}{group.ref}/dissolve/").content.decode()
    assert place.browser.post(f"{BASE}{group.ref}/dissolve/", {"version": group.version}).status_code == 409
    group.refresh_from_db()
    assert place.browser.post(f"{BASE}{group.ref}/dissolve/", {"version": group.version})["Location"] == BASE
    assert group_of(system) == "" and not AssessmentGroup.objects.exists()
    assert place.browser.get(f"{BASE}{group.ref}/").status_code == 404


def test_a_system_leaves_its_group_with_one_entry(place):
    group = make_group(actor=place.manager, name="Chat assistants")
    system = put_into_group(actor=place.manager, system_id=make_system(place.manager, "One").pk, group_id=group.pk)
    before = entries(place.manager)
    put_into_group(actor=place.manager, system_id=system.pk, group_id=None, expected_version=system.version)
    assert (group_of(system), entries(place.manager)) == ("", before + 1)
    with pytest.raises(Stale):
        put_into_group(actor=place.manager, system_id=system.pk, group_id=group.pk, expected_version=system.version)


def test_a_group_needs_a_name_of_its_own(place):
    group = make_group(actor=place.manager, name="Chat assistants")
    with pytest.raises(ValidationError, match="Give the group a name"):
        make_group(actor=place.manager, name="  ")
    with pytest.raises(ValidationError, match="of this name already"):
        make_group(actor=place.manager, name="chat ASSISTANTS")
    assert change_group(actor=place.manager, group_id=group.pk, name="chat ASSISTANTS").name == "chat ASSISTANTS"


def test_a_group_of_a_neighbour_takes_no_name_away(place):
    tenant = make_management_system(slug="next-door")
    neighbour = actor_for(make_member(tenant, "manager"), tenant)
    make_group(actor=neighbour, name="Chat assistants")
    assert make_group(actor=place.manager, name="Chat assistants").ref == "GRP-1"


def test_only_managers_make_change_fill_and_dissolve_groups(place):
    group, system = make_group(actor=place.manager, name="Chat assistants"), make_system(place.manager, "One")
    browser = browser_of(place.people["owner"])
    page = browser.get(f"{BASE}{group.ref}/").content.decode()
    assert "Chat assistants" in page and "dissolve/" not in page
    for path in (f"{BASE}new/", f"{BASE}{group.ref}/edit/", f"{BASE}{group.ref}/dissolve/"):
        assert browser.get(path).status_code == 403, path
    for act in (
        lambda: make_group(actor=place.owner, name="Another"),
        lambda: change_group(actor=place.owner, group_id=group.pk, name="Another"),
        lambda: put_into_group(actor=place.owner, system_id=system.pk, group_id=group.pk),
        lambda: dissolve_group(actor=place.owner, group_id=group.pk),
    ):
        with pytest.raises(Forbidden):
            act()


def test_what_was_merged_stays_out_of_groups_and_is_not_changed(place):
    group = make_group(actor=place.manager, name="Chat assistants")
    one, other = make_system(place.manager, "Triage"), make_system(place.manager, "Triage")
    put_into_group(actor=place.manager, system_id=other.pk, group_id=group.pk)
    merge_systems(actor=place.manager, keep_id=one.pk, drop_id=other.pk, take=["unit"])
    assert (group_of(one), group_of(other)) == ("Chat assistants", "")
    with pytest.raises(ValidationError, match="merged already"):
        put_into_group(actor=place.manager, system_id=other.pk, group_id=group.pk)
    with pytest.raises(ValidationError, match="Change that one"):
        change_system(actor=place.manager, system_id=other.pk, unit="Another")
