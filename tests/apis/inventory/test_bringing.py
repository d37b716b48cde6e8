"""What is brought in joins the inventory once, in any order, and people's words stay."""

import datetime
import gzip
import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from aims.services.systems import register_system
from apis import queries
from apis.findings import Finding
from apis.models import Artefact, Endpoint, EndpointTraffic, FlowTally, Service, WindowPack, in_state
from apis.paths import Places
from apis.services import (
    Delivery,
    bring,
    bring_description,
    bring_or_queue,
    bring_traffic,
    bringing,
    change_endpoint,
    change_service,
    folding,
    queue_or_bring,
)
from apis.services.inputs import looking_at
from apis.traffic import Unreadable
from core import jobs
from core.change import change
from core.errors import Forbidden
from core.models import Blob, Entry, Job
from core.scope import current
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]

HOST = "api.example.org"
AT = datetime.datetime(2026, 11, 2, 10, tzinfo=datetime.UTC)
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "Claims", "version": "2"},
    "servers": [{"url": f"https://{HOST}/v1"}],
    "paths": {
        "/files/{file}": {"get": {"summary": "One file", "responses": {"200": {"description": "A file"}}}},
        "/old": {"get": {"deprecated": True, "responses": {"200": {"description": "Old"}}}},
        "/never": {"get": {"responses": {"200": {"description": "Never"}}}},
    },
}


def line(path, method="GET", status=200, host=HOST, **more):
    """One line of our own."""
    told = {"at": AT.isoformat(), "host": host, "method": method, "path": path, "status": status, "took_ms": 12}
    return json.dumps({**told, **more})


def delivery(*lines, name="lines.ndjson", **more):
    """Lines as they are brought in."""
    return Delivery("".join(f"{one}\n" for one in lines).encode(), name, **more)


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def actor(tenant):
    return actor_for(make_member(tenant, "manager"), tenant)


def endpoints(tenant):
    """Endpoint → calls, as the inventory has them."""
    rows = Endpoint.objects.filter(management_system=tenant).current()
    calls = dict(EndpointTraffic.objects.values_list("endpoint_id", "calls"))
    return {row.line: calls.get(row.pk, 0) for row in rows}


def test_services_and_endpoints_are_found_in_traffic(tenant, actor):
    found = bring_traffic(
        actor=actor, delivery=delivery(*(line(f"/v1/files/{n}") for n in range(5)), line("/v1/files"))
    )
    assert (found.is_new, found.services, found.endpoints) == (True, 1, 2)
    assert endpoints(tenant) == {"GET /v1/files": 1, "GET /v1/files/{file_id}": 5}
    service = Service.objects.get(management_system=tenant)
    assert (service.host, service.exposure, service.name) == (HOST, "external", HOST)
    assert found.artefact.hosts == {HOST: 6} and found.artefact.read == 6


def test_the_same_bytes_twice_change_nothing(tenant, actor):
    one = delivery(line("/v1/files/1"))
    first = bring_traffic(actor=actor, delivery=one)
    entries, packs = Entry.objects.count(), list(WindowPack.objects.values_list("windows", flat=True))
    again = bring_traffic(actor=actor, delivery=one)
    assert (again.is_new, again.artefact) == (False, first.artefact)
    assert Entry.objects.count() == entries
    assert list(WindowPack.objects.values_list("windows", flat=True)) == packs


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_batches_in_any_order_give_the_same_inventory(tenant, actor, order):
    names = [f"claim-{n}x" for n in range(30)]
    parts = [
        delivery(*(line(f"/v1/claims/{name}") for name in names[:4]), line("/v1/claims/me")),
        delivery(*(line(f"/v1/claims/{name}") for name in names[4:17])),
        delivery(*(line(f"/v1/claims/{name}") for name in names[17:]), line("/v1/claims/1")),
    ]
    for place in order:
        bring_traffic(actor=actor, delivery=parts[place])
    assert endpoints(tenant)["GET /v1/claims/{claim_id}"] >= 31
    told = queries.told(Service.objects.get(management_system=tenant))
    assert (told.calls, told.consumers, dict(told.statuses)) == (32, 0, {"2xx": 32})


