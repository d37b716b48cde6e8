"""What the story brings in: a description, access logs and a model proxy's log, made by a seeded generator."""

import datetime
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from reports.demo import MAIL

CHATBOT, SCORING, FRAUD = f"chat.{MAIL}", f"scoring.{MAIL}", f"fraud-batch.{MAIL}"
PROVIDER, UNKNOWN = "api.larkmind.example", "api.openai.com"
DAYS = 6
"""Days of traffic in one log, ending the day before it is brought in."""
Line = dict[str, Any]
Maker = Callable[[datetime.date, random.Random], bytes]


def made(name: str, today: datetime.date) -> bytes:
    """The bytes of an artefact as of a day; the same for the same day."""
    return MAKERS[name](today, random.Random(f"{name} {today}"))  # noqa: S311 (invented traffic, no secret)


def _description(today: datetime.date, _seed: random.Random) -> bytes:
    key: dict[str, Any] = {
        "security": [{"key": []}],
        "responses": {"200": {"description": "Fine"}, "401": {}, "429": {}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Member chatbot", "version": "2.3", "contact": {"email": f"member-service@{MAIL}"}},
        "servers": [{"url": f"https://{CHATBOT}", "description": "Production"}],
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/v2/chat/completions": {"post": {"summary": "Answer a member's question", **key}},
            "/v2/conversations": {"get": {"summary": "A member's conversations", **key}},
            "/v2/conversations/{conversation_id}": {
                "parameters": [{"name": "conversation_id", "in": "path", "required": True,
                                "schema": {"type": "string", "format": "uuid"}}],
                "get": {"summary": "One conversation", **key},
                "delete": {"summary": "Forget a conversation", **key},
            },
            "/v2/feedback": {"post": {"summary": "Whether the answer helped", "responses": {"204": {}}}},
            "/v2/status": {"get": {"summary": "Whether it runs", "security": [], "responses": {"200": {}}}},
            "/v1/ask": {"post": {"summary": "Answer a question, the old way", "deprecated": True, **key}},
            "/v2/exports": {"get": {"summary": "Conversations as a file", **key}},
        },
    }  # fmt: skip
    return json.dumps(document, indent=1).encode()


def _moments(today: datetime.date, seed: random.Random, number: int, days: int = DAYS) -> list[datetime.datetime]:
    """So many moments on working hours of the days before today, in order."""
    start = datetime.datetime.combine(today - datetime.timedelta(days=days), datetime.time(6), datetime.UTC)
    spread = [
        start + datetime.timedelta(days=seed.randrange(days), seconds=seed.randrange(13 * 3600)) for _n in range(number)
    ]
    return sorted(spread)


def _text(lines: Iterator[Line] | list[Line]) -> bytes:
    return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


def _call(at: datetime.datetime, host: str, seed: random.Random, **more: Any) -> Line:
    return {
        "at": at.isoformat(), "host": host, "scheme": "https", "tls": "TLSv1.3", "took_ms": seed.randrange(20, 900),
        "bytes_in": seed.randrange(200, 2000), "bytes_out": seed.randrange(300, 9000), **more,
    }  # fmt: skip


def _uuid(seed: random.Random) -> str:
    text = f"{seed.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def _chatbot(today: datetime.date, seed: random.Random) -> bytes:
    """A gateway's log: members at work, an old version still called, an undescribed door, and somebody who tries."""
    lines = []
    for at in _moments(today, seed, 900):
        who: Line = {
            "key": f"app-{seed.randrange(4)}",
            "address": f"198.51.100.{seed.randrange(1, 90)}",
            "credential": True,
        }
        method, url = seed.choices(
            [
                ("POST", "/v2/chat/completions"), ("GET", "/v2/conversations"),
                ("GET", f"/v2/conversations/{_uuid(seed)}"), ("POST", "/v2/feedback"), ("GET", "/v2/status"),
                ("POST", "/v1/ask"), ("POST", "/v2/tools/call"), ("GET", f"/v2/members/{seed.randrange(10**6, 10**7)}"),
            ],
            [44, 12, 14, 8, 10, 4, 5, 3],
        )[0]  # fmt: skip
        status = seed.choices([200, 429, 500], [96, 3, 1])[0]
        lines.append(_call(at, CHATBOT, seed, method=method, url=url, status=status, **who))
    return _text(sorted([*lines, *_attack(today, seed)], key=lambda line: line["at"]))


