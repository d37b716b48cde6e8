"""The description of the REST interface is valid and complete, and every answer is what it says."""

import datetime
import io
import json
import re
import uuid
from unittest import mock

import pytest
from django.core.management import call_command
from django.urls import URLPattern, get_resolver

from aims.services.sync import MOST_AT_ONCE
from apis.services import save_field_map
from core import clock, jobs
from core.services import undoing
from core.services.tokens import SCOPES, create_token
from reports.models import IssuedReport
from tests.api.described import DescribedClient, description, operations
from tests.apis.posture.makers import DOCUMENT, OPEN, make_description, make_service
from tests.apis.threats.makers import make_signal
from tests.makers import actor_for, make_management_system, make_member

JSON = "application/json"
RATED = {"organisation": 2, "individuals": 4}


def test_the_description_is_valid_openapi_and_the_generator_has_nothing_to_complain_of(tmp_path, capsys):
    written = tmp_path / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(written))
    told = capsys.readouterr()
    assert told.out + told.err == ""
    assert json.loads(written.read_text()) == description()
    assert description()["openapi"].startswith("3.1")


def api_routes():
    """Template of every address below /api/v1/ that has a name."""
    api = next(p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "api")
    for pattern in api.url_patterns:
        assert isinstance(pattern, URLPattern)
        text = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        text = re.sub(r"\(\?P\{(\w+)\}[^)]*\)", r"{\1}", text)
        yield "/api/v1/" + text.strip("^$").replace("{pk}", "{id}"), pattern


def test_every_route_is_described_with_every_method_it_has():
    for address, pattern in api_routes():
        if pattern.name == "schema":
            continue
        assert address in description()["paths"], f"{address} is not described"
        view = pattern.callback
        actions = getattr(view, "actions", None) or {
            name: name for name in ("get", "post", "put", "patch", "delete") if hasattr(view.cls, name)
        }
        allowed = set(actions) & set(view.cls.http_method_names) - {"head"}
        assert allowed == set(description()["paths"][address]), address


def test_each_operation_says_what_it_is_and_what_can_go_wrong():
    ids = [operation["operationId"] for *_rest, operation in operations()]
    assert len(ids) == len(set(ids))
    tags = {tag for *_rest, operation in operations() for tag in operation["tags"]}
    assert tags == {"Management system", "AI systems", "Controls", "Risks", "APIs", "Evidence", "Reports"}
    for method, _pattern, template, operation in operations():
        assert operation["summary"]
        assert operation["security"] == [{"token": []}]
        known = {(p["in"], p["name"]): p for p in operation["parameters"]}
        assert {name for place, name in known if place == "path"} == set(re.findall(r"\{(\w+)\}", template))
        assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), template
        assert (("header", "Idempotency-Key") in known) == (method == "POST"), template
        if method == "PATCH" or "/steps/{name}/" in template:
            assert known["header", "If-Match"]["required"]
            assert {"409", "412", "428"} <= set(operation["responses"])
        if "requestBody" in operation:
            assert {"415"} <= set(operation["responses"])
        for status, answer in operation["responses"].items():
            assert answer["description"]
            assert (status[0] == "4") == ("application/problem+json" in answer.get("content", {}))


def test_every_component_is_used_and_every_reference_leads_somewhere():
    text = str(description())
    used = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert used == set(description()["components"]["schemas"])


# A story that touches every operation ------------------------------------------------------------------------------


class Teller:
    """People with tokens, and short ways to ask."""

    def __init__(self):
        self.seen = set()
        self.tenant = make_management_system(slug="here")
        self.manager = self.client("manager", "administrator")
        self.approver = self.client("approver", "administrator")

    def client(self, *roles):
        """A client that is a new person with every scope."""
        person = make_member(self.tenant, *roles)
        until = clock.now() + datetime.timedelta(days=30)
        _token, secret = create_token(
            actor=actor_for(person, self.tenant), name="all", scopes=list(SCOPES), expires_at=until, as_person=True
        )
        client = DescribedClient(headers={"Authorization": f"Bearer {secret}"}, seen=self.seen)
        client.person = person
        return client

    def get(self, path, status=200, by=None, **params):
        """Read; returns the answer."""
        answer = (by or self.manager).get(f"/api/v1/here/{path}", params)
        assert answer.status_code == status, answer.content
        return answer

    def push(self, path, content, status=200):
        """Push a file; returns the answer."""
        answer = self.manager.post(f"/api/v1/here/{path}", content, content_type="application/x-ndjson")
        assert answer.status_code == status, answer.content
        return answer

    def send(self, method, path, body=None, *, version=None, by=None, status=200):
        """Write; returns the answer."""
        headers = {"If-Match": version} if version else {}
        ask = getattr(by or self.manager, method)
        answer = ask(f"/api/v1/here/{path}", {} if body is None else body, content_type=JSON, headers=headers)
        assert answer.status_code == status, answer.content
        return answer


