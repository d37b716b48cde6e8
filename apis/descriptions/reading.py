"""A parsed document to the facts of an API: its hosts and its operations (OpenAPI 2.0, 3.0, 3.1)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apis.descriptions.loading import NotADescription, load
from apis.descriptions.pointers import resolved
from apis.facts import Description, Operation
from apis.kinds import SURE, ai_kind
from core.wording import filled

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
MAX_OPERATIONS = 10_000
_MOST_PROBLEMS = 50
_USUAL_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_NAMED = re.compile(r"\{([^{}]+)\}")
_OTHERS = (
    ("asyncapi", gettext_lazy("an AsyncAPI description")),
    ("arazzo", gettext_lazy("an Arazzo description of work flows")),
    ("swaggerVersion", gettext_lazy("a Swagger 1 description")),
    ("log", gettext_lazy("a recording (HAR)")),
    ("$schema", gettext_lazy("a JSON schema")),
    ("__schema", gettext_lazy("a GraphQL schema")),
    ("kind", gettext_lazy("a configuration of a cluster")),
)


class Base(NamedTuple):
    """Where a server answers: its host (empty when relative) and the path before every template."""

    host: str
    path: str


class Written(NamedTuple):
    """An operation as the description writes it."""

    method: str  # upper case
    path: str  # as the service answers it
    written: str
    raw: Mapping[str, Any]
    item: Mapping[str, Any]  # what stands under its path


def read(content: bytes, name: str = "") -> Description:
    """The facts of the API description in these bytes. Raises NotADescription with a reason for people."""
    loaded = load(content)
    document = loaded.document
    dialect = dialect_of(document, name)
    problems = list(loaded.problems)
    bases = _bases(document, dialect, problems)
    operations, twins = _operations(document, bases, problems)
    if not operations:
        reason = problems[0] if problems else _("It describes no path that answers.")
        raise NotADescription("no-operations", _("There is no operation in this description. %s") % reason)
    info = document.get("info") if isinstance(document.get("info"), Mapping) else {}
    return Description(
        title=_word(info.get("title"), 300) or PurePath(name).stem[:300],
        version=_word(info.get("version"), 100),
        dialect=dialect,
        hosts=tuple(dict.fromkeys(base.host for base in _every_base(document, bases, problems) if base.host)),
        operations=_with_kinds(operations),
        problems=tuple(dict.fromkeys(problems))[:_MOST_PROBLEMS],
        document=document,
        described=len(operations) + twins,
    )


def dialect_of(document: Any, name: str = "") -> str:
    """2.0, 3.0 or 3.1. Raises NotADescription where the document is something else, and says what."""
    if not isinstance(document, Mapping):
        raise NotADescription("no-description", _("The file holds no API description, only a list or text."))
    said = _word(document.get("swagger", document.get("openapi")), 20)
    if "swagger" in document and said.startswith("2"):
        return "2.0"
    if "openapi" in document and said.startswith("3"):
        return "3.0" if said.startswith("3.0") else "3.1"
    if said:
        raise NotADescription("version", _("OpenAPI %s is not read here; 2.0, 3.0 and 3.1 are.") % said)
    info = document.get("info")
    if isinstance(info, Mapping) and "_postman_id" in info or "item" in document and isinstance(info, Mapping):
        other = _("a Postman collection")
    else:
        other = str(next((what for key, what in _OTHERS if key in document), ""))
    if other:
        reason = _("This is %s, not an OpenAPI description.") % other
    else:
        reason = _("The file says neither “openapi” nor “swagger”, so it is no API description.")
    raise NotADescription("no-description", reason)


def secured(document: Mapping[str, Any], operation: Mapping[str, Any]) -> bool | None:
    """Whether credentials are asked for; None where neither the operation nor the description says."""
    asked = operation.get("security", document.get("security"))
    if not isinstance(asked, list):
        return None
    return bool(asked) and all(isinstance(one, Mapping) and bool(one) for one in asked)


def _bases(document: Mapping[str, Any], dialect: str, problems: list[str]) -> list[Base]:
    if dialect != "2.0":
        return _servers(document.get("servers"), problems)
    path = _word(document.get("basePath"), 500)
    schemes = document.get("schemes")
    scheme = _word(schemes[0], 10) if isinstance(schemes, list) and schemes else "https"
    host = _word(document.get("host"), 300)
    return [_base(f"{scheme}://{host}{_rooted(path)}" if host else _rooted(path), problems)]


def _servers(servers: Any, problems: list[str]) -> list[Base]:
    found = [
        _base(_filled(server), problems)
        for server in (servers if isinstance(servers, list) else [])
        if isinstance(server, Mapping)
    ]
    return list(dict.fromkeys(found)) or [Base("", "")]


def _filled(server: Mapping[str, Any]) -> str:
    """The address of a server, its variables replaced by what they are when nobody says otherwise."""
    said = server.get("variables")
    variables = said if isinstance(said, Mapping) else {}

    def default(match: re.Match[str]) -> str:
        variable = variables.get(match[1])
        return _word(variable.get("default"), 200) if isinstance(variable, Mapping) else match[0]

    return _NAMED.sub(default, _word(server.get("url"), 1000))


def _base(url: str, problems: list[str]) -> Base:
    try:
        parts = urlsplit(url if "://" in url or url.startswith(("/", "{")) else f"/{url}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        problems.append(_("The address “%s” of a server cannot be read.") % url[:200])
        return Base("", "")
    if "{" in host:
        problems.append(_("The host of “%s” has a place that nothing fills.") % url[:200])
        host = ""
    elif host and port and _USUAL_PORTS.get(parts.scheme) != port:
        host = f"{host}:{port}"
    return Base(host, _rooted(parts.path))


def _rooted(path: str) -> str:
    """A base path that begins with a slash and ends with none; empty for the root."""
    path = path.rstrip("/")
    return path if not path or path.startswith("/") else f"/{path}"


def _every_base(document: Mapping[str, Any], bases: list[Base], problems: list[str]) -> Iterator[Base]:
    yield from bases
    for _path, item in _items(document, []):
        for holder in (item, *(item[method] for method in METHODS if isinstance(item.get(method), Mapping))):
            if "servers" in holder:
                yield from _servers(holder["servers"], problems)


def _items(document: Mapping[str, Any], problems: list[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each path template and what stands under it, its reference followed."""
    paths = document.get("paths")
    for path, found in (paths if isinstance(paths, Mapping) else {}).items():
        if str(path).startswith("x-"):
            continue
        item = resolved(document, found)
        if isinstance(item, Mapping):
            yield str(path), {**item, **{key: value for key, value in found.items() if key != "$ref"}}
        elif found is not None:
            problems.append(_("What stands under the path “%s” is in another file or not understood.") % path[:200])


