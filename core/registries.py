"""Where rooms meet: upper rooms register here what lower rooms show or ask, as Django's own system checks do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse

from core.records import type_of
from core.scope import Scope


@dataclass
class Registry:
    """Named functions per key, in the order of their rooms."""

    items: dict[str, list[tuple[str, Callable[..., Any]]]] = field(default_factory=dict)

    def add(self, key: str, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator: register a function under a key (a record type, a gate, a kind)."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            known = self.items.setdefault(key, [])
            known[:] = [(n, f) for n, f in known if n != name] + [(name, function)]
            return function

        return register

    def get(self, key: str) -> list[tuple[str, Callable[..., Any]]]:
        """Functions registered under a key."""
        return list(self.items.get(key, ()))


panels = Registry()
"""Record page panels: key record type; function(record, scope, actor) → (template, context) or None."""
drivers = Registry()
"""Facts behind a Statement of Applicability reason: key control code or "*"; function(scope) → iterable of facts."""
observed = Registry()
"""What live evidence shows of controls: key "*"; function(scope) → control code → controls.observed.Observed."""
facts = Registry()
"""What gates and contradictions ask: key fact name; function(scope, record) → value."""
settled = Registry()
"""What undo leaves as it is: key record type; function(record) → why it stands still now, or ""."""
undone = Registry()
"""What follows in the same step when undo put records back: key record type; function(unit)."""
agenda = Registry()
"""What falls due: key "*"; function(scope) → iterable of due items."""

merges = Registry()
"""What moves along when two records become one: key record type; function(unit of work, gone, kept) → None."""
belongings = Registry()
"""What a person answers for: key "*"; function(scope, person id) → iterable of core.belongings.Belonging."""
titles = Registry()
"""Titles that the product holds in several languages: key record type; function(stored title) → the reader's."""
said_titles = Registry()
"""The same the other way, to search by: key record type; function(word) → stored titles that hold it for the reader."""
actors = Registry()
"""Names of actors that are neither people nor tokens: key kind; function(management system id, ids) → {id: name}."""


@dataclass(frozen=True)
class Address:
    """Where a record's page is and what its type is called."""

    url_name: str
    label: Any
    by: str = "ref"
    """The attribute in the address; "" where there is one record only and its page needs none."""
    dated: bool = True
    """Whether the page can be read as it was; not where it is a form."""

    def url(self, slug: str, value: Any) -> str:
        """Return the address of the page of a record; "" where this one has none."""
        try:
            return reverse(self.url_name, kwargs={"slug": slug} | ({self.by: value} if self.by else {}))
        except NoReverseMatch:
            return ""


_addresses: dict[str, Address] = {}
_commented: set[str] = set()


def commented(*models: Any) -> None:
    """Say which record types have comments on their pages."""
    _commented.update(map(type_of, models))


def is_commented(record_type: str) -> bool:
    """Whether records of this type can be commented on."""
    return record_type in _commented


def commented_types() -> list[str]:
    """Record types that can be commented on."""
    return sorted(_commented)


def address(model: Any, url_name: str, label: Any, by: str = "ref", *, dated: bool = True) -> None:
    """Say where the page of a record type is: a URL name that takes ``slug`` and ``by`` (an attribute; "" for none)."""
    _addresses[type_of(model)] = Address(url_name, label, by, dated)


def address_of(record_type: str) -> Address | None:
    """The address of a record type, or None when it has no page."""
    return _addresses.get(record_type)


def url_of(record_type: str, ref: str, slug: str) -> str:
    """The page of a record that people name by ``ref``; "" when its type has none."""
    known = _addresses.get(record_type)
    return known.url(slug, ref) if known and ref else ""


def gather(registry: Registry, key: str, scope: Scope, *args: Any) -> Iterable[Any]:
    """All results registered under a key, flattened."""
    for _name, function in registry.get(key):
        yield from function(scope, *args)
