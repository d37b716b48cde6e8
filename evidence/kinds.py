"""Kinds of evidence: rooms above say what theirs is called, how its content is read and what it speaks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """A part of the content as a page shows it: a heading and lines of (label, value)."""

    code: str
    title: Any
    lines: Sequence[tuple[Any, Any]]
    note: Any = ""


@dataclass(frozen=True)
class Support:
    """Something the content speaks for: its code, name and address, and whether it bears it out."""

    code: str
    title: Any
    state: str
    label: Any
    url_name: str = ""
    by: str = ""
    """The parameter of the address that takes the code."""


@dataclass(frozen=True)
class Kind:
    """A kind of evidence."""

    code: str
    label: Any
    parts: Callable[[dict[str, Any]], list[Part]]
    supports: Callable[[dict[str, Any]], list[Support]]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; call it in ``AppConfig.ready``."""
    _kinds[kind.code] = kind


def kind_of(code: str) -> Kind:
    """A kind; one that nobody registered shows nothing but its code."""
    return _kinds.get(code) or Kind(code, code, lambda _content: [], lambda _content: [])


def labels() -> list[tuple[str, Any]]:
    """Code and name of every kind."""
    return [(one.code, one.label) for one in _kinds.values()]
