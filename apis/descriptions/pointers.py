"""JSON pointers (RFC 6901) and the references inside one document; nothing outside it is ever fetched."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

MAX_STEPS = 20  # references that lead to references


def escaped(token: str) -> str:
    """A name as a part of a pointer: / and ~ written as ~1 and ~0."""
    return token.replace("~", "~0").replace("/", "~1")


def pointer(*tokens: str | int) -> str:
    """The pointer that leads along these names: pointer("paths", "/a") is #/paths/~1a."""
    return "#" + "".join(f"/{escaped(str(token))}" for token in tokens)


def look_up(document: Any, reference: str) -> Any:
    """What a reference such as #/components/schemas/A stands for in this document; None when it leads nowhere."""
    if reference == "#":
        return document
    if not reference.startswith("#/"):
        return None
    found = document
    for token in reference[2:].split("/"):
        name = unquote(token).replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and len(name) < 8 and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def resolved(document: Any, value: Any) -> Any:
    """The value, or what its $ref leads to in the document; None when that is elsewhere, missing or goes in circles."""
    for _step in range(MAX_STEPS):
        reference = value.get("$ref") if isinstance(value, Mapping) else None
        if not isinstance(reference, str):
            return value
        value = look_up(document, reference)
    return None
