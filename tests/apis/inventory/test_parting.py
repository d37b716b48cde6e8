"""A file read in parts by many workers is the same inventory as one read at once, and leaves nothing behind."""

import datetime
import gzip
import io
import json
import random

import pytest
import zstandard

from apis import queries
from apis.findings import Finding, PostureRun
from apis.models import Artefact, Endpoint, EndpointTraffic, PartialDigest, Service, WindowPack
from apis.packs import unpacked
from apis.services import (
    Brought,
    Delivery,
    bring,
    bring_or_queue,
    bring_traffic,
    folding,
    following,
    parting,
    queue_or_bring,
    queue_or_describe,
    signal_packs,
    threats,
)
from apis.stored import places_of
from core import clock, heavy, jobs
from core.models import Blob, Job
from evidence.models import Evidence
from tests.apis.inventory.test_bringing import AT, DESCRIPTION, HOST
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def actor(tenant):
    return actor_for(make_member(tenant, "manager"), tenant)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Parts of a few lines."""
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
    monkeypatch.setattr(parting, "LEAST", 2_000)


def content(seed=1, count=120):
    """Lines of some days, among them one that is none."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        at = AT + datetime.timedelta(hours=chance.randrange(72))
        rows.append(json.dumps({
            "at": at.isoformat(), "host": chance.choice([HOST, "other.example"]), "method": "GET",
            "key": f"k{number % 9}",
            "path": chance.choice([f"/v1/files/{number}", f"/v1/claims/claim-{number % 40}x/notes", "/v1/models"]),
            "status": chance.choice([200, 200, 404]), "took_ms": chance.randrange(1, 900),
        }))  # fmt: skip
        if number % 50 == 7:
            rows.append(f"no call {number}")
    return "".join(f"{row}\n" for row in rows).encode()


def state(tenant):
    """All that reading left behind, however it was read."""
    packs = {
        (pack.service.host, pack.day): tuple(
            unpacked(bytes(getattr(pack, name))).rows() for name in ("windows", "daily", "latency")
        )
        for pack in WindowPack.objects.filter(management_system=tenant).select_related("service")
    }
    rows = Endpoint.objects.filter(management_system=tenant).order_by("service__host", "template", "method")
    counters = {
        row.endpoint_id: (row.calls, row.bytes_in, row.bytes_out, row.first_at, row.last_at)
        for row in EndpointTraffic.objects.filter(management_system=tenant)
    }
    endpoints = [(row.service.host, row.line, row.first_seen, row.last_seen, row.replaced_by_id is None,
                  counters.get(row.pk)) for row in rows.select_related("service")]  # fmt: skip
    told = [queries.told(one) for one in Service.objects.filter(management_system=tenant).order_by("host")]
    artefacts = list(
        Artefact.objects.filter(management_system=tenant).values_list(
            "form", "lines", "read", "left_out", "undated", "unread", "hosts", "first_at", "last_at"
        )
    )
    return packs, endpoints, told, artefacts


def in_parts(actor, what, seed=0, name="a.log"):
    """Bring it in as a job and do its parts in some order; the job, and how many parts."""
    job = queue_or_bring(actor=actor, delivery=Delivery(what, name))
    jobs.run(job.pk)
    parts = list(Job.objects.filter(parent=job))
    random.Random(seed).shuffle(parts)
    for one in parts:
        jobs.run(one.pk)
    jobs.run_waiting()
    job.refresh_from_db()
    return job, len(parts)


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zstandard.compress, lambda what: what.decode().encode("utf-16")]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_parts_in_any_order_give_what_reading_at_once_gives(tenant, actor, pack, seed):
    other = make_management_system(slug="other")
    bring_traffic(actor=actor_for(make_member(other, "manager"), other), delivery=Delivery(content(), "a.log"))
    packed = pack(content())
    job, parts = in_parts(actor, packed, seed)
    assert (job.state, job.error, job.result["parts"]) == (Job.READY, "", parts) and parts > 3
    assert job.result["lines_a_second"] > 0 and job.result["unread"][0]["lines"] == 3

    def without_consumers(found):
        packs, *rest = found  # consumers are hashed with a key of each management system
        return {key: (sorted(row[:3] + row[4:] for row in windows), daily, timed)
                for key, (windows, daily, timed) in packs.items()}, *rest  # fmt: skip

    assert without_consumers(state(tenant)) == without_consumers(state(other))
    assert not (Blob.objects.exists() or PartialDigest.objects.exists() or parting.folder_of(job).exists())
    again = queue_or_bring(actor=actor, delivery=Delivery(packed, "again.log"))
    jobs.run(again.pk)
    again.refresh_from_db()
    assert (again.state, again.result["new"]) == (Job.READY, False)


