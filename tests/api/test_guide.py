"""Every example of the guide to the REST interface runs as it is printed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aims.models import AISystem
from aims.services.systems import change_system, register_system
from core import jobs
from core.models import Job
from tests import serving
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member

GUIDE = Path(__file__).parents[2] / "docs" / "api" / "README.md"
PRELUDE = 'set -e\ncurl() { command curl --silent --show-error --fail-with-body "$@"; }\n'
pytestmark = pytest.mark.django_db


def blocks(language):
    """The fenced examples of a language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    return found


@pytest.fixture
def server(db):
    """The application on a port of its own, inside the test's transaction: the ledger can never be flushed."""
    with serving.served("127.0.0.1") as address:
        yield address


@pytest.fixture
def surroundings(server, settings, tmp_path):
    """What the guide's reader has: an address, a token, the id of a system at version 3."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    tenant = make_management_system(slug="acme")
    actor = actor_for(make_member(tenant, "manager", "administrator"), tenant)
    leaver = make_member(tenant, "contributor")
    system = register_system(actor=actor, name="Assistant", owner=leaver)
    for purpose in ("Answers", "Answers questions"):
        change_system(actor=actor, system_id=system.pk, purpose=purpose)
    scopes = ("read", "inventory:write", "traffic:write", "risks:write", "reports:read", "undo", "views:write",
              "comments:write", "intake:write", "people:write")  # fmt: skip
    token = bearer(tenant, *scopes, actor=actor, as_person=True).secret
    given = {"BASE": server, "TOKEN": token, "SLUG": "acme", "ID": str(system.pk), "NO_PROXY": "*",
             "PERSON": str(leaver.pk), "HEIR": str(actor.person_id)}  # fmt: skip
    return {"env": {"PATH": os.environ["PATH"], **given}, "cwd": tmp_path}


def run(command, surroundings):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **surroundings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_guide_has_no_example_that_nobody_runs():
    indented = [line for line in GUIDE.read_text().splitlines() if line.startswith("    curl")]
    assert not indented
    assert set(re.findall(r"^```(\w+)$", GUIDE.read_text(), re.MULTILINE)) == {"bash", "json", "python"}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_examples_run(surroundings):
    for block in blocks("bash"):
        run(["bash", "-c", PRELUDE + block], surroundings)
    assert AISystem.objects.get(pk=surroundings["env"]["ID"]).purpose == "Answers questions of members"
    assert (surroundings["cwd"] / "openapi.json").stat().st_size


def test_the_python_examples_run_one_after_the_other(surroundings):
    start = "import os\nBASE, TOKEN, SLUG = (os.environ[name] for name in ('BASE', 'TOKEN', 'SLUG'))\n"
    end = """
told = [len(systems), done["create"], changed["unit"], refused[0]["pointer"], draft["id"] in mirror, tried["change"]]
print(*told, taken["change"] == undone["restored"] == tried["change"], system["state"], job["state"])
"""
    examples = "\n".join(blocks("python")).replace("time.sleep(1)", "break")
    told = run([sys.executable, "-c", start + examples + end], surroundings)
    assert told.split() == ["3", "2", "Service", "/state", "False", "3", "True", "in_scope", "waiting"]
    jobs.run_waiting()
    assert Job.objects.filter(kind__startswith="reports").get().state == Job.READY
