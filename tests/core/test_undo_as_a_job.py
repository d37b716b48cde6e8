"""A step of many records is undone as a job, by the page and by REST, which tells what became of it."""

import pytest

from aims.services.systems import register_system
from core import jobs
from core.models import Job, Membership, Person
from core.services import undoing
from core.undo import undo
from risks.models import Risk
from tests.api.test_decisions import person_client, send
from tests.core.test_undo_together import edited, risks_of
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def actor(tenant):
    return actor_for(make_member(tenant, "manager", name="Anna"), tenant)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Two are many."""
    monkeypatch.setattr(undoing, "AT_ONCE", 1)


@pytest.fixture
def step(actor):
    """A step of three records, of which one was edited since."""
    risks = risks_of(actor, *[register_system(actor=actor, name="Triage")] * 3)
    change_id = edited(actor, risks)
    again = Risk.objects.get(pk=risks[2].pk)
    again.title = "Ours"
    edited(actor, [again])
    return change_id


def test_the_page_leads_to_the_job_and_the_job_tells_what_it_did(client, tenant, actor, step):
    client.force_login(Person.objects.get(pk=actor.person_id))
    answer = client.post(f"/here/history/steps/{step}/undo/")
    job = Job.objects.get(kind=undoing.JOB)
    assert answer["Location"].endswith(f"/jobs/{job.pk}/") and job.title == "Undo of a step of 3 records"
    assert not Risk.objects.filter(title="R 0").exists()
    jobs.run_waiting()
    page = client.get(answer["Location"]).content.decode()
    assert "2 records are as they were before." in page and f"?step={job.pk}" in page
    assert "so left as they are:" in page and Risk.objects.get(title="Ours edited").ref in page
    assert Risk.objects.filter(title__in=["R 0", "R 1"]).count() == 2


def test_a_client_gets_the_job_that_undoes_it_and_the_same_one_when_it_asks_again(tenant, step):
    client = person_client(tenant, "manager", scopes=("read", "undo"))
    answers = [send(client, "post", f"history/steps/{step}/undo/", {}) for _ in range(2)]
    assert {one.status_code for one in answers} == {202} and len({one["Location"] for one in answers}) == 1
    jobs.run_waiting()
    found = client.get(answers[0]["Location"]).json()
    assert (found["state"], found["result"]["restored"], found["result"]["kept_count"]) == ("ready", 2, 1)


def test_few_records_are_put_back_while_the_person_waits(client, actor, step, monkeypatch):
    monkeypatch.setattr(undoing, "AT_ONCE", 3)
    client.force_login(Person.objects.get(pk=actor.person_id))
    assert client.post(f"/here/history/steps/{step}/undo/").status_code == 302
    assert not Job.objects.exists() and Risk.objects.filter(title="R 0").exists()


def test_a_step_that_can_no_longer_be_undone_is_said_to_be(actor, step, monkeypatch):
    job = undoing.undo_or_queue(actor=actor, change_id=step, records=3)
    monkeypatch.setattr("core.undo.DAYS", -1)
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.state == Job.FAILED and "no longer be undone" in job.error


def test_a_worker_that_dies_leaves_the_rest_to_the_next_try(actor, step, monkeypatch):
    job = undoing.undo_or_queue(actor=actor, change_id=step, records=3)
    monkeypatch.setattr("core.undo.LARGEST", 1)
    real, died = undoing.undo, []

    def dies(*args, report, **how):
        def told(done, whole):
            report(done, whole)
            if not died:
                died.append(done)
                raise KeyboardInterrupt

        return real(*args, report=told, **how)

    monkeypatch.setattr(undoing, "undo", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.run(job.pk)
    Job.objects.filter(pk=job.pk).update(state=Job.WAITING, lease_until=None)
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.state == Job.READY and (job.result["restored"], job.result["kept_count"]) == (2, 1)
    assert undo(actor, str(job.pk)).restored == 2  # one step, though two workers did it


def test_who_loses_the_right_meanwhile_undoes_no_further_part(actor, step, monkeypatch):
    job = undoing.undo_or_queue(actor=actor, change_id=step, records=3)
    monkeypatch.setattr("core.undo.LARGEST", 1)
    real = undoing.undo

    def demoted(*args, report, **how):
        def told(done, whole):
            report(done, whole)
            Membership.objects.filter(person_id=actor.person_id).update(roles=["contributor"])

        return real(*args, report=told, **how)

    monkeypatch.setattr(undoing, "undo", demoted)
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.state == Job.FAILED and job.attempt == 1 and "no longer undo" in job.error
    assert Risk.objects.filter(title__in=["R 0", "R 1"]).count() <= 1


def test_a_large_step_that_is_never_undone_is_refused_at_once(tenant, actor, step, monkeypatch):
    monkeypatch.setattr("core.undo.barred", lambda _entries: "Such steps are not undone.")
    answer = send(person_client(tenant, "manager", scopes=("read", "undo")), "post", f"history/steps/{step}/undo/", {})
    assert answer.status_code == 409 and not Job.objects.exists()
