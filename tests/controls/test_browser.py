"""The grid in a real browser: by keyboard alone, nothing typed is lost, nothing breaks the policy or fails axe."""

import os
import re
from pathlib import Path

import pytest

from controls.services import decide_control
from core.models import Draft, Entry
from tests import shots

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
FOLDER = os.environ.get("SOA_SHOTS")


def focus(page, code, field):
    cell = page.locator(f"tr[data-code='{code}'] td[data-f='{field}']")
    cell.focus()
    return cell


def edit_a_cell(page):
    focus(page, "A.8.5", "reason").press("Enter")
    page.wait_for_timeout(500)
    page.evaluate("window.scrollTo(0, 0)")


def open_panel(page):
    focus(page, "A.10.3", "applies")
    page.wait_for_timeout(600)
    page.evaluate("window.scrollTo(0, 0)")


PAGES = [
    ("soa-filled", "/sample/soa/", "manager", open_panel),
    ("soa-editing", "/sample/soa/?drafts=1", "manager", edit_a_cell),
    ("soa-auditee", "/sample/soa/?show=differs", "contributor", None),
    ("soa-control", "/sample/soa/A.10.3/", "manager", None),
    ("soa-edit", "/sample/soa/A.10.2/edit/", "manager", None),
    ("soa-differences", "/sample/soa/differences/", "manager", None),
    ("soa-versions", "/sample/soa/versions/", "manager", None),
    ("soa-version", "/sample/soa/versions/1/", "manager", None),
    ("soa-submit", "/sample/soa/submit/", "manager", None),
]
WAITING = [
    ("soa-submitted", "/sample/soa/", "manager", None),
    ("soa-approve", "/sample/soa/approve/", "approver", None),
    ("soa-return", "/sample/soa/return/", "approver", None),
]


def looked_at(chromium, served, cookies, pages):
    wanted = [shots.Shot(name, path, who, before) for name, path, who, before in pages]
    found = shots.walk(chromium, served, wanted, cookies, Path(FOLDER) if FOLDER else None)
    bad = [f"{one.shot} {one.width} {one.theme}: {problem}" for one in found for problem in one.problems]
    assert not bad, "\n".join(bad)


def test_pages_of_a_filled_statement_hold_at_both_widths_and_themes(chromium, served, cookies, filled):
    looked_at(chromium, served, cookies, PAGES)


def test_pages_of_a_submitted_statement_hold_at_both_widths_and_themes(chromium, served, cookies, asked):
    looked_at(chromium, served, cookies, WAITING)


def test_the_empty_grid_holds_at_both_widths_and_themes(chromium, served, cookies, house):
    looked_at(chromium, served, cookies, [("soa-empty", "/sample/soa/", "manager", None)])


def test_a_row_is_decided_and_justified_by_keyboard_alone_with_one_entry(browse, house):
    page = browse("/sample/soa/")
    count = Entry.objects.count()
    focus(page, "A.2.2", "applies").press("y")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.type("Supervisors ask for one policy.")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("So do we?")
    page.keyboard.press("Enter")
    page.get_by_text("saved ", exact=False).first.wait_for()
    control = house.control("A.2.2")
    assert (control.applies, control.reason) == ("yes", "Supervisors ask for one policy.\nSo do we?")
    assert Entry.objects.count() == count + 1
    assert page.evaluate("document.activeElement.dataset.f") == "reason"
    assert "A.2.2 saved" in page.locator("[data-soa-told]").inner_text()
    assert page.locator("#tally span b").first.inner_text() == "1"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').id") == "A.2.3"


def test_the_row_an_address_names_has_the_keyboard_and_u_finds_the_next_undecided_from_anywhere(browse, house):
    at = "document.activeElement.closest('tr')?.id === '{}'".format
    page = browse("/sample/soa/#A.10.3")
    page.wait_for_function(at("A.10.3"))
    page.evaluate("location.hash = 'A.2.3'")
    page.wait_for_function(at("A.2.3"))
    page.locator("#rows a").first.focus()
    page.keyboard.press("u")
    page.wait_for_function("document.activeElement.dataset.f === 'applies'")


def test_escape_brings_back_what_was_there_and_undo_takes_a_saved_row_back(browse, house):
    decide_control(actor=house.manager, code="A.2.2", applies="yes", reason="As it was.")
    page = browse("/sample/soa/")
    cell = focus(page, "A.2.2", "reason")
    cell.press("Enter")
    page.keyboard.type(" And more")
    page.keyboard.press("Escape")
    assert cell.inner_text() == "As it was."
    cell.press("Enter")
    page.keyboard.type(" And more")
    page.keyboard.press("Enter")
    page.locator("tr[id='A.2.2'] .ok").wait_for()
    assert house.control("A.2.2").reason == "As it was. And more"
    page.keyboard.press("Control+z")
    page.locator("tr[id='A.2.2'] .v", has_text=re.compile(r"^As it was\.$")).wait_for()
    page.wait_for_timeout(900)
    assert house.control("A.2.2").reason == "As it was."


