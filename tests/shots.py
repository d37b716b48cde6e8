"""Pictures of pages, and what is wrong with them: sideways scroll, console errors, policy violations, axe violations.

``make shots`` walks PAGES of the running instance (SHOTS_URL, by default this machine's) as the named people and writes
var/shots/NAME-WIDTH-THEME.png; tests give ``walk`` pages of their own.
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

CHROMIUM = os.environ.get("BROWSER_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
SHAPES = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))
"""Widths and themes of the pictures."""
HEIGHT = 900
AXE_OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PATIENCE = 240_000
"""Milliseconds for an answer, and again for what it draws: pages are judged here, not how busy the machine is."""
LETTERS = "document.fonts.ready.then(() => true)"
"""Done when the letters of a page are there."""
VIOLATIONS = """document.addEventListener('securitypolicyviolation',
    event => console.error('POLICY ' + event.violatedDirective + ' ' + event.blockedURI));"""


@dataclass(frozen=True)
class Shot:
    """A page to look at: ``who`` is the address of the person signed in, "" for nobody; ``before`` acts first."""

    name: str
    path: str
    who: str = ""
    before: Callable[[Page], None] | None = None
    status: int = 200


DEMO = {
    "judit.farkas@helvia.example": (
        "my-work/", "where-we-stand/", "findings/", "search/?q=triage", "search/?q=lawyers",
        "search/?q=zzz", "views/", "people/", "people/who-can/",
        "settings/", "history/", "history/check/", "history/40/", "jobs/", "help/", "help/sources/",
        "systems/", "systems/?state=in_scope&sort=-next_review", "systems/new/", "systems/to-screen/",
        "systems/to-screen/look-alikes/", "systems/to-screen/look-alikes/SYS-10/", "systems/to-screen/groups/",
        "systems/to-screen/groups/new/", "systems/to-screen/groups/GRP-1/", "systems/to-screen/groups/GRP-1/edit/",
        "systems/to-screen/groups/GRP-1/dissolve/", "systems/SYS-1/group/",
        "systems/to-screen/intake/", "systems/to-screen/intake/new/",
        "systems/claims/", "systems/import/", "imports/new/risks/", "systems/SYS-1/", "systems/SYS-1/edit/",
        "apis/", "apis/requirements/", "apis/requirements/APR-09/", "evidence/", "evidence/EVD-2/",
        "soa/", "soa/list/", "soa/A.9.4/", "soa/list/?flag=due&sort=-flags", "imports/new/controls/", "soa/versions/",
        "soa/versions/1/", "soa/differences/", "soa/submit/", "soa/own/",
        "soa/A.10.3/", "soa/A.10.3/edit/",
        "risks/", "risks/?q=nothing+has+these+words", "risks/heat-map/", "risks/actions/", "risks/acceptances/",
        "risks/catalogue/", "risks/criteria/", "risks/criteria/1/", "risks/plan/", "risks/opportunities/", "risks/new/",
        "risks/RSK-1/", "risks/RSK-1/assessments/", "risks/RSK-1/edit/", "risks/RSK-1/still-right/",
        "risks/RSK-1/action/", "risks/actions/ACT-1/", "risks/acceptances/ACC-1/",
        "risks/RSK-26/close/", "risks/plan/submit/", "risks/criteria/edit/", "risks/actions/ACT-1/edit/",
        "risks/actions/ACT-1/done/", "reports/", "reports/new/RPT-SOA/", "reports/new/RPT-RISK/",
        "where-we-stand/?as_of=2026-06-01", "risks/?as_of=2026-06-01", "risks/RSK-1/?as_of=2026-06-01",
        "systems/SYS-1/?as_of=2026-06-01", "soa/?as_of=2026-06-01", "soa/A.10.3/?as_of=2026-06-01",
        "risks/actions/ACT-1/?as_of=2026-06-01", "risks/acceptances/ACC-1/?as_of=2026-06-01",
    ),
    "noor.haddad@helvia.example": (
        "people/invite/", "people/invitations/", "settings/edit/", "settings/dress/", "tokens/", "tokens/new/",
    ),
    "tomas.ryde@helvia.example": ("my-work/", "risks/", "tokens/"),
    "marta.kehl@helvia.example": ("my-work/",),
    "beatrix.ohm@helvia.example": ("where-we-stand/", "soa/", "reports/"),
}  # fmt: skip
"""Pages of the demo organisation, by who looks."""


def _named(who: str, path: str) -> str:
    first = next(iter(DEMO))
    name = re.sub(r"[^a-zA-Z0-9.]+", "-", path).strip("-")
    return name if who == first else f"{name}-as-{who.partition('.')[0]}"


def _follow(*links: str) -> Callable[[Page], None]:
    """Return an act that goes on by links of these names, for pages whose address nobody can know beforehand."""

    def act(page: Page) -> None:
        for link in links:
            page.locator("main").get_by_role("link", name=link).first.click()
            page.wait_for_load_state()

    return act


def _bring(*buttons: str) -> Callable[[Page], None]:
    """Return an act that brings a list of people to the wizard and goes on by buttons of these names."""
    rows = "Name,E-mail,Role,Shoe size\nAnna Beispiel,anna@helvia.example,Owner,38\nBo,not an address,Chief,44\n"

    def act(page: Page) -> None:
        file = {"name": "people.csv", "mimeType": "text/csv", "buffer": rows.encode()}
        page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        for button in ("Look at the file", *buttons):
            page.locator("main").get_by_role("button", name=button).first.click()
            page.wait_for_load_state()

    return act


JUDIT, NOOR = "judit.farkas@helvia.example", "noor.haddad@helvia.example"
DEEPER = [
    Shot("person", "/helvia/people/", NOOR, _follow("Tomas Ryde")),
    Shot("person-edit", "/helvia/people/", NOOR, _follow("Tomas Ryde", "Change roles and dates")),
    Shot("person-rename", "/helvia/people/", NOOR, _follow("Tomas Ryde", "Change name")),
    Shot("person-hand-over", "/helvia/people/", NOOR, _follow("Tomas Ryde", "Hand over")),
    Shot("person-end", "/helvia/people/", NOOR, _follow("Tomas Ryde", "End membership")),
    Shot("intake-renew", "/helvia/systems/to-screen/intake/", JUDIT, _follow("Renew")),
    Shot("intake-withdraw", "/helvia/systems/to-screen/intake/", JUDIT, _follow("Withdraw")),
    Shot("report", "/helvia/reports/", JUDIT, _follow("RPT-1")),
    Shot("import-people", "/helvia/imports/new/people/", NOOR),
    Shot("import-people-file", "/helvia/imports/new/people/", NOOR, _bring()),
    Shot("import-people-columns", "/helvia/imports/new/people/", NOOR, _bring("Continue")),
    Shot("import-people-values", "/helvia/imports/new/people/", NOOR, _bring("Continue", "Leave them out", "Continue")),
    Shot("password-change", "/accounts/password/change/", JUDIT),
    Shot("second-factor", "/accounts/2fa/", JUDIT),
    Shot("signed-in-where", "/accounts/sessions/", JUDIT),
    Shot("sign-out", "/accounts/logout/", JUDIT),
]


PAGES: list[Shot] = [
    Shot("sign-in", "/accounts/login/"),
    Shot("password-reset", "/accounts/password/reset/"),
    Shot("not-found", "/accounts/nowhere/", status=404),
    *(Shot(_named(who, path), f"/helvia/{path}", who) for who, paths in DEMO.items() for path in paths),
    *DEEPER,
]


@dataclass
class Finding:
    """What one visit showed."""

    shot: str
    width: int
    theme: str
    problems: list[str] = field(default_factory=list)


@contextmanager
def browser() -> Iterator[Browser]:
    """Yield Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


