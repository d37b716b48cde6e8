"""A log that grew, or is packed otherwise, counts with what is new in it alone, by whatever door it comes."""

import gzip
import json
import zlib

import pytest
import zstandard

from apis.models import Artefact, EndpointTraffic, PartialDigest
from apis.services import Delivery, bring, bringing, parting, queue_or_bring
from apis.traffic import Unreadable
from core import jobs
from core.models import Blob, Job
from tests.api.test_foundation import bearer
from tests.apis.inventory.test_bringing import actor, line, tenant
from tests.apis.inventory.test_parting import in_parts
from tests.makers import actor_for, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]
__all__ = ["actor", "tenant"]
PACKS = {"plain": bytes, "gzip": gzip.compress, "zstd": zstandard.compress,
         "utf-16": lambda what: what.decode().encode("utf-16")}  # fmt: skip


def log(count, first=0):
    """So many lines, each longer than a few bytes, so that some are more than is compared at first."""
    return "".join(f"{line(f'/v1/files/{number}', user=f'u{number}')}\n" for number in range(first, count)).encode()


def calls():
    return sum(EndpointTraffic.objects.values_list("calls", flat=True))


@pytest.mark.parametrize("after", list(PACKS))
@pytest.mark.parametrize("before", list(PACKS))
def test_a_grown_log_counts_with_what_is_new(tenant, actor, before, after):
    first = bring(actor=actor, delivery=Delivery(PACKS[before](log(60)), "access.log")).artefact
    grown = bring(actor=actor, delivery=Delivery(PACKS[after](log(100)), "access.log.1")).artefact
    assert (grown.continues, grown.lines_before, grown.lines, grown.read) == (first, 60, 40, 40)
    assert calls() == 100
    again = bring(actor=actor, delivery=Delivery(PACKS[after](log(130)), "access.log.2")).artefact
    assert (again.continues, again.lines_before, again.lines) == (grown, 100, 30) and calls() == 130


@pytest.mark.parametrize("count", [3, 60])
def test_the_same_lines_packed_otherwise_change_nothing(tenant, actor, count):
    first = bring(actor=actor, delivery=Delivery(log(count), "access.log")).artefact
    for pack in list(PACKS.values())[1:]:
        same = bring(actor=actor, delivery=Delivery(pack(log(count)), "access.log.gz"))
        assert (same.is_new, same.artefact) == (False, first)
    assert calls() == count and Artefact.objects.count() == 1


def test_a_torn_last_line_is_read_again_and_one_without_its_end_is_not(tenant, actor):
    whole = log(61)
    bring(actor=actor, delivery=Delivery(whole[:-30], "torn.log"))
    assert calls() == 60
    bring(actor=actor, delivery=Delivery(whole[:-1], "no-end.log"))
    assert calls() == 61
    bring(actor=actor, delivery=Delivery(whole, "end.log"))
    assert Artefact.objects.count() == 2 and calls() == 61
    grown = bring(actor=actor, delivery=Delivery(log(62), "grown.log")).artefact
    assert grown.lines == 1 and calls() == 62


def test_lines_that_could_not_be_read_are_told_by_their_place_in_the_file(tenant, actor):
    bring(actor=actor, delivery=Delivery(log(60), "access.log"))
    grown = bring(actor=actor, delivery=Delivery(log(61) + b"no call\n", "access.log")).artefact
    assert grown.unread[0]["samples"][0][0] == 62


def test_logs_that_begin_alike_and_then_differ_count_both(tenant, actor):
    bring(actor=actor, delivery=Delivery(log(60), "a.log"))
    other = bring(actor=actor, delivery=Delivery(log(40) + log(90, 70), "b.log")).artefact
    assert other.continues is None and calls() == 120


