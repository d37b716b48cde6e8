"""The OpenAPI description: what the views declare and the foundation does for all of them."""

import re
from typing import Any

from django.apps import apps
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import ChoiceField

from core import workflow
from core.api import filters
from core.api.problems import MEDIA_TYPE, TITLES
from core.api.render import MERGE_PATCH
from core.api.shapes import ProblemSerializer, StepSerializer, TakeStepSerializer, changes_of, items_of
from core.errors import NotFound
from core.planner.model import KINDS

MOMENT = {"type": "string", "format": "date-time"}
PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "cursor": ({"type": "string"}, "Where the page begins; taken from next."),
    "limit": ({"type": "integer", "minimum": 1, "maximum": 500, "default": 100}, "Most items of a page."),
    "updated_since": (MOMENT, "Only what changed after this moment, oldest change first, with what was deleted since."),
    "as_of": (MOMENT, "Read the past: everything as it was at this moment."),
    "language": ({"type": "string", "default": "en"}, "The language of names."),
    "outcome": ({"type": "array", "items": {"type": "string", "enum": list(KINDS)}}, "Rows of these results only."),
    "after": ({"type": "integer", "minimum": 0, "default": 0}, "The sequence number you know last."),
    "register": ({"type": "string"}, "Views of this register only."),
    "number": ({"type": "integer", "minimum": 1}, "One version with its content."),
    "name": ({"type": "string", "maxLength": 300}, "What the file is called."),
    "host": ({"type": "string", "maxLength": 255}, "Host of calls and descriptions that name none."),
    "map": ({"type": "string", "pattern": "^MAP-[0-9]+$"}, "Field map for lines of one's own, such as MAP-1."),
    "template": ({"type": "string", "maxLength": 2000}, "The path an endpoint would get, such as /v1/files/{file_id}."),
    "system": ({"type": "array", "items": {"type": "string"}}, "References of AI systems it serves, such as SYS-1."),
}
HEADERS: dict[str, tuple[dict[str, Any], str]] = {
    "ETag": ({"type": "string"}, "The version, to send back as If-Match."),
    "Location": ({"type": "string", "format": "uri-reference"}, "Where to find it."),
    "Retry-After": ({"type": "integer"}, "Seconds to wait."),
    "RateLimit-Limit": ({"type": "integer"}, "Requests in a minute."),
    "RateLimit-Remaining": ({"type": "integer"}, "Requests left in this minute."),
    "RateLimit-Reset": ({"type": "integer"}, "Seconds until the minute ends."),
    "Idempotency-Replayed": ({"type": "string", "enum": ["true"]}, "The answer of an earlier request with this key."),
    "WWW-Authenticate": ({"type": "string"}, "How to sign in."),
}
REFERENCE = re.compile(r"#/components/schemas/(\w+)")
LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
PATH = {
    "slug": ({"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"}, "The management system."),
    "id": ({"type": "string", "format": "uuid"}, "The record."),
    "source": ({"type": "string", "pattern": "^[-a-zA-Z0-9_]+$", "maxLength": 60}, "Who delivers."),
    "key": ({"type": "string", "maxLength": 400}, "What the source calls it; may hold slashes."),
}
RECORD_VERBS = {
    "list": "list", "create": "create", "retrieve": "read", "partial_update": "change", "steps": "steps",
    "take_step": "take_step", "destroy": "delete",
}  # fmt: skip