def walk(
    started: Browser,
    base: str,
    shots: Iterable[Shot],
    session_of: Callable[[str], dict[str, str]],
    folder: Path | None = None,
    shapes: Iterable[tuple[int, str]] = SHAPES,
) -> list[Finding]:
    """Visit every page in each shape; ``session_of`` gives the cookies of a person. Returns all visits."""
    return [visit(started, base, shot, shape, session_of, folder) for shot in shots for shape in shapes]


def visit(
    started: Browser,
    base: str,
    shot: Shot,
    shape: tuple[int, str],
    session_of: Callable[[str], dict[str, str]],
    folder: Path | None,
) -> Finding:
    """Look at one page in one shape."""
    width, theme = shape
    context = started.new_context(viewport={"width": width, "height": HEIGHT}, reduced_motion="reduce")
    cookies = {"theme": theme, **(session_of(shot.who) if shot.who else {})}
    host = urlsplit(base).hostname or "localhost"
    context.add_cookies(
        [{"name": name, "value": value, "domain": host, "path": "/"} for name, value in cookies.items()]
    )
    finding = Finding(shot.name, width, theme)
    page = _listening(context, finding)
    answer = page.goto(base + shot.path, wait_until="commit", timeout=PATIENCE)
    page.wait_for_load_state("load", timeout=PATIENCE)
    page.evaluate(LETTERS)  # asked from outside: the pages' own policy lets nothing be evaluated in them
    if answer is None or answer.status != shot.status:
        finding.problems.append(f"answered {answer.status if answer else 'nothing'}, not {shot.status}")
    if shot.before:
        shot.before(page)
    finding.problems += _judged(page)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        _take(page, folder / f"{shot.name}-{width}-{theme}.png", finding)
    context.close()
    return finding


