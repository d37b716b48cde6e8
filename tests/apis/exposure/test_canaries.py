"""Values are nowhere: unique ones go in by every door, then tables, files, logs and task arguments are searched."""

import io
import json
import logging

import pytest
import zstandard
from django.apps import apps as installed
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apis.models import FlowTally, PartialDigest, PathState, WindowPack
from apis.packs import unpacked
from apis.services import Delivery, bring_traffic, save_field_map
from core.tasks import run_job
from tests.api.test_foundation import bearer

pytestmark = [pytest.mark.django_db, pytest.mark.data]
CANARIES = {
    "card": "4539578763621486",
    "iban": "DE89370400440532013000",
    "mail": "quirina.zwetschge@canary-place.example.org",
    "key": "sk-ant-api03-C4n4ryXk29fLqPz81mVbTt55-Rw7",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnktOTkxIn0.Qz8LmV3pX7tRk2Wn5Yb1cD",
    "text": "Quirina Zwetschge waits for her biopsy since Tuesday",
    "password": "hunter2-Canary-Blue",
}
AT = "2026-11-20T10:00:00Z"
BODY = {
    "model": "m-1", "password": CANARIES["password"],
    "messages": [{"role": "user", "content": ". ".join(CANARIES[name] for name in ("text", "card", "iban", "mail"))},
                 {"role": "tool", "content": f"key {CANARIES['key']} and {CANARIES['jwt']}"}],
}  # fmt: skip
QUERY = f"email={CANARIES['mail']}&card={CANARIES['card']}&api_key={CANARIES['key']}&token={CANARIES['jwt']}"


PERSON = f"/v1/people/{CANARIES['mail']}/cards/{CANARIES['card']}"


def recording():
    """A recording whose request and answer carry every canary, in body, headers and address."""
    said = {
        "Authorization": f"Bearer {CANARIES['jwt']}",
        "X-Api-Key": CANARIES["key"],
        "Cookie": f"m={CANARIES['mail']}",
    }
    headers = [{"name": name, "value": value} for name, value in said.items()]
    answer = {"text": json.dumps(BODY), "mimeType": "application/json", "size": 9}
    return json.dumps({"log": {"entries": [{
        "startedDateTime": AT, "time": 1, "response": {"status": 200, "headers": headers, "content": answer},
        "request": {"method": "POST", "url": f"https://har.example{PERSON}?{QUERY}",
                    "headers": headers, "postData": {"text": json.dumps(BODY)}},
    }]}}).encode()  # fmt: skip


def litellm():
    """A line of a spend log with what was asked and answered."""
    return json.dumps({"call_type": "acompletion", "model": "m-2", "startTime": AT, "endTime": AT, "status": "success",
                       "api_base": "https://api.openai.com/v1", "messages": BODY["messages"], "response": BODY,
                       "end_user": CANARIES["mail"], "api_key": CANARIES["key"],
                       "proxy_server_request": {"body": BODY}}).encode() + b"\n"  # fmt: skip


def unreadable():
    """Lines nobody understands, with every canary, between two that are read."""
    read = f'192.0.2.1 - - [20/Nov/2026:10:00:00 +0000] "GET /v1/x?{QUERY} HTTP/1.1" 200 5 "-" "agent"'
    broken = [f"no call: {value}" for value in CANARIES.values()]
    broken += [f'{{"broken": "{value}"' for value in CANARIES.values()]
    broken += [
        f'192.0.2.1 - - [99/Nov/2026:10:00:00 +0000] "GET /v1/x?email={value} HTTP/1.1" 200 5'
        for value in CANARIES.values()
    ]
    return "\n".join([read, *broken, read]).encode() + b"\n"


def own_lines():
    """Lines of an organisation's own, whose map names bodies."""
    row = {
        "t": AT,
        "verb": "POST",
        "where": f"/v1/own/{CANARIES['card']}?{QUERY}",
        "asked": BODY,
        "said": json.dumps(BODY),
    }
    return json.dumps(row).encode() + b"\n"


FIELDS = {"at": "t", "method": "verb", "url": "where", "request_body": "asked", "response_body": "said"}


def every_value():
    """(where, bytes) of every field of every row of every table, unpacked where it is packed."""
    for model in installed.get_models(include_auto_created=True):
        for row in model._base_manager.all().values():
            for name, value in row.items():
                yield f"{model._meta.label}.{name}", value if isinstance(value, bytes) else str(value).encode()
    for pack in WindowPack.objects.all():
        for name in ("windows", "daily", "latency"):
            yield f"WindowPack.{name}", unpacked(getattr(pack, name)).write_csv().encode()
    for state in PathState.objects.all():
        yield "PathState.content", _unpacked(bytes(state.content))
    for part in PartialDigest.objects.all():
        yield "PartialDigest.content", _unpacked(bytes(part.content).partition(b"\n")[2])


def _unpacked(content):
    try:
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content)).read()
    except zstandard.ZstdError:
        return content


def found_in(told):
    """Canaries that occur in what is told, and where: whole, or the telling half of one."""
    parts = {**CANARIES, "name": "Zwetschge", "mail place": "canary-place", "key inside": "C4n4ryXk29f"}
    return {(where, name) for where, content in told for name, value in parts.items() if value.encode() in content}


def in_files():
    """(path, bytes) of every file that is kept."""
    for folder in {settings.DATA_DIR, settings.BLOB_DIR}:
        for path in folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                yield str(path), content
                yield str(path), _unpacked(content)


def test_values_stay_in_no_table_file_log_or_task(person, tenant, manager, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    asked = []
    monkeypatch.setattr(run_job, "apply_async", lambda *args, **more: asked.append(repr((args, more))))
    page = Client()
    page.force_login(person)
    uploaded = SimpleUploadedFile("recorded.har", recording())
    assert page.post("/here/apis/brought-in/file/", {"file": uploaded}).status_code < 400
    rest = bearer(tenant, "traffic:write")
    pushed = rest.post("/api/v1/here/traffic/?name=pushed.ndjson", litellm(), content_type="application/x-ndjson")
    assert pushed.status_code < 300, pushed.content
    bring_traffic(actor=manager, delivery=Delivery(unreadable(), "broken.log", "logs.example"))
    save_field_map(actor=manager, name="Ours", fields=FIELDS)
    bring_traffic(actor=manager, delivery=Delivery(own_lines(), "own.ndjson", "own.example", FIELDS))
    met = set(FlowTally.objects.values_list("code", flat=True))
    assert {"payment_card", "iban", "email", "api_key", "jwt", "free_text", "password"} <= met
    told = list(every_value())
    assert all(any(value in content for _where, content in told) for value in (b"m-2", b"har.example", b"/v1/own/"))
    assert found_in(told) == set()
    assert found_in(in_files()) == set()
    assert found_in([("log", caplog.text.encode()), ("tasks", "".join(asked).encode())]) == set()
