"""The shared cache fails open: when it is away pages work, nobody is signed out, and nothing is counted (TRUST F04)."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class FailOpenRedisCache(RedisCache):
    """Redis as a cache whose absence is a miss, never an error."""

    def _or(self, default: Any, ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return ask(*args, **kwargs)
        except (RedisError, OSError):
            log.warning("the cache does not answer; going on without it")
            return default

    def add(self, *args: Any, **kwargs: Any) -> Any:
        """Store unless it is there; True when the cache is away."""
        return self._or(True, super().add, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        """The value, or the default."""
        return self._or(default, super().get, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        """Store."""
        return self._or(None, super().set, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        """Prolong."""
        return self._or(False, super().touch, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Forget."""
        return self._or(False, super().delete, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        """What is known."""
        return self._or({}, super().get_many, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        """Whether it is known."""
        return self._or(False, super().has_key, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        """Count; a missing key is a ValueError as everywhere, a missing cache counts nothing."""
        return self._or(delta, super().incr, key, delta, version)

    def set_many(self, data: Any, timeout: Any = None, version: Any = None) -> Any:
        """Store several."""
        return self._or(list(data), super().set_many, data, version=version)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        """Forget several."""
        return self._or(None, super().delete_many, *args, **kwargs)

    def clear(self) -> Any:
        """Forget everything."""
        return self._or(False, super().clear)