def test_progress_says_which_part_how_many_lines_and_how_fast(actor, monkeypatch):
    monkeypatch.setattr(parting.time, "monotonic", iter(range(0, 10_000, 5)).__next__)
    job = queue_or_bring(actor=actor, delivery=Delivery(content(), "a.log"))
    jobs.run(job.pk)
    parts = list(Job.objects.filter(parent=job).order_by("pk"))
    real = parting.digest

    def heard(what, how, *, part, told):
        assert told(5, 100)
        return real(what, how, part=part, told=told)

    monkeypatch.setattr(parting, "digest", heard)
    jobs.run(parts[0].pk)
    job.refresh_from_db()
    assert f"Part 1 of {len(parts)}" in job.message and "lines a second" in job.message
    jobs.run(parts[1].pk)
    job.refresh_from_db()
    assert (job.done, job.total) == (1, len(parts)) and f"Part 2 of {len(parts)}" in job.message
    jobs.run_waiting()


def test_a_part_read_twice_counts_once_and_a_join_that_dies_is_done_again(tenant, actor, monkeypatch):
    job = queue_or_bring(actor=actor, delivery=Delivery(content(), "a.log"))
    jobs.run(job.pk)
    first = Job.objects.filter(parent=job).order_by("pk").first()
    running = jobs.claim(first.pk)
    parting.read_part(running)
    parting.read_part(running)  # the worker was killed before it could say that it is done
    Job.objects.filter(pk=first.pk).update(lease_until=clock.now() - datetime.timedelta(minutes=5))
    real, died = parting.joined, []

    def dies_once(parts):
        if not died:
            died.append(True)
            raise RuntimeError("killed")
        return real(parts)

    monkeypatch.setattr(parting, "joined", dies_once)
    jobs.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.result["lines"], job.result["read"]) == (Job.READY, 123, 120) and died
    assert sum(EndpointTraffic.objects.values_list("calls", flat=True)) == 120


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_cancelling_removes_file_parts_and_what_they_added_up_to(tenant, actor, pack):
    job = queue_or_bring(actor=actor, delivery=Delivery(pack(content()), "a.log"))
    jobs.run(job.pk)
    jobs.run(Job.objects.filter(parent=job).first().pk)
    assert PartialDigest.objects.exists() and Blob.objects.exists()
    jobs.cancel(job)
    assert not (Job.objects.filter(parent=job).exists() or PartialDigest.objects.exists() or Blob.objects.exists())
    assert not parting.folder_of(job).exists()
    jobs.run_waiting()
    assert not Artefact.objects.exists() and str(PartialDigest(job=job)) == str(job.pk)


