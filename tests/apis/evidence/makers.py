"""What evidence is made of: lines of traffic to the service of the house, dated now."""

import datetime
import json

from apis import services
from apis.models import Service
from apis.services import Delivery
from core import clock


def lines(host: str, *calls: tuple[str, str, int], at: datetime.datetime | None = None, times: int = 1) -> bytes:
    """Lines of calls (method, path, status) at a moment."""
    moment = (at or clock.now()).isoformat()
    rows = [{"at": moment, "host": host, "method": m, "path": p, "status": s, "address": "192.0.2.7"}
            for m, p, s in calls]  # fmt: skip
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows * times)


def bring(actor, service: Service, *calls: tuple[str, str, int], name: str = "access.ndjson", **more) -> Service:
    """Bring in traffic to a service; returns it afresh."""
    services.bring(actor=actor, delivery=Delivery(lines(service.host, *calls, **more), name, service.host))
    return Service.objects.get(pk=service.pk)
