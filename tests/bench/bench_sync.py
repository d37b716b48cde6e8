"""`python -m tests.bench.bench_sync [ROWS]`: a source brings 10,000 systems, then the same again.

The bare limit beside it: the same records with states, hash chain, entries and external ids, just inserted.
"""

import sys
import tempfile
from collections.abc import Iterator

from tests import services
from tests.bench.figure import Figure

ROWS = 10_000
FIRST_S, AGAIN_S = 8, 1
PREPARE = ("management-system", "create", "--slug", "bench", "--name", "Bench", "--administrator", "b@example.org")
MEASURE = """
import time, uuid
from django.db import transaction
from aims.models import AISystem
from aims.services.sync import Policy, _planned
from core import canonical, ledger, records
from core.actor import operator
from core.ids import uuid7
from core.models import Chain, Entry, ExternalId, ManagementSystem
from core.services.tenancy import create_management_system
from core.models import Person

ROWS = {rows}
tenant = ManagementSystem.objects.get(slug="bench")
rows = [
    {{"external_id": f"app-{{n:05}}", "name": f"System {{n:05}}", "unit": f"Unit {{n % 40}}", "topic": f"Topic {{n % 12}}",
      "purpose": f"Does task {{n}} so that clerks decide faster and alike. " * 4, "outputs": "A score with reasons. " * 3,
      "development": "contract", "supplier": f"Supplier {{n % 90}}", "model_name": "model 3", "personal_data": "yes",
      "roles": ["user"], "go_live": "2025-03-01", "stage": "OM", "jurisdictions": "CH, EU"}}
    for n in range(ROWS)
]

def sync():
    began = time.perf_counter()
    made = _planned(operator(tenant.pk), "cmdb", rows, Policy())
    planned = time.perf_counter() - began
    applied = made.execute()
    return time.perf_counter() - began, planned, applied

first, _planned_in, applied = sync()
assert applied.created == ROWS, applied
again, _planned_in, applied = sync()
assert (applied.created, applied.changed) == (0, 0), applied
assert ledger.verify(ledger.chain_of(tenant.pk)).sound

other = create_management_system(actor=operator(), slug="bare", name="Bare", administrator=Person.objects.get())
kind = records.type_of(AISystem)
began = time.perf_counter()
for start in range(0, ROWS, 500):
    with transaction.atomic():
        chain = Chain.objects.select_for_update().get(management_system=other)
        systems, entries, ids = [], [], []
        for n, row in enumerate(rows[start:start + 500], start + 1):
            values = {{name: value for name, value in row.items() if name != "external_id"}}
            system = AISystem(management_system=other, ref=f"SYS-{{n}}", created_at=chain.at, updated_at=chain.at, version=1, **values)
            text = canonical.dumps(records.state_of(system, {{"external_ids": [f"cmdb:{{row['external_id']}}"]}})).decode()
            chain.seq += 1
            entry = Entry(chain=chain, seq=chain.seq, at=chain.at, actor_kind="operator", door="command", action="bare", op="create",
                          record_type=kind, record_id=str(system.pk), ref=system.ref, version=1, change_id="bare", state=text,
                          state_hash=canonical.digest(text.encode()), prev=chain.head)
            header = [canonical.moment_text(chain.at) if name == "at" else getattr(entry, name) for name in ledger.HEADER]
            entry.hash = chain.head = ledger.entry_hash(entry.prev, ledger.header_bytes(str(chain.pk), header), entry.state_hash)
            systems.append(system); entries.append(entry)
            ids.append(ExternalId(management_system=other, source="cmdb", key=row["external_id"], record_type=kind, record_id=system.pk))
        AISystem.objects.bulk_create(systems); Entry.objects.bulk_create(entries); ExternalId.objects.bulk_create(ids)
        Chain.objects.filter(pk=chain.pk).update(seq=chain.seq, head=chain.head)
bare = time.perf_counter() - began
print("FIGURE", first, again, bare)
"""  # noqa: E501 (a script of its own, run inside the product)


def _measured(told: dict[str, str], rows: int) -> tuple[float, float, float]:
    """Seconds of the first sync, of the same again, and of the bare inserts."""
    services.manage(told, "migrate", "--verbosity", "0")
    services.manage(told, *PREPARE)
    script = MEASURE.format(rows=rows)
    said = services.manage(told, "shell", "-c", script, timeout=900)
    line = next(text for text in said.splitlines() if text.startswith("FIGURE"))
    first, again, bare = map(float, line.split()[1:])
    return first, again, bare


def _of_engine(engine: str, url: str, rows: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="aims42-bench-") as data:
        first, again, bare = _measured({"DATA_DIR": data, "AIMS_ENV": "trial", "DATABASE_URL": url}, rows)
    reference = f"bare inserts with chain {bare:.2f} s: {first / bare:.1f} ×"
    yield Figure(f"sync of {rows} systems, first, {engine}", first, "s", FIRST_S, reference)
    yield Figure(f"sync of {rows} systems, unchanged, {engine}", again, "s", AGAIN_S, f"first {first:.2f} s")


def figures(rows: int = ROWS) -> Iterator[Figure]:
    """First and unchanged, on SQLite and Postgres."""
    yield from _of_engine("SQLite", "", rows)
    with services.postgres() as url:
        yield from _of_engine("Postgres", url, rows)


if __name__ == "__main__":
    held = True
    for figure in figures(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        sys.stdout.write(f"{figure.line()}\n")
        held = held and figure.held
    sys.exit(not held)
