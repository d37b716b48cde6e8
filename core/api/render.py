"""JSON in and out, by orjson."""

from typing import Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from core import canonical
from core.api.problems import Problem

MERGE_PATCH = "application/merge-patch+json"
DEEPEST = 32
"""Levels a body may be nested."""


def _default(value: Any) -> Any:
    try:
        return canonical.plain(value)
    except TypeError:
        return str(value)


class OrjsonRenderer(BaseRenderer):
    """UTF-8 JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        """Return bytes; nothing for 204."""
        return b"" if data is None else orjson.dumps(data, default=_default, option=orjson.OPT_PASSTHROUGH_DATETIME)


class OrjsonParser(BaseParser):
    """UTF-8 JSON; raises 400 with the place of the fault."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the parsed body."""
        raw = _read(stream, parser_context)
        try:
            parsed = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}") from error
        if b"\\u0000" in raw or raw.count(b"[") + raw.count(b"{") > DEEPEST:
            _refuse_strange(parsed)
        return parsed


def _read(stream: Any, context: Any) -> bytes:
    """The body, unless it is larger than this installation accepts."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    raw = stream.read(most + 1)
    if len(raw) > most:
        raise Problem(413, "too-large", f"A body has at most {most >> 20} MB.")
    return raw


def _refuse_strange(parsed: Any) -> None:
    """Refuse text with NUL, which no database keeps, and nesting deeper than any shape; names the place."""
    waiting: list[tuple[Any, str, int]] = [(parsed, "", 0)]
    while waiting:
        value, where, depth = waiting.pop()
        if depth > DEEPEST:
            raise _invalid("", f"Values are nested deeper than {DEEPEST} levels.")
        if isinstance(value, str) and "\0" in value:
            raise _invalid(where, "Null characters are not allowed.")
        if isinstance(value, dict):
            if any("\0" in name for name in value):
                raise _invalid(where, "Null characters are not allowed.")
            waiting += [(inner, f"{where}/{_escaped(name)}", depth + 1) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(inner, f"{where}/{index}", depth + 1) for index, inner in enumerate(value)]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _invalid(pointer: str, detail: str) -> Problem:
    errors = [{"pointer": pointer, "detail": detail}]
    return Problem(400, "invalid", "Some values are not valid.", errors=errors)


class MergePatchParser(OrjsonParser):
    """JSON Merge Patch (RFC 7396); for flat records it reads like JSON."""

    media_type = MERGE_PATCH
