"""Bytes to a plain document. Nothing of a file is executed; its size, depth and aliases are bounded."""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import yaml
from django.utils.translation import gettext as _

MAX_BYTES = 16 * 2**20
MAX_DEPTH = 150  # of what is nested in each other
MAX_NODES = 1_500_000  # mappings, lists and values, with every alias counted as often as it is used
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?\d{1,40}$", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(\.\d{1,40}|\d{1,40}(\.\d{0,40})?)([eE][-+]?\d{1,3})?$", re.ASCII)
_NUMERIC = frozenset("0123456789+-.")
_MERGE = "<<"


class NotADescription(Exception):
    """The file is no API description that can be read: a code, and the reason worded for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document of plain mappings, lists and values, with what had to be passed over to get there."""

    document: Any
    problems: tuple[str, ...] = ()


def load(content: bytes) -> Loaded:
    """The document in the bytes of a JSON or YAML file. Raises NotADescription."""
    if not content.strip():
        raise NotADescription("empty", _("The file is empty."))
    if len(content) > MAX_BYTES:
        raise NotADescription("too-large", _("The description is larger than %d MB.") % (MAX_BYTES // 2**20))
    text = _text(content)
    if text.lstrip()[:1] in ("{", "["):
        try:
            return Loaded(_json(text))
        except orjson.JSONDecodeError as trouble:
            broken = _("This is not valid JSON: line %(line)d, column %(column)d.") % {
                "line": trouble.lineno, "column": trouble.colno,
            }  # fmt: skip
        try:
            return _yaml(text)  # YAML may begin with a bracket too
        except NotADescription as trouble:
            raise (trouble if trouble.code != "not-yaml" else NotADescription("not-json", broken)) from None
    return _yaml(text)


def _text(content: bytes) -> str:
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise NotADescription("not-text", _("The file is not text in UTF-8 or UTF-16.")) from None


def _json(text: str) -> Any:
    if text.count(",") + text.count("{") + text.count("[") + text.count(":") > MAX_NODES:
        raise _too_many()
    document = orjson.loads(text)
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        level = [inner for one in level for inner in _inside(one)]
    return document


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return
    yield from (one for one in value if isinstance(one, dict | list))


def _yaml(text: str) -> Loaded:
    reader = yaml.CSafeLoader(text)
    try:
        return _Composer().read(reader)
    except yaml.YAMLError as trouble:
        mark = getattr(trouble, "problem_mark", None)
        reason = (
            _("This is not valid YAML: line %(line)d, column %(column)d.")
            % {"line": mark.line + 1, "column": mark.column + 1}
            if mark
            else _("This is not valid YAML.")
        )
        raise NotADescription("not-yaml", reason) from None
    finally:
        reader.dispose()


def scalar(text: str) -> Any:
    """What a plain word of YAML 1.2 stands for; dates and yes and no stay words."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMERIC:
        if _INTEGER.match(text):
            return int(text)
        if _DECIMAL.match(text):
            return float(text)
    return text


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being filled."""

    value: Any
    anchor: str | None
    begun: int  # nodes counted before it
    key: str | None = None
    height: int = 1  # levels inside it, itself included
    merged: bool = False  # whether it took keys of another with <<


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias stands for, how many nodes it is and how high."""

    value: Any
    nodes: int
    height: int


class _Composer:
    """Builds plain values from the events of a YAML reader, counting what aliases would expand to."""

    def __init__(self) -> None:
        self.nodes = 0
        self.anchors: dict[str, _Anchored] = {}
        self.open: list[_Frame] = []
        self.keys: dict[str, str] = {}  # one text for all keys of the same name
        self.problems: list[str] = []
        self.document: Any = None
        self.complete = False

    def read(self, reader: yaml.CSafeLoader) -> Loaded:
        steps: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar, yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._mapping, yaml.SequenceStartEvent: self._sequence,
            yaml.MappingEndEvent: self._end, yaml.SequenceEndEvent: self._end,
        }  # fmt: skip
        while reader.check_event():
            event = reader.get_event()
            step = steps.get(type(event))
            if step is not None:
                step(event)
            elif isinstance(event, yaml.DocumentEndEvent):
                break  # a file may hold several documents; the first is the description
        return Loaded(self.document, tuple(self.problems))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count(1)
        top = self.open[-1] if self.open else None
        if top is not None and top.key is None and isinstance(top.value, dict):
            top.key = self.keys.setdefault(event.value, event.value)
            return
        plain = event.style is None or event.style == ""
        value = scalar(event.value) if plain and event.tag in (None, "!") else event.value
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(value, 1, 0)
        self._put(value, 0)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor or ""
        known = self.anchors.get(name)
        if known is None:
            raise NotADescription("alias", _("The alias “%s” stands for nothing, or for itself.") % name[:80])
        self._count(known.nodes)
        if len(self.open) + known.height > MAX_DEPTH:
            raise _too_deep()
        top = self.open[-1] if self.open else None
        if top is not None and top.key is None and isinstance(top.value, dict):
            if not isinstance(known.value, str):
                raise _odd_key()
            top.key = known.value
            return
        self._put(known.value, known.height)

    def _mapping(self, event: yaml.MappingStartEvent) -> None:
        self._begin({}, event.anchor)

    def _sequence(self, event: yaml.SequenceStartEvent) -> None:
        self._begin([], event.anchor)

    def _begin(self, value: Any, anchor: str | None) -> None:
        top = self.open[-1] if self.open else None
        if top is not None and top.key is None and isinstance(top.value, dict):
            raise _odd_key()
        if len(self.open) >= MAX_DEPTH:
            raise _too_deep()
        self.open.append(_Frame(value, anchor, self.nodes))
        self._count(1)

    def _end(self, event: yaml.Event) -> None:
        done = self.open.pop()
        if done.anchor:
            self.anchors[done.anchor] = _Anchored(done.value, self.nodes - done.begun, done.height)
        self._put(done.value, done.height)

    def _put(self, value: Any, height: int) -> None:
        if not self.open:
            self.document = value
            return
        top = self.open[-1]
        top.height = max(top.height, height + 1)
        if isinstance(top.value, list):
            top.value.append(value)
            return
        key, top.key = top.key or "", None
        if key == _MERGE and isinstance(value, dict | list):
            top.merged = True
            self._merge(top.value, value)
        else:
            if key in top.value and not top.merged and len(self.problems) < 20:
                self.problems.append(_("“%s” stands twice in one place; the second is read.") % key[:80])
            top.value[key] = value

    def _merge(self, into: dict[str, Any], value: Any) -> None:
        for source in value if isinstance(value, list) else [value]:
            if isinstance(source, dict):
                self._count(len(source))
                for key, inner in source.items():
                    into.setdefault(key, inner)

    def _count(self, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise _too_many()


def _too_many() -> NotADescription:
    reason = _("The description would be more than %d values once its aliases are written out.") % MAX_NODES
    return NotADescription("too-many", reason)


def _too_deep() -> NotADescription:
    return NotADescription("too-deep", _("The description is nested more than %d levels deep.") % MAX_DEPTH)


def _odd_key() -> NotADescription:
    return NotADescription("odd-key", _("A list or mapping is used as a name; names must be words."))