def test_a_document_is_compared_as_a_whole_alone(tenant, actor):
    rows = [json.loads(line(f"/v1/files/{n}")) for n in range(60)]
    text = json.dumps(rows, indent=1).encode()
    bring(actor=actor, delivery=Delivery(text, "a.json"))
    more = bring(actor=actor, delivery=Delivery(text + b"\n", "b.json"))
    assert not more.is_new and calls() == 60


@pytest.mark.parametrize(
    ("before", "after"),
    [("plain", "plain"), ("plain", "gzip"), ("gzip", "zstd"), ("zstd", "utf-16"), ("utf-16", "plain")],
)
def test_a_large_grown_log_is_read_in_parts_from_where_it_was_read(tenant, actor, monkeypatch, before, after):
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
    monkeypatch.setattr(parting, "LEAST", 2_000)
    _job, parts = in_parts(actor, PACKS[before](log(60)))
    first = Artefact.objects.get()
    assert calls() == 60 and parts > 1
    job, parts = in_parts(actor, PACKS[after](log(100)))
    grown = Artefact.objects.get(continues=first)
    assert calls() == 100 and (grown.lines_before, grown.lines, job.result["lines"]) == (60, 40, 40) and parts > 1
    assert in_parts(actor, PACKS["utf-16" if after == "gzip" else "gzip"](log(100)))[0].result["new"] is False
    assert calls() == 100


def overtake(monkeypatch, actor, lines=60):
    """Somebody brings another in, of so many lines, after the log was compared and before it is kept."""
    real = bringing.keep

    def late(*args):
        monkeypatch.setattr(bringing, "keep", real)
        bring(actor=actor, delivery=Delivery(log(lines), "quicker.log"))
        return real(*args)

    monkeypatch.setattr(bringing, "keep", late)


def test_who_is_overtaken_by_the_beginning_of_a_log_reads_from_there_on(tenant, actor, monkeypatch):
    overtake(monkeypatch, actor)
    grown = bring(actor=actor, delivery=Delivery(log(100), "access.log")).artefact
    assert calls() == 100 and grown.lines_before == 60


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_job_that_is_overtaken_reads_anew_by_itself_what_is_new_and_says_so(
    manager_client, tenant, actor, monkeypatch, pack
):
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
    monkeypatch.setattr(parting, "LEAST", 2_000)
    overtake(monkeypatch, actor)
    job, _parts = in_parts(actor, pack(log(100)))
    grown = Artefact.objects.order_by("pk").last()
    assert (job.state, job.error, job.result["read_anew"], calls()) == (Job.READY, "", 1, 100)
    assert (grown.lines_before, grown.lines, job.result["lines"]) == (60, 40, 40)
    assert not (PartialDigest.objects.exists() or Blob.objects.exists() or parting.folder_of(job).exists())
    assert "Only what is new in it was counted" in manager_client.get(f"/here/jobs/{job.pk}/").content.decode()


@pytest.mark.parametrize(
    "overtaken", [(100, "nothing was counted again", 100), (140, "also those that are in both", 240)]
)
def test_a_job_that_is_overtaken_by_as_much_or_by_more_says_what_it_counted(
    manager_client, tenant, actor, monkeypatch, overtaken
):
    quicker, says, counted = overtaken
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
    monkeypatch.setattr(parting, "LEAST", 2_000)
    overtake(monkeypatch, actor, quicker)
    job, _parts = in_parts(actor, gzip.compress(log(100)))
    assert (job.state, job.result["read_anew"], calls()) == (Job.READY, 1, counted)
    page = manager_client.get(f"/here/jobs/{job.pk}/").content.decode()
    assert says in page and "Only what is new" not in page


@pytest.mark.parametrize("counts", [(60, 100), (100, 100)])
def test_large_files_that_begin_alike_at_the_same_moment_count_what_they_say_together(
    tenant, actor, monkeypatch, counts
):
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
    monkeypatch.setattr(parting, "LEAST", 2_000)
    packs = (bytes, gzip.compress)
    mine = [
        queue_or_bring(actor=actor, delivery=Delivery(pack(log(count)), f"{count}.log"))
        for pack, count in zip(packs, counts, strict=True)
    ]
    for job in mine:
        jobs.run(job.pk)  # both are cut before one of them is joined
    jobs.run_waiting()
    assert [Job.objects.get(pk=job.pk).state for job in mine] == [Job.READY] * 2 and calls() == 100
    assert not (PartialDigest.objects.exists() or Blob.objects.exists())


