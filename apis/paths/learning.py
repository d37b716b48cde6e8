"""Which segments of paths are values: learned from all paths seen, the same in whatever order they came."""

import hashlib
import heapq
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson
import zstandard

from apis.paths.naming import parameter
from apis.paths.shapes import KIND_NAMES, kind_of

VALUE_LIKE, WORDS = 6, 20
"""So many children of one place that behave alike are values: of what looks like values, and of plain words."""
OFTEN = 10
"""A plain word called so many times more often than its like is a word of its own: /users/me."""
MOST = 50_000
"""Shapes that are remembered for a host. Beyond them those of the smallest hashes stay, whatever the order they came:
what is dropped once has a larger hash than all that stay, so that nothing of what stays was ever forgotten."""
_VERSION = re.compile(r"[vV]\d{1,3}(?:\.\d{1,3}){0,2}(?:(?:alpha|beta|rc|p)\d*)*")
"""v1, v2beta1, v1.1: words, unless one place has more than WORDS of them (/documents/{id}/versions/v17)."""
Key = tuple[str, str]
"""(method, shape)"""


@dataclass
class Seen:
    """What was seen of a host: how often each shape was called with each method. Adds up in any order."""

    calls: dict[Key, int] = field(default_factory=dict)

    def add(self, rows: Iterable[tuple[str, str, int]]) -> None:
        """Count (method, shape, calls)."""
        for method, shape, calls in rows:
            self.calls[method, shape] = self.calls.get((method, shape), 0) + calls
        if len(self.calls) > MOST:
            kept = heapq.nsmallest(MOST, self.calls, key=lot)
            self.calls = {key: self.calls[key] for key in kept}

    def merge(self, other: "Seen") -> None:
        """Count what another batch saw."""
        self.add((method, shape, calls) for (method, shape), calls in other.calls.items())

    def to_bytes(self) -> bytes:
        """The state as bytes, equal for equal states."""
        rows = sorted([method, shape, calls] for (method, shape), calls in self.calls.items())
        return zstandard.compress(orjson.dumps(rows))

    @classmethod
    def from_bytes(cls, content: bytes) -> "Seen":
        """The state of ``to_bytes``; empty for no bytes."""
        if not content:
            return cls()
        return cls({(method, shape): calls for method, shape, calls in orjson.loads(zstandard.decompress(content))})

    def templates(self, known: Iterable[Key] = ()) -> dict[Key, str]:
        """(method, shape) → template. Known templates (method, or "" for any) come first; the rest is learned."""
        fixed = Known(known)
        found = {key: fixed.match(*key) for key in self.calls}
        unknown = [key for key, template in found.items() if not template]
        root = _Node()
        for method, shape in unknown:
            root.put(_parts(shape), method, self.calls[method, shape])
        root.fold()
        return {key: template or root.template(_parts(key[1])) for key, template in found.items()}


def lot(key: Key) -> bytes:
    """What tells which of too many are remembered, the same wherever it is asked."""
    return hashlib.blake2b(" ".join(key).encode("utf-8", "replace"), digest_size=8).digest()


class Known:
    """Templates that are certain: described, pinned, merged, split or named by a person."""

    def __init__(self, templates: Iterable[Key]):
        self._by_length: dict[int, list[tuple[str, list[str], str]]] = defaultdict(list)
        for method, template in templates:
            parts = _parts(template)
            self._by_length[len(parts)].append((method, parts, template))
        for same in self._by_length.values():
            # The one with the most words, and the earliest of them, is the most particular.
            same.sort(key=lambda one: ([part.startswith("{") for part in one[1]], not one[0], one[2]))

    def match(self, method: str, shape: str) -> str:
        """The known template of a path or shape, or ""."""
        return self._first(method, shape, _fits)

    def covering(self, method: str, template: str) -> str:
        """The known template that takes all that another does, or ""."""
        return self._first(method, template, _covers)

    def _first(self, method: str, path: str, fits: Callable[[str, str], bool]) -> str:
        parts = _parts(path)
        for its_method, wanted, template in self._by_length.get(len(parts), ()):
            if its_method in {"", method} and all(map(fits, wanted, parts)):
                return template
        return ""


def _fits(wanted: str, part: str) -> bool:
    return ("{" in wanted and part.startswith("{")) or _covers(wanted, part)


def _covers(wanted: str, part: str) -> bool:
    if "{" not in wanted:
        return wanted == part
    if wanted.startswith("{") and wanted.endswith("}"):
        return True
    head, _brace, rest = wanted.partition("{")  # /files/{name}.json, /{id}:cancel
    tail = rest.rpartition("}")[2]
    return len(part) > len(head) + len(tail) and part.startswith(head) and part.endswith(tail)


def _parts(shape: str) -> list[str]:
    return [part for part in shape.split("/") if part]