def _operations(
    document: Mapping[str, Any], bases: list[Base], problems: list[str]
) -> tuple[tuple[Operation, ...], int]:
    """The operations, one for each method and path, and how many more were written for the same."""
    found: dict[tuple[str, str], Operation] = {}
    twins: list[str] = []
    if len({base.path for base in bases}) > 1:
        told = _("The servers answer under different paths; “%s”, the first, is taken.") % (bases[0].path or "/")
        problems.append(told)
    for one in _written(document, bases, problems):
        operation = _operation(document, one)
        if found.setdefault((operation.method, operation.path), operation) is not operation:
            twins.append(f"{operation.method} {one.written[:200]}")
        if len(found) > MAX_OPERATIONS:
            raise NotADescription("too-many", _("It describes more than %d operations.") % MAX_OPERATIONS)
    if twins:
        told = ngettext(
            "%(number)d operation has the method and path of another, apart from a query, and is counted with it: "
            "%(which)s.",
            "%(number)d operations have the method and path of others, apart from a query, and are counted with them, "
            "such as %(which)s.",
            len(twins),
        )
        problems.append(filled(told, {"number": len(twins), "which": twins[0]}))
    return tuple(found.values()), len(twins)


def written_operations(document: Mapping[str, Any]) -> Iterator[Written]:
    """Every operation as it is written, in order, of a document that has been read."""
    return _written(document, _bases(document, dialect_of(document), []), [])


def _written(document: Mapping[str, Any], bases: list[Base], problems: list[str]) -> Iterator[Written]:
    for path, item in _items(document, problems):
        for method in METHODS:
            raw = item.get(method)
            if isinstance(raw, Mapping):
                base = _base_of(raw, item, bases)
                yield Written(method.upper(), base.path + _template(path), path, raw, item)


def _base_of(operation: Mapping[str, Any], item: Mapping[str, Any], bases: list[Base]) -> Base:
    for holder in (operation, item):
        if isinstance(holder.get("servers"), list) and holder["servers"]:
            return _servers(holder["servers"], [])[0]
    return bases[0]


def _operation(document: Mapping[str, Any], one: Written) -> Operation:
    return Operation(
        method=one.method,
        path=one.path[:1000],
        name=_word(one.raw.get("operationId"), 200),
        summary=_word(one.raw.get("summary"), 300) or _first_line(one.raw.get("description")),
        deprecated=one.raw.get("deprecated") is True,
        secured=secured(document, one.raw),
    )


def _with_kinds(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """The operations with their AI kinds; files, feedback and lists of models count beside a model only."""
    kinds = [ai_kind(one.method, one.path) for one in operations]
    if not set(kinds) & set(SURE):
        return operations
    return tuple(replace(one, ai_kind=kind) for one, kind in zip(operations, kinds, strict=True))


def _template(path: str) -> str:
    """The path without a query, which is no part of an endpoint."""
    bare = re.split(r"[?#]", path, maxsplit=1)[0]
    return bare if bare.startswith("/") else f"/{bare}"


def _first_line(text: Any) -> str:
    return _word(text, 5000).partition("\n")[0][:300]


def _word(value: Any, most: int) -> str:
    """A text or number as text of at most so many characters, without NUL; anything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("\0", "").strip()[:most]