def test_a_push_is_told_what_it_goes_on_from(tenant, actor):
    client = bearer(tenant, "traffic:write", actor=actor_for(make_member(tenant, "administrator", "manager"), tenant))

    def push(what):
        return client.post("/api/v1/here/traffic/", what, content_type="application/octet-stream").json()

    first, grown = push(log(60)), push(log(100))
    assert (first["continues"], first["lines_before"]) == (None, 0)
    assert (grown["continues"], grown["lines_before"], grown["lines"]) == (first["artefact"], 60, 40)


def test_the_page_says_what_a_log_goes_on_from(client, manager_client, tenant, actor):
    first = bring(actor=actor, delivery=Delivery(log(60), "access.log")).artefact
    grown = bring(actor=actor, delivery=Delivery(log(100), "access.log")).artefact
    first_page = manager_client.get(f"/here/apis/brought-in/{first.ref}/").content.decode()
    assert "Goes on from" not in first_page
    page = manager_client.get(f"/here/apis/brought-in/{grown.ref}/").content.decode()
    assert f"{first.ref}</a>" in page and "60 lines were brought in then and do not count again" in page


@pytest.fixture
def manager_client(client, actor):
    from core.models import Person  # noqa: PLC0415 (only here)

    client.force_login(Person.objects.get(pk=actor.person_id))
    return client


def broken_after(text, whole):
    """A gzip that breaks off right after a text, and the whole one."""
    packer = zlib.compressobj(wbits=31)
    begun = packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)
    return begun, begun + packer.compress(whole[len(text) :]) + packer.flush()


@pytest.mark.parametrize("lost", [0, 1, 20])
@pytest.mark.parametrize("parts", [False, True])
def test_a_line_in_which_a_packed_log_broke_off_counts_when_the_whole_one_comes(
    tenant, actor, monkeypatch, lost, parts
):
    whole = log(100)
    begun, packed = broken_after(log(60)[: len(log(60)) - lost], whole)
    if parts:
        monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
        monkeypatch.setattr(parting, "LEAST", 2_000)
    for what in (begun, packed):
        if parts:
            assert in_parts(actor, what)[0].state == Job.READY
        else:
            bring(actor=actor, delivery=Delivery(what, "access.log.gz"))
    assert calls() == 100 and Artefact.objects.order_by("pk").last().lines_before == (60 if lost == 0 else 59)


def test_what_is_written_to_a_log_while_it_is_read_counts_the_next_time(tenant, actor, tmp_path, monkeypatch):
    path, real = tmp_path / "access.log", bringing.digest
    path.write_bytes(log(60))

    def grows(*args, **more):
        monkeypatch.setattr(bringing, "digest", real)
        path.write_bytes(log(70))
        return real(*args, **more)

    monkeypatch.setattr(bringing, "digest", grows)
    bring(actor=actor, delivery=Delivery(path, "access.log"))
    assert calls() == 60
    path.write_bytes(log(80))
    bring(actor=actor, delivery=Delivery(path, "access.log"))
    assert calls() == 80


def test_a_log_to_which_only_empty_lines_were_added_changes_nothing(tenant, actor):
    first = bring(actor=actor, delivery=Delivery(log(60), "access.log")).artefact
    again = bring(actor=actor, delivery=Delivery(log(60) + b"\n  \n", "access.log"))
    assert (again.is_new, again.artefact) == (False, first)
    with pytest.raises(Unreadable, match="not_understood"):
        bring(actor=actor, delivery=Delivery(log(60) + b"no call\n", "access.log"))