@pytest.mark.django_db
def test_every_answer_is_what_the_description_says_and_every_success_happens():
    told = Teller()
    system = the_inventory(told)
    risk = the_register(told, system)
    the_decisions(told, risk)
    the_statement(told)
    the_reports(told)
    the_posture(told)
    the_threats(told)
    the_evidence(told)
    the_inventory_of_apis(told)
    the_exposure(told)
    the_rest(told)
    what_goes_wrong(told, system)
    wanted = {(o["operationId"], s) for *_rest, o in operations() for s in o["responses"] if s[0] == "2"}
    assert not {one for one in told.seen if one[1][0] == "2"} - wanted
    assert not wanted - told.seen, "described, and never answered"


def the_inventory(told):
    made = told.send("post", "systems/", {"name": "Chatbot", "roles": ["provider"]}, status=201)
    url = f"systems/{made.json()['id']}/"
    told.get(url)
    changed = told.send("patch", url, {"purpose": "Answers", "owner": str(told.manager.person.pk)}, version='"1"')
    told.get(f"{url}steps/")
    told.send("post", f"{url}steps/take_in/", {"reason": "Ours"}, version=changed["ETag"])
    known = "systems/by-external-id/cmdb/app/1/"
    told.send("put", known, {"name": "Delivered", "unit": "IT", "roles": ["user"], "topic": None}, status=201)
    delivered = told.send("put", known, {"name": "Delivered", "unit": "Sales"})
    told.send("put", "systems/by-external-id/other/app-9/", {"name": "Chatbot"}, status=202)
    told.get(known)
    mine = told.send("patch", f"systems/{delivered.json()['id']}/", {"unit": "Ours"}, version=delivered["ETag"])
    told.send("put", known, {"name": "Delivered", "unit": "Theirs"})
    back = f"systems/{delivered.json()['id']}/give-back/"
    given = told.send("post", back, {"fields": ["unit"]}, version=mine["ETag"])
    into = {"into": made.json()["id"], "take": ["unit"], "reason": "The same"}
    told.send("post", f"systems/{delivered.json()['id']}/merge/", into, version=given["ETag"])
    gone = told.get(f"systems/{delivered.json()['id']}/").json()
    assert (gone["state"], gone["merged_into"]) == ("retired", made.json()["id"])
    assert told.get(known).json()["id"] == made.json()["id"]
    rows = [{"external_id": str(n), "name": f"System {n}"} for n in range(3)]
    rows += [{"external_id": "3", "name": ""}, rows[0], {"external_id": "app/1", "name": "Delivered", "unit": "X"}]
    rows += [{"external_id": "4", "name": 7}, {}, {"external_id": "5", "name": "Five", "colour": "red"}]
    for dry_run in (True, False, False):
        told.send("post", "inventory/sync/", {"source": "cmdb", "rows": rows, "dry_run": dry_run})
    told.send("post", "inventory/sync/", {"source": "cmdb", "rows": rows[:1], "complete": True})
    many = [{"external_id": f"m{n}", "name": f"Many {n}"} for n in range(MOST_AT_ONCE + 1)]
    told.send("post", "inventory/sync/", {"source": "cmdb", "rows": many}, status=202)
    page = told.get("systems/", limit=2, state=["in_scope", "to_screen"]).json()
    assert page["next"]
    told.get("systems/", updated_since="2020-01-01T00:00:00Z", unit="IT")
    the_queue(told)
    the_talk(told, "systems", made.json()["id"])
    in_bulk(told, "systems", {"step": "unit", "inputs": {"unit": "Sales"}})
    in_bulk(told, "systems", {"step": "leave_out", "inputs": {"reason": "No AI"}})
    the_groups(told, made.json()["id"])
    the_links(told)
    the_twins(told)
    return made.json()["id"]


