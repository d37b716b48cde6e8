"""The web server, for the trial and for production; `bind` comes from the command line."""

import contextlib
import gc
import os
from pathlib import Path

from django.conf import settings
from django.template import TemplateSyntaxError
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils import translation

wsgi_app = "config.wsgi"
# Loaded once, then forked: the workers share the memory of the code.
preload_app = True
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 10
keepalive = 5
# The heartbeat file must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn makes a private, unlinked file)
# Nothing of ours is steered through gunicorn's own control door.
control_socket_disable = True
errorlog = "-"
accesslog = None


def when_ready(server: object) -> None:
    """Load what the first requests would load, then keep the collector from copying what is shared."""
    _loaded = get_resolver().url_patterns
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Sign in")
    folder = Path(settings.BASE_DIR) / "templates"
    for path in folder.rglob("*.html"):
        with contextlib.suppress(TemplateSyntaxError):  # printed documents have an engine of their own
            get_template(str(path.relative_to(folder)))
    gc.collect()
    gc.freeze()
    # What an answer makes is gone with it, so the collector rarely finds anything: it looks less often.
    gc.set_threshold(20_000, 20, 20)
