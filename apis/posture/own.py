"""Rules an organisation adds itself: conditions as data. Nothing it writes is evaluated as code."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis.posture import places
from apis.posture.requirements import ANNEX
from apis.posture.rules import (
    CALLED,
    NOT_MINE,
    OPERATION,
    PARAMETER,
    SCHEME,
    SERVER,
    SERVICE,
    SEVERITIES,
    SHAPE,
    Judgement,
    Rule,
)
from apis.posture.view import listed, mapping

PREFIX = "own:"
MOST_CONDITIONS, MOST_VALUES, LONGEST = 20, 100, 500
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_WRITTEN = "written."  # leads into the description as it is written: written.x-owner

#: What can be asked about each unit, beside what is written there.
FIELDS: Mapping[str, tuple[str, ...]] = {
    SERVICE: ("title", "version", "dialect", "hosts", "ai_kinds"),
    OPERATION: (
        "method", "path", "operation_id", "summary", "tags", "deprecated", "secured", "ai_kind", "schemes", "scopes",
        "statuses", "media", "parameters", "request_fields", "answer_fields",
    ),
    PARAMETER: ("name", "where", "required", "method", "path", "schema"),
    SHAPE: ("name", "asked", "answered", "fields"),
    SCHEME: ("name", "kind"),
    SERVER: ("url", "host"),
    CALLED: ("host", "method", "path", "ai_kind", "described", "calls", "succeeded", "refused", "statuses", "marks"),
}  # fmt: skip
_INSIDE = ("schema", "marks")  # fields that hold named parts: schema.maxLength, marks.http


class OwnRuleRefused(Exception):
    """A rule that cannot be used: field → what is wrong with it, worded for people."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{where}: {what}" for where, what in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Condition:
    """A field, an operator and, where the operator takes one, a value."""

    field: str
    operator: str
    value: Any = None

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it is so of these facts."""
        return OPERATORS[self.operator].holds(look(facts, self.field), self.value)


@dataclass(frozen=True, slots=True)
class Operator:
    """How a field is compared; `takes` is what kind of value: none, word, words, number."""

    label: str | Promise
    takes: str
    holds: Callable[[Any, Any], bool]


def _plain(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _same(found: Any, value: Any) -> bool:
    found, value = _plain(found), _plain(value)
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value or str(found).casefold() == str(value).casefold()
    return bool(found == value) or (found is not None and str(found) == str(value))


def _any(found: Any, test: Callable[[Any], bool]) -> bool:
    """Whether it is so of the value, or of one entry where it is a list."""
    return any(test(one) for one in found) if isinstance(found, list) else test(found)


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda found, value: _any(
        found, lambda one: isinstance(one, str) and test(one.casefold(), str(value).casefold())
    )


def _number(test: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def compare(found: Any, value: Any) -> bool:
        if isinstance(found, list):
            found = len(found)
        return isinstance(found, int | float) and not isinstance(found, bool) and test(found, value)

    return compare


def like(word: str, pattern: str) -> bool:
    """Whether a word has the form of a pattern in which * stands for anything; in linear time."""
    first, *rest = pattern.split("*")
    if not rest:
        return word == pattern
    *middle, last = rest
    if not word.startswith(first) or len(word) < len(first) + len(last) or not word.endswith(last):
        return False
    at, end = len(first), len(word) - len(last)
    for part in middle:
        found = word.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _one_of(found: Any, values: list[Any]) -> bool:
    return any(_any(found, partial(_same, value)) for value in values)


def _is_there(found: Any) -> bool:
    return found not in (None, "", [], {})


OPERATORS: Mapping[str, Operator] = {
    "is": Operator(gettext_lazy("is"), "word", lambda f, v: _any(f, lambda one: _same(one, v))),
    "is_not": Operator(gettext_lazy("is not"), "word", lambda f, v: not _any(f, lambda one: _same(one, v))),
    "one_of": Operator(gettext_lazy("is one of"), "words", _one_of),
    "none_of": Operator(gettext_lazy("is none of"), "words", lambda f, v: not _one_of(f, v)),
    "contains": Operator(gettext_lazy("contains"), "word", _text(lambda one, part: part in one)),
    "lacks": Operator(
        gettext_lazy("does not contain"), "word", lambda f, v: not _text(lambda one, part: part in one)(f, v)
    ),
    "begins_with": Operator(gettext_lazy("begins with"), "word", _text(str.startswith)),
    "ends_with": Operator(gettext_lazy("ends with"), "word", _text(str.endswith)),
    "like": Operator(gettext_lazy("is like (* stands for anything)"), "word", _text(like)),
    "present": Operator(gettext_lazy("is there"), "none", lambda f, v: _is_there(f)),
    "absent": Operator(gettext_lazy("is not there"), "none", lambda f, v: not _is_there(f)),
    "at_least": Operator(gettext_lazy("is at least"), "number", _number(lambda f, v: f >= v)),
    "at_most": Operator(gettext_lazy("is at most"), "number", _number(lambda f, v: f <= v)),
}


def look(facts: Mapping[str, Any], field: str) -> Any:
    """What stands at a dotted field; None where nothing does."""
    found: Any = facts
    parts = field.split(".")
    while parts and isinstance(found, Mapping):
        joined = next((n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in found), 0)
        if not joined:
            return None
        found, parts = found[".".join(parts[:joined])], parts[joined:]
    return found if not parts else None


def parse(data: Mapping[str, Any]) -> Rule:
    """A rule from data: code, title, severity, unit, where, must, why, mend, apr. Raises OwnRuleRefused, naming all."""
    errors: dict[str, str] = {}
    for key, known in (("severity", SEVERITIES), ("unit", tuple(FIELDS))):
        if data.get(key) not in known:
            errors[key] = _("Say one of: %s.") % ", ".join(known)
    if not isinstance(data.get("code"), str) or len(data["code"]) > 60 or not _CODE.match(data["code"]):
        errors["code"] = _("Use small letters, digits and single dashes, at most 60.")
    for key, needed in (("title", True), ("why", False), ("mend", False)):
        said = data.get(key, "")
        if not isinstance(said, str) or len(said) > LONGEST or (needed and not said.strip()):
            errors[key] = _("Say it in at most %d characters.") % LONGEST
    unit = data["unit"] if "unit" not in errors else ""
    where = _conditions(data.get("where", []), unit, "where", errors)
    must = _conditions(data.get("must"), unit, "must", errors)
    if not must and not any(key.startswith("must") for key in errors):
        errors["must"] = _("Say at least one condition that must hold.")
    requirements = listed(data.get("apr"))
    if any(not isinstance(one, str) or one not in ANNEX for one in requirements):
        errors["apr"] = _("Name API requirements such as APR-09.")
    if errors:
        raise OwnRuleRefused(errors)
    return _rule(data, where, must)


def _rule(data: Mapping[str, Any], where: Sequence[Condition], must: Sequence[Condition]) -> Rule:
    unit = data["unit"]
    return Rule(
        code=PREFIX + data["code"],
        unit=unit,
        severity=data["severity"],
        title=data["title"].strip(),
        says=gettext_lazy("“%(field)s” is not as the rule asks."),
        why=data.get("why", "").strip(),
        mend=data.get("mend", "").strip(),
        judge=_judge(unit, where, must),
        apr=tuple(listed(data.get("apr"))),
        own=True,
    )


def _judge(unit: str, where: Sequence[Condition], must: Sequence[Condition]) -> Callable[[Any, Any], Judgement]:
    gather = _FACTS[unit]

    def judge(one: Any, _whole: Any) -> Judgement:
        facts = gather(one)
        if not all(condition.holds(facts) for condition in where):
            return NOT_MINE
        return next(({"field": condition.field} for condition in must if not condition.holds(facts)), None)

    return judge


def _conditions(written: Any, unit: str, key: str, errors: dict[str, str]) -> list[Condition]:
    if written is None:
        return []
    if not isinstance(written, list) or len(written) > MOST_CONDITIONS:
        errors[key] = _("Give a list of at most %d conditions.") % MOST_CONDITIONS
        return []
    found = []
    for number, one in enumerate(written):
        trouble = _trouble(mapping(one), unit)
        if trouble:
            errors[f"{key}.{number + 1}"] = trouble
        else:
            found.append(Condition(one["field"], one["operator"], one.get("value")))
    return found


def _trouble(one: Mapping[str, Any], unit: str) -> str:
    """What is wrong with a condition; empty when nothing is."""
    if extra := set(one) - {"field", "operator", "value"}:
        return _("A condition has field, operator and value, not “%s”.") % str(min(extra, key=str))[:60]
    field, operator = one.get("field"), one.get("operator")
    if not isinstance(field, str) or len(field) > 200 or (unit and not _is_field(field, unit)):
        fields = ", ".join((*FIELDS.get(unit, ()), f"{_WRITTEN}…"))
        return _("Ask about one of: %s.") % fields
    if not isinstance(operator, str) or operator not in OPERATORS:
        return _("Compare with one of: %s.") % ", ".join(OPERATORS)
    return _value_trouble(one.get("value"), OPERATORS[operator].takes)


def _is_field(field: str, unit: str) -> bool:
    if field.startswith(_WRITTEN):
        return unit not in (CALLED, SHAPE) and len(field) > len(_WRITTEN)
    head, _dot, rest = field.partition(".")
    return head in FIELDS[unit] and (not rest or head in _INSIDE)


def _is_word(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) and len(str(value)) <= LONGEST


def _value_trouble(value: Any, takes: str) -> str:
    if takes == "none":
        return "" if value in (None, "") else _("This comparison takes no value.")
    if takes == "words":
        fits = isinstance(value, list) and 0 < len(value) <= MOST_VALUES and all(_is_word(one) for one in value)
        return "" if fits else _("Give a list of 1 to %d words or numbers.") % MOST_VALUES
    if takes == "number":
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return "" if fits else _("Give a number.")
    return "" if _is_word(value) else _("Give a word or number of at most %d characters.") % LONGEST


def _names(values: Iterable[Any]) -> list[str]:
    return sorted({str(value) for value in values})


def _of_service(one: Any) -> dict[str, Any]:
    said = one.description
    return {
        "title": said.title, "version": said.version, "dialect": said.dialect, "hosts": list(said.hosts),
        "ai_kinds": _names(o.ai_kind for o in one.operations if o.ai_kind), "written": one.document,
    }  # fmt: skip


def _of_operation(one: Any) -> dict[str, Any]:
    scopes = (scope for needed in one.requirements for some in needed.values() for scope in listed(some))
    return {
        "method": one.method, "path": one.path, "operation_id": one.raw.get("operationId"),
        "summary": one.raw.get("summary"), "tags": listed(one.raw.get("tags")), "ai_kind": one.ai_kind,
        "deprecated": one.raw.get("deprecated") is True, "secured": one.secured is True,
        "schemes": _names(name for needed in one.requirements for name in needed), "scopes": _names(scopes),
        "statuses": _names(one.responses), "media": _names(body.media for body in one.requests),
        "parameters": _names(other.name for other in one.parameters), "request_fields": _names(one.fields),
        "answer_fields": _names(one.result_fields), "written": one.raw,
    }  # fmt: skip


def _of_parameter(one: Any) -> dict[str, Any]:
    return {
        "name": one.name, "where": one.where, "required": one.raw.get("required") is True, "schema": one.schema,
        "method": one.operation.method, "path": one.operation.path, "written": one.raw,
    }  # fmt: skip


def _of_called(one: Any) -> dict[str, Any]:
    return {
        "host": one.host, "method": one.method, "path": one.template, "ai_kind": one.ai_kind, "calls": one.calls,
        "described": one.described is True, "succeeded": one.succeeded, "refused": one.refused,
        "statuses": _names(one.statuses), "marks": dict(one.marks),
    }  # fmt: skip


_FACTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    SERVICE: _of_service,
    OPERATION: _of_operation,
    PARAMETER: _of_parameter,
    SHAPE: lambda one: {
        "name": one.place.removeprefix(places.SCHEMA), "asked": one.asked, "answered": one.answered,
        "fields": _names(where for where, _schema in one.nodes if where),
    },
    SCHEME: lambda one: {"name": one.name, "kind": one.kind, "written": one.raw},
    SERVER: lambda one: {"url": one.url, "host": one.host, "written": one.raw},
    CALLED: _of_called,
}  # fmt: skip
