"""Pages of threats in a real browser: both widths, both themes, nothing breaks the policy or fails axe."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from apis import services
from core import workflow
from core.models import Person
from tests import shots
from tests.apis.posture.makers import soon
from tests.apis.posture.test_browser import chromium
from tests.apis.threats.makers import bring_lines, line
from tests.shell.conftest import served

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
FOLDER = os.environ.get("THREAT_SHOTS")
__all__ = ["chromium", "served"]


def test_pages_of_threats_hold_at_both_widths_and_themes(chromium, served, watched):
    more = [line(h * 3600 + n * 40, f"GET /v1/orders/{n % 5}", 200 if n % 7 else 500, "scanner", tokens_in=40)
            for h in range(-60, 40) for n in range(10 + h % 9)]  # fmt: skip
    bring_lines(watched.manager, more, "more.ndjson")
    watched.scan.refresh_from_db()
    workflow.take("confirm", watched.scan, actor=watched.manager, reason="Nobody of ours scans at night.")
    until = soon(watched.tenant)
    mute = services.mute_consumer(
        actor=watched.manager, consumer=watched.injection.consumer, reason="Our own test.", until=until
    )
    services.choose_detector(actor=watched.manager, code="scanning", thresholds={"paths": 90}, reason="Small host.")
    client = Client()
    client.force_login(Person.objects.get(pk=watched.manager.person_id))
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    one = f"{watched.scan.ref}/"
    paths = {
        "signals": "", "signal": one, "edit": f"{one}edit/", "incident": f"{one}incident/", "mute-new": f"{one}mute/",
        "close": f"{one}steps/close/", "caller": f"callers/{watched.scan.consumer}/", "mutes": "mutes/",
        "mute": f"mutes/{mute.ref}/", "detectors": "detectors/", "detector": "detectors/scanning/",
        "injection": f"{watched.injection.ref}/",
    }  # fmt: skip
    wanted = [shots.Shot(f"threats-{name}", f"/north/apis/threats/{path}", "manager") for name, path in paths.items()]
    found = shots.walk(chromium, served, wanted, lambda _who: cookies, Path(FOLDER) if FOLDER else None)
    bad = [f"{one.shot} {one.width} {one.theme}: {problem}" for one in found for problem in one.problems]
    assert not bad, "\n".join(bad)
