"""A description, prepared once so that rules stay short: operations, parameters, bodies, schemes, servers, shapes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from apis.descriptions.pointers import look_up, pointer, resolved
from apis.descriptions.reading import written_operations
from apis.facts import Description
from apis.posture import places
from apis.posture.shapes import Shape, properties_of, reach, walk

Json = Mapping[str, Any]
NOTHING: Json = {}


def mapping(value: Any) -> Json:
    """The value where it is a mapping, otherwise an empty one."""
    return value if isinstance(value, Mapping) else NOTHING


def listed(value: Any) -> list[Any]:
    """The value where it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """The value where it is a text, otherwise an empty one."""
    return value if isinstance(value, str) else ""


def without_credentials(url: str) -> str:
    """An address with what stands before an @ in its host left out."""
    return re.sub(r"(//|^)[^/@\s]*@", r"\1…@", url[:2000], count=1)


@dataclass(slots=True)
class Parameter:
    """A parameter of an operation, or a field of a form in OpenAPI 2.0."""

    operation: "Operation"
    name: str
    where: str  # path, query, header, cookie, formData, body
    raw: Json
    schema: Json
    pointer: str

    @property
    def place(self) -> str:
        return places.of_parameter(self.operation.place, self.where, self.name)


@dataclass(slots=True)
class Body:
    """What one media type of a request or an answer holds."""

    media: str
    schema: Any  # unresolved
    raw: Json
    pointer: str


@dataclass(slots=True)
class Scheme:
    """A way to sign in that the description defines."""

    name: str
    raw: Json
    pointer: str

    @property
    def place(self) -> str:
        return places.SCHEME + self.name

    @property
    def kind(self) -> str:
        """basic, bearer, apiKey, oauth2, openIdConnect, mutualTLS or another scheme of HTTP, in lower case."""
        said = text(self.raw.get("type"))
        return text(self.raw.get("scheme")).lower() if said == "http" else said

    @property
    def flows(self) -> dict[str, Json]:
        """The flows of OAuth 2 by the names of OpenAPI 3."""
        if "flow" in self.raw:
            names = {"application": "clientCredentials", "accessCode": "authorizationCode"}
            said = text(self.raw.get("flow"))
            return {names.get(said, said): self.raw}
        return {name: mapping(flow) for name, flow in mapping(self.raw.get("flows")).items()}


@dataclass(slots=True)
class Server:
    """An address the description names."""

    url: str
    raw: Json
    pointer: str

    @property
    def place(self) -> str:
        return places.SERVER + self.shown

    @property
    def shown(self) -> str:
        """The address without a name or password in it."""
        return without_credentials(self.url)

    @property
    def host(self) -> str:
        try:
            return (urlsplit(self.url).hostname or "").lower()
        except ValueError:
            return ""


