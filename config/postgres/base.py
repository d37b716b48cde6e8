"""Found by the framework: ``ENGINE = "config.postgres"``."""

import select
import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

LATELY = 5.0
"""Seconds within which a connection that answered is asked again only when its socket has something to say."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks a kept connection whether it stands without a round trip, where that can be told.

    The framework sends ``SELECT 1`` before the first query of each request. A server that ended, restarted or dropped
    the connection has closed the socket, which then is readable: a look at it tells the same.
    """

    _answered = 0.0

    def is_usable(self) -> bool:
        """Whether the connection still works."""
        now = time.monotonic()
        if now - self._answered < LATELY and self._is_quiet():
            return True
        usable = super().is_usable()
        self._answered = now if usable else 0.0
        return usable

    def _is_quiet(self) -> bool:
        connection: Any = self.connection
        if connection is None or connection.closed or connection.info.transaction_status != TransactionStatus.IDLE:
            return False  # one in the middle of something is asked
        watched = select.poll()
        watched.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not watched.poll(0)