def the_inventory_of_apis(told):
    seen = {"host": "api.seen.example", "method": "GET", "path": "/v1/models", "status": 200}
    lines = json.dumps({"at": "2026-11-01T10:00:00Z", **seen}).encode() + b"\n"
    for new in (True, False):
        pushed = told.push("traffic/?name=lines.ndjson&host=here.example", lines)
        assert pushed.json()["is_new"] is new
    many = b"".join(b'{"at": %d, "path": "/v1/x", "method": "GET"}\n' % (1_700_000_000 + n) for n in range(80_000))
    told.push("traffic/", many, status=202)
    told.push("traffic/", b"nothing to see\n", status=400)
    for address in ("traffic/", "descriptions/"):
        told.push(address, b"", status=400)
    told.push("traffic/?system=SYS-999999", lines, status=400)
    told.push("traffic/?map=MAP-999999", lines, status=400)
    manager = actor_for(make_member(told.tenant, "manager"), told.tenant)
    save_field_map(actor=manager, name="Ours", fields={"at": "t", "method": "m", "path": "p"})
    ours = b'{"t": "2026-11-01T10:00:00Z", "m": "GET", "p": "/v1/ours"}\n'
    assert told.push("traffic/?map=MAP-1", ours).json()["read"] == 1
    told.push("descriptions/", json.dumps({**DOCUMENT, "paths": {"/v1/models": OPEN}}).encode())
    told.push("descriptions/", b"openapi: none", status=400)
    told.push("descriptions/", json.dumps({**DOCUMENT, "x-long": "x" * (1 << 20)}).encode(), status=202)
    assert told.get("traffic-retention/").json() == {"detail_days": 90, "daily_months": 36}
    chosen = told.send("put", "traffic-retention/", {"detail_days": 30, "daily_months": 12})
    assert chosen.json() == {"detail_days": 30, "daily_months": 12}
    artefact = told.get("artefacts/", kind="traffic").json()["items"][0]
    told.get(f"artefacts/{artefact['id']}/")
    service = told.get("services/", flag="no_owner").json()["items"][0]
    answer = told.get(f"services/{service['id']}/")
    told.send("patch", f"services/{service['id']}/", {"notes": "Asked"}, version=answer["ETag"])
    told.get(f"services/{service['id']}/observed/")
    the_talk(told, "services", service["id"])
    endpoint = told.get("endpoints/", state="shadow").json()["items"][0]
    answer = told.get(f"endpoints/{endpoint['id']}/")
    told.send("patch", f"endpoints/{endpoint['id']}/", {"pinned": True}, version=answer["ETag"])
    the_paths(told, f"endpoints/{endpoint['id']}/path/", endpoint["template"])
    new = {"name": "Theirs", "fields": {"at": "t", "method": "verb", "path": "where", "status": None}}
    added = told.send("post", "field-maps/", new, status=201)
    one, other = f"field-maps/{added.json()['id']}/", {"fields": {"at": None, "status": "code"}}
    changed = told.send("patch", one, other, version=added["ETag"])
    assert changed.json()["fields"] == {"method": "verb", "path": "where", "status": "code"}
    told.send("patch", one, {"fields": {"method": None}}, version=changed["ETag"], status=400)
    assert told.get(one).json()["name"] == "Theirs"
    told.get("field-maps/")


def the_exposure(told):
    body = {"prompt": "write to anna@example.org"}
    line = {"at": "2026-11-01T10:00:00Z", "method": "POST", "path": "/v1/chat", "model": "m-1", "request_body": body}
    told.push("traffic/?host=llm.example", json.dumps(line).encode() + b"\n")
    [flow] = told.get("exposure/", data_class="email", flag="to_model").json()["items"]
    assert (flow["count"], flow["examples"], flow["to_model"]) == (1, ["aaaa@aaaaaaa.aaa"], True)
    told.get("exposure/", data_class="nothing", status=400)
    rows = {one["host"]: one for one in told.get("exposure/coverage/").json()["items"]}
    assert rows["llm.example"]["request_bodies"] == 1


