"""What an idle instance holds in memory: the proportional share (PSS), in which shared pages count once."""

import time
from collections.abc import Iterator
from pathlib import Path

from tests import services
from tests.bench.figure import Figure

IDLE_SECONDS = 15
PAGES = ("/healthz/", "/accounts/login/")
VISITS = 20


def _group(leader: int) -> list[int]:
    """Return the processes of a service: its leader and all of its session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            session = int(stat.read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue
        if session == leader:
            found.append(int(stat.parent.name))
    return found


def pss_megabytes(pids: list[int]) -> float:
    """Return the sum of the processes' proportional set sizes, in MB (10^6 bytes)."""
    total = 0
    for pid in pids:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024 / 1e6


def figures() -> Iterator[Figure]:
    """Start an instance with the demo, use it a little, let it rest, measure."""
    with services.instance(DEMO="yes") as running:
        for _visit in range(VISITS):
            for page in PAGES:
                running.get(page)
        time.sleep(IDLE_SECONDS)
        parts = {name: pss_megabytes(_group(pid)) for name, pid in running.services().items()}
    reference = "the leading peer: 1220; of ours " + ", ".join(f"{name} {size:.0f}" for name, size in parts.items())
    yield Figure("memory, web + worker idle (PSS)", parts["web"] + parts["worker"], "MB", 350, reference)
