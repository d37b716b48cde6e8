"""Pages of APIs and evidence in a real browser while nothing was brought in: nothing fails axe or scrolls sideways."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from core.models import Person
from tests import shots
from tests.apis.evidence.test_doors import EMPTY
from tests.apis.posture.test_browser import chromium
from tests.controls.makers import make_house
from tests.shell.conftest import served

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
FOLDER = os.environ.get("EMPTY_SHOTS")
MORE = ("apis/requirements/", "apis/requirements/?state=contradicts", "apis/retention/", "apis/field-maps/new/")
__all__ = ["chromium", "served"]


def test_empty_pages_hold_at_both_widths_and_themes(chromium, served):
    house = make_house("north")
    client = Client()
    client.force_login(Person.objects.get(pk=house.manager.person_id))
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    wanted = [shots.Shot(f"empty-{n}", f"/north/{path}", "manager") for n, path in enumerate([*EMPTY, *MORE])]
    shapes = ((1280, "light"), (390, "dark"))
    found = shots.walk(chromium, served, wanted, lambda _who: cookies, Path(FOLDER) if FOLDER else None, shapes)
    bad = [f"{one.shot} {one.width} {one.theme}: {problem}" for one in found for problem in one.problems]
    assert not bad, "\n".join(bad)
