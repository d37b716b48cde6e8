"""A server inside a test's transaction: nothing is flushed, so append-only tables stay."""

import contextlib
import threading
from collections.abc import Iterator

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread


class OneAtATime(StaticFilesHandler):
    """Answers one request after another: savepoints of two requests on one shared connection would cross."""

    lock = threading.Lock()

    def __call__(self, environ, start_response):
        """Answer a request once no other is being answered."""
        with self.lock:
            return super().__call__(environ, start_response)


@contextlib.contextmanager
def served(host: str) -> Iterator[str]:
    """Yield the address of a server on a free port of ``host`` that shares this test's connection."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    server = LiveServerThread(host, OneAtATime, connections_override={connection.alias: connection})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    try:
        yield f"http://{server.host}:{server.port}"
    finally:
        server.terminate()
        connection.dec_thread_sharing()