def the_paths(told, url, template):
    answer = told.get(url, template=template)
    assert (answer.json()["kind"], answer.json()["template"]) == ("pin", template)
    told.send("post", url, {"template": "/nowhere/like/that"}, version=answer["ETag"], status=400)
    assert told.send("post", url, {"template": template}, version=answer["ETag"]).json()["pinned"]


def the_posture(told):
    service = make_service(told.tenant)
    make_description(service, {"/a": OPEN, "/b": OPEN})
    url = f"services/{service.pk}/posture/"
    assert told.get(url).json() == {"points": None, "parts": [], "runs": []}
    assert told.send("post", url, {}).json()["runs"][0]["new"] > 1
    found = told.get("posture-findings/", severity="high", owasp="api2").json()["items"][0]
    one = f"posture-findings/{found['id']}/"
    told.get(one)
    changed = told.send("patch", one, {"ticket": "https://tickets.example/1"}, version=f'"{found["version"]}"')
    told.get(f"{one}steps/")
    until = (clock.now() + datetime.timedelta(days=9)).date().isoformat()
    body = {"reason": "Public on purpose", "inputs": {"until": until, "level": "service"}}
    taken = told.send("post", f"{one}steps/accept/", body, version=changed["ETag"]).json()
    exemption = f"posture-exemptions/{taken['exemption']}/"
    told.get("posture-exemptions/")
    told.send("post", f"{exemption}end/", {}, version=told.get(exemption)["ETag"])
    the_talk(told, "posture-findings", found["id"])
    in_bulk(told, "posture-findings", {"step": "accept", "inputs": {"until": until, "reason": "Known"}})
    in_bulk(told, "posture-findings", {"step": "ticket", "inputs": {"ticket": "https://tickets.example/2"}})
    assert told.get("posture-findings/sarif/", severity="high").json()["version"] == "2.1.0"
    told.get("posture-findings/sarif/", status=400, severity="fatal")
    must = [{"field": "summary", "operator": "present"}]
    rule = {"code": "summary", "title": "Nothing is said", "severity": "low", "unit": "operation", "must": must}
    made = told.send("post", "own-rules/", rule, status=201)
    own = f"own-rules/{made.json()['id']}/"
    told.get(own)
    told.get("own-rules/")
    told.send("patch", own, {"active": False}, version=made["ETag"])
    told.send("post", "own-rules/", {**rule, "code": "other", "must": [{"field": "x"}]}, status=400)
    assert len(told.get("posture-rules/").json()["items"]) > 100
    told.send("put", "posture-rules/aims:api9:2023-no-contact/", {"on": False, "reason": "Known to all"})
    told.send("put", "posture-rules/nothing/", {"on": False}, status=404)


def the_threats(told):
    service = make_service(told.tenant, "Watched")
    made = make_signal(service)
    one = f"threats/{made.pk}/"
    assert told.get("threats/", detector="scanning", flag="open").json()["items"][0]["counts"]["paths"] == 300
    told.get("threats/", status=400, severity="fatal")
    first = told.get(one)
    changed = told.send("patch", one, {"assignee": str(told.manager.person.pk)}, version=first["ETag"])
    told.get(f"{one}steps/")
    incident = {"what": "Key was stolen", "since": "2026-11-02"}
    told.send("post", f"{one}incident/", incident, version=changed["ETag"])
    told.send("post", f"{one}steps/confirm/", {"reason": "Not ours"}, version=told.get(one)["ETag"])
    the_talk(told, "threats", made.pk)
    make_signal(service, "key:bb", "stuffing")
    in_bulk(told, "threats", {"step": "review", "inputs": {}})
    until = (clock.now() + datetime.timedelta(days=9)).date().isoformat()
    mute = {"consumer": made.consumer, "detector": "", "until": until, "reason": "Our own test"}
    told.send("post", "mutes/", {**mute, "consumer": "key:nobody"}, status=400)
    found = told.send("post", "mutes/", mute, status=201)
    told.get("mutes/", flag="in_force")
    told.get(f"mutes/{found.json()['id']}/")
    told.send("post", f"mutes/{found.json()['id']}/end/", {}, version=found["ETag"])
    assert len(told.get("detectors/").json()["items"]) == 8
    here = told.get("detectors/scanning/")
    assert here.json()["on"] is True
    told.get("detectors/nothing/", status=404)
    told.send("patch", "detectors/scanning/", {"thresholds": {"paths": 1}}, version=here["ETag"], status=400)
    set_to = told.send("patch", "detectors/scanning/", {"thresholds": {"paths": 90}}, version=here["ETag"])
    assert set_to.json()["thresholds"][0]["value"] == 90
    off = {"thresholds": {"paths": None}, "on": False, "reason": "Elsewhere"}
    told.send("patch", "detectors/scanning/", off, version=set_to["ETag"])


