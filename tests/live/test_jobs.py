"""F02 and F04: the worker group killed and Redis flushed in the middle of a report; it is finished exactly once."""

import json
import time
import urllib.request

import pytest
import redis

pytestmark = pytest.mark.live

PREPARE = """
import datetime
from core import clock
from core.actor import operator
from core.models import ManagementSystem, Person
from core.services.tokens import create_token
tenant = ManagementSystem.objects.get(slug="acme")
until = clock.now() + datetime.timedelta(days=1)
token, secret = create_token(actor=operator(tenant.pk), name="live", scopes=["read", "reports:read"], expires_at=until)
print("SECRET", secret)
"""
COUNT = """
from reports.models import IssuedReport
from core.models import Entry, JobFile
entries = Entry.objects.filter(action="reports.issue")
print("COUNT", IssuedReport.objects.count(), entries.count(), JobFile.objects.count())
"""


def said(output, word):
    """The rest of the line that begins with a word."""
    return next(line.split(" ", 1)[1] for line in output.splitlines() if line.startswith(word))


@pytest.fixture
def acme(instance):
    """A management system on a running instance, and a client for it."""
    new = ("management-system", "create", "--slug", "acme", "--name", "Acme", "--administrator", "a@example.org")
    instance.manage(*new)
    secret = said(instance.manage("shell", "-c", PREPARE), "SECRET")

    def call(path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{instance.address}/api/v1/acme/{path}", data, headers)  # noqa: S310 (our own loopback)
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own loopback)
            return json.load(answer)

    return call


def until(seconds, question):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := question():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing within {seconds} s")


def test_a_report_whose_worker_group_is_killed_and_whose_broker_is_flushed_is_made_exactly_once(instance, acme):
    job = acme("reports/", {"kind": "RPT-RISK", "formats": ["pdf", "json"]})
    begun = until(90, lambda: (found := acme(f"jobs/{job['id']}/"))["state"] != "waiting" and found)
    assert begun["state"] == "working", begun
    instance.kill("worker")
    redis.Redis.from_url(instance.told["REDIS_URL"]).flushall()
    done = until(90, lambda: (found := acme(f"jobs/{job['id']}/"))["state"] == "ready" and found)
    assert done["attempt"] == 2
    assert sorted(file["name"].rsplit(".")[-1] for file in done["files"]) == ["json", "pdf"]
    assert said(instance.manage("shell", "-c", COUNT), "COUNT") == "1 1 2"
    assert "sound" in instance.manage("ledger", "verify", "--in", "acme", "--records")


def test_a_worker_begins_a_job_long_before_the_sweep_would_send_it_once_more(instance, acme):
    job = acme("reports/", {"kind": "RPT-SOA", "formats": ["json"]})
    until(15, lambda: acme(f"jobs/{job['id']}/")["state"] != "waiting")


def test_a_message_delivered_twice_makes_one_report(instance, acme):
    job = acme("reports/", {"kind": "RPT-SOA", "formats": ["json"]})
    send = f"from core.tasks import run_job\nfor _ in range(4): run_job.apply_async(('{job['id']}',))"
    instance.manage("shell", "-c", send)
    until(60, lambda: acme(f"jobs/{job['id']}/")["state"] == "ready")
    instance.manage("shell", "-c", send)
    time.sleep(3)
    assert said(instance.manage("shell", "-c", COUNT), "COUNT") == "1 1 1"


def test_a_waiting_job_survives_a_flushed_broker_and_pages_go_on(instance, acme):
    instance.kill("worker")
    job = acme("reports/", {"kind": "RPT-SOA", "formats": ["json"]})
    redis.Redis.from_url(instance.told["REDIS_URL"]).flushall()
    assert json.loads(instance.get("/healthz/"))["status"] == "ok"
    until(90, lambda: acme(f"jobs/{job['id']}/")["state"] == "ready")
