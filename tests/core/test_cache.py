"""F04: a cache that is away is a miss, never an error."""

import pytest

from core.cache import FailOpenRedisCache


@pytest.fixture
def away():
    return FailOpenRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}})


def test_everything_goes_on_without_the_cache(away):
    assert away.get("key", "default") == "default"
    assert away.add("key", 1) is True
    assert away.incr("key") == 1
    assert away.get_many(["a", "b"]) == {}
    assert away.has_key("key") is False
    away.set("key", 1)
    away.delete("key")
    away.clear()