def the_evidence(told):
    item = told.get("evidence/", kind="api").json()["items"][0]
    one = f"evidence/{item['id']}/"
    assert told.get(one).json()["sha256"] == item["sha256"]
    [version, *_earlier] = told.get(f"{one}versions/").json()["items"]
    assert told.get(f"{one}versions/{version['number']}/").json()["kind"] == "api"
    told.get(f"{one}versions/99/", status=404)
    the_talk(told, "evidence", item["id"])
    found = {row["code"]: row["state"] for row in told.get("requirements/").json()["items"]}
    assert (found["APR-09"], found["APR-27"]) == ("contradicts", "no_data")


def the_groups(told, system):
    made = told.send("post", "groups/", {"name": "Chat assistants"}, status=201)
    url = f"groups/{made.json()['id']}/"
    told.get(url)
    changed = told.send("patch", url, {"purpose": "One product, many uses"}, version=made["ETag"])
    assert changed.json()["name"] == "Chat assistants"
    told.get("groups/")
    row = {"id": system, "version": told.get(f"systems/{system}/").json()["version"]}
    told.send("post", "systems/bulk/", {"step": "group", "inputs": {"group": made.json()["id"]}, "rows": [row]})
    assert [one["id"] for one in told.get("systems/", group=made.json()["id"]).json()["items"]] == [system]
    told.send("delete", url, {}, version=changed["ETag"], status=204)
    assert told.get(f"systems/{system}/").json()["group"] is None


def the_links(told):
    until = (clock.now() + datetime.timedelta(days=30)).date().isoformat()
    made = told.send("post", "intake-links/", {"name": "Intranet", "until": until}, status=201)
    url = f"intake-links/{made.json()['id']}/"
    told.get("intake-links/", limit=1)
    told.get(url)
    renewed = told.send("post", f"{url}renew/", {"until": until}, version=made["ETag"])
    told.send("post", f"{url}withdraw/", version=renewed["ETag"])


def the_twins(told):
    for unit in ("Claims", "Sales"):
        told.send("post", "systems/", {"name": "Claims triage", "unit": unit}, status=201)
    pair = told.get("look-alikes/", limit=1).json()["items"][0]
    told.send("post", f"systems/{pair['one']}/keep-apart/", {"other": pair["other"]}, status=204)


def the_queue(told):
    waiting = told.get("claims/", state="waiting").json()["items"][0]
    claim = told.get(f"claims/{waiting['id']}/")
    told.send("post", f"claims/{waiting['id']}/decide/", {"answer": "other"}, version=claim["ETag"])
    run = next(one for one in told.get("inventory/runs/").json()["items"] if one["state"] == "ready")
    told.get(f"inventory/runs/{run['id']}/")
    refused = told.get(f"inventory/runs/{run['id']}/rows/", outcome="refused", limit=1).json()
    assert refused["items"][0]["kind"] == "refused"
    assert told.manager.get(refused["next"]).json()["items"][0]["row"] > refused["items"][0]["row"]


def the_talk(told, register, pk):
    """Comments of a record, or of the one of its kind: said, listed, read, taken back."""
    url = f"{register}/{pk}/comments/" if pk else f"{register}/comments/"
    said = told.send("post", url, {"text": f"Look, @{told.approver.person.name}!"}, status=201).json()
    assert said["mentions"] == [str(told.approver.person.pk)]
    told.get(url)
    mine = told.get(f"{url}{said['id']}/")
    assert told.send("delete", f"{url}{said['id']}/", version=mine["ETag"]).json()["text"] == ""


