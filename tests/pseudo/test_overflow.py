"""Words two fifths longer than German: nothing leaves the window sideways, no word leaves its button."""

import pytest
from django.conf import settings as django_settings
from django.urls import reverse

from core import jobs
from tests.browser.test_shell import beside_the_loop
from tests.pages.conftest import browser as signed_in
from tests.pseudo.place import SLUG, make_place
from tests.pseudo.speech import LANGUAGE, spoken
from tests.shell.conftest import served

__all__ = ["beside_the_loop", "served"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db]
MAIN = (
    "home", "where_we_stand", "systems", "systems_to_screen", "system_new", "risks", "risk_new", "risk_heat",
    "risk_actions", "risk_acceptances", "risk_catalogue", "risk_criteria", "soa", "soa_list", "soa_versions",
    "soa_differences", "reports", "history", "settings", "people", "tokens", "jobs", "search", "findings", "help",
)  # fmt: skip
RECORDS = ("systems/SYS-1", "risks/RSK-1", "risks/RSK-2/edit", "soa/A.2.2", "soa/A.2.2/edit", "risks/criteria/edit")
DOORS = ("/accounts/login/", "/accounts/password/reset/")
OUTSIDE = """() => {
  const wide = document.documentElement.clientWidth, found = [];
  const unseen = ".vh, .skip, details:not([open]) > :not(summary), dialog:not([open])";
  const kept = (element) => {
    for (let one = element.parentElement; one && one !== document.body; one = one.parentElement)
      if (getComputedStyle(one).overflowX !== "visible") return true;
    return false;
  };
  const name = (one) => `${one.tagName.toLowerCase()}.${one.className} "${(one.innerText || "").slice(0, 40)}"`;
  const over = document.documentElement.scrollWidth - wide;
  if (over > 0) found.push(`the page by ${over} px`);
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (!box.width || !box.height || style.visibility === "hidden" || element.closest(unseen)) continue;
    const right = Math.round(box.right), inside = element.clientWidth, asked = element.scrollWidth;
    if (right > wide + 1 && !kept(element)) found.push(`${name(element)} ends at ${right} of ${wide}`);
    const button = element.matches("button, .btn, summary, [role=tab]") && style.display !== "inline";
    if (button && asked > inside + 1 && style.overflowX === "visible")
      found.push(`${name(element)} holds ${asked} in ${inside}`);
  }
  return found.slice(0, 8);
}"""


@pytest.fixture
def place():
    with spoken():
        people = make_place()
        jobs.run_waiting()
        yield people


@pytest.mark.parametrize("width", [390, 1280])
def test_longer_words_leave_neither_the_window_nor_their_buttons(browser, served, place, width):
    client = signed_in(place["manager"])
    session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    cookies = {django_settings.SESSION_COOKIE_NAME: session, django_settings.LANGUAGE_COOKIE_NAME: LANGUAGE}
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    context.add_cookies([{"name": name, "value": value, "url": served} for name, value in cookies.items()])
    page, found = context.new_page(), {}
    addresses = [reverse(name, kwargs={"slug": SLUG}) for name in MAIN]
    records = [f"/{SLUG}/{path}/" for path in RECORDS]
    for address in (*addresses, *records):
        page.goto(served + address, wait_until="load")
        if outside := page.evaluate(OUTSIDE):
            found[address] = outside
    context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    for address in DOORS:
        page.goto(served + address, wait_until="load")
        if outside := page.evaluate(OUTSIDE):
            found[address] = outside
    context.close()
    assert found == {}, "\n".join(f"{at}: {one}" for at, many in found.items() for one in many)
