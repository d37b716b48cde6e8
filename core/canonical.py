"""Canonical text: the bytes that are hashed, stored and shipped.

Sorted keys, compact, UTF-8; strings, integers, booleans, null, lists and objects only. Dates, moments, decimals and
ids are strings; a float raises TypeError because its text differs between engines.
"""

import datetime
import decimal
import hashlib
import uuid
from typing import Any

import orjson

EMPTY_HASH = hashlib.sha256(b"").hexdigest()


def moment_text(moment: datetime.datetime) -> str:
    """Return an aware moment as ISO 8601 in UTC with microseconds and Z."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: Any) -> Any:
    """Return the value in canonical types; raises TypeError for floats and anything unknown."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, uuid.UUID | decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.datetime):
        return moment_text(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    raise TypeError(f"{type(value).__name__} has no canonical text")


def dumps(value: Any) -> bytes:
    """Return canonical bytes of an already plain value (see ``plain``)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def text(value: Any) -> str:
    """Return the canonical text of any value."""
    return dumps(plain(value)).decode()


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