def in_bulk(told, register, body):
    """A bulk step: described, tried, taken, looked at as a step, undone."""
    told.get(f"{register}/bulk/")
    rows = [{"id": row["id"], "version": row["version"]} for row in told.get(f"{register}/").json()["items"]]
    told.send("post", f"{register}/bulk/", {**body, "rows": [rows[0], rows[0]]}, status=400)
    rows.append({"id": str(uuid.uuid4()), "version": 1})
    tried = told.send("post", f"{register}/bulk/", {**body, "rows": rows, "dry_run": True}).json()
    done = told.send("post", f"{register}/bulk/", {**body, "rows": rows}).json()
    assert done["change"] and [row["kind"] for row in done["rows"]] == [row["kind"] for row in tried["rows"]]
    step = f"history/steps/{done['change_id']}/"
    assert told.get(step).json()["open"]
    undone = told.send("post", f"{step}undo/").json()
    assert undone["restored"] == done["change"]
    with mock.patch.object(undoing, "AT_ONCE", 0):  # many, as it were
        told.send("post", f"history/steps/{undone['change_id']}/undo/", status=202)


def the_register(told, system):
    owner = str(told.manager.person.pk)
    body = {
        "title": "Wrong advice", "cause": "a", "event": "b", "consequence": "c", "systems": [system], "owner": owner,
        "before_likelihood": 4, "before_consequences": RATED, "today_likelihood": 4, "today_consequences": RATED,
        "rationale": "Seen", "confidence": "medium", "trigger": "first", "option": "retain", "option_reason": "Else",
    }  # fmt: skip
    made = told.send("post", "risks/", body, status=201)
    bare = told.send("post", "risks/", {"title": "Bare"}, status=201)
    told.send("delete", f"risks/{bare.json()['id']}/", version=bare["ETag"], status=204)
    gone = told.get("risks/", updated_since="2020-01-01T00:00:00Z").json()["deleted"]
    assert [(one["id"], one["ref"]) for one in gone] == [(bare.json()["id"], bare.json()["ref"])]
    told.send("post", "opportunities/", {"conclusion": "None that pays"}, status=201)
    told.get(f"opportunities/{told.get('opportunities/').json()['items'][0]['id']}/")
    in_bulk(told, "risks", {"step": "owner", "inputs": {"owner": str(told.approver.person.pk)}})
    url = f"risks/{made.json()['id']}/"
    changed = told.send("patch", url, {"note": "New"}, version=told.get(url)["ETag"])
    told.get(f"{url}steps/")
    the_criteria(told)
    told.send("post", f"{url}steps/assess/", {"inputs": {}}, version=changed["ETag"])
    told.get(f"{url}assessments/")
    told.get("risks/", state="assessed", above_criteria="true", system=system, owner=owner)
    planned = told.send("post", "actions/", {"risk": made.json()["id"], "what": "Sample", "due": "2027-01-31",
                                             "owner": owner}, status=201)  # fmt: skip
    action = f"actions/{planned.json()['id']}/"
    told.get(action)
    told.get("actions/", due_before="2027-02-01", state="open")
    edited = told.send("patch", action, {"what": "Sample more"}, version=planned["ETag"])
    the_plan(told)
    done = told.send("post", f"{action}finish/", {"outcome": "Sampled"}, version=edited["ETag"])
    the_talk(told, "actions", planned.json()["id"])
    the_talk(told, "risks", made.json()["id"])
    told.send("post", f"{action}check/", {"effectiveness": "effective", "outcome": "Fewer"}, version=done["ETag"])
    return url


def the_plan(told):
    url, body = "treatment-plan/", {"inputs": {"to": str(told.approver.person.pk)}}
    submitted = told.send("post", f"{url}steps/submit/", body, version=told.get(url)["ETag"])
    shown = next(s["shown_hash"] for s in told.get(f"{url}steps/", by=told.approver).json()["items"] if s["signs"])
    told.send("post", f"{url}steps/approve/", {"shown_hash": shown}, version=submitted["ETag"], by=told.approver)
    told.get(url)
    told.get(f"{url}versions/")
    told.get(f"{url}versions/", number=1)
    the_talk(told, "treatment-plan", "")