@dataclass
class Operation:
    """One operation with what it inherits: parameters of its path, security of the description."""

    view: "View"
    method: str  # upper case
    path: str  # as the service answers it
    written: str  # as the description writes it
    raw: Json
    item: Json
    pointer: str
    ai_kind: str = ""
    secured: bool | None = None

    @property
    def place(self) -> str:
        return f"{self.method} {self.written}"

    @property
    def is_write(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH", "DELETE")

    @property
    def is_open(self) -> bool:
        """Whether it can be called without credentials, as far as the description says."""
        return self.secured is not True

    @cached_property
    def words(self) -> str:
        """Path, id and tags in lower case, to look for words in."""
        tags = " ".join(text(tag) for tag in listed(self.raw.get("tags")))
        return f"{self.path} {text(self.raw.get('operationId'))} {tags}".lower()

    @cached_property
    def segments(self) -> list[str]:
        """The fixed parts of the path in lower case."""
        return [part for part in self.path.lower().split("/") if part and not part.startswith("{")]

    @cached_property
    def requirements(self) -> list[Json]:
        """The security it asks for: alternatives, each of scheme names with scopes."""
        return [mapping(one) for one in listed(self.raw.get("security", self.view.document.get("security")))]

    @cached_property
    def parameters(self) -> list[Parameter]:
        found: dict[tuple[str, str], Parameter] = {}
        for holder, base in ((self.item, self.pointer.rpartition("/")[0]), (self.raw, self.pointer)):
            for number, written in enumerate(listed(holder.get("parameters"))):
                raw = resolved(self.view.document, written)
                if not isinstance(raw, Mapping):
                    continue
                schema = resolved(self.view.document, raw.get("schema")) if "schema" in raw else raw
                name, where = text(raw.get("name")), text(raw.get("in"))
                at = f"{base}/parameters/{number}"
                found[where, name] = Parameter(self, name, where, raw, mapping(schema), at)
        return list(found.values())

    @cached_property
    def requests(self) -> list[Body]:
        """What can be sent, by media type."""
        if self.view.is_2:
            return list(self._requests_of_2())
        body = mapping(resolved(self.view.document, self.raw.get("requestBody")))
        return _bodies(body, f"{self.pointer}/requestBody")

    def _requests_of_2(self) -> Iterator[Body]:
        consumed = listed(self.raw.get("consumes", self.view.document.get("consumes"))) or ["application/json"]
        fields = [one for one in self.parameters if one.where == "formData"]
        for one in self.parameters:
            if one.where == "body":
                yield from (Body(text(media), one.raw.get("schema"), one.raw, one.pointer) for media in consumed)
        if fields:
            media = "multipart/form-data" if any(one.raw.get("type") == "file" for one in fields) else "form"
            schema = {"type": "object", "properties": {one.name: one.raw for one in fields}}
            yield Body(media, schema, NOTHING, self.pointer)

    @cached_property
    def responses(self) -> dict[str, Json]:
        """Answers by status, references followed."""
        written = mapping(self.raw.get("responses"))
        return {str(code).upper(): mapping(resolved(self.view.document, one)) for code, one in written.items()}

    def answers(self, *codes: str) -> bool:
        """Whether one of these statuses is described; 4XX and default count for what they cover."""
        families = {f"{code[0]}XX" for code in codes}
        return any(code in self.responses for code in (*codes, *families, "DEFAULT"))

    @cached_property
    def results(self) -> list[Body]:
        """What a successful call answers, by media type."""
        found: list[Body] = []
        for code, response in self.responses.items():
            if not code.startswith("2"):
                continue
            at = f"{self.pointer}/responses/{code}"
            if self.view.is_2 and "schema" in response:
                produced = listed(self.raw.get("produces", self.view.document.get("produces"))) or ["application/json"]
                found += [Body(text(media), response["schema"], response, at) for media in produced]
            found += _bodies(response, at)
        return found

    @cached_property
    def fields(self) -> dict[str, Json]:
        """What a request may hold at its first level, over all media types."""
        return _fields(self.view, self.requests)

    @cached_property
    def result_fields(self) -> dict[str, Json]:
        """What a successful answer may hold at its first level."""
        return _fields(self.view, self.results)

    @cached_property
    def error_fields(self) -> dict[str, Json]:
        """What answers to errors may hold at their first level."""
        errors = (one for code, one in self.responses.items() if code[:1] in "45D")
        bodies = [body for one in errors for body in _answers(one)]
        return _fields(self.view, bodies)

    def asks_for(self, names: Iterable[str]) -> dict[str, Json]:
        """Those of these names that a request may hold, in the body or as a parameter, with their schemas."""
        wanted = set(names)
        found = {name: schema for name, schema in self.fields.items() if name.lower() in wanted}
        for one in self.parameters:
            if one.name.lower() in wanted and one.where in ("query", "formData"):
                found.setdefault(one.name, one.schema)
        return found


def _bodies(holder: Json, at: str) -> list[Body]:
    return [
        Body(str(media).lower(), mapping(raw).get("schema"), mapping(raw), f"{at}/content/{media.replace('/', '~1')}")
        for media, raw in mapping(holder.get("content")).items()
    ]


def _answers(response: Json) -> list[Body]:
    if "schema" in response:
        return [Body("", response["schema"], response, "")]
    return _bodies(response, "")


def _fields(view: "View", bodies: list[Body]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for body in bodies:
        for name, schema in _properties(view, body.schema).items():
            found.setdefault(name, schema)
    return found


def _properties(view: "View", schema: Any) -> dict[str, Json]:
    """The properties of a body; those of a named schema are put together once."""
    reference = mapping(schema).get("$ref")
    if not isinstance(reference, str):
        return properties_of(view.document, schema)
    known = view.memory.setdefault("properties", {})
    if reference not in known:
        known[reference] = properties_of(view.document, schema)
    return known[reference]


@dataclass
class View:
    """A description, ready to be judged."""

    description: Description
    memory: dict[str, Any] = field(default_factory=dict)  # what rules learn once about the whole

    @cached_property
    def document(self) -> Json:
        return self.description.document

    @property
    def place(self) -> str:
        return places.SERVICE

    @property
    def pointer(self) -> str:
        return "#"

    @cached_property
    def is_2(self) -> bool:
        return self.description.dialect == "2.0"

    @cached_property
    def info(self) -> Json:
        return mapping(self.document.get("info"))

    @cached_property
    def operations(self) -> list[Operation]:
        """Each operation as read, the first of those that share method and path."""
        facts = {(one.method, one.path): one for one in self.description.operations}
        found = []
        for one in written_operations(self.document):
            known = facts.pop((one.method, one.path[:1000]), None)
            if known is not None:
                at = pointer("paths", one.written, one.method.lower())
                made = Operation(self, known.method, known.path, one.written, one.raw, one.item, at)
                made.ai_kind, made.secured = known.ai_kind, known.secured
                found.append(made)
        return found

    @cached_property
    def schemes(self) -> dict[str, Scheme]:
        place = ("securityDefinitions",) if self.is_2 else ("components", "securitySchemes")
        written = mapping(look_up(self.document, pointer(*place)))
        return {
            str(name): Scheme(str(name), mapping(resolved(self.document, raw)), pointer(*place, name))
            for name, raw in written.items()
        }

    @cached_property
    def servers(self) -> list[Server]:
        """Every address, with variables as they are written."""
        if self.is_2:
            host, path = text(self.document.get("host")), text(self.document.get("basePath"))
            schemes = [text(one) for one in listed(self.document.get("schemes"))] or ["https"]
            base = f"/{path.strip('/')}" if path.strip("/") else ""
            if not host:
                return [Server(base or "/", NOTHING, "#/basePath")] if base else []
            return [Server(f"{scheme}://{host}{base}", NOTHING, f"#/schemes/{n}") for n, scheme in enumerate(schemes)]
        written = enumerate(listed(self.document.get("servers")))
        return [Server(text(mapping(raw).get("url")), mapping(raw), f"#/servers/{n}") for n, raw in written]

    @cached_property
    def parameters(self) -> list[Parameter]:
        return [one for operation in self.operations for one in operation.parameters]

    @cached_property
    def shapes(self) -> list[Shape]:
        """The schemas that some operation uses: named ones once, the others where they are written."""
        place = ("definitions",) if self.is_2 else ("components", "schemas")
        written = mapping(look_up(self.document, pointer(*place)))
        named = {
            pointer(*place, name): walk(Shape(f"{places.SCHEMA}{name}", pointer(*place, name)), raw)
            for name, raw in written.items()
        }
        found: list[Shape] = []
        asked: set[str] = set()
        answered: set[str] = set()
        for operation in self.operations:
            for body in operation.requests:
                asked |= self._inline(found, operation, body, asks=True)
            for body in operation.results:
                answered |= self._inline(found, operation, body, asks=False)
        for references, attribute in ((asked, "asked"), (answered, "answered")):
            for reference in reach(self.document, named, references):
                if reference in named:
                    setattr(named[reference], attribute, True)
        return [shape for shape in named.values() if shape.asked or shape.answered] + found

    def _inline(self, found: list[Shape], operation: Operation, body: Body, *, asks: bool) -> set[str]:
        """Add the body's own schema where it is more than a reference; return the references in it."""
        place = places.of_body(operation.place, body.media, asks=asks)
        shape = walk(Shape(place, f"{body.pointer}/schema", asked=asks, answered=not asks), body.schema)
        if shape.nodes:
            found.append(shape)
        return shape.refs

    def kinds(self, *kinds: str) -> list[Operation]:
        """The operations of these AI kinds."""
        return [one for one in self.operations if one.ai_kind in kinds]