TRIED = (
    "/v2/conversations?sort=id%27%20OR%20%271%27=%271", "/v2/conversations?sort=1;DROP%20TABLE%20members--",
    "/v2/exports?file=../../../../etc/passwd", "/v2/conversations?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/v2/exports?callback=http://169.254.169.254/latest/meta-data/", "/v2/conversations?sort=UNION%20SELECT%20password",
)  # fmt: skip


def _attack(today: datetime.date, seed: random.Random) -> Iterator[Line]:
    """One night, one address: injections, then guessing of sign-ins and of members' numbers."""
    at = datetime.datetime.combine(today - datetime.timedelta(days=2), datetime.time(1, 12), datetime.UTC)
    who = {"address": "203.0.113.66", "agent": "python-requests/2.32"}
    for number in range(60):
        at += datetime.timedelta(seconds=2)
        url = TRIED[number % len(TRIED)]
        yield _call(at, CHATBOT, seed, method="GET", url=url, status=seed.choice([400, 403, 404]), **who)
    for _number in range(60):
        at += datetime.timedelta(seconds=1)
        yield _call(at, CHATBOT, seed, method="POST", url="/v2/chat/completions", status=401, **who)
    for number in range(80):
        at += datetime.timedelta(seconds=1)
        status = 200 if number % 9 == 0 else 404
        yield _call(at, CHATBOT, seed, method="GET", url=f"/v2/members/{4_100_000 + number}", status=status, **who)


def _scoring(today: datetime.date, seed: random.Random) -> bytes:
    """A log of an interface that nobody described: the two employer plans ask for scores."""
    lines = []
    for at in _moments(today, seed, 240):
        method, url = seed.choices(
            [("POST", "/api/score/predict"), ("GET", f"/api/applications/{seed.randrange(50_000, 90_000)}"),
             ("GET", "/api/models"), ("POST", "/api/admin/retrain")],
            [60, 30, 8, 2],
        )[0]  # fmt: skip
        who = {"key": seed.choice(["plan-north", "plan-lakes"]), "address": "192.0.2.15", "credential": True}
        if seed.random() < 0.05:
            who = {"address": "192.0.2.99"}
        lines.append(_call(at, SCORING, seed, method=method, url=url, status=200, **who))
    return _text(lines)


def _fraud(today: datetime.date, seed: random.Random) -> bytes:
    """A batch interface that went silent."""
    who = {"key": "nightly", "address": "10.20.0.8", "credential": True}
    calls = [("POST", "/batch/claims/score"), ("GET", "/batch/runs/{0}")]
    return _text(
        _call(at, FRAUD, seed, method=method, url=url.format(seed.randrange(1000, 9000)), status=200, **who)
        for at in _moments(today, seed, 60, days=3)
        for method, url in calls
    )


ASKED = (
    "Summarise the conditions for physiotherapy.", "Which forms does a member need for a hospital stay?",
    "Write to anna.beispiel@example.org that her claim was received.",
    "Refund to account CH93 0076 2011 6238 5295 7, please draft the letter.",
    "Translate this leaflet into French.",
)  # fmt: skip


def _proxy(today: datetime.date, seed: random.Random) -> bytes:
    """A model proxy's spend log: the supplier's models, and a provider that nobody registered."""
    lines = []
    for at in _moments(today, seed, 300):
        stray = seed.random() < 0.06
        kind = "completion" if stray or seed.random() < 0.6 else "embedding"
        lines.append(
            {
                "call_type": f"a{kind}", "model": "gpt-4o-mini" if stray else "larkmind-converse-4",
                "api_base": f"https://{UNKNOWN if stray else PROVIDER}/v1", "status": "success",
                "startTime": at.isoformat(), "endTime": (at + datetime.timedelta(seconds=2)).isoformat(),
                "prompt_tokens": seed.randrange(40, 900), "completion_tokens": seed.randrange(20, 400),
                "user": "leaflets" if stray else seed.choice(["chatbot", "search"]), "api_key": f"k{seed.randrange(3)}",
                "messages": [{"role": "user", "content": seed.choice(ASKED)}],
            }
        )  # fmt: skip
    return _text(lines)


MAKERS: dict[str, Maker] = {
    "description": _description, "chatbot": _chatbot, "scoring": _scoring, "fraud": _fraud, "proxy": _proxy,
}  # fmt: skip
