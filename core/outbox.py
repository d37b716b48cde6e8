"""What changes tell the outside: one event per change, delivered at least once, in order, after commit."""

import datetime
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Q

from core import clock
from core.models import OutboxEvent

log = logging.getLogger(__name__)
Subscriber = Callable[[OutboxEvent], None]
_subscribers: dict[str, Subscriber] = {}
BACKOFF_S = (5, 30, 120, 600, 3600)
MOST_TRIES = 12


def subscriber(name: str) -> Callable[[Subscriber], Subscriber]:
    """Register a function that is given every event; it must bear being given one twice."""

    def register(function: Subscriber) -> Subscriber:
        _subscribers[name] = function
        return function

    return register


def dispatch(limit: int = 200) -> int:
    """Deliver open events in order; a failing one is tried again later, with growing pauses. Returns the count."""
    delivered = 0
    now = clock.now()
    due = OutboxEvent.objects.filter(
        Q(next_try_at__isnull=True) | Q(next_try_at__lte=now), delivered_at=None, attempts__lt=MOST_TRIES
    )
    for pk in list(due.order_by("id").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            event = OutboxEvent.objects.select_for_update().filter(pk=pk, delivered_at=None).first()
            if event is not None:
                delivered += _deliver(event)
    return delivered


def _deliver(event: OutboxEvent) -> int:
    try:
        with transaction.atomic():
            for deliver in _subscribers.values():
                deliver(event)
    except Exception as error:
        log.exception("event %s was not delivered", event.pk)
        pause = BACKOFF_S[min(event.attempts, len(BACKOFF_S) - 1)]
        event.attempts += 1
        event.error = str(error)[:300]
        event.next_try_at = clock.now() + datetime.timedelta(seconds=pause)
        event.save(update_fields=["attempts", "error", "next_try_at"])
        return 0
    event.delivered_at = clock.now()
    event.save(update_fields=["delivered_at"])
    return 1


def tidy(days: int = 30) -> int:
    """Forget delivered events older than this; the ledger keeps what happened."""
    limit = clock.now() - datetime.timedelta(days=days)
    return OutboxEvent.objects.filter(delivered_at__lt=limit).delete()[0]