def test_words_that_turn_out_to_be_values_become_one_endpoint_with_their_calls(tenant, actor):
    bring_traffic(actor=actor, delivery=delivery(line("/v1/files/a1"), line("/v1/files/b2"), line("/v1/files/b2")))
    assert set(endpoints(tenant)) == {"GET /v1/files/a1", "GET /v1/files/b2"}
    bring_traffic(actor=actor, delivery=delivery(*(line(f"/v1/files/c{n}") for n in range(9))))
    assert endpoints(tenant) == {"GET /v1/files/{file_id}": 12}
    assert Endpoint.objects.exclude(replaced_by=None).count() == 1


def test_a_pinned_path_stays_whatever_is_learned(tenant, actor):
    bring_traffic(actor=actor, delivery=delivery(line("/v1/files/a1")))
    change_endpoint(actor=actor, endpoint_id=Endpoint.objects.get().pk, pinned=True, ai_kind="files")
    bring_traffic(actor=actor, delivery=delivery(*(line(f"/v1/files/c{n}") for n in range(9))))
    assert endpoints(tenant) == {"GET /v1/files/a1": 1, "GET /v1/files/{file_id}": 9}


def test_a_description_is_compared_with_traffic(tenant, actor):
    bring_traffic(
        actor=actor, delivery=delivery(line("/v1/files/1"), line("/v1/files/2"), line("/v1/old"), line("/v1/secret"))
    )
    found = bring(actor=actor, delivery=Delivery(json.dumps(DESCRIPTION).encode(), "claims.json"))
    assert found.artefact.kind == Artefact.DESCRIPTION
    day = AT.date()
    states = {row.line: row.state_on(day) for row in Endpoint.objects.current()}
    assert states == {
        "GET /v1/files/{file}": Endpoint.IN_ORDER,
        "GET /v1/old": Endpoint.DEPRECATED,
        "GET /v1/secret": Endpoint.UNDOCUMENTED,
        "GET /v1/never": Endpoint.UNSEEN,
    }
    assert endpoints(tenant)["GET /v1/files/{file}"] == 2
    assert Service.objects.get().name == "Claims"


@pytest.mark.parametrize("code", [code for code, _label in Endpoint.STATES])
@pytest.mark.parametrize("days", [0, 32, 33])
def test_the_condition_of_a_state_says_what_the_endpoint_says(tenant, actor, code, days):
    bring_traffic(actor=actor, delivery=delivery(line("/v1/files/1"), line("/v1/old"), line("/v1/secret")))
    bring_description(actor=actor, delivery=Delivery(json.dumps(DESCRIPTION).encode(), "claims.json"))
    day = AT.date() + datetime.timedelta(days=days)
    chosen = set(Endpoint.objects.filter(in_state(code, day)))
    assert chosen == {row for row in Endpoint.objects.all() if row.state_on(day) == code}


def test_a_newer_description_that_leaves_an_operation_out_leaves_it_undocumented(tenant, actor):
    bring_traffic(actor=actor, delivery=delivery(line("/v1/old")))
    bring_description(actor=actor, delivery=Delivery(json.dumps(DESCRIPTION).encode(), "claims.json"))
    less = {**DESCRIPTION, "paths": {"/files/{file}": DESCRIPTION["paths"]["/files/{file}"]}}
    bring_description(actor=actor, delivery=Delivery(json.dumps(less).encode(), "claims.json"))
    assert Endpoint.objects.get(template="/v1/old").state_on(AT.date()) == Endpoint.UNDOCUMENTED


