"""The web server, for the trial and for production; `bind` comes from the command line."""

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
    """Keep the collector from touching, and so copying, what the workers share."""
    gc.collect()
    gc.freeze()
