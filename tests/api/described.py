"""A client that holds every answer against the description of the REST interface, and keeps what it has seen."""

import datetime
import json
import re
from functools import cache

from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from jsonschema import Draft202012Validator, FormatChecker

FORMATS = FormatChecker(["uuid", "date"])


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(text):
    """ISO 8601 with zone."""
    return not isinstance(text, str) or datetime.datetime.fromisoformat(text).tzinfo is not None


@cache
def description():
    """The description as clients read it."""
    made = SchemaGenerator(api_version=None).get_schema(request=None, public=True)
    return json.loads(OpenApiJsonRenderer().render(made, renderer_context={}))


@cache
def operations():
    """(METHOD, pattern of the address, template, operation), addresses with fewer variables first."""
    found = []
    for template, path in description()["paths"].items():
        pattern = re.compile("^" + re.sub(r"\{(\w+)\}", lambda m: _part(m[1]), template) + "$")
        found += [(method.upper(), pattern, template, operation) for method, operation in path.items()]
    return sorted(found, key=lambda one: one[2].count("{"))


def _part(name):
    return r".+" if name == "key" else r"[^/]+"


def operation_of(method, path):
    """The operation that answers an address; None for one that is not described."""
    return next((o for m, pattern, _t, o in operations() if m == method and pattern.match(path)), None)


@cache
def validator(name, status, media):
    """What judges the answers of one operation, status and content type; finding its references takes its time."""
    operation = next(o for *_rest, o in operations() if o["operationId"] == name)
    root = {**operation["responses"][status]["content"][media]["schema"], "components": description()["components"]}
    return Draft202012Validator(root, format_checker=FORMATS)


def faults(name, status, media, value):
    """What in an answer does not fit its schema."""
    errors = validator(name, status, media).iter_errors(value)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def content_of(answer, response):
    """The described content type of an answer."""
    media = response.headers["Content-Type"].partition(";")[0]
    content = answer["content"]
    assert media in content or "*/*" in content, f"{media} is not described"
    return media if media in content else "*/*"


class DescribedClient(Client):
    """Fails when an answer is not what the description says; ``seen`` holds (operation id, status)."""

    def __init__(self, *args, seen=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = set() if seen is None else seen

    def request(self, **request):
        """Ask, then compare."""
        response = super().request(**request)
        operation = operation_of(request["REQUEST_METHOD"], request["PATH_INFO"])
        if operation is not None:
            self._compare(operation, response)
        return response

    def _compare(self, operation, response):
        name, status = operation["operationId"], str(response.status_code)
        assert status in operation["responses"], f"{name} answered {status}: {response.content[:300]}"
        answer = operation["responses"][status]
        self.seen.add((name, status))
        for header, known in answer.get("headers", {}).items():
            if header in {"ETag", "Location", "RateLimit-Limit"}:
                assert header in response.headers, f"{name} {status} has no {header}"
            if header in response.headers and known["schema"].get("type") == "integer":
                assert response.headers[header].isdecimal()
        for header in {"ETag", "Location"} & set(response.headers):
            assert header in answer.get("headers", {}), f"{name} {status}: {header} is not described"
        if "content" not in answer:
            assert not response.content
            return
        media = content_of(answer, response)
        if not response.streaming:
            wrong = faults(name, status, media, response.json())
            assert not wrong, f"{name} {status}: {wrong}"
