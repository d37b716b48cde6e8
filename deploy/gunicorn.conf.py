"""The web server, for the trial and for production; `bind` comes from the command line."""

import contextlib
import gc
import os
from pathlib import Path

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
    from django.conf import settings  # noqa: PLC0415 (Django is set up only now)
    from django.template import TemplateSyntaxError  # noqa: PLC0415 (likewise)
    from django.template.loader import get_template  # noqa: PLC0415 (likewise)
    from django.urls import get_resolver  # noqa: PLC0415 (likewise)
    from django.utils import translation  # noqa: PLC0415 (likewise)

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
