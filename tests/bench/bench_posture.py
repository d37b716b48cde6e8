"""`python -m tests.bench.bench_posture`: OWASP posture of a large real description, in a process of its own.

The peer, where it can be installed from npm: Spectral with the OWASP rule set of its makers, in the same run.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure
from tests.data import testdata

SPECIFICATION = "specs/openai_openapi.yaml"
SECONDS, READING_SECONDS, MEGABYTES = 5, 2, 300
PEER = ("@stoplight/spectral-cli@6", "@stoplight/spectral-owasp-ruleset@2")
OURS = """
import json, resource, sys, time
import django
django.setup()
from pathlib import Path
from apis.descriptions.reading import read
from apis.posture.engine import RULES, judge
content = Path(sys.argv[1]).read_bytes()
began = time.perf_counter()
description = read(content, sys.argv[1])
reading = time.perf_counter() - began
verdict = judge("SVC-1", description, rules=list(RULES.values()))
took = time.perf_counter() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
groups = len({finding.rule for finding in verdict.findings})
print(json.dumps([reading, took, memory, len(verdict.findings), groups]))
"""


def ours(path: Path) -> tuple[float, float, float, int, int]:
    """Seconds of reading, of reading and judging by every rule, memory of the process in MB, findings, groups."""
    told = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "AIMS_ENV": "trial"}
    command = [sys.executable, "-c", OURS, str(path)]
    with tempfile.TemporaryDirectory(prefix="aims42-bench-") as data:
        told["DATA_DIR"] = data
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=told, timeout=120)
    reading, took, memory, findings, groups = json.loads(done.stdout.splitlines()[-1])
    return reading, took, memory, findings, groups


def peer(path: Path) -> str:
    """What the peer needs for the same file, in words; empty where it cannot be installed."""
    npm = shutil.which("npm")
    if npm is None:
        return "Spectral 88 s, 1640 MB when last measured (npm is not here)"
    with tempfile.TemporaryDirectory(prefix="aims42-peer-") as folder:
        place = Path(folder)
        with contextlib.suppress(subprocess.SubprocessError, OSError):
            install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, *PEER]
            subprocess.run(install, check=True, capture_output=True, timeout=180)
            rules = place / "rules.yaml"
            rules.write_text('extends: ["@stoplight/spectral-owasp-ruleset"]\n')
            out = place / "findings.json"
            command = [
                str(place / "node_modules/.bin/spectral"),
                "lint",
                "-f",
                "json",
                "-o",
                str(out),
                "-r",
                str(rules),
            ]
            return _measured([*command, str(path)], out)
    return "Spectral 88 s, 1640 MB when last measured (it could not be installed)"


def _measured(command: list[str], out: Path) -> str:
    began = time.monotonic()
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while running.poll() is None and time.monotonic() - began < 300:
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{running.pid}/status").read_text().splitlines()
            most = max(most, next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")))
        time.sleep(0.2)
    running.kill()
    took = time.monotonic() - began
    findings = len(json.loads(out.read_text())) if out.is_file() else 0
    return f"Spectral {took:.0f} s, {most * 1024 / 1e6:.0f} MB, {findings} findings, ungrouped"


def figures() -> Iterator[Figure]:
    """Reading, judging and memory, next to the peer."""
    path = testdata(SPECIFICATION)
    reading, took, memory, findings, groups = ours(path)
    yield Figure("reading of the OpenAI description (2.97 MB YAML)", reading, "s", READING_SECONDS)
    told = f"{findings} findings in {groups} groups; {peer(path)}"
    yield Figure("posture of the OpenAI description, every rule", took, "s", SECONDS, told)
    yield Figure("posture of the OpenAI description, whole process", memory, "MB", MEGABYTES)


if __name__ == "__main__":
    held = True
    for figure in figures():
        sys.stdout.write(f"{figure.line()}\n")
        held = held and figure.held
    sys.exit(not held)
