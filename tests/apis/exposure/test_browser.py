"""Pages of data exposure in a real browser: both widths, both themes, nothing breaks the policy or fails axe."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from apis.findings import Finding
from apis.models import Endpoint, Service
from tests import shots
from tests.apis.exposure.test_exposing import CARD, MAIL, bring, line
from tests.shell.conftest import served

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
FOLDER = os.environ.get("EXPOSURE_SHOTS")
__all__ = ["served"]


@pytest.fixture(scope="session")
def chromium(browser):
    """The run's Chromium; it keeps an event loop in this thread, beside which the database is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


def test_pages_of_data_exposure_hold_at_both_widths_and_themes(chromium, served, manager, person):
    client = Client()
    client.force_login(person)
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    wanted = [shots.Shot("exposure-empty", "/here/apis/exposure/", "manager")]
    found = shots.walk(chromium, served, wanted, lambda _who: cookies, Path(FOLDER) if FOLDER else None)
    prompt = {
        "messages": [{"content": f"Pay {CARD}, write to {MAIL} and call +49 30 901820"}],
        "password": "hunter 2 x",
    }
    bring(manager, *(line(n, model="m-1", request_body=prompt, response_body=f"Paid {CARD}") for n in range(40)),
          *(line(n, path=f"/v1/customers/{n}/orders", host="shop.example", response_body={"card": "1" * 12 + "23",
            "name": "Ada", "full_name": "Ada Byron", "email": MAIL}) for n in range(9)),
          line(3, path=f"/v1/people/{MAIL}", host="shop.example"))  # fmt: skip
    pages = {
        "page": "exposure/", "filtered": "exposure/?flag=to_model", "none": "exposure/?provider=nobody",
        "endpoint": f"endpoints/{Endpoint.objects.get(template='/v1/chat/completions').ref}/",
        "service": f"services/{Service.objects.get(host='shop.example').ref}/",
        "review": f"posture/findings/{Finding.objects.filter(rule__startswith='aims:exposure').first().ref}/review/",
    }  # fmt: skip
    wanted = [shots.Shot(f"exposure-{name}", f"/here/apis/{path}", "manager") for name, path in pages.items()]
    found += shots.walk(chromium, served, wanted, lambda _who: cookies, Path(FOLDER) if FOLDER else None)
    bad = [f"{one.shot} {one.width} {one.theme}: {problem}" for one in found for problem in one.problems]
    assert not bad, "\n".join(bad)
