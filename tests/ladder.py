"""`make test`: the whole ladder, rung by rung; every rung is climbed, so that one run names everything."""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests import services

NO_TESTS = 5
#: What a person's shell may have set is not what the rungs run on.
OURS = {"DATABASE_URL", "REDIS_URL", "BROKER_SOCKET", "DATA_DIR", "PORT", "HOST", "AIMS_ENV"}
SUMMARY = re.compile(r"^=+ .*(?:passed|failed|error|deselected|no tests ran).* =+$")


@dataclass(frozen=True)
class Rung:
    """One run of pytest; ``needs`` names the services it finds in its environment, ``minutes`` is its time limit."""

    name: str
    title: str
    arguments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    minutes: int = 10


RUNGS = (
    Rung("default", "rules, doors and pages on SQLite", ("-n", "2")),
    Rung("data", "storage on Postgres", ("-m", "data"), ("postgres",)),
    Rung("live", "the running stack: Postgres, Redis, web, worker", ("-m", "live"), ("postgres", "redis"), 20),
    Rung("exploration", "generated requests against the REST API", ("-m", "exploration")),
    Rung("browser", "pages in a real browser", ("-m", "browser"), minutes=20),
    Rung("pdf", "documents judged by veraPDF", ("-m", "pdf")),
)


@dataclass(frozen=True)
class Outcome:
    """What a rung came to: pytest's exit status, its closing line and the seconds it took."""

    rung: Rung
    status: int
    closing: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Say whether nothing failed; a rung without tests has not failed."""
        return self.status in {0, NO_TESTS}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _surroundings(rungs: list[Rung]) -> Iterator[dict[str, dict[str, str]]]:
    """Start each service that a chosen rung needs, once; yield each rung's additions to its environment."""
    needed = {need for rung in rungs for need in rung.needs}
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(services.postgres()) if "postgres" in needed else ""
        broker = stack.enter_context(services.redis()) if "redis" in needed else ""
        told = {rung.name: {} for rung in rungs}
        told["data"] = {"DATABASE_URL": database}
        # Live tests make databases of their own on this server and hand them to the instances they start.
        told["live"] = {"LADDER_DATABASE_URL": database, "LADDER_REDIS_URL": broker}
        yield told


def _end(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def climb(rung: Rung, told: dict[str, str], more: list[str]) -> Outcome:
    """Run one rung, its output passed through; return what it came to. One that takes too long is ended and failed."""
    _say(f"\n== test: {rung.name}: {rung.title}")
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "--durations=5", *rung.arguments, *more]
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    process = subprocess.Popen(
        command,
        cwd=services.ROOT,
        env={**inherited, "AIMS_ENV": "test", **told},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    timer = threading.Timer(60 * rung.minutes, _end, [process])
    timer.start()
    closing = ""
    try:
        for line in process.stdout or ():
            _say(line.rstrip("\n"))
            if SUMMARY.match(line):
                closing = line.strip(" =\n")
    finally:
        timer.cancel()
        if sys.exc_info()[0]:
            _end(process)
    status = process.wait()
    if status == -signal.SIGKILL:
        closing = f"ended after {rung.minutes} minutes"
    return Outcome(rung, status, closing, time.monotonic() - began)


def report(outcomes: list[Outcome]) -> int:
    """Write one line per rung and pytest's own closing lines; return the exit status of the whole."""
    _say("\n== test: the ladder")
    for outcome in outcomes:
        verdict = "no tests yet" if outcome.status == NO_TESTS else "passed" if outcome.passed else "FAILED"
        _say(f"{outcome.rung.name:<12} {verdict:<12} {outcome.seconds:6.1f} s   {outcome.rung.title}")
    for outcome in outcomes:
        _say(f"=== {outcome.rung.name}: {outcome.closing or f'pytest ended with {outcome.status}'} ===")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def main(arguments: list[str]) -> int:
    """Climb the chosen rungs, or all; other options go to every pytest."""
    parser = argparse.ArgumentParser(prog="tests.ladder", description=__doc__)
    parser.add_argument("rungs", nargs="*", metavar="rung", help=f"of {', '.join(rung.name for rung in RUNGS)}")
    own, more = parser.parse_known_args(arguments)
    names = own.rungs
    if unknown := set(names) - {rung.name for rung in RUNGS}:
        parser.error(f"no such rung: {', '.join(sorted(unknown))}")
    chosen = [rung for rung in RUNGS if not names or rung.name in names]
    try:
        with _surroundings(chosen) as told:
            outcomes = [climb(rung, told[rung.name], more) for rung in chosen]
    except RuntimeError as missing:
        _say(str(missing))
        return 1
    return report(outcomes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
