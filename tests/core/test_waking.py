"""Who asks for a job wakes a worker at once; the sweep is for the day on which the broker was away."""

import subprocess
import sys

import pytest

from core import jobs
from core.models import Job
from tests.makers import actor_for, make_management_system, make_member

ASK = "import config.wsgi; from core import jobs; print('wakes', len(jobs._publish))"


def test_the_web_process_knows_how_to_wake_a_worker():
    told = subprocess.run([sys.executable, "-c", ASK], check=True, capture_output=True, text=True)
    assert "wakes 1" in told.stdout


@pytest.mark.django_db
def test_a_job_of_which_nobody_was_told_is_due_at_once(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(jobs, "_publish", [])
    monkeypatch.setitem(jobs._handlers, "test.told", lambda running: None)
    tenant = make_management_system(slug="here")
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue(actor_for(make_member(tenant, "manager"), tenant), "test.told", {})
    assert Job.objects.get(pk=job.pk).published_at is None
    sent: list[str] = []
    monkeypatch.setattr(jobs, "_publish", [sent.append])
    assert jobs.sweep() == 1
    assert sent == [str(job.pk)]


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [True, False], ids=["ran at once", "waits"])
def test_a_broker_that_is_away_is_told_of_where_somebody_waits(
    monkeypatch, django_capture_on_commit_callbacks, caplog, at_once
):
    def away(_job_id):
        raise ConnectionError

    monkeypatch.setattr(jobs, "_publish", [away])
    monkeypatch.setitem(jobs._handlers, "test.told", lambda running: None)
    tenant = make_management_system(slug="here")
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue(actor_for(make_member(tenant, "manager"), tenant), "test.told", {})
        if at_once:
            jobs.run(job.pk)
    assert ("was not published" in caplog.text) is not at_once
