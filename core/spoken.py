"""Words and drawings that are made once per language and then kept, because pages repeat few of them often."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.utils.translation import get_language

P = ParamSpec("P")
R = TypeVar("R")
_kept: list[Any] = []


def kept(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep what a function says, at most ``most`` answers; its arguments are hashable, its answer is not changed."""

    def around(make: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(most)
        def in_language(_language: str | None, args: Any, kwargs: Any) -> R:
            return make(*args, **dict(kwargs))

        @wraps(make)
        def found(*args: P.args, **kwargs: P.kwargs) -> R:
            return in_language(get_language(), args, tuple(kwargs.items()))

        _kept.append(in_language)
        return found

    return around


def forget() -> None:
    """Forget everything kept, for when what words mean has changed."""
    for one in _kept:
        one.cache_clear()
