"""The ledger: writes by eight writers on both engines, and verify against hashing the same bytes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tests import services
from tests.bench.figure import Figure

WRITERS, EACH = 8, 150
ENTRIES = 100_000
PREPARE = ("management-system", "create", "--slug", "bench", "--name", "Bench", "--administrator", "b@example.org")
FILL = f"""
from core.actor import operator
from core.change import change, chunks
from core.models import Comment, ManagementSystem
tenant = ManagementSystem.objects.get(slug="bench")
for part in chunks(range({ENTRIES})):
    with change(operator(tenant.pk), "bench") as unit:
        about = {{"record_type": "core.profile", "record_id": tenant.pk}}
        unit.save_many([Comment(**about, text=f"line {{n}} " * 12) for n in part])
"""
VERIFY = """
import hashlib, time
from core import ledger
from core.models import ManagementSystem
chain = ledger.chain_of(ManagementSystem.objects.get(slug="bench").pk)
began = time.perf_counter(); verdict = ledger.verify(chain); ours = time.perf_counter() - began
assert verdict.sound, verdict.fault
began = time.perf_counter()
rows = list(ledger.rows(chain))
reading = time.perf_counter() - began
texts = [(repr(row[:14]).encode(), row[14].encode()) for row in rows]
began = time.perf_counter()
for header, state in texts:
    hashlib.sha256(state).hexdigest(); hashlib.sha256(header).hexdigest()
hashing = time.perf_counter() - began
print("FIGURE", verdict.entries, ours, reading + hashing, hashing)
"""


def _writes_per_second(told: dict[str, str]) -> float:
    """All writers ready, then started together; returns writes per second of all."""
    services.manage(told, "migrate", "--verbosity", "0")
    services.manage(told, *PREPARE)
    command = [sys.executable, "-m", "tests.bench.writer", "bench", str(EACH)]
    writers = [
        subprocess.Popen(command, cwd=services.ROOT, env=os.environ | told, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(WRITERS)
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    said = [writer.communicate()[0] for writer in writers]
    took = time.perf_counter() - began
    if not all("done" in text and writer.returncode == 0 for text, writer in zip(said, writers, strict=True)):
        raise RuntimeError("a writer failed")
    services.manage(told, "ledger", "verify", "--in", "bench", "--records")
    return WRITERS * EACH / took


def figures() -> Iterator[Figure]:
    """Writes on SQLite and Postgres; verify."""
    with tempfile.TemporaryDirectory(prefix="aims42-bench-") as data:
        told = {"DATA_DIR": data, "AIMS_ENV": "trial", "DATABASE_URL": ""}
        reference = "bare prototype: 1360 on Postgres"
        yield Figure(
            "ledgered writes, 8 writers, SQLite", _writes_per_second(told), "/s", 300, reference, at_least=True
        )
        services.manage(told, "shell", "-c", FILL, timeout=900)
        line = next(x for x in services.manage(told, "shell", "-c", VERIFY).splitlines() if x.startswith("FIGURE"))
        _word, count, ours, bare, hashing = line.split()
        told_of = f"{float(ours):.2f} s for {count} entries; hashing alone from memory {float(hashing):.2f} s, "
        told_of += f"reading and hashing {float(bare):.2f} s ({float(ours) / float(bare):.2f} ×)"
        yield Figure("ledger verify, times hashing the same bytes", float(ours) / float(hashing), "×", 5, told_of)
    with services.postgres() as url, tempfile.TemporaryDirectory(prefix="aims42-bench-") as data:
        told = {"DATA_DIR": data, "AIMS_ENV": "trial", "DATABASE_URL": url}
        yield Figure(
            "ledgered writes, 8 writers, Postgres", _writes_per_second(told), "/s", 300, reference, at_least=True
        )
