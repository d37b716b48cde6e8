"""Ordinary traffic made up for measuring: bursty people, batch jobs, crawlers, apps that poll, users who mistype."""

import datetime
import random
from collections.abc import Iterator
from urllib.parse import quote_plus

import polars as pl

START = datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
Row = dict[str, object]


def _row(at: datetime.datetime, consumer: str, target: str, status: int = 200, **more: object) -> Row:
    method, _, path = target.partition(" ")
    path, _, query = path.partition("?")
    return {"at": at, "host": "api.example.org", "method": method, "path": path, "query": query, "status": status,
            "consumer": consumer, **more}  # fmt: skip


def _person(chance: random.Random, name: str, day: datetime.datetime) -> Iterator[Row]:
    """Sessions of a few minutes with bursts of calls, own objects only, a typing error now and then."""
    own = [chance.randrange(1, 90_000) for _ in range(chance.randrange(1, 9))]
    for _session in range(chance.randrange(1, 4)):
        at = day + datetime.timedelta(seconds=chance.randrange(7 * 3600, 20 * 3600))
        if chance.random() < 0.15:
            for _ in range(chance.randrange(1, 4)):
                yield _row(at, name, "POST /v1/login", 401)
                at += datetime.timedelta(seconds=chance.randrange(3, 15))
            yield _row(at, name, "POST /v1/login")
        for _ in range(chance.randrange(5, 60)):
            at += datetime.timedelta(seconds=chance.expovariate(0.4))
            what = chance.random()
            if what < 0.1:
                yield _row(
                    at,
                    name,
                    "POST /v1/chat/completions",
                    tokens_in=chance.randrange(20, 1500),
                    tokens_out=chance.randrange(20, 800),
                    bytes_in=chance.randrange(200, 6000),
                )
            elif what < 0.5:
                yield _row(at, name, f"GET /v1/orders/{chance.choice(own)}")
            elif what < 0.55:
                yield _row(at, name, f"GET /assets/{chance.randrange(99)}.png", 404)
            else:
                words = chance.choice(
                    [
                        "O'Neil",
                        "Tom & Jerry",
                        "5 < 6",
                        "select all",
                        "price:low-high",
                        "C++ (advanced)",
                        "a=b",
                        "50% off",
                        "drop-off point",
                        "Müller; Söhne",
                    ]
                )
                yield _row(
                    at,
                    name,
                    f"GET /v1/search?q={quote_plus(words)}&page={chance.randrange(1, 5)}",
                )


def _batch(chance: random.Random, name: str, day: datetime.datetime) -> Iterator[Row]:
    """The same work every hour: a few hundred embeddings of equal kind, some writes to an index it always writes to."""
    size = chance.randrange(300, 900)
    for hour in range(24):
        at = day + datetime.timedelta(hours=hour, minutes=5)
        for _ in range(round(size * chance.uniform(0.85, 1.15)) if hour % 3 == 0 else 40):
            at += datetime.timedelta(seconds=chance.uniform(0.5, 3))
            yield _row(
                at,
                name,
                "POST /v1/embeddings",
                tokens_in=chance.randrange(200, 600),
                tokens_out=0,
                bytes_in=chance.randrange(900, 3000),
            )
        for _ in range(30):
            at += datetime.timedelta(seconds=chance.uniform(0.5, 3))
            yield _row(at, name, "POST /v1/vector_stores/main/upsert", bytes_in=chance.randrange(500, 5000))


def _crawler(chance: random.Random, name: str, day: datetime.datetime) -> Iterator[Row]:
    """A search engine: many public pages in a row, a few dead links."""
    at = day + datetime.timedelta(seconds=chance.randrange(80_000))
    first = chance.randrange(5000)
    for page in range(chance.randrange(100, 500)):
        at += datetime.timedelta(seconds=chance.uniform(1, 6))
        yield _row(
            at,
            name,
            f"GET /products/{first + page}",
            404 if chance.random() < 0.05 else 200,
            agent="Mozilla/5.0 (compatible; Searchbot/2.1; +https://search.example/bot.html)",
        )


def _poller(chance: random.Random, name: str, day: datetime.datetime) -> Iterator[Row]:
    """An app that asks every ten seconds, and an expired token once a day."""
    at, until = day, day + datetime.timedelta(days=1)
    expires = chance.randrange(8640)
    for turn in range(8640):
        at += datetime.timedelta(seconds=10)
        if at >= until:
            return
        if turn % 6 == 0:
            yield _row(at, name, "GET /v1/status", 401 if turn in range(expires, expires + 3) else 200)


KINDS = (
    ("person", "user", _person, 40),
    ("batch", "key", _batch, 4),
    ("crawler", "address", _crawler, 4),
    ("poller", "session", _poller, 6),
)


def ordinary_days(days: int = 2, seed: int = 42) -> Iterator[pl.DataFrame]:
    """One frame of calls a day, the same for the same seed; consumers are named by their kind."""
    chance = random.Random(seed)  # noqa: S311 (made-up traffic, nothing secret)
    for day in range(days):
        start, rows = START + datetime.timedelta(days=day), []
        for kind, prefix, made, many in KINDS:
            for number in range(many):
                rows += made(chance, f"{prefix}:{kind}-{number}", start)
        yield pl.DataFrame(rows, infer_schema_length=None)