def the_criteria(told):
    criteria = told.get("criteria/").json()["items"][0]
    url = f"criteria/{criteria['id']}/"
    told.get(url)
    before = told.get(url)
    content = before.json()["content"]
    ours = {"content": {"criteria": {"en": "Low and medium"}}}
    changed = told.send("patch", url, ours, version=before["ETag"])
    assert changed.json()["content"] == {**content, "criteria": {**content["criteria"], "en": "Low and medium"}}
    submitted = told.send("post", f"{url}steps/submit/", {}, version=changed["ETag"])
    assert submitted.json()["state"] == "submitted"
    shown = next(s["shown_hash"] for s in told.get(f"{url}steps/", by=told.approver).json()["items"] if s["signs"])
    told.send("post", f"{url}steps/approve/", {"shown_hash": shown}, version=submitted["ETag"], by=told.approver)
    told.send("post", "criteria/", {}, status=201)


def the_decisions(told, risk):
    told.send("post", f"{risk}steps/ask_for_acceptance/", {}, version=told.get(risk)["ETag"])
    one = told.get("acceptances/", state="asked").json()["items"][0]
    url = f"acceptances/{one['id']}/"
    told.get(url)
    the_talk(told, "acceptances", one["id"])
    shown = next(s["shown_hash"] for s in told.get(f"{url}steps/", by=told.approver).json()["items"] if s["signs"])
    until = (clock.now() + datetime.timedelta(days=60)).date().isoformat()
    inputs = {"valid_until": until, "reason": "Known and watched", "conditions": "Weekly"}
    version, accept = told.get(url)["ETag"], f"{url}steps/accept/"
    own = {"inputs": inputs, "shown_hash": shown}
    told.send("post", accept, own, version=version, status=409)
    told.send("post", accept, own, version=version, by=told.approver)


def the_statement(told):
    told.send("post", "controls/", {"title": "Our own"}, status=201)
    mistaken = told.send("post", "controls/", {"title": "A mistake"}, status=201)
    told.send("delete", f"controls/{mistaken.json()['id']}/", version=mistaken["ETag"], status=204)
    for row in told.get("controls/", limit=100, own="false").json()["items"]:
        body = {"applies": "yes", "reason": f"Needed for {row['code']} as the register shows", "drivers": ["risk"]}
        told.send("patch", f"controls/{row['id']}/", body, version=f'"{row["version"]}"')
    own = told.get("controls/", own="true").json()["items"][0]
    told.get(f"controls/{own['id']}/")
    the_talk(told, "controls", own["id"])
    body = {"applies": "yes", "reason": "We decided so for good reason", "drivers": ["business"]}
    told.send("patch", f"controls/{own['id']}/", body, version=f'"{own["version"]}"')
    in_bulk(told, "controls", {"step": "review", "inputs": {"next_review": "2031-03-31"}})
    for which in ("annex-a", "annex-b"):
        told.send("post", f"soa/confirmations/{which}/")
    told.get("soa/versions/")
    body = {"inputs": {"to": str(told.approver.person.pk)}}
    submitted = told.send("post", "soa/steps/submit/", body, version=told.get("soa/")["ETag"])
    shown = next(s["shown_hash"] for s in told.get("soa/steps/", by=told.approver).json()["items"] if s["signs"])
    told.send("post", "soa/steps/approve/", {"shown_hash": shown}, version=submitted["ETag"], by=told.approver)
    told.get("soa/")
    told.get("soa/versions/")
    told.get("soa/versions/", number=1)
    told.get("soa/versions/", status=404, number=2)


def the_reports(told):
    asked = told.send("post", "reports/", {"kind": "RPT-SOA", "formats": ["json"]}, status=202)
    told.get("jobs/")
    told.send("post", f"jobs/{asked.json()['id']}/cancel/", status=202)
    asked = told.send("post", "reports/", {"kind": "RPT-SOA", "formats": ["json"]}, status=202)
    jobs.run_waiting()
    done = told.manager.get(asked["Location"])
    assert done.json()["state"] == "ready", done.json()
    job, file = done.json()["id"], done.json()["files"][0]["name"]
    assert b"".join(told.get(f"jobs/{job}/files/{file}/").streaming_content)
    told.get("reports/")
    report = IssuedReport.objects.get()
    told.get(f"reports/{report.ref}/")
    assert b"".join(told.get(f"reports/{report.ref}/json/").streaming_content)
    told.get(f"jobs/{job}/")


