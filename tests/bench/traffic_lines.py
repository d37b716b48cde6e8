"""Access logs of a service that does not exist: seeded, with known endpoints, in any length."""

import datetime
import itertools
import random
import uuid
from collections.abc import Iterator

TEMPLATES = (
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{model_id}"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/embeddings"),
    ("POST", "/v1/files"),
    ("GET", "/v1/files/{file_id}"),
    ("DELETE", "/v1/files/{file_id}"),
    ("GET", "/v1/files/{file_id}/content"),
    ("GET", "/v1/customers/{customer_id}"),
    ("GET", "/v1/customers/{customer_id}/orders/{order_id}"),
    ("PATCH", "/v1/customers/{customer_id}/orders/{order_id}/items/{item_id}"),
    ("GET", "/v1/reports/{report_id}"),
    ("GET", "/v1/search"),
    ("GET", "/v1/sessions/{session_id}/messages"),
    ("POST", "/v1/feedback"),
    ("GET", "/health"),
)
"""Method and template of each endpoint; ``model_id`` is numeric, the others as in ``_values``."""
START = datetime.datetime(2026, 3, 2, 6, tzinfo=datetime.UTC)


def _values(chance: random.Random) -> dict[str, str]:
    return {
        "model_id": str(chance.randrange(1, 40)),
        "file_id": f"file-{chance.getrandbits(96):024x}",
        "customer_id": str(chance.randrange(1, 90_000)),
        "order_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "item_id": str(chance.randrange(1, 9)),
        "report_id": f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        "session_id": f"{chance.getrandbits(160):040x}",
    }


def _query(path: str, chance: random.Random) -> str:
    if path == "/v1/search":
        return f"?q=word{chance.randrange(9000)}&page={chance.randrange(1, 20)}"
    return f"?limit={chance.randrange(10, 100)}" if chance.random() < 0.1 else ""


def lines(count: int, seed: int = 42) -> Iterator[str]:
    """Combined log lines, about 40 a second, of 600 addresses."""
    chance = random.Random(seed)
    agents = [f"client/{n}.{n % 7} (https://example.org)" for n in range(12)]
    addresses = [f"10.{n % 7}.{n % 31}.{n % 251}" for n in range(600)]
    weights = [1 / (1 + n) for n in range(len(TEMPLATES))]
    chosen = itertools.chain.from_iterable(chance.choices(TEMPLATES, weights, k=1000) for _ in itertools.count())
    for number, (method, template) in zip(range(count), chosen, strict=False):
        path = template.format(**_values(chance)) if "{" in template else template
        moment = START + datetime.timedelta(seconds=number // 40)
        status = 200 if chance.random() < 0.96 else chance.choice((400, 401, 404, 429, 500))
        yield (
            f"{chance.choice(addresses)} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "
            f'"{method} {path}{_query(path, chance)} HTTP/1.1" {status} {chance.randrange(80, 90_000)} '
            f'"-" "{chance.choice(agents)}"'
        )
