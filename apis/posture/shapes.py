"""Schemas of a description: each named one and each one written in an operation is one shape, walked once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apis.descriptions.pointers import look_up, resolved

Node = tuple[str, Mapping[str, Any]]  # where inside its shape (dots between names), and the schema there
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_ONE = ("items", "additionalProperties", "not", "unevaluatedProperties")
_PARTS = ("allOf", "anyOf", "oneOf")
MAX_PARTS = 150  # schemas that are looked at to learn the properties of one body


@dataclass(slots=True)
class Shape:
    """One schema with all that is written inside it, up to references, which are shapes of their own."""

    place: str  # stable words for people: "schema File", "POST /v1/files, request"
    pointer: str
    nodes: list[Node] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)
    asked: bool = False  # part of some request
    answered: bool = False  # part of some answer


def walk(shape: Shape, schema: Any) -> Shape:
    """Fill the shape with the schema and everything inside it."""
    waiting: list[tuple[str, Any]] = [("", schema)]
    while waiting:
        where, node = waiting.pop()
        if not isinstance(node, Mapping):
            continue
        reference = node.get("$ref")
        if isinstance(reference, str):
            shape.refs.add(reference)
            continue
        shape.nodes.append((where, node))
        waiting.extend(_inside(where, node))
    return shape


def _inside(where: str, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for keyword in ("properties", "patternProperties"):
        named = node.get(keyword)
        if isinstance(named, Mapping):
            for name, inner in named.items():
                yield f"{where}.{name}" if where else str(name), inner
    for keyword in _MANY:
        many = node.get(keyword)
        for inner in many if isinstance(many, list) else ():
            yield where, inner
    for keyword in _ONE:
        inner = node.get(keyword)
        if isinstance(inner, list):  # items of old drafts
            yield from ((f"{where}[]", one) for one in inner)
        elif isinstance(inner, Mapping):
            yield (f"{where}[]" if keyword == "items" else where), inner


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The types a schema names; more than one is OpenAPI 3.1."""
    said = schema.get("type")
    if isinstance(said, str):
        return (said,)
    return tuple(one for one in said if isinstance(one, str)) if isinstance(said, list) else ()


def parts_of(document: Any, schema: Any) -> list[Mapping[str, Any]]:
    """The schema and the alternatives it is put together from, references followed, each once."""
    found: list[Mapping[str, Any]] = []
    waiting: list[Any] = [schema]
    seen: set[int | str] = set()
    while waiting and len(found) < MAX_PARTS:
        written = waiting.pop()
        reference = written.get("$ref") if isinstance(written, Mapping) else None
        if isinstance(reference, str):
            if reference in seen:
                continue
            seen.add(reference)
        node = resolved(document, written)
        if not isinstance(node, Mapping) or id(node) in seen:
            continue
        seen.add(id(node))
        found.append(node)
        for keyword in _PARTS:
            many = node.get(keyword)
            waiting.extend(many if isinstance(many, list) else ())
    return found


def properties_of(document: Any, schema: Any) -> dict[str, Mapping[str, Any]]:
    """The properties of a body at its first level, alternatives put together, their schemas resolved."""
    found: dict[str, Mapping[str, Any]] = {}
    for part in parts_of(document, schema):
        named = part.get("properties")
        for name, inner in (named if isinstance(named, Mapping) else {}).items():
            known = resolved(document, inner)
            if isinstance(known, Mapping):
                found.setdefault(str(name), known)
    return found


def reach(document: Any, shapes: Mapping[str, Shape], starts: set[str]) -> set[str]:
    """All references that can be reached from these, through shapes by reference."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        reference = waiting.pop()
        if reference in found or look_up(document, reference) is None:
            continue
        found.add(reference)
        if reference in shapes:
            waiting.extend(shapes[reference].refs)
    return found


def bounded(document: Any, schema: Mapping[str, Any], *keywords: str) -> bool:
    """Whether the schema, or some alternative of it, says one of these limits or lists what it may be."""
    return any(any(keyword in part for keyword in (*keywords, "enum", "const")) for part in parts_of(document, schema))
