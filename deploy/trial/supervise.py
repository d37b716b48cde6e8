"""Starts broker, web and worker, keeps them alive, and ends them: them and nothing else."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from deploy.trial.ground import last_lines
from deploy.trial.places import ROOT, Places
from deploy.trial.trouble import Trouble

ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
WATCHED = ENDING | {signal.SIGCHLD}
MOST_FALLS, FALL_SECONDS = 5, 60.0
LONGEST_LOG = 5 * 2**20
SET_PARENT_DEATH_SIGNAL = 1
Answer = TypeVar("Answer")


class Ended(Exception):
    """Somebody asked for the end."""


@dataclass
class Service:
    """One program that is to run as long as the instance does; ``grace`` is in seconds."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool]
    grace: float = 10.0
    inherit: tuple[int, ...] = ()
    serves_others: bool = False
    process: subprocess.Popen[bytes] | None = None
    falls: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_FALLS))
    again_at: float = 0.0


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def _end_group(leader: int) -> None:
    """End what is left of a service's group: children that did not end with it."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


class Supervisor:
    """Keeps a few services running; every one in a session of its own, so that Ctrl-C reaches only the supervisor."""

    def __init__(self, places: Places, environment: Mapping[str, str]) -> None:
        self.places = places
        self.environment = dict(environment)
        self.services: list[Service] = []
        self.libc = _libc()
        places.logs.mkdir(parents=True, exist_ok=True, mode=0o750)
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)

    def log(self, service: Service) -> Path:
        """Return the service's log file."""
        return self.places.logs / f"{service.name}.log"

    def _child(self) -> None:
        """Run in the child: die with the supervisor, even if that is killed; take signals again."""
        if self.libc:
            self.libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)

    def _launch(self, service: Service) -> None:
        log = self.log(service)
        with log.open("ab") as output:
            service.process = subprocess.Popen(
                service.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=service.inherit,
                preexec_fn=self._child,
            )

    def start(self, *services: Service, within: float = 90.0) -> None:
        """Start services side by side and wait until all are ready; raises Trouble if one is not in time."""
        for service in services:
            self.services.append(service)
            self._launch(service)
        until = time.monotonic() + within
        for service in services:
            while not service.ready():
                fallen = service.process is None or service.process.poll() is not None
                if fallen or time.monotonic() > until:
                    state = "ended at once" if fallen else f"was not ready within {within:.0f} seconds"
                    raise self._trouble(service, state)
                self._wait(0.05)

    def _trouble(self, service: Service, state: str) -> Trouble:
        """Show a service's last words and return what to raise."""
        sys.stderr.writelines(f"  | {line}\n" for line in last_lines(self.log(service)))
        return Trouble(f"The {service.name} {state}; its log is {self.log(service)}.")

    @staticmethod
    def _wait(seconds: float) -> None:
        """Wait for a signal or the time; raises Ended if the end was asked for."""
        got = signal.sigtimedwait(WATCHED, seconds)
        if got is not None and got.si_signo in ENDING:
            raise Ended

    def watch(self) -> None:
        """Keep the services running until the end is asked for (Ended); raises Trouble if one keeps falling."""
        while True:
            self._wait(1.0)
            for service in self.services:
                self._revive(service)
                self._shorten(self.log(service))

    @staticmethod
    def _shorten(log: Path) -> None:
        """Keep one former log and empty the present one, which its writer holds open for appending."""
        if log.exists() and log.stat().st_size > LONGEST_LOG:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)

    def _revive(self, service: Service) -> None:
        now = time.monotonic()
        if service.process is not None and service.process.poll() is not None:
            _end_group(service.process.pid)
            service.process = None
            service.falls.append(now)
            if len(service.falls) == MOST_FALLS and now - service.falls[0] < FALL_SECONDS:
                raise self._trouble(service, f"ended {MOST_FALLS} times in a minute")
            service.again_at = now + 0.5 * len(service.falls)
        if service.process is None and now >= service.again_at:
            self._launch(service)

    def stop(self) -> None:
        """End the services, those that use the broker before it: gently first, then their whole groups."""
        rest = [service for service in self.services if service.serves_others]
        for together in ([service for service in self.services if not service.serves_others], rest):
            for service in together:
                if service.process is not None and service.process.poll() is None:
                    service.process.terminate()
            for service in together:
                _finish(service)


def _finish(service: Service) -> None:
    """Wait for the end of a service that was asked to end, no longer than its grace."""
    if service.process is None:
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        service.process.wait(service.grace)
    _end_group(service.process.pid)
    service.process.wait()


def asked(url: str, read: Callable[[bytes], Answer], otherwise: Answer) -> Answer:
    """Return what a local page answered, or the other value while it does not answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return read(answer.read())
    except (urllib.error.URLError, OSError):
        return otherwise
