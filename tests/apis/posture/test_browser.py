"""Pages of posture in a real browser: both widths, both themes, nothing breaks the policy or fails axe."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from apis import services
from apis.effects import Accepting
from apis.findings import Exemption, Finding
from apis.services import Delivery
from core import workflow
from core.models import Person
from tests import shots
from tests.apis.posture.makers import READS, soon
from tests.apis.posture.samples import BEST, WORST
from tests.apis.posture.test_findings import OWN
from tests.shell.conftest import served

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
FOLDER = os.environ.get("POSTURE_SHOTS")
__all__ = ["served"]


@pytest.fixture(scope="session")
def chromium(browser):
    """The run's Chromium; it keeps an event loop in this thread, beside which the database is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


@pytest.fixture
def filled(house):
    """A service with many findings and one with none, an exemption, an own rule."""
    services.save_own_rule(actor=house.manager, **OWN)
    for name, text in (("Worst", WORST), ("Best", BEST)):
        delivery = Delivery(text.encode(), f"{name}.yaml", f"{name.lower()}.example.org")
        services.bring(actor=house.manager, delivery=delivery)
    finding = Finding.objects.filter(rule=READS).first()
    inputs = Accepting(soon(house.tenant), "service")
    workflow.take("accept", finding, actor=house.manager, inputs=inputs, reason="Public on purpose, says the owner.")
    house.finding = Finding.objects.filter(state="open", severity="critical").first()
    return house


def test_pages_of_posture_hold_at_both_widths_and_themes(chromium, served, filled):
    client = Client()
    client.force_login(Person.objects.get(pk=filled.manager.person_id))
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    one, worst = f"findings/{filled.finding.ref}/", filled.finding.service.ref
    paths = {
        "posture": "", "findings": "findings/", "finding": one, "accept": f"{one}accept/", "edit": f"{one}edit/",
        "service": f"services/{worst}/", "exemptions": "exemptions/", "rules": "rules/", "own-rule": "rules/new/",
        "exemption": f"exemptions/{Exemption.objects.get().ref}/", "choose": f"rules/{READS}/choose/",
    }  # fmt: skip
    wanted = [shots.Shot(f"posture-{name}", f"/north/apis/posture/{path}", "manager") for name, path in paths.items()]
    found = shots.walk(chromium, served, wanted, lambda _who: cookies, Path(FOLDER) if FOLDER else None)
    bad = [f"{one.shot} {one.width} {one.theme}: {problem}" for one in found for problem in one.problems]
    assert not bad, "\n".join(bad)
