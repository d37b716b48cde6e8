"""Files are looked at and brought in on one page; lines of one's own are read by a field map."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from apis.models import Artefact, Endpoint, FieldMap
from apis.services import describing, queue_or_bring, queued, save_field_map
from core import jobs
from core.errors import Forbidden
from core.models import Job, Profile
from tests.apis.inventory.test_bringing import DESCRIPTION, actor, delivery, line, tenant
from tests.makers import actor_for, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]
__all__ = ["actor", "tenant"]
OURS = json.dumps({"t": "2026-11-02T10:00:00Z", "req": {"verb": "GET", "where": "/v1/models"}, "code": 200}) + "\n"
FIELDS = {"at": "t", "method": "req.verb", "path": "req.where", "status": "code"}
URL = "/here/apis/brought-in/new/"


def file(content, name="a.ndjson"):
    """A file as it is sent."""
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def manager(client, tenant):
    client.force_login(make_member(tenant, "manager"))
    return client


def test_a_look_keeps_nothing_and_says_what_would_be_understood(manager, tenant):
    sent = [file(f"{line('/v1/files/7')}\nnonsense\n"), file(json.dumps(DESCRIPTION), "claims.json"), file(b"\n", "no")]
    page = manager.post(URL, {"file": sent, "look": "1"}).content.decode()
    assert "1 of 2" in page and "Claims 2" in page and "Nothing was kept yet" in page and "/v1/files/" in page
    assert not Artefact.objects.exists()
    assert manager.post(URL, {"look": "1"}).status_code == 422
    told = manager.post(URL, {"look": "1"}, headers={"HX-Request": "true"})
    assert told.status_code == 200 and "Choose a file" in told.content.decode()
    broken = manager.post(URL, {"look": "1", "file": file("openapi: 3.1.0\ninfo: {}\n", "a.yaml")})
    assert broken.status_code == 200 and "note" in broken.content.decode()
    Profile.objects.filter(management_system=tenant).update(time_zone="Europe/Vienna")
    assert "CET</time>" in manager.post(URL, {"file": file(line("/v1/a") + "\n"), "look": "1"}).content.decode()


def test_large_files_are_looked_at_where_they_lie(manager, tenant, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    assert "1 of 1" in manager.post(URL, {"file": file(line("/a") + "\n"), "look": "1"}).content.decode()


def test_several_files_are_brought_in_and_each_refusal_is_told(manager, tenant):
    sent = [file(line("/a") + "\n"), file(line("/b") + "\n", "b.ndjson"), file("nonsense\n", "c.log")]
    answer = manager.post(URL, {"file": sent}, follow=True)
    assert answer.redirect_chain[-1][0].endswith("/brought-in/") and "c.log" in answer.content.decode()
    assert Artefact.objects.count() == 2
    again = manager.post(URL, {"file": file(line("/a") + "\n")}, follow=True)
    assert "nothing changed" in again.content.decode()
    refused = manager.post(URL, {"file": file("nonsense\n", "c.log")})
    assert refused.status_code == 422 and "nonsense" in refused.content.decode()
    assert manager.post(URL, {"file": [file("x\n"), file("y\n")]}).status_code == 422


def test_lines_of_ones_own_are_read_by_a_field_map(manager, tenant, actor, monkeypatch, tmp_path, capsys):
    assert "No field map yet" in manager.get("/here/apis/field-maps/").content.decode()
    assert manager.get("/here/apis/field-maps/new/").status_code == 200
    typed = {"name": "Ours", "fields_text": "at = t\nmethod = req.verb\n\npath = req.where\nstatus = code"}
    assert manager.post("/here/apis/field-maps/new/", typed).status_code == 302
    one = FieldMap.objects.get()
    assert (one.ref, one.fields) == ("MAP-1", FIELDS)
    for wrong in ("at", "bla = x", "at = t"):
        assert manager.post("/here/apis/field-maps/new/", {**typed, "fields_text": wrong}).status_code == 422
    assert manager.post("/here/apis/field-maps/new/", typed).status_code == 422
    url = "/here/apis/field-maps/MAP-1/"
    assert (
        "req.verb" in manager.get(url).content.decode()
        and "MAP-1" in manager.get("/here/apis/field-maps/").content.decode()
    )
    assert manager.get("/here/apis/field-maps/MAP-9/").status_code == 404
    assert manager.post(url, {**typed, "name": "Gateway", "version": one.version}).status_code == 302
    looked = manager.post(URL, {"file": file(OURS), "look": "1"}).content.decode()
    assert "0 of 1" in looked and "req.verb" in looked
    assert "1 of 1" in manager.post(URL, {"file": file(OURS), "look": "1", "fields_of": str(one.pk)}).content.decode()
    assert manager.post(URL, {"file": file(OURS), "fields_of": str(one.pk)}).status_code == 302
    assert Endpoint.objects.get().line == "GET /v1/models"
    log = tmp_path / "ours.ndjson"
    log.write_text(OURS.replace("models", "files"))
    call_command("traffic", str(log), "--in", "here", "--map", "MAP-1")
    assert "1 of 1 lines read" in capsys.readouterr().out
    with pytest.raises(CommandError, match="MAP-9"):
        call_command("traffic", str(log), "--in", "here", "--map", "MAP-9")
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
    answer = manager.post(URL, {"file": file(OURS.replace("models", "chats")), "fields_of": str(one.pk)})
    job = Job.objects.get()
    assert str(job.pk) in answer["Location"]
    jobs.run(job.pk)
    assert Endpoint.objects.filter(template="/v1/chats").exists()


def test_only_who_brings_in_keeps_field_maps(tenant, actor):
    with pytest.raises(Forbidden):
        save_field_map(actor=actor_for(make_member(tenant, "contributor"), tenant), name="A", fields=FIELDS)
    with pytest.raises(ValidationError, match="Not known"):
        save_field_map(actor=actor, name="A", fields={"verb": "a"})


def test_small_pushes_are_read_at_once_and_large_ones_tell_how_far_they_are(tenant, actor, monkeypatch):
    assert queue_or_bring(actor=actor, delivery=delivery(line("/a"))).is_new
    real = describing.bring

    def bring(*, told, **more):
        assert told(5, 10)
        return real(told=told, **more)

    monkeypatch.setattr(describing, "bring", bring)
    monkeypatch.setattr(queued, "AT_ONCE", 10)
    job = queue_or_bring(actor=actor, delivery=delivery(line("/b")))
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.READY


ONE = "/here/apis/brought-in/file/"


def test_each_file_sent_by_itself_says_what_became_of_it(manager, tenant, monkeypatch):
    assert manager.get(ONE)["Location"] == URL
    told = manager.post(ONE, {"file": file(line("/a") + "\n")}).content.decode()
    assert "ART-1" in told and "1 new service" in told and "1 new endpoint" in told
    assert "Nothing changed" in manager.post(ONE, {"file": file(line("/a") + "\n")}).content.decode()
    assert "no format" in manager.post(ONE, {"file": file("nonsense\n")}).content.decode()
    assert "Choose a file" in manager.post(ONE, {}).content.decode()
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
    assert "hx-get" in manager.post(ONE, {"file": file(line("/b") + "\n")}).content.decode()
    job = Job.objects.get()
    url = f"{ONE}{job.pk}/"
    assert manager.get(url)["Location"].endswith(f"/jobs/{job.pk}/")
    polled = {"HX-Request": "true"}
    assert "Waiting" in manager.get(url, headers=polled).content.decode()
    jobs.run(job.pk)
    told = manager.get(url, headers=polled).content.decode()
    assert "ART-2" in told and "lines a second" in told and "hx-get" not in told
    for state, word in ((Job.FAILED, "It is bad"), (Job.CANCELLED, "Cancelled"), (Job.WORKING, "Part 1 of 2")):
        Job.objects.update(state=state, error="It is bad", message="Part 1 of 2", total=2)
        assert word in manager.get(url, headers=polled).content.decode()
    Job.objects.update(kind="other")
    assert manager.get(url).status_code == 404


def test_who_may_not_bring_in_sends_no_file(client, tenant):
    client.force_login(make_member(tenant, "contributor"))
    assert client.post(ONE, {"file": file(line("/a"))}).status_code == 403
    assert not Artefact.objects.exists()


def test_the_page_of_the_job_tells_what_was_read_and_what_was_not(manager, tenant, monkeypatch):
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
    manager.post(URL, {"file": file(f"{line('/a')}\nnonsense here\n")})
    job = Job.objects.get()
    page = f"/here/jobs/{job.pk}/"
    assert "Brought in as" not in manager.get(page).content.decode()
    jobs.run(job.pk)
    told = manager.get(page).content.decode()
    assert "ART-1" in told and "1 of 2" in told and "Lines a second" in told and "nonsense here" in told
