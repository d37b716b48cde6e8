"""Requests per token and minute; the cache that counts may be away, then everybody passes (TRUST T16)."""

import logging
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

from core import clock

log = logging.getLogger(__name__)
WINDOW_S = 60


class TokenThrottle(BaseThrottle):
    """A fixed window per token; neighbours are not affected."""

    def allow_request(self, request: Any, view: Any) -> bool:
        """Count this request; False when the window is full."""
        actor = request.auth
        who = str(actor.token_id) if actor else self.get_ident(request)
        now = int(clock.now().timestamp())
        self.reset = WINDOW_S - now % WINDOW_S
        limit = settings.API_REQUESTS_PER_MINUTE
        key = f"rate:{who}:{now // WINDOW_S}"
        try:
            cache.add(key, 0, WINDOW_S * 2)
            used = cache.incr(key)
        except Exception:  # noqa: BLE001 (whatever the cache raises, requests pass)
            log.warning("requests are not counted: the cache does not answer")
            return True
        request._request.rate_limit = (limit, max(0, limit - used), self.reset)
        return used <= limit

    def wait(self) -> float:
        """Seconds until the window ends."""
        return self.reset
