"""The product as a stranger meets it: cloned into a temporary folder, run and tested with an empty environment."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from deploy.trial.places import ROOT
from deploy.trial.trouble import Trouble, say

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
READY = re.compile(r"AIMS 42 is ready after ([\d.]+) seconds: (\S+)")
LONGEST_START = 1200.0


def _environment(home: Path) -> dict[str, str]:
    """Return an environment with a home of its own and the system's programs; ours of Python only if it has none."""
    path = PATH
    old = "import sys; sys.exit(sys.version_info < (3, 11))"
    systems = shutil.which("python3", path=PATH)
    if not systems or subprocess.run([systems, "-c", old], check=False).returncode:
        path = f"{Path(os.path.realpath(sys.executable)).parent}:{PATH}"
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TMPDIR": tempfile.gettempdir()}


def _free_port() -> int:

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> set[int]:
    """Return the processes below one, however deep."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found - {pid}


def _open(address: str, page: str) -> None:
    """Open a page and say what came; raises Trouble if it did not open."""
    try:
        with urllib.request.urlopen(address + page, timeout=30) as answer:  # noqa: S310 (our own loopback address)
            say(f"   GET {page} -> {answer.status} {answer.geturl().removeprefix(address)}")
    except OSError as error:
        raise Trouble(f"{address}{page} did not open: {error}.") from error


def _start(clone: Path, environment: dict[str, str], title: str) -> None:
    """Start the clone, open its health and sign-in pages, end it with Ctrl-C's signal, see that nothing is left."""
    say(f"== fresh: make run, {title}")
    port = _free_port()
    command = ["make", "run", f"PORT={port}"]
    process = subprocess.Popen(
        command,
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    timer = threading.Timer(LONGEST_START, process.kill)
    timer.start()
    try:
        ready = None
        for line in process.stdout or ():
            say(f"   {line.rstrip()}")
            if ready := READY.search(line):
                break
        if not ready:
            raise Trouble(f"make run ended before it was ready, with exit status {process.wait()}.")
        address = ready[2].rstrip("/")
        for page in ("/healthz/", "/accounts/login/"):
            _open(address, page)
        below = _children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
        time.sleep(0.5)
        if left := [pid for pid in below if Path(f"/proc/{pid}").exists()]:
            raise Trouble(f"make run left processes behind: {left}.")
    finally:
        timer.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def main(only: str | None) -> None:
    """Clone and try both commands, or only one; raises Trouble if one fails."""
    with tempfile.TemporaryDirectory(prefix="aims42-fresh-") as folder:
        clone, home = Path(folder) / "clone", Path(folder) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = _environment(home)
        if only != "test":
            _start(clone, environment, "first start")
            _start(clone, environment, "second start")
        if only != "run":
            say("== fresh: make test")
            if subprocess.run(
                ["make", "test"], cwd=clone, env=environment, stdin=subprocess.DEVNULL, check=False
            ).returncode:
                raise Trouble("make test failed in the clone.")
        status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True)
        if status.stdout:
            raise Trouble(f"The commands wrote into the repository: {status.stdout.split()}.")
    say("fresh: both commands work" if not only else f"fresh: make {only} works")
