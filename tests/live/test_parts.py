"""A file of some MB read by two workers over Postgres and Redis, also when one is killed: every line counts once."""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import psycopg
import pytest

from tests import services
from tests.bench.traffic_lines import TEMPLATES, lines
from tests.live.test_jobs import said, until

pytestmark = pytest.mark.live
LINES = 340_000
"""Some 45 MB: work for two workers for some seconds, and as much as one call may bring."""
PREPARE = """
import datetime
from core import clock
from core.actor import operator
from core.models import ManagementSystem
from core.services.tokens import create_token
tenant = ManagementSystem.objects.get(slug="acme")
until = clock.now() + datetime.timedelta(days=1)
scopes = ["read", "traffic:write"]
token, secret = create_token(actor=operator(tenant.pk), name="live", scopes=scopes, expires_at=until, source="live")
print("SECRET", secret)
"""
COUNT = """
from apis.models import Artefact, Endpoint, EndpointTraffic, PartialDigest
from core.models import Blob, Job
calls = sum(EndpointTraffic.objects.values_list("calls", flat=True))
found = sorted(f"{one.method} {one.template}" for one in Endpoint.objects.current())
left = Job.objects.exclude(parent=None).count() + PartialDigest.objects.count() + Blob.objects.count()
print("COUNT", calls, Artefact.objects.get().read, left, "|".join(found))
"""


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Instances that cut files every MB; before any starts, since whichever worker cuts a file decides."""
    monkeypatch.setenv("TRAFFIC_PART_BYTES", str(1 << 20))


@pytest.fixture
def acme(instance):
    """A management system on a running instance; pushes traffic, asks for jobs."""
    new = ("management-system", "create", "--slug", "acme", "--name", "Acme", "--administrator", "a@example.org")
    instance.manage(*new)
    secret = said(instance.manage("shell", "-c", PREPARE), "SECRET")

    def call(path, body=None):
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/octet-stream"}
        request = urllib.request.Request(f"{instance.address}/api/v1/acme/{path}", body, headers)  # noqa: S310 (our own loopback)
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 (our own loopback)
            return json.load(answer)

    return call


@contextlib.contextmanager
def second_worker(instance):
    """One more worker, such as another host would run: it shares database, Redis and data folder with the first."""
    command = [sys.executable, "-m", "celery", "--app", "config.celery", "worker", "--pool", "prefork",
               "--concurrency", "1", "--hostname", "second@%h", "--loglevel", "WARNING"]  # fmt: skip
    nowhere = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    told = {**os.environ, **instance.told}
    process = subprocess.Popen(command, cwd=services.ROOT, env=told, start_new_session=True, **nowhere)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def most_at_work(instance, enough=2, seconds=60):
    """How many parts were worked on at once, at most; ends when it is enough."""
    most, end = 0, time.monotonic() + seconds
    with psycopg.connect(instance.told["DATABASE_URL"], autocommit=True) as connection:
        while most < enough and time.monotonic() < end:
            row = connection.execute("SELECT count(*) FROM core_job WHERE parent_id IS NOT NULL AND state = 'working'")
            most = max(most, row.fetchone()[0])
    return most


@pytest.mark.parametrize("killed", [False, True])
def test_two_workers_read_one_file_and_every_line_counts_once(instance, acme, killed):
    content = "".join(f"{line}\n" for line in lines(LINES)).encode()
    assert 40 << 20 < len(content) < 50 << 20
    with second_worker(instance) as second:
        time.sleep(8)  # until it listens
        job = acme("traffic/?name=access.log&host=api.example.org", gzip.compress(content, 0) if killed else content)
        assert most_at_work(instance) == 2, "both workers read parts at once"
        if killed:
            os.killpg(second.pid, signal.SIGKILL)
        done = until(120, lambda: (found := acme(f"jobs/{job['id']}/"))["state"] in {"ready", "failed"} and found)
    assert done["state"] == "ready", done
    assert done["result"]["parts"] > 10 and done["result"]["lines"] == LINES
    calls, read, left, found = said(instance.manage("shell", "-c", COUNT), "COUNT").split(" ", 3)
    assert (int(calls), int(read), int(left)) == (LINES, LINES, 0)
    assert set(found.split("|")) == {f"{method} {template}" for method, template in TEMPLATES}
    assert "sound" in instance.manage("ledger", "verify", "--in", "acme", "--records")
