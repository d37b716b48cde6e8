"""Issuing reports: now and as of the past, once, with the same bytes; through page, REST and command."""

import datetime
import io
import json

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from core import blobs, clock, jobs
from core.actor import operator
from core.models import Job, Person
from core.services.dressing import dress_reports
from core.services.people import rename_person
from core.services.tenancy import describe
from reports import issuing
from reports.documents.kinds import from_json
from reports.issuing import ask_for_report
from reports.models import IssuedReport
from reports.render import client
from tests.api.test_foundation import bearer
from tests.makers import make_management_system, make_manager, make_member

pytestmark = pytest.mark.django_db
KINDS = ["RPT-SOA", "RPT-RISK"]


@pytest.fixture
def tenant():
    return make_management_system(slug="here", name="Before", scope_statement="Everything")


def issued(tenant, kind, **options):
    job = ask_for_report(actor=make_manager(tenant), kind=kind, formats=["json"], **options)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "ready", job.error
    return IssuedReport.objects.get(job_id=job.pk)


def data_of(report):
    return blobs.read(issuing.file_of(report, "json"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_of_a_new_management_system_is_whole_and_says_so(tenant, kind):
    report = from_json(data_of(issued(tenant, kind)))
    assert report.cover.management_system == "Before"
    assert report.cover.state == "working_copy"
    if kind == "RPT-SOA":
        assert (len(report.controls), report.undecided.value, report.decided.value) == (38, 38, 0)
        assert sum(area.controls.value for area in report.areas) == 38


@pytest.mark.parametrize("kind", KINDS)
def test_as_of_the_moment_of_an_issued_report_gives_the_same_bytes(tenant, kind):
    person = make_member(tenant, "contributor", name="Then")
    first = issued(tenant, kind)
    describe(actor=make_manager(tenant), name="After")
    rename_person(actor=operator(), person=person, name="Now")
    again = issued(tenant, kind, as_of=first.as_of)
    assert data_of(again) == data_of(first)
    assert (again.content_hash, again.seq, again.past) == (first.content_hash, first.seq, True)
    assert data_of(issued(tenant, kind)) != data_of(first)


def test_a_second_try_after_a_crash_writes_the_record_once_and_shows_the_same_moment(tenant, monkeypatch):
    job = ask_for_report(actor=make_manager(tenant), kind="RPT-SOA", formats=["json"])
    running = jobs.claim(job.pk)
    monkeypatch.setattr(issuing, "_write_record", lambda *a: (_ for _ in ()).throw(RuntimeError("crash")))
    with pytest.raises(RuntimeError):
        issuing.issue(running)
    cut = Job.objects.get(pk=job.pk).result["cut"]
    describe(actor=make_manager(tenant), name="Written between the tries")
    monkeypatch.undo()
    Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - datetime.timedelta(seconds=9))
    jobs.run(job.pk)
    jobs.run(job.pk)
    report = IssuedReport.objects.get()
    assert from_json(data_of(report)).cover.as_of == cut["moment"]
    assert from_json(data_of(report)).cover.management_system == "Before"


def test_the_command_writes_a_file_and_refuses_nonsense(tenant, tmp_path, capsys):
    out = tmp_path / "soa.json"
    call_command("report", "RPT-SOA", "--in", "here", "--out", str(out))
    assert json.loads(out.read_text())["kind"] == "RPT-SOA"
    for arguments in (
        ["--in", "nowhere"],
        ["--in", "here", "--as-of", "soon"],
        ["--in", "here", "--as-of", "2001-01-01"],
    ):
        with pytest.raises(CommandError):
            call_command("report", "RPT-SOA", "--out", str(tmp_path / "no.json"), *arguments)
    assert not (tmp_path / "no.json").exists()


def test_the_command_prints_in_the_look_of_the_moment_as_a_job_does(tenant, tmp_path, monkeypatch):
    dresses = []
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.save(kept := io.BytesIO())
    monkeypatch.setattr(client, "render", lambda *_a, dress, **_o: dresses.append(dress) or kept.getvalue())
    before = clock.now()
    dress_reports(actor=make_manager(tenant), accent="#8c1e3c")
    for more in ((), ("--as-of", before.isoformat())):
        call_command("report", "RPT-SOA", "--in", "here", "--out", str(tmp_path / "soa.pdf"), *more)
    assert [dress["accent"] for dress in dresses] == ["#8c1e3c", ""]
    assert all(dress["site"].endswith("/here/") for dress in dresses)


def test_a_page_asks_watches_and_leads_to_the_download(tenant, client):
    person = make_member(tenant, "external_auditor")
    client.force_login(person)
    asked = client.post(reverse("report_ask", args=["here", "RPT-SOA"]),
                        {"formats": ["json"], "as_of": "", "language": "en", "paper": "A4"})  # fmt: skip
    assert asked.status_code == 302, asked.content.decode()[:3000]
    assert client.get(asked.url).status_code == 200
    jobs.run_waiting()
    ready = client.get(asked.url)
    page = client.get(ready.url)
    assert page.status_code == 200
    report = IssuedReport.objects.get()
    assert report.content_hash in page.content.decode()
    file = client.get(reverse("report_file", args=["here", report.ref, "json"]))
    assert json.loads(b"".join(file.streaming_content))["kind"] == "RPT-SOA"
    assert file["Content-Disposition"].startswith("attachment")
    assert client.get(reverse("reports", args=["here"])).status_code == 200


def test_a_client_asks_polls_and_downloads(tenant):
    client = bearer(tenant, "reports:read")
    asked = client.post(
        "/api/v1/here/reports/", {"kind": "RPT-SOA", "formats": ["json"]}, content_type="application/json"
    )
    assert asked.status_code == 202
    jobs.run_waiting()
    job = client.get(asked["Location"]).json()
    assert job["state"] == "ready"
    ref = job["result"]["report"]
    found = client.get(f"/api/v1/here/reports/{ref}/json/")
    assert json.loads(b"".join(found.streaming_content))["kind"] == "RPT-SOA"
    refused = client.post("/api/v1/here/reports/", {"kind": "RPT-NONE"}, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/kind")


def test_a_stranger_and_another_management_systems_token_get_404(tenant, client):
    report = issued(tenant, "RPT-SOA")
    stranger = make_manager(make_management_system(slug="there"))
    client.force_login(Person.objects.get(pk=stranger.person_id))
    for url in (reverse("report", args=["here", report.ref]), reverse("report_file", args=["here", report.ref, "json"]),
                reverse("report", args=["there", report.ref])):  # fmt: skip
        assert client.get(url).status_code == 404
    other = bearer(make_management_system(slug="elsewhere"), "reports:read")
    assert other.get(f"/api/v1/elsewhere/reports/{report.pk}/").status_code == 404
