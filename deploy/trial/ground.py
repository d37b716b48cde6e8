"""The ground an instance stands on: one instance per data folder, one program per port."""

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import TextIO

from deploy.trial.places import Places
from deploy.trial.trouble import Trouble


def hold(places: Places) -> TextIO:
    """Take the lock of the data folder and keep it as long as the answer is open; raises Trouble if it is held."""
    lock = places.lock.open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise Trouble(
            f"AIMS 42 already runs on {places.data} ({holder}); end it first, or start on other data: "
            "make run DATA_DIR=/path PORT=8043."
        ) from error
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, {places.address}\n")
    lock.flush()
    return lock


def listen(places: Places) -> socket.socket:
    """Bind the port before anything else is started; raises Trouble if it is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in places.host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((places.host, places.port))
        server.listen(128)
    except (OSError, UnicodeError) as error:
        server.close()
        where = f"Port {places.port} on {places.host}"
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise Trouble(f"{where} is taken by another program; choose another: make run PORT=8043.") from error
        raise Trouble(
            f"{where} cannot be used ({getattr(error, 'strerror', None) or error}); choose another."
        ) from error
    return server


def last_lines(log: Path, count: int = 8) -> list[str]:
    """Return the last lines of a log, for the one who must find out why something ended."""
    if not log.exists():
        return []
    with log.open("rb") as opened:
        opened.seek(max(0, log.stat().st_size - 16_384))
        return opened.read().decode(errors="replace").strip().splitlines()[-count:]
