"""Services for live tests: one Postgres and one Redis for the run, one instance with a fresh database per test."""

import itertools
import os
from collections.abc import Iterator

import pytest

from tests import services

BROKERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[services.Server]:
    """Return the Postgres of this run: the ladder's, else one of our own."""
    given = os.environ.get("LADDER_DATABASE_URL")
    if given:
        yield services.Server(given)
        return
    with services.postgres() as url:
        yield services.Server(url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """Return the Redis of this run: the ladder's, else one of our own."""
    given = os.environ.get("LADDER_REDIS_URL")
    if given:
        yield given
        return
    with services.redis() as url:
        yield url


@pytest.fixture
def instance(postgres_server: services.Server, redis_server: str) -> Iterator[services.Instance]:
    """Return a running instance on a fresh copy of the migrated template, with a Redis database of its own."""
    broker = f"{redis_server.rpartition('/')[0]}/{next(BROKERS) % 64}"
    with postgres_server.copy() as database, services.instance(database=database, broker=broker) as running:
        yield running
