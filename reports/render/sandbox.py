"""Limits of the rendering process: memory, CPU, open files, no network, nothing to read but fonts and its own code."""

import os
import resource
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

FORBIDDEN = (
    "socket.",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "ctypes.dlopen",
    "ftplib.",
    "http.client.",
    "smtplib.",
    "urllib.Request",
    "webbrowser.",
    "pty.spawn",
)
SYSTEM = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/etc/fonts",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/usr/share/mime",
    "/dev/urandom",
    "/proc/self",
    "/dev/shm",  # noqa: S108 (not a file of ours)
    "/usr/lib",
    "/lib",
)


class Refused(PermissionError):
    """Something that a report never needs."""


def limit(seconds: int, memory_mb: int) -> None:
    """Let the kernel end this process when it takes too much."""
    _set(resource.RLIMIT_CPU, seconds)
    _set(resource.RLIMIT_AS, memory_mb * 1024 * 1024)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, 512 * 1024 * 1024)


def _set(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def close_doors(own: Path) -> None:
    """From now on refuse the network, other programs, and files outside fonts, libraries and `own`."""
    temporary = os.path.realpath(tempfile.gettempdir())
    paths = sysconfig.get_paths()
    readable = (
        tuple(
            os.path.realpath(place)
            for place in (
                *SYSTEM,
                str(own),
                sys.prefix,
                sys.base_prefix,
                paths["stdlib"],
                paths["purelib"],
                paths["platlib"],
                temporary,
            )
        )
        + SYSTEM
    )

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode = arguments[0], arguments[1]
            if isinstance(path, (str, bytes, os.PathLike)):
                _check_open(os.path.realpath(os.fsdecode(path)), str(mode or "r"), readable, temporary)
        elif event.startswith(FORBIDDEN):
            raise Refused(f"not allowed while rendering: {event}")

    sys.addaudithook(check)


def _check_open(path: str, mode: str, readable: tuple[str, ...], temporary: str) -> None:
    writing = any(sign in mode for sign in "wax+")
    places = (temporary, "/dev/null", "/dev/shm") if writing else readable  # noqa: S108 (shared memory of forks)
    if not any(path == place or path.startswith(place.rstrip("/") + "/") for place in places):
        raise Refused(f"not allowed while rendering: {path}")
