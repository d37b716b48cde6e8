"""What stored fields are called in the history, where the model gives them no name of their own."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_called: dict[str, Any] = {
    "accepted_by": _("Accepted by"),
    "asked_by": _("Asked by"),
    "at": _("When"),
    "authors": _("Written by"),
    "conditions": _("Conditions"),
    "content": _("Content"),
    "ended": _("Ended"),
    "expires_at": _("Expires"),
    "function": _("Function"),
    "is_active": _("Active"),
    "is_demo": _("Demonstration"),
    "key_hash": _("Hash of the key"),
    "language": _("Language"),
    "last_seen_at": _("Last here"),
    "last_used_at": _("Last used"),
    "line": _("Line"),
    "meaning": _("Meaning"),
    "name": _("Name"),
    "number": _("Number"),
    "person": _("Person"),
    "prefix": _("Begins with"),
    "record_id": _("Record id"),
    "record_ref": _("Reference"),
    "record_type": _("Kind"),
    "ref": _("Reference"),
    "revoked_at": _("Revoked"),
    "state": _("State"),
    "superseded_at": _("Superseded"),
    "valid_until": _("Valid until"),
    "withdrawn": _("Withdrawn"),
    "withdrawn_at": _("Taken back"),
}


def call(words: Mapping[str, Any]) -> None:
    """Register what fields, and keys inside them, are called: ``call({"return_comment": _("Comment on return")})``."""
    _called.update(words)


def called(name: str) -> str:
    """Return what a field or a key is called; its own name where nobody said."""
    return str(_called.get(name, name.replace("_", " ")))


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
