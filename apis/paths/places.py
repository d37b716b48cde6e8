"""Where calls are stored, and the template that is now: words stay words in what is stored, whatever they turn out to
be, so that an earlier call counts for the right template when a word is told apart later.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

import orjson
import zstandard

from apis.paths.learning import Key, Seen, folded, looks_like_a_value, lot
from apis.paths.naming import parameter
from apis.paths.shapes import kind_of

APART = 2_000
"""Paths of a host that are stored by themselves though they have become values: plain words first. Calls to the rest
are stored under the template that was known when they came, and move with it as a whole.
"""


def place_of(shape: str) -> str:
    """The place of a shape: values that are certain get a name. ``/v1/files/{id}`` → ``/v1/files/{file_id}``."""
    words = [""]
    taken: list[str] = []
    for part in shape.split("/"):
        if part:
            words.append(parameter(words, taken) if kind_of(part) else part)
    return "/".join(words) if len(words) > 1 else "/"


@dataclass(frozen=True)
class Places:
    """(method, place) → template, of places that are another template now."""

    becomes: Mapping[Key, str] = field(default_factory=dict)

    def of(self, key: Key) -> str:
        """The template that a place has now."""
        return self.becomes.get(key, key[1])

    def under(self, method: str, template: str) -> list[str]:
        """The places whose calls a template counts."""
        own = [template] if self.of((method, template)) == template else []
        return own + [place for (its, place), now in self.becomes.items() if its == method and now == template]

    def moved(self, now: "Places", keys: Iterable[Key]) -> list[Key]:
        """Those of some places that have another template now than before."""
        return [key for key in keys if self.of(key) != now.of(key)]

    def to_bytes(self) -> bytes:
        """The places as bytes, equal for equal ones."""
        return zstandard.compress(orjson.dumps(sorted([*key, template] for key, template in self.becomes.items())))

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The places of ``to_bytes``; none for no bytes."""
        rows = orjson.loads(zstandard.decompress(content)) if content else ()
        return cls({(method, place): template for method, place, template in rows})


def placed(seen: Seen, known: Iterable[Key], others: Iterable[Key]) -> tuple[Places, dict[Key, str]]:
    """Where calls belong now that so much was seen, and the place of each shape seen, for calls that come now.

    ``others`` are places of before that no shape which is remembered may stand for.
    """
    certain = list(known)
    learned = seen.templates(certain)
    names = {key: place_of(key[1]) for key in learned}
    becomes = {(key[0], names[key]): template for key, template in learned.items()}
    stand = {(key[0], template) for key, template in learned.items()} | becomes.keys()
    becomes |= folded([key for key in others if key not in stand], learned, certain)
    apart = heapq.nsmallest(APART, (key for key, name in names.items() if learned[key] != name), key=_particular)
    stored = learned | {key: names[key] for key in apart}
    return Places({key: template for key, template in becomes.items() if template != key[1]}), stored


def _particular(key: Key) -> tuple[int, bytes]:
    return (sum(map(looks_like_a_value, key[1].split("/"))), lot(key))
