"""Pages are judged once they are drawn, however long a busy machine takes."""

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests import shots

pytestmark = pytest.mark.browser
PAGE = b"""<!doctype html><html lang="en"><head><title>Slow</title><link rel="stylesheet" href="/slow.css"></head>
<body><main><h1>Slow</h1></main></body></html>"""


class Slow(BaseHTTPRequestHandler):
    """A page at once, and its styles late: they make it wide."""

    def do_GET(self):
        """Answer."""
        styles = self.path == "/slow.css"
        if styles:
            time.sleep(1.5)
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if styles else "text/html")
        self.end_headers()
        self.wfile.write(b"h1 { width: 3000px }" if styles else PAGE)

    def log_message(self, *args):
        """Say nothing."""


class Hasty:
    """A browser whose pages give up after half a second unless they are told how long to wait."""

    def __init__(self, started):
        self.started = started

    def new_context(self, **options):
        """Open one."""
        context = self.started.new_context(**options)
        context.set_default_timeout(500)
        return context


@contextlib.contextmanager
def slow():
    """The address of the slow page."""
    server = ThreadingHTTPServer(("localhost", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


def test_a_page_is_judged_when_its_styles_are_there_and_not_when_a_clock_says_so(browser):
    with slow() as address:
        found = shots.visit(Hasty(browser), address, shots.Shot("slow", "/"), (390, "light"), lambda who: {}, None)
    assert any("scrolls sideways" in problem for problem in found.problems)