class _Node:
    """A place in the tree of paths: which methods end here, and what comes next."""

    __slots__ = ("calls", "children", "methods", "names", "value")

    def __init__(self) -> None:
        self.calls = 0  # of all that lies here and below
        self.methods: set[str] = set()
        self.children: dict[str, _Node] = {}
        self.value: _Node | None = None
        self.names: frozenset[str] = frozenset()

    def put(self, parts: list[str], method: str, calls: int) -> None:
        node = self
        for part in parts:
            if kind_of(part):
                node.value = node.value or _Node()
                node = node.value
            else:
                node = node.children.setdefault(part, _Node())
            node.calls += calls
        node.methods.add(method)

    def fold(self) -> None:
        """Make values of the children that behave alike, here and below."""
        versions = self._without_versions()
        names: dict[str, int] = {}  # and how often each was called
        # What is a value widens what values can do, and so tells more of them; each round takes some or is the last.
        while found := self._values(names):
            self.value = self.value or _Node()
            for name in found:
                child = self.children.pop(name)
                names[name] = child.calls
                self.value.take(child)
        self.names = frozenset(names)
        self.children |= versions
        for child in self._next():
            child.fold()

    def _without_versions(self) -> dict[str, "_Node"]:
        """Take away, and return, the children that are versions of what follows: words, however alike they behave."""
        found = {name: child for name, child in self.children.items() if _VERSION.fullmatch(name)}
        if len(found) > WORDS:
            return {}
        self.children = {name: child for name, child in self.children.items() if name not in found}
        return found

    def _next(self) -> Iterator["_Node"]:
        yield from self.children.values()
        if self.value is not None:
            yield self.value

    def _values(self, before: dict[str, int]) -> set[str]:
        """Names of children that are values, as far as can be told now."""
        if self.value is None:
            return self._alike()
        usual = OFTEN * sum(before.values()) // max(1, len(before))
        used_alike = {name for name, child in self.children.items() if self.value.can_all_of(child)}
        certain = {name for name in used_alike if looks_like_a_value(name) or self.children[name].calls <= usual}
        return certain or self._alike()

    def _alike(self) -> set[str]:
        """Names of many children that behave alike, without plain words called far more often than the rest."""
        groups: dict[object, list[str]] = defaultdict(list)
        for name, child in self.children.items():
            groups[child.behaviour()].append(name)
        found: set[str] = set()
        for names in [*groups.values(), *self._around_the_ablest(groups)]:
            likely = sum(map(looks_like_a_value, names))
            if len(names) >= WORDS or (likely >= VALUE_LIKE and 2 * likely >= len(names)):
                usual = OFTEN * sorted(self.children[name].calls for name in names)[len(names) // 2]
                found |= {name for name in names if looks_like_a_value(name) or self.children[name].calls <= usual}
        return found

    def _around_the_ablest(self, groups: dict[object, list[str]]) -> Iterator[list[str]]:
        """Names that can do some of what the children can that can do most, if two of these can do the very same."""
        able = [names for names in groups.values() if len(names) > 1]
        for names in able:
            child = self.children[names[0]]
            if not any(other is not names and self._exceeds(other[0], names[0]) for other in able):
                yield [name for name, each in self.children.items() if child.can_all_of(each)]

    def _exceeds(self, one: str, other: str) -> bool:
        more, less = self.children[one], self.children[other]
        return more.can_all_of(less) and not less.can_all_of(more)

    def behaviour(self) -> object:
        """What can be done here: methods, and the words that follow."""
        below = tuple(sorted(self.children)) if len(self.children) <= WORDS else len(self.children) > 0
        return (tuple(sorted(self.methods)), below, self.value is not None)

    def can_all_of(self, other: "_Node") -> bool:
        """Whether all that another place can do can be done here."""
        return other.methods <= self.methods and other.children.keys() <= self.children.keys()

    def take(self, other: "_Node") -> None:
        """Add what another place can do."""
        self.methods |= other.methods
        self.calls += other.calls
        for name, child in other.children.items():
            self.children.setdefault(name, _Node()).take(child)
        if other.value is not None:
            self.value = self.value or _Node()
            self.value.take(other.value)

    def template(self, parts: list[str]) -> str:
        """The template of a path that was put."""
        node, words = self, [""]
        taken: list[str] = []
        for part in parts:
            if kind_of(part) or part in node.names:
                words.append(parameter(words, taken))
                node = node.value or _Node()
            else:
                words.append(part)
                node = node.children.get(part) or _Node()
        return "/".join(words) if len(words) > 1 else "/"


def looks_like_a_value(name: str) -> bool:
    """Whether a word has what words seldom have: digits, marks, many letters."""
    return any(letter.isdigit() for letter in name) or any(mark in name for mark in ".%@+=:,;~ ") or len(name) > 24


def folded(templates: Iterable[Key], learned: Mapping[Key, str], known: Iterable[Key] = ()) -> dict[Key, str]:
    """Old (method, template) → the template it belongs to now that more was learned; itself where nothing changed."""
    now = Known([*known, *((method, template) for (method, _shape), template in learned.items())])
    return {key: now.covering(*key) or key[1] for key in templates}


__all__ = ["KIND_NAMES", "Key", "Known", "Seen", "folded"]
