"""Records become plain values by a plan made once per shape: a page of 100 is read in the time of its queries.

What the framework works out anew for each field of each row (which attribute, which relation, is it callable) is the
same for all rows of a shape. Fields that compute something are asked as ever.
"""

import datetime
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any

import orjson
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from rest_framework import serializers

from core.records import link_fields, spelled

AS_THEY_ARE = (
    serializers.CharField, serializers.ChoiceField, serializers.IntegerField, serializers.BooleanField,
    serializers.JSONField, serializers.DictField, serializers.ListField, serializers.UUIDField, serializers.DateField,
)  # fmt: skip
"""Shapes whose stored value is what is answered; JSON writes ids and dates itself."""
Read = Callable[[Any], Any]
STORED = "stored_"
"""Begins the names of columns that are read as text, exactly as the database keeps them."""


@cache
def plan_of(shape: type[serializers.ModelSerializer]) -> tuple[tuple[str, Read | None], ...]:
    """(field, how to read it from a record; None where the field itself must be asked)."""
    fields: Any = shape().fields
    return tuple((name, _reader(shape.Meta.model, field)) for name, field in fields.items() if not field.write_only)


@cache
def columns_of(shape: type[serializers.ModelSerializer]) -> tuple[str, ...] | None:
    """The columns an answer is made of, links aside; None where it takes more than columns."""
    model: Any = shape.Meta.model
    links = {field.name for field in link_fields(model)}
    fields: Any = shape().fields
    if any(read is None and name not in links for name, read in plan_of(shape)):
        return None
    found = {model._meta.get_field(fields[name].source).attname for name, read in plan_of(shape) if read is not None}
    return tuple(sorted(found | {"id"}))


def light(rows: QuerySet, shape: type[serializers.ModelSerializer], order: Iterable[str]) -> QuerySet | None:
    """The rows as tuples with the columns of an answer instead of as records; None where an answer needs more.

    Ids, moments and JSON become text in the database already: to build them only to write them again takes as long as
    the rest.
    """
    columns = columns_of(shape)
    if columns is None:
        return None
    kept = set(_as_text(shape)) - {"id", *order}
    text = {f"{STORED}{name}": Cast(name, TextField()) for name in sorted(kept)}
    return rows.annotate(**text).values_list(*sorted({"id", *columns, *order} - kept), *text, named=True)


@cache
def _as_text(shape: type[serializers.ModelSerializer]) -> dict[str, Read]:
    """Columns of an answer that need not be more than text → how the answer writes that text."""
    found: dict[str, Read] = {}
    model: Any = shape.Meta.model
    for name in columns_of(shape) or ():
        column = model._meta.get_field(name)
        target = column.target_field if isinstance(column, models.ForeignKey) else column
        if isinstance(target, models.UUIDField):
            found[name] = spelled
        elif isinstance(target, models.JSONField):
            found[name] = orjson.Fragment
        elif isinstance(target, models.DateTimeField):
            found[name] = spelled_moment
    return found


def spelled_moment(stored: str) -> str:
    """A moment in UTC as the framework writes it, from the text a database keeps (Postgres leaves out last zeros)."""
    fraction = stored[19:].partition("+")[0]
    return f"{stored[:10]}T{stored[11:19]}{fraction and fraction.ljust(7, '0')}Z"


@cache
def _plan_of_light(
    shape: type[serializers.ModelSerializer], columns: tuple[str, ...]
) -> tuple[tuple[str, ...], Read, tuple[tuple[str, Read], ...]]:
    """(names of an answer, their values from a row of ``light``, what of them is written otherwise than it is read).

    A link has a place but no value: it comes with the links of all rows.
    """
    model: Any = shape.Meta.model
    fields: Any = shape().fields
    names, places, writes = [], [], []
    for name, read in plan_of(shape):
        names.append(name)
        if read is None:
            places.append(columns.index("id"))
            continue
        column = model._meta.get_field(fields[name].source)
        stored = f"{STORED}{column.attname}"
        places.append(columns.index(stored if stored in columns else column.attname))
        write = _as_text(shape)[column.attname] if stored in columns else _written(column)
        if write is not None:
            writes.append((name, write))
    return tuple(names), itemgetter(*places), tuple(writes)


def _written(column: Any) -> Read | None:
    return _plain_moment if isinstance(column, models.DateTimeField) else None


def _shown_light(shape: type[serializers.ModelSerializer], row: Any, links: dict[str, Any]) -> dict[str, Any]:
    names, values, writes = _plan_of_light(shape, row._fields)
    found = dict(zip(names, values(row), strict=True))
    for name, write in writes:
        if (value := found[name]) is not None:
            found[name] = write(value)
    found.update(links)
    return found


def _reader(model: type[models.Model], field: Any) -> Read | None:
    try:
        column = model._meta.get_field(field.source)
    except FieldDoesNotExist:
        return None
    if isinstance(field, serializers.PrimaryKeyRelatedField) and isinstance(column, models.ForeignKey):
        return attrgetter(column.attname)
    if isinstance(field, serializers.DateTimeField) and isinstance(column, models.DateTimeField):
        return _moment(column.attname)
    plain = isinstance(field, AS_THEY_ARE) and not isinstance(field, serializers.MultipleChoiceField)
    if not plain or not isinstance(column, models.Field) or column.is_relation:
        return None
    kept = isinstance(column, models.JSONField) or not isinstance(field, serializers.DictField | serializers.ListField)
    return attrgetter(field.source) if kept else None


def _moment(name: str) -> Read:
    """A moment as the framework writes it, in UTC; its own way asks for the time zone anew for each."""

    def read(record: Any) -> str | None:
        value = getattr(record, name)
        return None if value is None else _plain_moment(value)

    return read


def _plain_moment(value: datetime.datetime) -> str:
    return f"{value.astimezone(datetime.UTC).replace(tzinfo=None).isoformat()}Z"


def shown(serializer: serializers.ModelSerializer, record: Any) -> dict[str, Any]:
    """The answer of a record, or of its columns (``light``).

    ``links`` in the context holds the ids of its links, read for all rows at once.
    """
    links = serializer.context.get("links", {}).get(record.id, {})
    if not isinstance(record, models.Model):
        return _shown_light(type(serializer), record, links)
    found: dict[str, Any] = {}
    for name, read in plan_of(type(serializer)):
        if read is not None:
            found[name] = read(record)
        elif name in links:
            found[name] = links[name]
        else:
            field = serializer.fields[name]
            value = field.get_attribute(record)
            found[name] = None if value is None else field.to_representation(value)
    return found