def test_a_row_somebody_else_saved_keeps_the_typed_text_and_lets_the_person_choose(browse, house):
    page = browse("/sample/soa/")
    focus(page, "A.2.2", "reason").press("Enter")
    page.keyboard.type("What I typed")
    decide_control(actor=house.manager, code="A.2.2", reason="What the other saved")
    page.keyboard.press("Enter")
    page.locator(".soa-conflict").wait_for()
    assert "What the other saved" in page.locator(".soa-conflict").inner_text()
    assert page.locator("td.edit textarea").input_value() == "What I typed"
    page.get_by_role("button", name="Save mine instead").click()
    page.locator("tr[id='A.2.2'] .ok").wait_for()
    assert house.control("A.2.2").reason == "What I typed"


def test_a_cut_network_keeps_the_text_and_saves_it_when_it_is_back(browse, house):
    page = browse("/sample/soa/")
    page.context.set_offline(True)
    focus(page, "A.2.2", "reason").press("Enter")
    page.keyboard.type("Typed without a network")
    page.keyboard.press("Enter")
    page.get_by_text("Your text stays here").first.wait_for()
    page.context.set_offline(False)
    page.locator("tr[id='A.2.2'] .ok").wait_for()
    assert house.control("A.2.2").reason == "Typed without a network"


def test_text_typed_and_left_is_found_again_after_the_tab_was_closed(browse, house):
    page = browse("/sample/soa/")
    focus(page, "A.2.2", "reason").press("Enter")
    page.keyboard.type("Half a thought")
    page.locator(".soa-said").wait_for()
    page.context.close()
    assert Draft.objects.count() == 1
    page = browse("/sample/soa/")
    page.get_by_role("link", name="A.2.2", exact=True).click()
    assert page.locator("#id_reason").input_value() == "Half a thought"


def test_text_typed_without_a_network_is_found_again_after_the_browser_was_closed(browse, house):
    page = browse("/sample/soa/")
    page.context.set_offline(True)
    focus(page, "A.2.2", "reason").press("Enter")
    page.keyboard.type("Typed in a tunnel")
    page.keyboard.press("Enter")
    page.get_by_text("Your text stays here").first.wait_for()
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto("/sample/soa/", wait_until="networkidle")
    again.get_by_role("link", name="A.2.2", exact=True).click()
    assert again.locator("#id_reason").input_value() == "Typed in a tunnel"
    assert not context.storage_state()["origins"]


def test_text_saved_after_the_session_ended_is_found_again_after_sign_in(browse, house):
    page = browse("/sample/soa/")
    page.context.clear_cookies(name="aims_session")
    focus(page, "A.2.2", "reason").press("Enter")
    page.keyboard.type("Typed after the end")
    page.keyboard.press("Enter")
    page.get_by_text("You are signed out").first.wait_for()
    page = browse("/sample/soa/")
    page.get_by_role("link", name="A.2.2", exact=True).click()
    assert page.locator("#id_reason").input_value() == "Typed after the end"


def test_a_drafted_reason_counts_once_it_was_kept(browse, house):
    page = browse("/sample/soa/?drafts=1")
    focus(page, "A.10.3", "reason").press("Enter")
    assert "run on a supplier's model" in page.locator("td.edit textarea").input_value()
    page.keyboard.press("Escape")
    assert house.control("A.10.3").reason == ""
    focus(page, "A.10.3", "reason").press("Enter")
    page.keyboard.press("Enter")
    page.locator("tr[id='A.10.3'] .ok").wait_for()
    control = house.control("A.10.3")
    assert (control.applies, control.drivers[0]) == ("yes", "contract")
    assert "run on a supplier's model" in control.reason


def test_the_owner_of_a_control_edits_by_keyboard_what_is_theirs_and_nothing_else(browse, house):
    decide_control(actor=house.manager, code="A.2.2", applies="yes", owner=house.contributor.person_id)
    page = browse("/sample/soa/", "contributor")
    focus(page, "A.2.2", "applies").press("n")
    focus(page, "A.2.2", "reason").press("Enter")
    assert page.locator("td.edit").count() == 0
    focus(page, "A.2.3", "implementation").press("Enter")
    assert page.locator("td.edit").count() == 0
    focus(page, "A.2.2", "status").press("Enter")
    page.locator("td.edit select").select_option("in_place")
    page.keyboard.press("Enter")
    page.locator("tr[id='A.2.2'] .ok").wait_for()
    control = house.control("A.2.2")
    assert (control.applies, control.status) == ("yes", "in_place")
