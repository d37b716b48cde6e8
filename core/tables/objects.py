"""JSON (a list of objects) and NDJSON (an object a line): keys become columns, numbers keep their spelling."""

import io
import json
from collections.abc import Iterator
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from core.tables.model import MAX_COLUMNS, MAX_JSON_BYTES, Row, TableError, unreadable
from core.tables.sniff import Source


class ObjectSource:
    """The objects of a JSON or NDJSON file, one after the other, as rows under the union of their keys."""

    def __init__(self, source: Source, encoding: str, kind: str) -> None:
        if source.size > MAX_JSON_BYTES and kind == "json":
            message = _("A JSON file may have %d MB. Use NDJSON for more.") % (MAX_JSON_BYTES // 2**20)
            raise TableError("too-large", message)
        self.source, self.encoding, self.kind = source, encoding, kind
        keys: dict[str, None] = {}
        for number, found in self._objects():
            if isinstance(found, dict):
                keys.update(dict.fromkeys(found))
            if len(keys) > MAX_COLUMNS:
                raise TableError("too-many-columns", _("More than %d different keys.") % MAX_COLUMNS, number)
        if not keys:
            raise TableError("empty", _("The file holds no objects."))
        self.keys = tuple(keys)

    def rows(self) -> Iterator[Row]:
        """One row per object; what is not an object is a row with a problem."""
        for number, found in self._objects():
            if isinstance(found, TableError):
                yield Row(number, (), found)
            elif not isinstance(found, dict):
                yield Row(number, (), TableError("not-an-object", _("Expected an object with named values."), number))
            else:
                cells = tuple(_as_text(found.get(key)) for key in self.keys)
                yield Row(number, cells, unreadable(number, cells, self.keys))

    def _objects(self) -> Iterator[tuple[int, Any]]:
        """Each item with its number from 1; a line of NDJSON that is no JSON comes as its TableError."""
        if self.kind == "ndjson":
            yield from self._lines()
            return
        text = self._text()
        found = _parsed(text, 1)
        if isinstance(found, TableError) and text.lstrip().startswith("{"):
            yield from self._lines()
        elif isinstance(found, TableError):
            raise found
        else:
            yield from enumerate(_list_in(found), start=1)

    def _lines(self) -> Iterator[tuple[int, Any]]:
        for number, line in enumerate(io.StringIO(self._text()), start=1):
            if line.strip():
                yield number, _parsed(line, number)

    def _text(self) -> str:
        try:
            with self.source.open() as stream:
                return stream.read().decode(self.encoding)
        except UnicodeDecodeError as error:
            raise TableError("encoding", _("The file is not written in %s.") % self.encoding) from error


def _list_in(found: object) -> list[Any]:
    """The list itself, or the only list an enclosing object holds ({"items": […]}), or one object alone."""
    if isinstance(found, list):
        return found
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        holders = [value for value in lists if value and all(isinstance(item, dict) for item in value)]
        return holders[0] if len(holders) == 1 and len(lists) == 1 else [found]
    raise TableError("not-a-list", _("Expected a list of objects."))


def _parsed(text: str, number: int) -> Any:
    try:
        return json.loads(
            text, parse_int=str, parse_float=str, parse_constant=_no_constant, object_pairs_hook=_without_doubles
        )
    except json.JSONDecodeError as error:
        place = {"line": error.lineno + number - 1, "column": error.colno}
        message = _("This is not JSON (line %(line)d, character %(column)d).") % place
    except RecursionError:
        message = _("The JSON is nested too deeply.")
    except _Unusable as error:
        message = str(error)
    return TableError("not-json", message, number)


class _Unusable(ValueError):
    """JSON that means different things to different readers."""


def _no_constant(name: str) -> NoReturn:
    raise _Unusable(_("%s is not a JSON value.") % name)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unusable(_("An object names the same key twice."))
    return found


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