class Described(AutoSchema):
    """Describes an operation from its view: ``accepts``, ``versioned``, ``tagged``, serializers and docstrings."""

    view: Any

    def get_operation_id(self) -> str:
        """<area>_<verb>, such as systems_take_step."""
        area = self._tokenize_path()[0].replace("-", "_")
        action = getattr(self.view, "action", None)
        verb = RECORD_VERBS.get(action, action) if action else self.view.operation
        return f"{area}_{verb}" if isinstance(verb, str) else f"{area}_{verb[self.method]}"

    def get_tags(self) -> list[str]:
        """The room an operation belongs to."""
        return [tag_of(type(self.view).__module__.partition(".")[0])]

    def get_summary(self) -> str:
        """The first line of the method's docstring."""
        return self._doc().partition("\n")[0]

    def get_description(self) -> str:  # type: ignore[override]
        """The view, the method, and for steps what each step needs."""
        about = (type(self.view).__doc__ or "").strip()
        told = [about, self._doc(), *(step_lines(self._flow()) if self._takes_step() else ())]
        return re.sub(r"\n +", "\n", "\n\n".join(told))

    def get_request_serializer(self) -> Any:
        """The record's shape, or what a step takes."""
        return TakeStepSerializer if self._takes_step() else self._shape()

    def get_response_serializers(self) -> Any:
        """The record, one page of them, or the steps."""
        action, shape = getattr(self.view, "action", ""), self._shape()
        if action == "destroy":
            return {204: None}
        found = {"list": lambda: changes_of(shape), "steps": lambda: items_of(StepSerializer)}.get(
            action, lambda: shape
        )()
        return {201 if action == "create" else 200: found}

    def _doc(self) -> str:
        method: Any = getattr(self.view, getattr(self.view, "action", None) or self.method.lower())
        return (method.__doc__ or "").strip()

    def _shape(self) -> Any:
        return self.view.serializer_class

    def _takes_step(self) -> bool:
        return getattr(self.view, "action", "") == "take_step"

    def _flow(self) -> workflow.Workflow | None:
        try:
            return workflow.workflow_of(self.view.queryset.model)
        except NotFound:
            return None

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def _operation_is(self, names: Any) -> bool:
        return (getattr(self.view, "action", None) or self.method) in names

    def map_parsers(self) -> list[str]:
        """Merge patches are sent to PATCH; every other body is plain JSON."""
        return [type_ for type_ in super().map_parsers() if self.method == "PATCH" or type_ != MERGE_PATCH]

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        filterset = getattr(self.view, "filterset_class", None)
        typed = filters.described(filterset) if filterset else {}
        found = []
        for name in self.view.accepts(self.method):
            schema, says = (typed[name], "") if name in typed else PARAMETERS[name]
            found.append(_parameter(name, "query", schema, says))
        if self._operation_is(self.view.versioned):
            needed = self.method != "PUT"
            found.append(_parameter("If-Match", "header", {"type": "string"}, "The ETag you read.", required=needed))
        if self.method == "POST":
            says = "Makes the request safe to repeat: the same key and body get the stored answer."
            found.append(_parameter("Idempotency-Key", "header", {"type": "string", "maxLength": 200}, says))
        return found

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """A column that may be blank answers "" although nobody can set it."""
        model = getattr(getattr(field.parent, "Meta", None), "model", None)
        if model and field.read_only and isinstance(field, ChoiceField):
            field.allow_blank = model._meta.get_field(field.source).blank
        return super()._map_serializer_field(field, direction, bypass_extensions)

    def _resolve_path_parameters(self, variables: Any) -> list[dict[str, Any]]:
        found = []
        for name in variables:
            schema, says = {**PATH, **self.view.path_schemas}.get(name, ({"type": "string"}, ""))
            if name == "name" and self._takes_step():
                flow = self._flow()
                schema = {"type": "string", "enum": [step.name for step in flow.steps]} if flow else schema
            found.append(_parameter(name, "path", schema, says, required=True))
        return found

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        found = super()._get_response_bodies(direction)
        for code, answer in found.items():
            answer["description"] = answer["description"] or self.get_summary()
            names = [*LIMITS, *(("ETag",) if self._operation_is(self.view.tagged) and code != "202" else ())]
            names += ["Location"] if code in {"201", "202"} and self.method == "POST" else []
            names += ["Idempotency-Replayed"] if self.method == "POST" else []
            answer["headers"] = {**answer.get("headers", {}), **_headers(names)}
        problem = self.resolve_serializer(ProblemSerializer, "response").ref
        for status in self._problems():
            names = {401: ["WWW-Authenticate"], 429: ["Retry-After", *LIMITS]}.get(status, [])
            answer = {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": problem}}}
            found[str(status)] = answer | ({"headers": _headers(names)} if names else {})
        return dict(sorted(found.items()))

    def _problems(self) -> list[int]:
        codes = {400, 401, 403, 404, 406, 429}
        if self.method != "GET":
            codes |= {409, 413, 415}
        if self.method == "POST":
            codes |= {422}
        if self._operation_is(self.view.versioned):
            codes |= {412} if self.method == "PUT" else {412, 428}
        return sorted(codes)

    def _postprocess_serializer_schema(self, schema: Any, serializer: Any, direction: Any) -> Any:
        """Answers always hold all their fields; what nobody can set is refused."""
        schema = super()._postprocess_serializer_schema(schema, serializer, direction)
        if "properties" not in schema:
            return schema
        if direction == "response":
            optional = getattr(serializer, "optional", ())
            schema["required"] = sorted(set(schema["properties"]) - set(optional))
            for part in schema["properties"].values():
                part.pop("default", None)
        elif getattr(serializer, "strict", False):
            schema["additionalProperties"] = False
        return schema


def without_unused(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Leave components out that no operation leads to."""
    schemas, waiting = result["components"]["schemas"], [result["paths"]]
    used: set[str] = set()
    while waiting:
        for name in set(REFERENCE.findall(str(waiting.pop()))) - used:
            used.add(name)
            waiting.append(schemas[name])
    result["components"]["schemas"] = {name: schema for name, schema in schemas.items() if name in used}
    return result


def tag_of(room: str) -> str:
    """What the description calls a room."""
    return {"core": "Management system", "aims": "AI systems"}.get(room) or str(apps.get_app_config(room).verbose_name)


def step_lines(flow: workflow.Workflow | None) -> list[str]:
    """One line per step: from where, to where, what it takes."""
    lines = []
    for step in flow.steps if flow else ():
        inputs = ", ".join(f"`{name}`" for name in getattr(step.inputs, "__annotations__", {}))
        told = [f"from {', '.join(step.sources)}"]
        told += [f"to {step.target}"] if step.target else []
        told += [f"inputs {inputs}"] if inputs else []
        told += ["needs `reason`"] if step.reason_required else []
        told += ["signs: needs `shown_hash`"] if step.signs else []
        lines.append(f"- `{step.name}`: {'; '.join(told)}")
    return ["\n".join(lines)] if lines else []


def _parameter(name: str, place: str, schema: dict[str, Any], says: str, *, required: bool = False) -> dict[str, Any]:
    found = {"in": place, "name": name, "schema": schema}
    return found | ({"description": says} if says else {}) | ({"required": True} if required else {})


def _headers(names: Any) -> dict[str, Any]:
    return {name: {"schema": HEADERS[name][0], "description": HEADERS[name][1]} for name in names}