def test_what_breaks_off_is_kept_with_the_reason(tenant, actor):
    packed = gzip.compress(content(count=400))
    job, _parts = in_parts(actor, packed[: len(packed) // 2])
    found = Artefact.objects.get()
    reasons = {one["reason"]: one for one in found.unread}
    assert job.state == Job.READY and reasons["cut_off"]["lines"] == 1 and found.read > 100
    assert found.lines == found.read + sum(one["lines"] for one in found.unread)
    for what, reason in ((gzip.compress(b"x" * 5000)[:12], "cut off"), (gzip.compress(b""), "nothing"),
                         (gzip.compress(b"no call\n"), "no format")):  # fmt: skip
        failed, _parts = in_parts(actor, what)
        assert failed.state == Job.FAILED and reason in failed.error
        assert not (Blob.objects.exists() or parting.folder_of(failed).exists())


def test_a_bomb_is_refused_while_it_is_unpacked(actor, monkeypatch):
    monkeypatch.setattr("apis.traffic.sources.FREE", 1 << 20)
    monkeypatch.setattr(parting, "LEAST", 1 << 20)
    job, parts = in_parts(actor, gzip.compress(b"0123456\n" * (1 << 20)))
    assert (job.state, parts) == (Job.FAILED, 0) and "unpacks" in job.error
    assert not parting.folder_of(job).exists()


def test_recordings_are_one_whole_and_small_files_one_task(actor, monkeypatch):
    answer = {"status": 200, "content": {"mimeType": "application/json"}}
    entries = [
        {"startedDateTime": "2026-11-02T10:00:00Z", "request": {"method": "GET", "url": f"https://h.example/{n}"},
         "response": answer}
        for n in range(50)
    ]  # fmt: skip
    job, parts = in_parts(actor, json.dumps({"log": {"entries": entries}}).encode())
    assert (job.state, parts, job.result["parts"]) == (Job.READY, 0, 1)
    monkeypatch.setattr(parting, "LEAST", 1 << 20)
    job, parts = in_parts(actor, content(seed=2))
    assert (job.state, parts) == (Job.READY, 0)


def described(operations):
    """A description of so many operations."""
    answer = {"responses": {"200": {"description": "Fine"}}}
    return json.dumps({**DESCRIPTION, "paths": {f"/things/{n}": {"get": answer} for n in range(operations)}}).encode()


def test_long_descriptions_become_a_job_and_short_ones_do_not(tenant, actor, monkeypatch):
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 4 << 20)
    monkeypatch.setattr("apis.services.queued.OPERATIONS", 5)
    for ask in (queue_or_bring, queue_or_describe):
        assert isinstance(ask(actor=actor, delivery=Delivery(described(5), "a.json")), Brought)
        assert isinstance(ask(actor=actor, delivery=Delivery(described(6), "b.json")), Job)
    file = io.BytesIO(gzip.compress(described(7)))
    file.size, file.name = 500, "c.json.gz"
    job = bring_or_queue(actor=actor, file=file, name=file.name, host="", systems=[])
    monkeypatch.setattr("apis.services.queued.DESCRIBED_AT_ONCE", 100)
    large = queue_or_describe(actor=actor, delivery=Delivery(described(4), "d.json"))
    jobs.run_waiting()
    for one in (job, large):
        one.refresh_from_db()
        assert one.state == Job.READY and one.result["parts"] == 1
    assert Blob.objects.filter(name="b.json").exists(), "descriptions are kept"


def test_a_description_that_is_cut_off_is_refused(actor):
    with pytest.raises(Exception, match="cut_off"):
        queue_or_describe(actor=actor, delivery=Delivery(gzip.compress(described(3))[:-9], "a.json.gz"))


def test_counters_raised_by_each_batch_are_what_the_windows_add_up_to(tenant, actor):
    from apis.services import folding  # noqa: PLC0415 (only here)
    from core.change import change  # noqa: PLC0415 (only here)

    for seed in range(3):
        bring_traffic(actor=actor, delivery=Delivery(content(seed), f"{seed}.log"))
    before = state(tenant)
    with change(actor, "apis.bring_in") as unit:
        for service in Service.objects.all():
            folding.count(folding.Inventory(unit, service), folding.sums_of(service, places_of(service)))
    assert state(tenant) == before


def test_who_is_quicker_while_parts_are_read_counts_alone(tenant, actor):
    job = queue_or_bring(actor=actor, delivery=Delivery(content(), "a.log"))
    jobs.run(job.pk)
    for one in Job.objects.filter(parent=job):
        jobs.run(one.pk)
    real, quick = parting.together, []

    def overtaken(running, parts):
        found = real(running, parts)
        quick.append(bring_traffic(actor=actor, delivery=Delivery(content(), "quick.log")))
        return found

    parting.together = overtaken
    try:
        jobs.run_waiting()
    finally:
        parting.together = real
    job.refresh_from_db()
    assert (job.state, job.result["new"], len(quick)) == (Job.READY, False, 1)
    assert sum(EndpointTraffic.objects.values_list("calls", flat=True)) == 120


def test_progress_is_told_once_a_second_at_most(actor, monkeypatch):
    job = queue_or_bring(actor=actor, delivery=Delivery(content(), "a.log"))
    jobs.run(job.pk)
    real, told = parting.digest, []
    monkeypatch.setattr(parting, "_tell", told.append)

    def heard(what, how, *, part, told):
        assert told(5, 100) and told(6, 110)
        return real(what, how, part=part, told=told)

    monkeypatch.setattr(parting, "digest", heard)
    jobs.run(Job.objects.filter(parent=job).first().pk)
    assert len(told) == 1  # at the end


def test_learning_more_rewrites_no_day_and_figures_anew_the_hours_it_concerns_alone(tenant, actor, monkeypatch):
    def day(number, *paths):
        rows = [json.dumps({"at": f"2026-11-0{number}T10:00:00Z", "host": HOST, "method": "GET", "path": path})
                for path in paths]  # fmt: skip
        bring_traffic(actor=actor, delivery=Delivery("\n".join(rows).encode(), f"{number}.ndjson"))

    day(1, "/v1/files/a1", "/v1/files/b2")
    day(2, "/v1/models")
    figured, saved, hours, save = [], [], signal_packs.hours_of, heavy.save
    monkeypatch.setattr(signal_packs, "hours_of", lambda whole: (figured.append(whole), hours(whole))[1])
    monkeypatch.setattr(heavy, "save", lambda pack: (saved.append((type(pack).__name__, pack.day.day)), save(pack)))
    day(3, *(f"/v1/files/c{n}" for n in range(9)))
    assert set(saved) == {("SignalPack", 3), ("WindowPack", 3)}
    assert {one.activities["hour"].dt.day().first() for one in figured} == {1, 3}
    assert all(set(one.activities["template"]) == {"/v1/files/{file_id}"} for one in figured)
    counted = EndpointTraffic.objects.get(endpoint__template="/v1/files/{file_id}")
    assert counted.calls == 11


def test_a_pushed_description_is_judged_and_kept_as_evidence(actor, monkeypatch):
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 4 << 20)
    queue_or_describe(actor=actor, delivery=Delivery(described(3), "a.json"))
    assert PostureRun.objects.get().looked and Finding.objects.exists()
    assert Evidence.objects.get().number == 1


