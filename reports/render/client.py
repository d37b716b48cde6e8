"""Ask for a rendering from outside: a process of its own, a clean environment, killed at its limit."""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reports.documents.common import to_json

ROOT = Path(__file__).resolve().parents[2]
TICK_S = 0.5
CHUNK = 1 << 16
PASSED_ON = ("LANG", "LC_ALL", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH")
Tick = Callable[[int, int], bool]


class RenderFailed(Exception):
    """No rendering; `reason` says why in words that can be shown to people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def render(
    report: Any,
    format: str,
    *,
    dress: Mapping[str, str] | None = None,
    timeout_s: float = 120,
    memory_mb: int = 2048,
    tick: Tick | None = None,
) -> bytes:
    """The report as "pdf", "xlsx" or "json" bytes; `dress` says how a PDF is printed (``front.Dress``).

    `tick(done, total)` is called about twice a second and may return False to stop. The whole process group is
    killed after `timeout_s` seconds; `memory_mb` is the address space of each process. Raises RenderFailed.
    """
    try:
        data = to_json(report).decode()
    except (TypeError, ValueError) as error:
        raise RenderFailed(f"the report cannot be written: {error}") from error
    if format == "json":
        return data.encode()
    request = {"format": format, "seconds": int(timeout_s) + 1, "memory_mb": memory_mb, "report": data}
    request["dress"] = dict(dress or {})
    with tempfile.TemporaryDirectory(prefix="render-") as folder:
        process = _start(folder)
        try:
            return _Talk(process, json.dumps(request).encode(), time.monotonic() + timeout_s, tick).result(timeout_s)
        finally:
            _kill(process)


def _start(folder: str) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= {
        "PATH": "/usr/bin:/bin",
        "TMPDIR": folder,
        "HOME": folder,
        "PYTHONHASHSEED": "0",
        "XDG_CACHE_HOME": folder,
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": "UTC",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "reports.render"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()


class _Talk:
    """Write the request, read answer and progress, watch the time."""

    def __init__(self, process: subprocess.Popen[bytes], request: bytes, deadline: float, tick: Tick | None) -> None:
        self.process, self.deadline, self.tick = process, deadline, tick
        self.request, self.answer, self.notes = memoryview(request), bytearray(), bytearray()
        self.done = (0, 0)
        self.selector = selectors.DefaultSelector()
        for pipe, event in (
            (process.stdin, selectors.EVENT_WRITE),
            (process.stdout, selectors.EVENT_READ),
            (process.stderr, selectors.EVENT_READ),
        ):
            if pipe:
                os.set_blocking(pipe.fileno(), False)
                self.selector.register(pipe, event)

    def result(self, timeout_s: float) -> bytes:
        ticked = 0.0
        while self.selector.get_map():
            now = time.monotonic()
            if now > self.deadline:
                raise RenderFailed(f"stopped after {timeout_s:g} seconds; the report is too large or does not end")
            if self.tick and now - ticked >= TICK_S:
                ticked = now
                if self.tick(*self.done) is False:
                    raise RenderFailed("cancelled")
            for key, _event in self.selector.select(TICK_S):
                self._move(key.fileobj)
        status = self.process.wait()
        if status != 0:
            raise RenderFailed(self._reason(status))
        return bytes(self.answer)

    def _move(self, pipe: Any) -> None:
        if pipe is self.process.stdin:
            self._send(pipe)
            return
        chunk = os.read(pipe.fileno(), CHUNK)
        if not chunk:
            self.selector.unregister(pipe)
        elif pipe is self.process.stdout:
            self.answer += chunk
        else:
            self.notes += chunk
            self._listen()

    def _send(self, pipe: Any) -> None:
        try:
            self.request = self.request[os.write(pipe.fileno(), self.request[:CHUNK]) :]
        except BrokenPipeError:
            self.request = self.request[:0]
        if not self.request:
            self.selector.unregister(pipe)
            pipe.close()

    def _listen(self) -> None:
        for line in self.notes.decode(errors="replace").splitlines():
            words = line.split()
            if len(words) == 3 and words[0] == "progress" and words[1].isdigit() and words[2].isdigit():
                self.done = (int(words[1]), int(words[2]))

    def _reason(self, status: int) -> str:
        lines = self.notes.decode(errors="replace").splitlines()
        told = [line.removeprefix("failed ") for line in lines if line.startswith("failed ")]
        if told:
            return told[-1]
        if status in (-signal.SIGXCPU, -signal.SIGKILL):
            return "stopped: it took more processor time or memory than a report may take"
        return f"the renderer ended with status {status}"