def test_lines_that_name_no_host_belong_to_the_one_that_is_said(tenant, actor):
    one = '203.0.113.9 - ada [02/Nov/2026:10:00:00 +0000] "GET /v1/x?api_key=abc HTTP/1.1" 200 12\n'
    bring_traffic(actor=actor, delivery=Delivery(one.encode(), "a.log", "API.example.org"))
    assert Service.objects.get().host == "api.example.org"
    bring_traffic(actor=actor, delivery=Delivery((one * 2).encode(), "b.log"))
    assert set(Service.objects.values_list("host", flat=True)) == {"api.example.org", ""}


def test_ai_systems_join_those_a_service_serves(tenant, actor):
    systems = [register_system(actor=actor, name=name) for name in ("One", "Two")]
    bring_traffic(actor=actor, delivery=delivery(line("/a"), systems=(systems[0],)))
    bring_traffic(actor=actor, delivery=delivery(line("/b"), systems=tuple(systems)))
    assert set(Service.objects.get().systems.all()) == set(systems)
    scope = current(tenant.pk)
    assert queries.serving(scope, systems)[systems[1].pk] == [Service.objects.get()]


def test_a_file_in_which_nothing_can_be_read_says_why_and_leaves_nothing(tenant, actor):
    with pytest.raises(Unreadable) as refused:
        bring(actor=actor, delivery=Delivery(b"hello\nworld\n", "a.txt"))
    assert refused.value.reason == "not_understood" and refused.value.unread["not_understood"].lines == 2
    with pytest.raises(ValidationError):
        bring(actor=actor, delivery=Delivery(b"openapi: 3.1.0\ninfo: {}\n", "a.yaml"))
    assert not Artefact.objects.exists() and not Service.objects.exists()


def test_packed_files_are_unpacked_and_descriptions_are_judged_from_what_was_packed(tenant, actor):
    packed = gzip.compress(json.dumps(DESCRIPTION).encode())
    bring_description(actor=actor, delivery=Delivery(packed, "claims.json.gz"))
    assert looking_at(Service.objects.get()).description.title == "Claims"


def test_only_managers_bring_in_and_owners_change_their_service(tenant, actor):
    person = make_member(tenant, "contributor")
    other = actor_for(person, tenant)
    with pytest.raises(Forbidden):
        bring_traffic(actor=other, delivery=delivery(line("/a")))
    with pytest.raises(Forbidden):
        bring_description(actor=other, delivery=Delivery(b"{}", "a.json"))
    with pytest.raises(Forbidden):
        queue_or_bring(actor=other, delivery=delivery(line("/a")))
    bring_traffic(actor=actor, delivery=delivery(line("/a")))
    service = Service.objects.get()
    with pytest.raises(Forbidden):
        change_service(actor=other, service_id=service.pk, notes="Mine")
    change_service(actor=actor, service_id=service.pk, owner=person)
    assert change_service(actor=other, service_id=service.pk, notes="Mine", systems=[]).notes == "Mine"


def test_large_bodies_become_a_job_and_count_once(tenant, actor, tmp_path, monkeypatch):
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 10)
    job = queue_or_bring(actor=actor, delivery=delivery(line("/a"), line("/b")))
    assert isinstance(job, Job)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["read"], job.result["new"]) == (Job.READY, 2, True)
    assert not Blob.objects.exists()  # logs are not kept
    first, second = (queue_or_bring(actor=actor, delivery=delivery(line("/again"))) for _ in range(2))
    assert first == second and Blob.objects.count() == 1
    Blob.objects.all().delete()
    jobs.run(first.pk)
    first.refresh_from_db()
    assert (first.state, first.error) == (Job.FAILED, "The file is gone.")
    for content in (b"nothing to see here\n", b"openapi: 3.1.0\ninfo: {}\n"):
        failed = queue_or_bring(actor=actor, delivery=Delivery(content, "a.log"))
        jobs.run(failed.pk)
        failed.refresh_from_db()
        assert failed.state == Job.FAILED and failed.error

    class File:
        size, name = 4, "small.log"

        def read(self):
            return line("/c").encode()

    found = bring_or_queue(actor=actor, file=File(), name="small.log", host="", systems=[])
    assert found.artefact.read == 1


