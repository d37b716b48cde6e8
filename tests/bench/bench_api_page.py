"""`python -m tests.bench bench_api_page`: pages of 100 risks with relations out of 10,000, by one client and by eight.

The peer measured for the brief answered the same page in 500 ms with 517 queries, and eight clients at 5.1 a second.
"""

import http.client
import json
import random
import statistics
import threading
import time
from collections.abc import Iterator

from tests import services
from tests.bench.figure import Figure

RISKS, SYSTEMS, ONE_BY_ONE, CLIENTS, SECONDS = 10_000, 2_500, 300, 8, 10
P95_MS, A_SECOND = 30, 150
PREPARE = ("management-system", "create", "--slug", "bench", "--name", "Bench", "--administrator", "b@example.org")
FILL = """
import datetime
from django.db import connection
from aims.models import AISystem
from controls.models import Control
from core import clock
from core.actor import operator
from core.change import change, chunks
from core.models import ManagementSystem, Membership
from core.services.tokens import create_token
from risks.models import Risk

tenant = ManagementSystem.objects.get(slug="bench")
actor, owner = operator(tenant.pk), Membership.objects.get(management_system=tenant).person
controls = list(Control.objects.filter(management_system=tenant))
systems = [AISystem(name=f"System {{n:05}}", owner=owner, state="in_scope") for n in range({systems})]
rated = {{"organisation": 2, "individuals": 4}}
risks = [
    Risk(title=f"Risk {{n:05}}: advice comes too late for those who wait", cause="Labels are missing. " * 3,
         event="People give up. " * 3, consequence="Care comes late. " * 3, owner=owner, kind="threat",
         before_likelihood=4, before_consequences=rated, today_likelihood=3, today_consequences=rated,
         rationale="Seen in tests. " * 5)
    for n in range({risks})
]
links = {{
    risk.pk: {{"systems": [systems[(7 * n + k) % len(systems)] for k in range(1 + n % 4)],
               "controls": [controls[(5 * n + k) % len(controls)] for k in range(n % 5)]}}
    for n, risk in enumerate(risks)
}}
for batch, own in ((systems, None), (risks, links)):
    for part in chunks(batch, 500):
        with change(actor, "bench.fill") as unit:
            unit.save_many(part, own)
_token, secret = create_token(
    actor=actor, name="bench", scopes=["read"], expires_at=clock.now() + datetime.timedelta(days=1)
)
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself within a minute
print("TOKEN", secret)
"""


class Reader:
    """One client that keeps its connection."""

    def __init__(self, address: str, token: str):
        self.connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> bytes:
        """The body of a page; raises RuntimeError for any other answer than 200."""
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {body[:200]!r}")
        return body


def _addresses(reader: Reader) -> list[str]:
    """The address of every page of the register."""
    found, path = [], "/api/v1/bench/risks/?limit=100"
    while path:
        found.append(path)
        after = json.loads(reader.get(path))["next"]
        path = after and after[after.index("/api/") :]
    return found


def _one_by_one(reader: Reader, pages: list[str]) -> list[float]:
    """Milliseconds of each answer, pages in any order."""
    chosen, took = random.Random(42), []
    for _ in range(ONE_BY_ONE):
        began = time.perf_counter()
        reader.get(chosen.choice(pages))
        took.append((time.perf_counter() - began) * 1000)
    return took


def _together(address: str, token: str, pages: list[str]) -> float:
    """Answers a second to eight clients that ask without a break."""
    counts, until = [0] * CLIENTS, time.perf_counter() + SECONDS

    def ask(number: int) -> None:
        reader, chosen = Reader(address, token), random.Random(number)
        while time.perf_counter() < until:
            reader.get(chosen.choice(pages))
            counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def _of_engine(engine: str, database: str) -> Iterator[Figure]:
    with services.instance(database=database, API_REQUESTS_PER_MINUTE="10000000") as running:
        running.manage(*PREPARE)
        said = running.manage("shell", "-c", FILL.format(risks=RISKS, systems=SYSTEMS))
        token = next(line.split()[1] for line in said.splitlines() if line.startswith("TOKEN"))
        reader = Reader(running.address, token)
        pages = _addresses(reader)
        took = _one_by_one(reader, pages)
        told = f"median {statistics.median(took):.1f} ms, {len(reader.get(pages[0])) >> 10} kB, {len(pages)} pages"
        yield Figure(f"API page of 100 risks of {RISKS}, p95, {engine}", _p95(took), "ms", P95_MS, told)
        rate = _together(running.address, token, pages)
        yield Figure(
            f"the same by {CLIENTS} clients, {engine}",
            rate,
            "a s",
            A_SECOND,
            "client and server share the machine",
            True,
        )


def _p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


def figures() -> Iterator[Figure]:
    """On SQLite and Postgres."""
    yield from _of_engine("SQLite", "")
    with services.postgres() as url:
        yield from _of_engine("Postgres", url)
