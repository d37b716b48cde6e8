"""What follows from what was brought in is done once, whatever happens between keeping it and doing it."""

import datetime
import json

import pytest
from django.utils import timezone

from apis.findings import PostureRun
from apis.models import Artefact
from apis.services import Delivery, bring, following, owing, queue_or_bring, queue_or_describe
from apis.threat_records import ThreatSignal
from core import jobs
from core.models import Entry, Job
from evidence.models import Evidence
from tests.apis.posture.test_doors import client_of
from tests.apis.threats.makers import scan
from tests.makers import make_management_system, make_manager

pytestmark = [pytest.mark.django_db, pytest.mark.data]
DONE = (1, 3, 1, 0)
DESCRIPTION = json.dumps(
    {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "servers": [{"url": "https://api.example.org"}],
     "paths": {"/v1/items": {"get": {"responses": {"200": {"description": "Items"}}}}}}
).encode()  # fmt: skip


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def actor():
    return make_manager(make_management_system(slug="north"))


def delivery():
    """Lines of which a posture run, a signal and evidence follow."""
    return Delivery("\n".join(scan()).encode(), "scan.ndjson")


def state():
    """What followed: runs, signals, evidence; and artefacts of which something is still to follow."""
    return (PostureRun.objects.count(), ThreatSignal.objects.count(), Evidence.objects.count(),
            Job.objects.filter(kind=owing.JOB).count())  # fmt: skip


@pytest.fixture(params=["apis.services.describing.followed", "apis.services.following.follow"],
                ids=["kept", "about to follow"])  # fmt: skip
def died(request, actor, monkeypatch):
    """A process that was killed after it kept an artefact; its lease is over."""

    def dies(*_args, **_named):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(request.param, dies)
        with pytest.raises(Killed):
            queue_or_bring(actor=actor, delivery=delivery())
    assert Artefact.objects.count() == 1 and state() == (0, 0, 0, 1)
    past = timezone.now() - datetime.timedelta(minutes=1)
    Job.objects.filter(state=Job.WORKING).update(lease_until=past)
    Job.objects.update(published_at=past)
    return Job.objects.get()


def test_the_same_bytes_again_make_up_for_what_a_killed_process_left(actor, died):
    again = queue_or_bring(actor=actor, delivery=delivery())
    assert not again.is_new and state() == DONE


def test_the_sweeper_makes_up_for_what_a_killed_process_left(actor, died, monkeypatch):
    monkeypatch.setattr(jobs, "_publish", [jobs.run])
    assert jobs.sweep() == 1
    assert state() == DONE
    assert jobs.sweep() == 0


def test_nothing_is_done_twice(actor, died, monkeypatch):
    monkeypatch.setattr(jobs, "_publish", [jobs.run])
    jobs.sweep()
    entries = Entry.objects.count()
    queue_or_bring(actor=actor, delivery=delivery())
    jobs.run(died.pk)
    jobs.sweep()
    assert state() == DONE and Entry.objects.count() == entries


def test_what_somebody_does_at_this_moment_is_left_to_them(actor, monkeypatch):
    real, seen = following.follow, []

    def meanwhile(**told):
        if not seen:
            seen.append(bring(actor=actor, delivery=delivery()).is_new)
            assert state()[:3] == (0, 0, 0)
        real(**told)

    monkeypatch.setattr(following, "follow", meanwhile)
    assert bring(actor=actor, delivery=delivery()).is_new
    assert seen == [False] and state() == DONE


def test_what_fails_is_told_and_tried_again_a_few_times_and_what_was_brought_in_is_kept(actor, monkeypatch, caplog):
    tries = []

    def fails(**_told):
        tries.append(True)
        raise RuntimeError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(following, "follow", fails)
        found = bring(actor=actor, delivery=delivery())
        assert found.is_new and "no room" in caplog.text
        jobs.run_waiting()
    job = Job.objects.get()
    assert (len(tries), job.state, job.title) == (3, Job.FAILED, "What follows from scan.ndjson")
    assert "no room" in job.error and jobs.sweep() == 0
    bring(actor=actor, delivery=delivery())
    assert state() == DONE


def test_the_page_of_what_was_brought_in_says_what_is_left_undone(actor, monkeypatch):
    browser = client_of(actor)

    def page():
        return browser.get(f"/north/apis/brought-in/{Artefact.objects.get().ref}/").content.decode()

    def fails(**_told):
        raise RuntimeError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(following, "follow", fails)
        bring(actor=actor, delivery=delivery())
        assert "It is still being judged" in page()
        jobs.run_waiting()
    assert "Bring the same file in again" in page() and f"/jobs/{Job.objects.get().pk}/" in page()
    bring(actor=actor, delivery=delivery())
    assert "Bring the same file in again" not in page()


def test_what_failed_once_is_done_by_the_next_try(actor, monkeypatch):
    real, tries = following.follow, []

    def fails_once(**told):
        tries.append(True)
        if len(tries) == 1:
            raise RuntimeError
        real(**told)

    monkeypatch.setattr(following, "follow", fails_once)
    bring(actor=actor, delivery=delivery())
    assert Job.objects.get().state == Job.WAITING
    jobs.run_waiting()
    assert state() == DONE


def test_a_description_owes_what_follows_too(actor, monkeypatch):
    def dies(*_args, **_named):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("apis.services.queued.followed", dies)
        with pytest.raises(Killed):
            queue_or_describe(actor=actor, delivery=Delivery(DESCRIPTION, "a.json"))
    assert state() == (0, 0, 0, 1)
    queue_or_describe(actor=actor, delivery=Delivery(DESCRIPTION, "a.json"))
    assert state() == (1, 0, 1, 0)


def test_who_brings_in_does_what_follows_under_their_own_name(actor):
    bring(actor=actor, delivery=delivery())
    told = Entry.objects.filter(action="apis.judge").values_list("door", "actor_id").distinct()
    assert [(door, str(who)) for door, who in told] == [(actor.door, str(actor.person_id))]
