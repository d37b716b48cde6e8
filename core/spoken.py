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
        def in_language(_language: str | None, _kinds: Any, args: Any, kwargs: Any) -> R:
            return make(*args, **dict(kwargs))

        @wraps(make)
        def found(*args: P.args, **kwargs: P.kwargs) -> R:
            named = tuple(kwargs.items())
            return in_language(get_language(), _kinds((args, named)), args, named)

        _kept.append(in_language)
        return found

    return around


def forget() -> None:
    """Forget everything kept, for when what words mean has changed."""
    for one in _kept:
        one.cache_clear()


def _kinds(value: Any) -> Any:
    """The types of what is asked, however deep: text that is safe to draw equals the same text that is not."""
    return tuple(map(_kinds, value)) if isinstance(value, tuple) else type(value)
