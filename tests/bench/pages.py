"""`python -m tests.bench pages`: pages of a management system with 10,000 risks and 2,500 AI systems (issue figures).

Each page is asked for over and over by a manager, inside the product and without a network: the 95th percentile of the
whole answer in milliseconds, the queries of one answer, and its weight compressed.
"""

import tempfile
from collections.abc import Iterator

from tests import services
from tests.bench.figure import Figure

PREPARE = ("management-system", "create", "--slug", "bench", "--name", "Bench", "--administrator", "b@example.org")
RISKS, SYSTEMS, TIMES = 10_000, 2_500, 30
WEIGHT_KB = 150
PAGES = {
    # page → (address, most milliseconds, most queries)
    "register of risks": ("/bench/risks/", 100, 12),
    "register of risks, searched, sorted, page 9": ("/bench/risks/?q=advice&sort=-today&page=9", 100, 12),
    "register of AI systems": ("/bench/systems/", 100, 12),
    "history": ("/bench/history/", 100, 12),
    "one risk": ("/bench/risks/RSK-4711/", 100, None),
    "Statement of Applicability": ("/bench/soa/", 120, 15),
    "Where we stand": ("/bench/where-we-stand/", 200, None),
    "search": ("/bench/search/?q=advice+4711", 60, None),
}
MEASURE = """
import gzip, itertools, runpy, time
from django.db import connection
from django.test import Client
from aims.services.sync import sync_systems
from aims.models import AISystem
from core.actor import operator
from core.change import change
from core.models import ManagementSystem, Membership, Person
from risks import rating
from risks.models import Risk
tenant = ManagementSystem.objects.get(slug="bench")
person = Person.objects.get()
rows = [{{"external_id": f"app-{{n}}", "name": f"System {{n:05}}", "unit": f"Unit {{n % 40}}", "purpose": f"Does task {{n}}. " * 9}}
        for n in range({systems})]
for start in range(0, len(rows), 1000):
    sync_systems(actor=operator(tenant.pk), source="cmdb", rows=rows[start:start + 1000])
systems = itertools.cycle(AISystem.objects.values_list("pk", flat=True))
criteria = rating.criteria_for(tenant.pk)
for start in range(0, {risks}, 500):
    with change(operator(tenant.pk), "bench.risks") as unit:
        batch = []
        for n in range(start, start + 500):
            risk = Risk(title=f"Wrong advice number {{n}} for those who ask", cause=f"data {{n}} is old", event="an answer is wrong",
                        consequence="people lose what they are due", state=Risk.ASSESSED if n % 5 else Risk.DRAFT, owner=person,
                        before_likelihood=1 + n % 5, before_consequences={{"individuals": 1 + n % 4, "organisation": 2}},
                        today_likelihood=1 + n % 3, today_consequences={{"individuals": 1 + n % 5, "organisation": 1}},
                        methodology=criteria, next_review=unit.now.date(), rationale="Seen in tests.", kind="threat")
            rating.rate(risk, criteria)
            batch.append(risk)
        unit.save_many(batch, {{risk.pk: {{"systems": [next(systems)]}} for risk in batch}})
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself within a minute
runpy.run_path("deploy/gunicorn.conf.py")["when_ready"](None)  # as the process that serves pages begins
client = Client(SERVER_NAME="127.0.0.1", headers={{"accept-encoding": "gzip"}})
client.force_login(person)
for name, address in {pages!r}:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    queries = []
    with connection.execute_wrapper(lambda execute, *asked: (queries.append(asked[0]), execute(*asked))[1]):
        answer = client.get(address)
    spent = []
    for _n in range({times}):
        began = time.perf_counter()
        answer = client.get(address)
        spent.append(time.perf_counter() - began)
    text = answer.content if answer.get("Content-Encoding") == "gzip" else gzip.compress(answer.content)
    print("FIGURE", address, 1000 * sorted(spent)[int(len(spent) * 0.95) - 1], len(queries), len(text) / 1000)
"""  # noqa: E501 (a script of its own, run inside the product)


def _of_engine(engine: str, url: str) -> Iterator[Figure]:
    script = MEASURE.format(
        risks=RISKS, systems=SYSTEMS, times=TIMES, pages=[(name, page[0]) for name, page in PAGES.items()]
    )
    with tempfile.TemporaryDirectory(prefix="aims42-bench-") as data:
        told = {"DATA_DIR": data, "AIMS_ENV": "trial", "DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
        services.manage(told, "migrate", "--verbosity", "0")
        services.manage(told, "collectstatic", "--noinput", "--verbosity", "0")
        services.manage(told, *PREPARE)
        said = services.manage(told, "shell", "-c", script, timeout=900)
    lines = {line.split()[1]: line.split()[2:] for line in said.splitlines() if line.startswith("FIGURE")}
    for name, (address, most_ms, most_queries) in PAGES.items():
        spent, queries, weight = map(float, lines[address])
        told_too = f"{queries:.0f} queries, {weight:.0f} kB compressed"
        yield Figure(f"{name}, {engine}", spent, "ms p95", most_ms, told_too)
        if most_queries is not None:
            yield Figure(f"{name}, {engine}: queries", queries, "", most_queries)
        yield Figure(f"{name}, {engine}: weight", weight, "kB", WEIGHT_KB)


def figures() -> Iterator[Figure]:
    """Both engines."""
    yield from _of_engine("SQLite", "")
    with services.postgres() as url:
        yield from _of_engine("Postgres", url)
