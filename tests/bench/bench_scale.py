"""`python -m tests.bench bench_scale`: rates of one core, and pages over what 100 million calls of 90 days add up to.

The calls are drawn, not written as lines: for each service and day the keys of as many calls as there would be, with
endpoints and consumers as unequal as they are in practice, added up and stored as bringing in stores them. Then pages
are asked for, one more batch of 100,000 lines comes in, and what is old is rolled up. SCALE_CALLS draws fewer or more.
"""

import gzip
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import zstandard

from tests import services
from tests.bench.figure import Figure
from tests.bench.traffic_lines import lines

CALLS, DAYS, SERVICES, ENDPOINTS, CONSUMERS = int(os.environ.get("SCALE_CALLS", 100_000_000)), 90, 10, 40, 5_000
LINES = 300_000
PREPARE = ("management-system", "create", "--slug", "bench", "--name", "Bench", "--administrator", "b@example.org")
RATES = """
import datetime, sys, time
from pathlib import Path
from apis.traffic import How, Source, carried, digest, reading, restored, joined
reading.THREADS = 1
how = How(b"bench", datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC))
for path in map(Path, sys.argv[1:]):
    part = (0, None) if Source(path).is_coded else (0, path.stat().st_size)
    digest(path, how, part=part)
    began = time.perf_counter()
    found = digest(path, how, part=part)
    spent = time.perf_counter() - began
    content = carried(found)
    began = time.perf_counter()
    joined([restored(content)] * 16)
    joining = (time.perf_counter() - began) / 16
    print(path.name, found.lines / spent, found.windows.height, len(content), joining, sep="\\t")
"""
SHARED = """
import datetime, resource, time
from core.actor import operator
from core.models import ManagementSystem, Person
tenant = ManagementSystem.objects.get(slug="bench")
actor = operator(tenant.pk)
def told(name, began):
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print("FIGURE", name, time.perf_counter() - began, memory, sep="\\t")
"""
FILL = (
    SHARED
    + """
import json, random
import polars as pl
from django.db.models import Sum
from django.db.models.functions import Length
from apis.models import EndpointTraffic, Service, WindowPack
from apis.packs import DAY, LATENCY_KEY, WINDOW_KEY, coarse, packed, together
from apis.services import Delivery, bring_traffic, folding
from apis.services.placing import paths_of
from apis.traffic import MARKS
from core import heavy
from core.change import change
CALLS, DAYS, SERVICES, ENDPOINTS, CONSUMERS = {calls}, {days}, {services}, {endpoints}, {consumers}
first = datetime.date(2026, 8, 1)
words = "alpha bravo report summary draft triage billing support north south amber cedar delta echo".split()
rows = [
    {{"at": f"{{first}}T00:00:00Z", "host": f"api{{s}}.example", "method": "GET" if e % 3 else "POST", "status": 200,
      "path": f"/v1/{{words[e % 14]}}{{'abc'[e // 14]}}/{{words[e // 3]}}{{e}}/{{1000 + e}}"}}
    for s in range(SERVICES) for e in range(ENDPOINTS)
]
bring_traffic(actor=actor, delivery=Delivery("\\n".join(map(json.dumps, rows)).encode(), "all.ndjson"))
WindowPack.objects.all().delete()
assert EndpointTraffic.objects.count() == SERVICES * ENDPOINTS, EndpointTraffic.objects.count()
chance = random.Random(42)
names = pl.Series(f"key:{{chance.getrandbits(80):020x}}" for _ in range(CONSUMERS))
def drawn_at(seed):
    # As many numbers from 0 to 1 as there are calls.
    return (pl.int_range(number, eager=True).hash(seed).cast(pl.Float64) / 2.0**64).clip(0, 0.999999)
def unequal(seed, most):
    # Numbers below most, the n-th drawn about 1/n times as often as the first.
    return (float(most + 1) ** drawn_at(seed)).floor().cast(pl.Int64) - 1
number = CALLS // DAYS // SERVICES
began = time.perf_counter()
total = detail = seed = 0
spent = {{"add up": 0.0, "pack": 0.0, "write": 0.0}}
for service in Service.objects.order_by("host"):
    keys = sorted((one.method, one.template) for one in folding.Inventory(None, service).all.values())
    methods, templates = pl.Series([k[0] for k in keys]), pl.Series([k[1] for k in keys])
    for back in range(DAYS):
        day = first + datetime.timedelta(days=back)
        seed += 10
        midnight = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
        status = drawn_at(seed + 2)
        hour = ((drawn_at(seed) + drawn_at(seed + 1)) * 12).floor().cast(pl.Int64)  # most at noon
        drawn = pl.DataFrame({{
            "hour": pl.Series([midnight]).extend_constant(midnight, number - 1).cast(pl.Datetime("us", "UTC"))
                + (hour * 3_600_000_000).cast(pl.Duration("us")),
            "at": unequal(seed + 3, len(keys)), "who": unequal(seed + 4, CONSUMERS),
            "status": (200 + 204 * (status > 0.96).cast(pl.Int64) + 96 * (status > 0.99).cast(pl.Int64)).cast(
                pl.UInt16),
            "bytes_out": (drawn_at(seed + 5) * 90_000).cast(pl.Int64),
            "bucket": ((drawn_at(seed + 6) + drawn_at(seed + 7) + drawn_at(seed + 8)) * 16).cast(pl.Int16),
        }})
        t = time.perf_counter()
        nothing = ("bytes_in", "tokens_in", "tokens_out", *MARKS)
        counts = [pl.len().cast(pl.Int64).alias("calls"), pl.col("bytes_out").sum(),
                  *(pl.lit(0, dtype=pl.Int64).alias(n) for n in nothing)]
        places = [methods.gather(drawn["at"]).alias("method"), templates.gather(drawn["at"]).alias("template")]
        named = drawn.with_columns(*places)
        windows = named.group_by("hour", "method", "template", "who", "status").agg(*counts)
        windows = windows.with_columns(names.gather(windows["who"]).alias("who"))
        windows = windows.with_columns(pl.col("hour").alias("first_at"), pl.col("hour").alias("last_at"))
        windows = together([windows], WINDOW_KEY)
        timed = named.group_by(pl.col("hour").dt.truncate("1d"), "method", "template", "bucket").agg(
            pl.len().cast(pl.Int64).alias("calls"))
        timed = together([timed], LATENCY_KEY)
        spent["add up"] += time.perf_counter() - t
        t = time.perf_counter()
        pack = WindowPack(service=service, management_system=tenant, day=day, windows=packed(windows),
                          daily=packed(coarse(windows, DAY, WINDOW_KEY)), latency=packed(timed))
        spent["pack"] += time.perf_counter() - t
        t = time.perf_counter()
        heavy.save(pack)
        spent["write"] += time.perf_counter() - t
        total, detail = total + number, detail + windows.height
    with change(actor, "apis.bring_in") as unit:
        _seen, places = paths_of(service)
        folding.count(folding.Inventory(unit, service), folding.sums_of(service, places))
told("fill", began)
sizes = WindowPack.objects.aggregate(w=Sum(Length("windows")), d=Sum(Length("daily")), l=Sum(Length("latency")))
print("FILLED", total, detail, sizes["w"], sizes["d"], sizes["l"], WindowPack.objects.count(), spent["pack"], sep="\\t")
"""
)
PAGES = (
    SHARED
    + """
from django.db import connection
from django.test import Client
from apis import queries
from apis.models import EndpointTraffic, Service
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
client = Client(SERVER_NAME="127.0.0.1")
client.force_login(Person.objects.get())
endpoint = EndpointTraffic.objects.order_by("-calls").first().endpoint
service = Service.objects.get(pk=endpoint.service_id)
pages = {{"services": "/bench/apis/services/", "endpoints": "/bench/apis/endpoints/",
         "service": f"/bench/apis/services/{{service.ref}}/", "endpoint": f"/bench/apis/endpoints/{{endpoint.ref}}/"}}
for name, address in pages.items():
    client.get(address)
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        assert client.get(address).status_code == 200, address
        spent.append(time.perf_counter() - began)
    told(f"page of {{name}}", time.perf_counter() - sorted(spent)[-1])
"""
)
MORE = (
    SHARED
    + """
import random
import polars as pl
from apis.models import EndpointTraffic, WindowPack
from apis.services import Delivery, bring_traffic, keeping, roll_up
chance = random.Random(1)
places = [(one.endpoint.service.host, one.endpoint.method, one.endpoint.template) for one in
          EndpointTraffic.objects.select_related("endpoint__service")]
rows = []
for n in range(100_000):
    host, method, template = chance.choice(places)
    path = template.replace("{{", "").replace("}}", "")
    path = path.rsplit("/", 1)[0] + f"/{{chance.randrange(1000, 9000)}}"
    at = f"2{{chance.randrange(3, 9)}}/Oct/2026:{{chance.randrange(24):02}}:00:00 +0000"
    rows.append(f'{{host}} 10.0.0.1 - k{{chance.randrange(5000)}} [{{at}}] "{{method}} {{path}} HTTP/1.1" 200 512')
content = "\\n".join(rows).encode()
before = sum(EndpointTraffic.objects.values_list("calls", flat=True))
began = time.perf_counter()
bring_traffic(actor=actor, delivery=Delivery(content, "more.log"))
told("one more batch", began)
assert sum(EndpointTraffic.objects.values_list("calls", flat=True)) == before + 100_000
began = time.perf_counter()
done = roll_up(datetime.date(2026, 11, 30))
told("roll up", began)
"""
)


