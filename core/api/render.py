"""JSON in and out, by orjson."""

from typing import Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from core import canonical

MERGE_PATCH = "application/merge-patch+json"


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
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}") from error


class MergePatchParser(OrjsonParser):
    """JSON Merge Patch (RFC 7396); for flat records it reads like JSON."""

    media_type = MERGE_PATCH
