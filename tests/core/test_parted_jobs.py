"""One job in many parts: in any order, done twice, failed, given up or cancelled, the whole ends once and is tidy."""

import random

import pytest
from django.utils import timezone

from core import jobs
from core.lists.work import JobRegister
from core.models import Job
from core.queries.jobs import job as job_of
from core.queries.rest import jobs_of
from core.scope import current
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]
WHOLE, PART = "test.whole", "test.part"
SEEN: list = []
ENDED: list = []


@jobs.handler(WHOLE)
def whole(running):
    parts = running.parts()
    if not parts:
        running.split(PART, [{"word": word} for word in running.params["words"]])
    SEEN.append("".join(one.result["word"] for one in parts))


@jobs.handler(PART)
def part(running):
    word = running.params["word"]
    if word == "bad":
        raise jobs.JobFailed("This part is bad.")
    if word == "odd":
        raise ValueError("odd")
    running.result(word=word)
    running.tell_whole(running.params["part"], f"part {running.params['part']} of {running.params['parts']}")


@jobs.afterwards(WHOLE)
def ended(job):
    ENDED.append(job.pk)


@pytest.fixture
def tenant():
    SEEN.clear()
    ENDED.clear()
    return make_management_system(slug="here")


@pytest.fixture
def actor(tenant):
    return actor_for(make_member(tenant, "manager"), tenant)


def begun(actor, *words):
    """A job whose parts wait."""
    job = jobs.enqueue(actor, WHOLE, {"words": words}, title="In parts")
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def parts_of(job):
    """Its parts in order."""
    return sorted(Job.objects.filter(parent=job), key=lambda one: one.params["part"])


def test_the_whole_goes_on_once_when_the_last_part_is_ready_in_any_order(actor):
    for seed in range(4):
        SEEN.clear()
        job = begun(actor, "a", "b", "c", "d")
        assert (job.state, job.lease_until, job.total) == (Job.WORKING, None, 4)
        assert jobs.claim(job.pk) is None, "nobody takes a job whose parts work"
        order = parts_of(job)
        random.Random(seed).shuffle(order)
        for one in order[:-1]:
            jobs.run(one.pk)
            jobs.run(one.pk)  # a message that comes twice
            jobs.run(job.pk)
            assert SEEN == []
        jobs.run(order[-1].pk)
        job.refresh_from_db()
        assert (job.state, job.message) == (Job.WAITING, f"part {order[-1].params['part']} of 4")
        jobs.run_waiting()
        job.refresh_from_db()
        assert (job.state, SEEN) == (Job.READY, ["abcd"])
        assert not Job.objects.filter(parent=job).exists() and ENDED.count(job.pk) == 1


def test_people_and_programs_see_the_whole_alone(tenant, actor):
    job = begun(actor, "a", "b")
    scope = current(tenant.pk)
    assert list(JobRegister().rows(scope, actor)) == [job] and list(jobs_of(actor)) == [job]
    assert job_of(scope, parts_of(job)[0].pk, actor) is None and job_of(scope, job.pk, actor) == job


def test_a_part_that_fails_fails_the_whole_and_takes_the_others_away(actor):
    job = begun(actor, "a", "bad", "c")
    late = jobs.claim(parts_of(job)[2].pk)
    jobs.run(parts_of(job)[1].pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.FAILED, "This part is bad.") and ENDED == [job.pk]
    assert not Job.objects.filter(parent=job).exists() and SEEN == []
    with pytest.raises(jobs.Lost):
        late.progress(1)
    with pytest.raises(jobs.Lost):
        late.result(word="c")
    late.tell_whole(3, "too late")
    job.refresh_from_db()
    assert job.message != "too late"


def test_a_part_that_is_given_up_fails_the_whole(actor):
    job = begun(actor, "a", "odd")
    for _try in range(jobs.MOST_TRIES):
        jobs.run(parts_of(job)[1].pk)
    job.refresh_from_db()
    assert job.state == Job.FAILED and "odd" in job.error
    job = begun(actor, "a", "b")
    lost = parts_of(job)[0]  # workers are killed, again and again
    Job.objects.filter(pk=lost.pk).update(state=Job.WORKING, attempt=jobs.MOST_TRIES, lease_until=timezone.now())
    Job.objects.filter(pk=lost.pk).update(lease_until=timezone.now() - timezone.timedelta(minutes=5))
    jobs.run(lost.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.FAILED, "Given up after 3 tries.")


def test_a_part_of_a_killed_worker_is_done_by_another(actor):
    job = begun(actor, "a", "b")
    first, second = parts_of(job)
    killed = jobs.claim(first.pk)
    Job.objects.filter(pk=first.pk).update(lease_until=timezone.now() - timezone.timedelta(minutes=5))
    assert jobs.sweep() == 2  # the lapsed one and the one that waits; never the whole
    jobs.run(first.pk)
    with pytest.raises(jobs.Lost):
        killed.result(word="twice")
    jobs.run(second.pk)
    jobs.run_waiting()
    assert SEEN == ["ab"]


@pytest.mark.parametrize("woken", [False, True])
def test_cancelling_takes_all_parts_away_at_once(actor, woken):
    job = begun(actor, "a", "b")
    for one in parts_of(job) if woken else parts_of(job)[:1]:
        jobs.run(one.pk)
    assert jobs.cancel(job).state == Job.CANCELLED
    assert not Job.objects.filter(parent=job).exists() and ENDED == [job.pk]
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.state == Job.CANCELLED and SEEN == []


def test_a_whole_that_was_taken_over_hands_out_no_parts(actor):
    job = jobs.enqueue(actor, WHOLE, {"words": ["a"]}, title="In parts")
    lost = jobs.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timezone.timedelta(minutes=5))
    assert jobs.claim(job.pk) is not None
    with pytest.raises(jobs.Lost):
        lost.split(PART, [{"word": "a"}])
    assert not Job.objects.filter(parent=job).exists()
    Job.objects.filter(pk=job.pk).update(cancel_requested=True, lease_until=timezone.now() - timezone.timedelta(1))
    assert jobs.claim(job.pk) is None
    job.refresh_from_db()
    assert job.state == Job.CANCELLED and ENDED == [job.pk]