def _take(page: Page, path: Path, finding: Finding) -> None:
    for last in (False, True):  # Chromium sometimes draws no picture the first time
        try:
            page.screenshot(path=path, full_page=True)
        except PlaywrightTimeout:
            if last:
                finding.problems.append("no picture could be taken")
        else:
            return


def _listening(context: BrowserContext, finding: Finding) -> Page:
    page = context.new_page()
    page.add_init_script(VIOLATIONS)

    def note(message: Any) -> None:
        failed = "the server responded with a status of" in message.text
        if message.type == "error" and not failed:
            finding.problems.append(f"console: {message.text[:200]}")

    page.on("console", note)
    page.on("pageerror", lambda error: finding.problems.append(f"script: {str(error)[:200]}"))
    return page


def _judged(page: Page) -> list[str]:
    problems = []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        problems.append(f"scrolls sideways by {wide} px")
    report = Axe().run(page, options=AXE_OPTIONS).response
    for violation in report["violations"]:
        targets = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
        problems.append(f"axe {violation['id']}: {violation['help']} ({len(targets)}: {'; '.join(targets[:3])})")
    return problems


def _session_of(email: str) -> dict[str, str]:
    """Return the session cookie of a person of the running instance, made in its own database."""
    from django.conf import settings  # noqa: PLC0415 (Django is set up by main)
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415 (settings first)
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415 (settings first)

    from core.models import Person  # noqa: PLC0415 (settings first)

    person = Person.objects.get_by_natural_key(email)
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(person.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "email": email}]
    session["account_authentication_methods_user"] = str(person.pk)  # signed in just now: nothing asks once more
    session.create()
    return {settings.SESSION_COOKIE_NAME: session.session_key or ""}


def main(names: list[str]) -> int:
    """Walk the pages (or those named) and print what is wrong; returns 1 when something is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    import django  # noqa: PLC0415 (settings first)

    django.setup()
    base = os.environ.get("SHOTS_URL", "http://127.0.0.1:8000")
    shots = [shot for shot in PAGES if not names or shot.name in names]
    with browser() as started:
        found = walk(started, base, shots, _session_of, Path("var/shots"))
    bad = [finding for finding in found if finding.problems]
    for finding in bad:
        sys.stdout.write(f"{finding.shot} {finding.width} {finding.theme}\n  " + "\n  ".join(finding.problems) + "\n")
    summary = {"visits": len(found), "with problems": len(bad)}
    sys.stdout.write(json.dumps(summary) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
