"""`python -m tests.bench importing`: the dry run of an import of 10,000 rows: from file to judged rows."""

import tempfile
from collections.abc import Iterator

from tests import services
from tests.bench.figure import Figure

ROWS, LIMIT_S = 10_000, 4
PREPARE = ("management-system", "create", "--slug", "bench", "--name", "Bench", "--administrator", "b@example.org")
MEASURE = """
import csv, time
from dataclasses import replace
from pathlib import Path
from aims.services.imports import SYSTEMS
from core.actor import operator
from core.imports import Setup, wizard
from core.imports.setup import suggested, with_values
from core.models import ManagementSystem
tenant = ManagementSystem.objects.get(slug="bench")
path = Path({folder!r}) / "systems.csv"
with path.open("w", newline="", encoding="utf-8") as file:
    out = csv.writer(file)
    out.writerow(["Inventory id", "Name", "Purpose", "Business unit", "Supplier", "Personal data", "Go-live date", "Model"])
    for n in range({rows}):
        out.writerow([f"app-{{n:05}}", f"System {{n:05}}", f"Does task {{n}} so that clerks decide alike. " * 4, f"Unit {{n % 40}}",
                      f"Supplier {{n % 90}}", ("yes", "no", "unknown")[n % 3], f"2025-0{{1 + n % 9}}-11", "model 3"])
actor = operator(tenant.pk)
table = wizard.read_path(path, Setup())
setup = suggested(SYSTEMS, tenant.pk, table, Setup())
setup = replace(setup, targets={{**setup.targets, "Inventory id": "-"}}, source="cmdb",
                identity=wizard.choose_identity(SYSTEMS, table, ["Inventory id"], tell_apart=False))
setup = with_values(SYSTEMS, tenant.pk, table, setup)
took = []
for _again in range(3):
    began = time.perf_counter()
    found = wizard.plan_import(actor, SYSTEMS, wizard.read_path(path, setup), setup)
    took.append(time.perf_counter() - began)
assert found.plan.counts["create"] == {rows}, found.plan.counts
began = time.perf_counter()
with path.open(newline="", encoding="utf-8") as file:
    assert sum(1 for _row in csv.DictReader(file)) == {rows}
print("FIGURE", sorted(took)[1], time.perf_counter() - began)
"""  # noqa: E501 (a script of its own, run inside the product)


def _of_engine(engine: str, url: str) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="aims42-bench-") as data:
        told = {"DATA_DIR": data, "AIMS_ENV": "trial", "DATABASE_URL": url}
        services.manage(told, "migrate", "--verbosity", "0")
        services.manage(told, *PREPARE)
        said = services.manage(told, "shell", "-c", MEASURE.format(folder=data, rows=ROWS), timeout=900)
    line = next(text for text in said.splitlines() if text.startswith("FIGURE"))
    ours, bare = map(float, line.split()[1:])
    yield Figure(
        f"import of {ROWS:,} rows, dry run, {engine}", ours, "s", LIMIT_S, f"reading the CSV alone {bare:.2f} s"
    )


def figures() -> Iterator[Figure]:
    """The dry run on both engines."""
    yield from _of_engine("SQLite", "")
    with services.postgres() as url:
        yield from _of_engine("Postgres", url)
