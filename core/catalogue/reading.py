"""Reading of the catalogues that ship with the product: YAML beside the loader, checked loudly once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language


class CatalogueError(ValueError):
    """A shipped catalogue is not what it must be; the product refuses to work with it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A catalogue text in English and, where translated, German; prints in the reader's language."""

    en: str
    de: str = ""

    def in_language(self, language: str | None) -> str:
        """The text in this language ("en", "de", "de-ch"); English where it was not translated."""
        return self.de if self.de and (language or "").startswith("de") else self.en

    def __str__(self) -> str:
        return self.in_language(get_language())


class Node:
    """One mapping of a catalogue file: every key must be asked for, with its kind, or the file is refused."""

    def __init__(self, where: str, value: object) -> None:
        if not isinstance(value, dict):
            raise CatalogueError(f"{where}: expected a mapping, found {value!r}")
        self.where = where
        self._values: dict[str, Any] = value
        self._left = set(value)

    def has(self, key: str) -> bool:
        return key in self._values

    def take(self, key: str, kind: type, default: object = None) -> Any:
        """The value of ``key``, which must be of this kind; refused when absent without a default."""
        self._left.discard(key)
        value = self._values.get(key, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise CatalogueError(f"{self.where}.{key}: expected {kind.__name__}, found {value!r}")
        return value

    def word(self, key: str, default: str | None = None) -> str:
        value: str = self.take(key, str, default)
        if not value and default is None:
            raise CatalogueError(f"{self.where}.{key}: must not be blank")
        return value

    def optional(self, key: str) -> str | None:
        """A word that may be absent or null."""
        self._left.discard(key)
        return None if self._values.get(key) is None else self.word(key)

    def text(self, key: str) -> Text:
        node = self.node(key)
        result = Text(node.word("en"), node.word("de", ""))
        node.done()
        return result

    def words(self, key: str) -> tuple[str, ...]:
        values = self.take(key, list, [])
        if not all(isinstance(value, str) and value for value in values) or len(set(values)) != len(values):
            raise CatalogueError(f"{self.where}.{key}: expected different words, found {values!r}")
        return tuple(values)

    def texts(self, key: str) -> tuple[Text, ...]:
        """Different texts, each in its languages."""
        found = []
        for node in self.nodes(key):
            found.append(Text(node.word("en"), node.word("de", "")))
            node.done()
        if len(set(found)) != len(found):
            raise CatalogueError(f"{self.where}.{key}: expected different texts")
        return tuple(found)

    def node(self, key: str) -> "Node":
        return Node(f"{self.where}.{key}", self.take(key, dict))

    def items(self) -> Iterator[str]:
        """The keys, where they themselves are data; each must still be taken."""
        return iter(tuple(self._values))

    def nodes(self, key: str) -> Iterator["Node"]:
        for number, value in enumerate(self.take(key, list)):
            name = value.get("code") or value.get("id") or value.get("number") if isinstance(value, dict) else None
            node = Node(f"{self.where}.{key}[{name or number}]", value)
            yield node
            node.done()

    def done(self) -> None:
        """Refuse keys that nobody asked for: a misspelt key must not be lost silently."""
        if self._left:
            raise CatalogueError(f"{self.where}: unknown {', '.join(sorted(self._left))}")


def read(path: Path) -> Node:
    """The root of a shipped catalogue file."""
    with path.open(encoding="utf-8") as stream:
        return Node(path.name, yaml.safe_load(stream))


def unique(where: str, codes: Iterable[str]) -> None:
    """Refuse a code that occurs twice."""
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise CatalogueError(f"{where}: {code} occurs twice")
        seen.add(code)


def known(where: str, codes: Iterable[str], vocabulary: Iterable[str] | Mapping[str, object]) -> None:
    """Refuse a code that is not in the vocabulary."""
    strange = sorted(set(codes) - set(vocabulary))
    if strange:
        raise CatalogueError(f"{where}: unknown {', '.join(strange)}")


def in_order(where: str, codes: Sequence[str]) -> None:
    """Refuse numbered codes ("A.6.2.10") that are not in the order of their numbers."""
    numbers = [tuple(int(part) for part in code.split(".") if part.isdigit()) for code in codes]
    if numbers != sorted(numbers):
        raise CatalogueError(f"{where}: not in the order of their numbers")
