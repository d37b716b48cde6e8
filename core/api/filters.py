"""Typed filters of lists, and how the description names them."""

from typing import Any

import django_filters


class TrueFalseFilter(django_filters.TypedChoiceFilter):
    """true or false; anything else is 400, never ignored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(choices=(("true", "true"), ("false", "false")), coerce=lambda text: text == "true")
        super().__init__(*args, **kwargs)


def described(filters: Any) -> dict[str, dict[str, Any]]:
    """Parameter name to its JSON schema, of a filter set."""
    return {name: _schema(one) for name, one in filters.base_filters.items()}


def _schema(one: Any) -> dict[str, Any]:
    if isinstance(one, TrueFalseFilter):
        return {"type": "boolean"}
    if isinstance(one, django_filters.MultipleChoiceFilter):
        return {"type": "array", "items": {"type": "string", **_codes(one)}}
    if isinstance(one, django_filters.ChoiceFilter):
        return {"type": "string", **_codes(one)}
    if isinstance(one, django_filters.UUIDFilter):
        return {"type": "string", "format": "uuid"}
    if isinstance(one, django_filters.DateFilter):
        return {"type": "string", "format": "date"}
    return {"type": "string"}


def _codes(one: Any) -> dict[str, list[str]]:
    """The values a filter takes; nothing where they are what a management system has."""
    choices = one.extra.get("choices")
    return {} if not choices or callable(choices) else {"enum": [str(code) for code, _label in choices if code]}
