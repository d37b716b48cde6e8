"""`make test`: the whole ladder, rung by rung; every rung is climbed, so that one run names everything."""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import services
from tests.house import coverage

NO_TESTS = 5
#: What a person's shell may have set is not what the rungs run on.
OURS = {"DATABASE_URL", "REDIS_URL", "BROKER_SOCKET", "DATA_DIR", "PORT", "HOST", "AIMS_ENV"}
SUMMARY = re.compile(r"^(?:=+ )?((?:\d+ [a-z]+, )*(?:\d+ [a-z]+|no tests ran) in [\d.]+s(?: \([\d:]+\))?)(?: =+)?$")


@dataclass(frozen=True)
class Rung:
    """One run of pytest; ``needs`` names the services it finds in its environment.

    ``minutes`` ends a rung that hangs: about twice what it takes when coverage is measured on two slow processors.
    """

    name: str
    title: str
    arguments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    minutes: int = 10
    measured: bool = False


RUNGS = (
    Rung("default", "rules, doors and pages on SQLite", ("-n", "2"), minutes=20, measured=True),
    Rung("data", "storage on Postgres", ("-m", "data"), ("postgres",), 15, measured=True),
    Rung("live", "the running stack: Postgres, Redis, web, worker", ("-m", "live"), ("postgres", "redis"), 20),
    Rung("exploration", "generated requests against the REST API", ("-m", "exploration"), minutes=15, measured=True),
    Rung("browser", "pages in a real browser", ("-m", "browser"), minutes=20),
    Rung("pdf", "documents judged by veraPDF", ("-m", "pdf"), minutes=15, measured=True),
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
        told: dict[str, dict[str, str]] = {rung.name: {} for rung in RUNGS}
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
    counting = ["--cov", "--cov-report="] if "COVERAGE_FILE" in told else []
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--durations=5",
        "--continue-on-collection-errors",
        *rung.arguments,
        *counting,
        *more,
    ]
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
            if found := SUMMARY.match(line):
                closing = found[1]
    finally:
        timer.cancel()
        if sys.exc_info()[0]:
            _end(process)
    status = process.wait()
    if status == -signal.SIGKILL:
        closing = f"ended after {rung.minutes} minutes"
    return Outcome(rung, status, closing, time.monotonic() - began)


def report(outcomes: list[Outcome], coverage: list[str]) -> int:
    """Write one line per rung, coverage, and pytest's own closing lines; return the exit status of the whole."""
    _say("\n== test: the ladder")
    for outcome in outcomes:
        verdict = "no tests yet" if outcome.status == NO_TESTS else "passed" if outcome.passed else "FAILED"
        _say(f"{outcome.rung.name:<12} {verdict:<12} {outcome.seconds:6.1f} s   {outcome.rung.title}")
    for line in coverage:
        _say(line)
    for outcome in outcomes:
        _say(f"=== {outcome.rung.name}: {outcome.closing or f'pytest ended with {outcome.status}'} ===")
    sound = all(outcome.passed for outcome in outcomes) and not any(line.endswith("MISSED") for line in coverage)
    return 0 if sound else 1


def _climb_all(rungs: list[Rung], more: list[str], *, whole: bool) -> int:
    """Climb the rungs; coverage is judged only when all were climbed."""
    with _surroundings(rungs) as told, tempfile.TemporaryDirectory(prefix="aims42-coverage-") as folder:
        for rung in rungs:
            if whole and rung.measured:
                told[rung.name]["COVERAGE_FILE"] = str(Path(folder) / rung.name)
        outcomes = [climb(rung, told[rung.name], more) for rung in rungs]
        return report(outcomes, coverage.report(Path(folder)) if whole else [])


def main(arguments: list[str]) -> int:
    """Climb the chosen rungs, or all; other options go to every pytest."""
    parser = argparse.ArgumentParser(prog="tests.ladder", description=__doc__)
    parser.add_argument("rungs", nargs="*", metavar="rung", help=f"of {', '.join(rung.name for rung in RUNGS)}")
    own, more = parser.parse_known_args(arguments)
    if unknown := set(own.rungs) - {rung.name for rung in RUNGS}:
        parser.error(f"no such rung: {', '.join(sorted(unknown))}")
    chosen = [rung for rung in RUNGS if not own.rungs or rung.name in own.rungs]
    try:
        return _climb_all(chosen, more, whole=len(chosen) == len(RUNGS))
    except RuntimeError as missing:
        _say(str(missing))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
