"""Lines in which abuse happens, and how they are brought in."""

import datetime
import json

from apis.services import Delivery, bring
from apis.threat_records import ThreatSignal
from core.actor import operator
from core.change import change

AT = datetime.datetime(2026, 11, 2, 10, tzinfo=datetime.UTC)
HOST = "api.example.org"

SCANNER = "key:5ca99e25ca99e25ca99e"


def make_signal(service, consumer=SCANNER, detector="scanning", **fields):
    """A signal as a detector raises it."""
    told = {"severity": "high", "counts": {"paths": 300, "failures": 600, "calls": 600}, "hours": [AT.isoformat()],
            "limits": {"paths": 250, "failures": 500}, "reasons": ["paths"], "endpoints": [["GET", "/{file}"]],
            "worst_hour": AT, "first_hour": AT, "last_hour": AT}  # fmt: skip
    with change(operator(service.management_system_id), "test.signal") as unit:
        return unit.save(ThreatSignal(service=service, detector=detector, consumer=consumer, **{**told, **fields}))


def line(second=0, target="GET /v1/items", status=200, who="k1", **more):
    """One line of our own; ``second`` counts from AT, ``who`` is a key."""
    method, _, path = target.partition(" ")
    at = (AT + datetime.timedelta(seconds=second)).isoformat()
    return json.dumps({"at": at, "host": HOST, "method": method, "path": path, "status": status, "key": who, **more})


def scan(hour=0, who="scanner", paths=60):
    """An hour in which somebody scans."""
    return [line(hour * 3600 + n // 4, f"GET /{n}.bak", 404, who) for n in range(paths)]


def bring_lines(actor, lines, name="lines.ndjson"):
    """Bring in lines."""
    return bring(actor=actor, delivery=Delivery("".join(f"{one}\n" for one in lines).encode(), name))
