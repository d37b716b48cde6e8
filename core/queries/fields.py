"""What stored fields are called in the history, where the model gives them no name of their own."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import spoken

_called: dict[str, Any] = {
    "accepted_by": _("Accepted by"),
    "asked_by": _("Asked by"),
    "at": _("When"),
    "authors": _("Written by"),
    "columns": _("Columns"),
    "complete": _("The file is all there is"),
    "conditions": _("Conditions"),
    "confirm_missing": _("Mark them even if more than 20 % are missing"),
    "content": _("Content"),
    "delimiter": _("Columns are split by"),
    "encoding": _("Encoding"),
    "ended": _("Ended"),
    "expires_at": _("Expires"),
    "external_ids": _("Known to sources as"),
    "function": _("Function"),
    "header_row": _("Row with the column names"),
    "identity": _("What identifies a row"),
    "is_active": _("Active"),
    "is_demo": _("Demonstration"),
    "key_hash": _("Hash of the key"),
    "language": _("Language"),
    "last_seen_at": _("Last here"),
    "last_used_at": _("Last used"),
    "line": _("Line"),
    "mapping": _("Mapping"),
    "meaning": _("Meaning"),
    "name": _("Name"),
    "number": _("Number"),
    "orders": _("Dates with numbers alone begin with"),
    "person": _("Person"),
    "prefix": _("Begins with"),
    "record_id": _("Record id"),
    "record_ref": _("Reference"),
    "record_type": _("Kind"),
    "ref": _("Reference"),
    "revoked_at": _("Revoked"),
    "saved": _("Kept as"),
    "shared_keys": _("Keys that rows share"),
    "sheet": _("Sheet"),
    "source": _("Name of the source"),
    "state": _("State"),
    "superseded_at": _("Superseded"),
    "targets": _("Goes to"),
    "told_apart_by": _("Told apart by"),
    "unclear": _("What cannot be understood"),
    "valid_until": _("Valid until"),
    "values": _("Values"),
    "withdrawn": _("Withdrawn"),
    "withdrawn_at": _("Taken back"),
}

Reads = Callable[[Any, Mapping[str, Any], dt.tzinfo], str]
"""Says a stored value, given the whole stored state and the reader's zone."""
_read: dict[tuple[str, str], Reads] = {}


def read(model: type[models.Model], **how: Reads) -> None:
    """Register how fields are read whose stored form is not for people: ``read(ThreatSignal, hours=in_words)``."""
    _read.update({(model._meta.label_lower, name): one for name, one in how.items()})


def reads(model: type[models.Model] | None, name: str) -> Reads | None:
    """Return how a field is read; None where its stored form is said as it is."""
    return _read.get((model._meta.label_lower, name)) if model is not None else None


def call(words: Mapping[str, Any]) -> None:
    """Register what fields, and keys inside them, are called: ``call({"return_comment": _("Comment on return")})``."""
    _called.update(words)
    spoken.forget()


def called(name: str) -> str:
    """Return what a field or a key is called; its own name where nobody said."""
    return str(_called.get(name, name.replace("_", " ")))


@spoken.kept(4000)
def label(model: type[models.Model] | None, name: str) -> str:
    """Return the name a model gives its field, else what it is called."""
    try:
        own = model._meta.get_field(name).verbose_name if model is not None else ""  # type: ignore[union-attr]
    except FieldDoesNotExist:
        own = ""
    said = str(own) if isinstance(own, Promise) else called(name)
    return said[:1].upper() + said[1:]


def is_named(model: type[models.Model], name: str) -> bool:
    """Say whether people read words for a field, and not its name in the database."""
    return name in _called or isinstance(model._meta.get_field(name).verbose_name, Promise)  # type: ignore[union-attr]