def the_rest(told):
    for path in ("me/", "people/", "events/", "checks/", "history/verify/"):
        told.get(path)
    told.get("people/", as_of=clock.now().isoformat())
    told.get("vocabularies/", language="de")
    words = told.get("vocabularies/").json()["vocabularies"]
    assert {"code": "to_screen", "name": "To be screened"} in words["systems"]["state"]
    assert {"code": "critical", "name": "Critical"} in words["risks"]["today_level"]
    here = told.get("settings/")
    dressed = told.send("patch", "settings/", {"organisation": "Ward Ltd"}, version=here["ETag"])
    told.get("look/")
    told.send("patch", "look/", {"accent": "#0c4a57"}, version=dressed["ETag"])
    the_views(told)
    the_people(told)


def the_views(told):
    made = told.send("post", "views/", {"register": "risks", "name": "Drafts", "query": "state=draft"}, status=201)
    one = f"views/{made.json()['id']}/"
    told.get("views/", register="risks")
    told.get(one)
    told.send("post", f"{one}start/", {"start": True})
    changed = told.send("patch", one, {"name": "New"}, version=made["ETag"])
    told.send("delete", one, None, version=changed["ETag"], status=204)


def the_people(told):
    guest = make_member(told.tenant, "contributor")
    told.send("post", "systems/", {"name": "Theirs", "owner": str(guest.pk)}, status=201)
    told.get(f"people/{guest.pk}/hand-over/")
    told.send("post", f"people/{guest.pk}/hand-over/", {"everything": str(told.approver.person.pk)})
    one = told.get(f"people/{guest.pk}/")
    changed = told.send("patch", f"people/{guest.pk}/", {"roles": ["contributor", "manager"]}, version=one["ETag"])
    told.send("post", f"people/{guest.pk}/end/", {"reason": "Left"}, version=changed["ETag"], status=204)
    told.get(f"people/{guest.pk}/", status=404)
    made = told.send("post", "invitations/", {"email": "new@example.org", "roles": ["manager"]}, status=201).json()
    assert made["link"]
    told.get("invitations/")
    told.get(f"invitations/{made['id']}/")
    told.send("post", f"invitations/{made['id']}/withdraw/")


def what_goes_wrong(told, system):
    url = f"systems/{system}/"
    told.send("patch", url, {"name": "x"}, status=428)
    told.send("patch", url, {"name": "x"}, version='"99"', status=412)
    told.send("patch", url, {"state": "retired"}, version='"1"', status=400)
    told.get("systems/", status=400, colour="red")
    told.get("me/", status=400, colour="red")
    told.get(f"systems/{'-' * 36}/", status=404)
    assert told.manager.post("/api/v1/here/systems/", b"<x/>", content_type="text/xml").status_code == 415
    assert told.manager.get("/api/v1/here/systems/", headers={"Accept": "text/csv"}).status_code == 406
    stranger = DescribedClient(seen=told.seen)
    assert stranger.get("/api/v1/here/systems/").status_code == 401
    outsider = told.client("contributor", "administrator")
    told.send("post", "controls/", {"title": "No"}, by=outsider, status=403)
    key = {"Idempotency-Key": "once"}
    for name, status in (("A", 201), ("A", 201), ("B", 422)):
        answer = told.manager.post("/api/v1/here/systems/", {"name": name}, content_type=JSON, headers=key)
        assert answer.status_code == status


def test_a_file_comes_as_what_it_is_whatever_the_client_accepts(db):
    told = Teller()
    job = jobs.enqueue(actor_for(told.manager.person, told.tenant), "test.describe", {})
    jobs.run_waiting()
    answer = told.manager.get(f"/api/v1/here/jobs/{job.pk}/files/out.pdf/", headers={"Accept": "application/pdf"})
    assert answer.status_code == 200
    assert io.BytesIO(b"".join(answer.streaming_content)).read(4) == b"%PDF"


@jobs.handler("test.describe")
def describe(running):
    running.attach("out.pdf", b"%PDF-1.7", "application/pdf")
