"""`python -m tests.bench bench_traffic`: a million lines and a recording of 10,000 entries to a stored inventory.

Peers in the same run: GoAccess on the same lines where it is installed, and Polars doing the bare minimum.
"""

import json
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tests import services
from tests.bench.figure import Figure
from tests.bench.traffic_lines import TEMPLATES, lines

LINES, ENTRIES = 1_000_000, 10_000
PREPARE = ("management-system", "create", "--slug", "bench", "--name", "Bench", "--administrator", "b@example.org")
BRING = """
import time
from pathlib import Path
from apis.models import Endpoint
from apis.services import Delivery, bring_traffic, following
from core.actor import operator
from core.models import ManagementSystem
actor = operator(ManagementSystem.objects.get(slug="bench").pk)
def peak():  # of this process alone; what getrusage says begins with the process that started it
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
for path, host in ({log!r}, "api.bench.example"), ({har!r}, ""):
    began = time.perf_counter()
    brought = bring_traffic(actor=actor, delivery=Delivery(Path(path), Path(path).name, host))
    spent = time.perf_counter() - began
    following.follow(actor=actor, artefact=brought.artefact)
    followed = time.perf_counter() - began
    rows = Endpoint.objects.current().exclude(service__host="" if host else "api.bench.example")
    found = sorted(f"{{row.method}} {{row.template}}" for row in rows)
    print("FIGURE", spent, peak(), "|".join(found), followed, sep="\\t")
"""
PATTERN = r'^(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) ([^ "?]*)[^"]*" (\d{3}) (\d+|-)'


def recording(entries: int, seed: int = 42) -> dict:
    """A HAR of four endpoints."""
    chance = random.Random(seed)
    paths = ("/v1/users/{}", "/v1/users/{}/orders/{}", "/v1/search", "/v1/chat/completions")
    rows = []
    for number in range(entries):
        path = paths[number % 4].format(chance.randrange(1, 10**6), chance.randrange(1, 10**6))
        rows.append(
            {
                "startedDateTime": f"2026-03-02T10:{number // 60 % 60:02}:{number % 60:02}.000Z", "time": 12,
                "request": {"method": "POST" if "chat" in path else "GET", "url": f"https://har.bench.example{path}",
                            "headers": [], "bodySize": 20},
                "response": {"status": 200, "headers": [], "content": {"mimeType": "application/json", "size": 90}},
            }
        )  # fmt: skip
    return {"log": {"version": "1.2", "entries": rows}}


def _goaccess(log: Path) -> float | None:
    program = shutil.which("goaccess")
    if program is None:
        return None
    began = time.perf_counter()
    subprocess.run(
        [program, str(log), "--log-format=COMBINED", "-o", str(log.with_suffix(".json")), "--no-progress"],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    return time.perf_counter() - began


def _bare(log: Path) -> float:
    began = time.perf_counter()
    groups = pl.scan_lines(log).select(pl.col("line").str.extract_groups(PATTERN).alias("g")).unnest("g")
    groups.group_by("3", "4").agg(pl.len()).collect()
    return time.perf_counter() - began


def _peers(log: Path, spent: float) -> str:
    goaccess, bare = _goaccess(log), _bare(log)
    told = f"bare Polars, no templates, nothing stored: {bare:.2f} s ({spent / bare:.1f} ×)"
    if goaccess is None:
        return f"{told}; GoAccess is not installed: make bench brings it"
    return f"{told}; GoAccess: {goaccess:.1f} s ({spent / goaccess:.2f} ×)"


def _of_engine(engine: str, url: str, folder: Path, *, peers: bool) -> Iterator[Figure]:
    log, har = folder / "access.log", folder / "calls.har"
    with tempfile.TemporaryDirectory(prefix="aims42-bench-") as data:
        told = {"DATA_DIR": data, "AIMS_ENV": "trial", "DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
        services.manage(told, "migrate", "--verbosity", "0")
        services.manage(told, *PREPARE)
        said = services.manage(told, "shell", "-c", BRING.format(log=str(log), har=str(har)), timeout=900)
    rows = [line.split("\t")[1:] for line in said.splitlines() if line.startswith("FIGURE")]
    (spent, memory, found, followed), (spent_har, _memory, found_har, _followed) = rows
    exact = set(found.split("|")) == {f"{method} {template}" for method, template in TEMPLATES}
    more = f", judged, looked through for threats and kept as evidence after {float(followed):.2f} s"
    more += f", {_peers(log, float(spent))}" if peers else ""
    yield Figure(f"{LINES:,} log lines to a stored inventory, {engine}", float(spent), "s", 3.5, f"{memory} MB{more}")
    yield Figure(f"{LINES:,} log lines, {engine}: memory of the process", float(memory), "MB", 600)
    yield Figure(f"templates that are not exact, {engine}", 0.0 if exact else 1.0, "", 0, f"{len(TEMPLATES)} endpoints")
    yield Figure(f"HAR of {ENTRIES:,} entries, {engine}", float(spent_har), "s", 3, "mitmproxy2swagger took 9 s here")
    yield Figure(f"HAR: endpoints besides the four, {engine}", float(len(found_har.split("|")) - 4), "", 0)


def figures() -> Iterator[Figure]:
    """Both engines."""
    with tempfile.TemporaryDirectory(prefix="aims42-bench-") as name:
        folder = Path(name)
        with (folder / "access.log").open("w", encoding="utf-8") as log:
            log.writelines(f"{line}\n" for line in lines(LINES))
        (folder / "calls.har").write_text(json.dumps(recording(ENTRIES)), encoding="utf-8")
        yield from _of_engine("SQLite", "", folder, peers=True)
        with services.postgres() as url:
            yield from _of_engine("Postgres", url, folder, peers=False)