def _rates(folder: Path) -> Iterator[Figure]:
    plain = folder / "combined.log"
    plain.write_text("".join(f"{line}\n" for line in lines(LINES)), encoding="utf-8")
    content = plain.read_bytes()
    (folder / "combined.log.gz").write_bytes(gzip.compress(content, 6))
    (folder / "combined.log.zst").write_bytes(zstandard.compress(content))
    (folder / "own.ndjson").write_text("".join(
        f'{{"at": "2026-03-02T10:{n // 60 % 60:02}:{n % 60:02}Z", "host": "api.example", "method": "GET", '
        f'"path": "/v1/users/{n % 9000}/orders/{n}", "status": 200, "took_ms": {n % 900}, "key": "k{n % 700}"}}\n'
        for n in range(LINES // 3)), encoding="utf-8")  # fmt: skip
    names = ["combined.log", "combined.log.gz", "combined.log.zst", "own.ndjson"]
    done = subprocess.run(
        [sys.executable, "-c", RATES, *(str(folder / name) for name in names)], cwd=services.ROOT, check=True,
        env={**os.environ, "POLARS_MAX_THREADS": "1"}, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        name, speed, rows, size, joining = line.split("\t")
        more = f"{rows} rows in {int(size) >> 10} KiB as a part, joined in {float(joining) * 1000:.0f} ms"
        yield Figure(f"lines a second and core, {name}", float(speed), "/s", 8_000, more, at_least=True)


def _simulated(engine: str, url: str) -> Iterator[Figure]:
    shape = {"calls": CALLS, "days": DAYS, "services": SERVICES, "endpoints": ENDPOINTS, "consumers": CONSUMERS}
    with tempfile.TemporaryDirectory(prefix="aims42-bench-") as data:
        told = {"DATA_DIR": data, "AIMS_ENV": "trial", "DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
        services.manage(told, "migrate", "--verbosity", "0")
        services.manage(told, "collectstatic", "--noinput", "--verbosity", "0")
        services.manage(told, *PREPARE)
        said = services.manage(told, "shell", "-c", FILL.format(**shape), timeout=3600)
        filled = next(line.split("\t")[1:] for line in said.splitlines() if line.startswith("FILLED"))
        calls, rows, windows, daily, latency, packs = map(int, filled[:6])
        mb = (windows + daily + latency) / 1e6
        words = f"{calls:,} calls, {rows:,} rows by hour and consumer, {packs} packs"
        yield Figure(f"bytes a row by hour and consumer, {engine}", windows / rows, "B", 24, words)
        yield Figure(
            f"packs, {engine}", mb, "MB", 2_000, f"by day {daily / 1e6:.1f} MB, latency {latency / 1e6:.1f} MB"
        )
        packing = float(filled[6]) / rows * 1e6
        yield Figure(f"packing a million rows, {engine}", packing, "s", 10)
        limits = {"page of services": 300, "page of endpoints": 300, "page of service": 1_000,
                  "page of endpoint": 1_000, "one more batch": 20_000, "roll up": 20_000}  # fmt: skip
        for script in (PAGES, MORE):
            for line in services.manage(told, "shell", "-c", script.format(), timeout=1800).splitlines():
                if line.startswith("FIGURE"):
                    _figure, name, spent, memory = line.split("\t")
                    yield Figure(f"{name}, {engine}", 1000 * float(spent), "ms", limits[name], f"{memory} MB")


def figures() -> Iterator[Figure]:
    """Rates, then both engines."""
    with tempfile.TemporaryDirectory(prefix="aims42-bench-") as name:
        yield from _rates(Path(name))
    yield from _simulated("SQLite", "")
    with services.postgres() as url:
        yield from _simulated("Postgres", url)