def test_the_command_says_what_was_understood(tenant, actor, tmp_path, capsys):
    register_system(actor=actor, name="One")
    log, same, bad, spec = (tmp_path / name for name in ("a.ndjson", "b.ndjson", "bad.log", "claims.json"))
    log.write_text(f"{line('/a')}\nnot a call\n")
    same.write_text(log.read_text())
    bad.write_text("nothing\n")
    spec.write_text(json.dumps(DESCRIPTION))
    call_command("traffic", str(log), str(same), str(spec), "--in", "here", "--ai-system", "SYS-1")
    said = capsys.readouterr().out
    assert "1 of 2 lines read" in said and "nothing changed" in said and "3 operations" in said and "line 2" in said
    with pytest.raises(CommandError, match="1 of 1"):
        call_command("traffic", str(bad), "--in", "here")
    with pytest.raises(CommandError, match="SYS-99"):
        call_command("traffic", str(log), "--in", "here", "--ai-system", "SYS-99")


def test_the_same_description_twice_changes_nothing(tenant, actor):
    one = Delivery(json.dumps(DESCRIPTION).encode(), "claims.json")
    first = bring_description(actor=actor, delivery=one)
    entries = Entry.objects.count()
    again = bring_description(actor=actor, delivery=one)
    assert (again.is_new, again.artefact, Entry.objects.count()) == (False, first.artefact, entries)


def test_of_two_who_bring_in_the_same_at_once_one_counts(tenant, actor, monkeypatch):
    log, said = delivery(line("/a")), Delivery(json.dumps(DESCRIPTION).encode(), "claims.json")
    for bring_one, one in ((bring_traffic, log), (bring_description, said)):
        first = bring_one(actor=actor, delivery=one)
        asked, real = [], bringing.brought_before

        def unaware(actor, sha, asked=asked, real=real):
            asked.append(sha)
            return real(actor, sha) if len(asked) > 1 else None  # the other was not there yet

        monkeypatch.setattr(bringing, "brought_before", unaware)
        again = bring_one(actor=actor, delivery=one)
        assert (again.is_new, again.artefact) == (False, first.artefact)
        monkeypatch.setattr(bringing, "brought_before", real)


def test_windows_of_an_endpoint_that_is_not_here_count_for_none(tenant, actor):
    bring_traffic(actor=actor, delivery=delivery(line("/a")))
    with change(actor, "test.count") as unit:
        inventory = folding.Inventory(unit, Service.objects.get())
        inventory.all.clear()
        folding.count(inventory, folding.sums_of(Service.objects.get(), Places()))
    assert endpoints(tenant) == {"GET /a": 1}


HOSTILE_PATHS = {
    "more values than anybody names": "/" + "/".join(map(str, range(150))),
    "nothing but values": "/" + "/".join("1" for _ in range(900)),
    "long words before values": "/" + "/".join(f"{'word' * 12}{n}/{n}" for n in range(40)),
    "NUL": "/a\0b",
    "half a pair": "/\ud800",
}


@pytest.mark.parametrize("path", HOSTILE_PATHS.values(), ids=HOSTILE_PATHS)
def test_a_hostile_path_stops_no_other_line_of_its_file(actor, path):
    brought = bring(actor=actor, delivery=delivery(line(path), line("/ok")))
    assert brought.artefact.lines == 2
    assert Endpoint.objects.filter(template="/ok").exists()
    longest = max(map(len, Endpoint.objects.values_list("template", flat=True)))
    assert longest <= 2000


@pytest.mark.parametrize("host", [f"{'a' * 300}.example", "a\0b.example"])
def test_a_hostile_host_stops_no_other_line_of_its_file(actor, host):
    brought = bring(actor=actor, delivery=delivery(line("/x", host=host, model="m" * 300, request_body="a@b.example"),
                                                   line("/ok")))  # fmt: skip
    assert brought.artefact.read == 2
    assert Service.objects.filter(host=HOST).exists()
    assert all(len(one) <= 255 and "\0" not in one for one in Service.objects.values_list("host", flat=True))
    assert set(FlowTally.objects.values_list("model", flat=True)) == {"m" * 100}