@pytest.mark.parametrize("cut", [True, False])
def test_a_worker_that_dies_before_what_follows_leaves_it_to_the_next_try(actor, monkeypatch, cut):
    if not cut:
        monkeypatch.setattr(parting, "is_cut", lambda source: False)
    job = queue_or_bring(actor=actor, delivery=Delivery(content(), "a.log"))
    real, died = following.follow, []

    def dies_once(**told):
        if not died:
            died.append(True)
            raise RuntimeError("killed")
        real(**told)

    monkeypatch.setattr(following, "follow", dies_once)
    jobs.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.result["new"], died) == (Job.READY, True, [True])
    assert PostureRun.objects.count() == Evidence.objects.count() == Service.objects.count() == 2


def test_a_file_of_which_nothing_was_understood_shows_its_first_line_in_the_job(actor):
    job = queue_or_bring(actor=actor, delivery=Delivery(b"no call at all\n" * 9, "a.log"))
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.state == Job.FAILED and "“no call at all”" in job.error


@pytest.fixture
def reports(monkeypatch):
    """What jobs report: message, n, of m; a function put into ``then`` hears each message, too."""
    found, real = [], jobs.Running.progress
    found_then = {"then": lambda job, message: None}

    def progress(running, done, total=None, message=""):
        found.append((message, done, total))
        found_then["then"](running.job, message)
        real(running, done, total, message)

    monkeypatch.setattr(jobs.Running, "progress", progress)
    return found, found_then


def test_the_job_says_which_part_is_joined_and_what_follows(tenant, actor, reports):
    found, _then = reports
    job, parts = in_parts(actor, content())
    assert [one for one in found if one[0].startswith("Joining")] == [
        (f"Joining the parts: {n + 1} of {parts}", n, parts) for n in range(parts)
    ]
    told = [one for one in found[[one[0] for one in found].index("Judging by the rules") :] if one[0]]
    hosts = sorted([HOST, "other.example"])
    days = [f"Looking for threats: day {n} of 4 of {host}" for host in hosts for n in range(1, 5)]
    assert list(dict.fromkeys(message for message, *_rest in told)) == [
        "Judging by the rules", *days, "Keeping evidence: service 1 of 2", "Keeping evidence: service 2 of 2",
        "Judged, looked through for threats and kept as evidence",
    ]  # fmt: skip
    assert (job.state, job.done, job.total, job.message) == (Job.READY, 2, 2, told[-1][0])


@pytest.mark.parametrize(("at", "state"), [("Joining the parts: 2", Job.CANCELLED), ("Looking for", Job.READY)])
def test_a_stop_is_heard_until_the_inventory_has_it_and_then_it_is_judged_to_the_end(actor, reports, at, state):
    def stops(job, message):
        if message.startswith(at):
            Job.objects.filter(kind="apis.bring_in").update(cancel_requested=True)

    reports[1]["then"] = stops
    job, _parts = in_parts(actor, content())
    assert (job.state, Artefact.objects.exists(), Evidence.objects.exists()) == (state, *[state == Job.READY] * 2)
    assert not (PartialDigest.objects.exists() or Blob.objects.exists())


def test_days_are_kept_and_looked_through_one_after_the_other(tenant, actor, monkeypatch):
    other = make_management_system(slug="other")
    bring(actor=actor_for(make_member(other, "manager"), other), delivery=Delivery(content(), "a.log"))
    looked, kept = [], []
    real_look, real_keep = threats.alarms_in, folding.add_windows

    def look(whole, *rest):
        looked.append(whole.activities["hour"].dt.date().n_unique())
        return real_look(whole, *rest)

    def keep(service, windows, latency):
        kept.append(windows["hour"].dt.date().n_unique())
        real_keep(service, windows, latency)

    monkeypatch.setattr(threats, "alarms_in", look)
    monkeypatch.setattr(folding, "add_windows", keep)
    monkeypatch.setattr("apis.traffic.days.HELD", 0)
    job, _parts = in_parts(actor, content())
    assert job.state == Job.READY and looked == kept == [1] * 8
    for one, its in zip(state(tenant)[1:], state(other)[1:], strict=True):
        assert one == its
