"""Lines in which abuse happens, and how they are brought in."""

import datetime
import json

from apis.services import Delivery, bring

AT = datetime.datetime(2026, 11, 2, 10, tzinfo=datetime.UTC)
HOST = "api.example.org"


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