def test_a_name_and_password_in_an_address_are_no_part_of_the_host(actor):
    log = b'203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET http://ada:canary-pass@proxy.example/x HTTP/1.1" 200 5\n'
    bring(actor=actor, delivery=Delivery(log, "proxy.log"))
    assert Service.objects.get().host == "proxy.example"


def test_a_line_that_names_nul_can_be_shown_as_unread(actor):
    brought = bring(actor=actor, delivery=delivery(line("/ok"), line("/x", method="\0")))
    [told] = brought.artefact.unread
    assert told["reason"] == "no_request" and "u0000" in told["samples"][0][1]


@pytest.mark.parametrize(
    "said", [" API.example.org ", "https://api.example.org:443/v1?x", "http://ada:pw@api.example.org:80"]
)
def test_a_host_is_taken_from_whatever_address_of_it_is_given(actor, said):
    bring_traffic(actor=actor, delivery=delivery(line("/x", host=""), host=said))
    bare = {key: value for key, value in DESCRIPTION.items() if key != "servers"}
    bring_description(actor=actor, delivery=Delivery(json.dumps(bare).encode(), "claims.json", said))
    assert list(Service.objects.values_list("host", flat=True)) == [HOST]


def test_what_was_called_under_a_wider_path_was_seen_once_it_is_described(tenant, actor):
    bring_traffic(
        actor=actor, delivery=delivery(*(line(f"/v1/files/a{n}b") for n in range(30)), line("/v1/files/latest"))
    )
    assert Endpoint.objects.get().template == "/v1/files/{file_id}"
    answer = {"get": {"responses": {"200": {"description": "Fine"}}}}
    paths = {"/files/{file}": answer, "/files/latest": answer, "/files/oldest": answer}
    bring_description(
        actor=actor, delivery=Delivery(json.dumps({**DESCRIPTION, "paths": paths}).encode(), "claims.json")
    )
    assert endpoints(tenant) == {
        "GET /v1/files/{file}": 30, "GET /v1/files/latest": 1, "GET /v1/files/oldest": 0,
    }  # fmt: skip
    seen = {one.template: one.last_seen for one in Endpoint.objects.all()}
    assert seen == {"/v1/files/{file}": AT.date(), "/v1/files/latest": AT.date(), "/v1/files/oldest": None}


def test_files_and_feedback_are_ai_work_beside_a_model_only(actor):
    paths = ("/v1/files", "/feedback")
    bring(actor=actor, delivery=delivery(*(line(path, "POST", request_body="ada@mail.example") for path in paths)))
    rows = Endpoint.objects.order_by("template").values_list("template", "ai_kind")
    assert list(rows) == [("/feedback", ""), ("/v1/files", "")]
    assert not FlowTally.objects.filter(to_model=True) and not Finding.objects.filter(rule__startswith="aims:exposure")
    bring(actor=actor, delivery=delivery(line("/v1/chat/completions", "POST"), name="b"))
    assert dict(rows.all()) == {"/feedback": "feedback", "/v1/chat/completions": "chat", "/v1/files": "files"}
    assert FlowTally.objects.filter(to_model=True).count() == 2


def test_calls_without_a_host_belong_to_a_service_named_in_the_language_of_the_management_system():
    for language, name in (("en", "Host: not named in the log"), ("de", "Host: im Protokoll nicht genannt")):
        tenant = make_management_system(f"in-{language}", language=language)
        actor = actor_for(make_member(tenant, "manager"), tenant)
        bring(actor=actor, delivery=delivery(line("/v1/a", host="")))
        assert Service.objects.get(management_system=tenant).name == name
