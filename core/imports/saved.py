"""Mappings kept under a name, offered again for files with the same columns and to the command."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import policy
from core.actor import Actor
from core.change import change
from core.errors import NotFound
from core.imports.described import Importable
from core.imports.setup import Setup, mapping_of
from core.models import SavedMapping
from core.planner import MappingError


def saved_mappings(actor: Actor, described: Importable) -> QuerySet[SavedMapping]:
    """The mappings kept for a register, by name."""
    return SavedMapping.objects.visible_to(actor).filter(register=described.key).order_by("name")


def fitting(actor: Actor, described: Importable, labels: Sequence[str]) -> list[SavedMapping]:
    """Kept mappings for files with exactly these columns, the newest first."""
    rows = saved_mappings(actor, described).order_by("-updated_at")
    return [one for one in rows if sorted(one.columns) == sorted(labels)]


def saved_mapping(actor: Actor, described: Importable, name: str) -> SavedMapping | None:
    """The mapping kept under a name, or None."""
    return saved_mappings(actor, described).filter(name=name).first()


def save_mapping(
    *, actor: Actor, described: Importable, name: str, labels: Sequence[str], setup: Setup
) -> SavedMapping:
    """Keep how a file is read under a name; a mapping of that name is replaced.

    Raises Forbidden, ValidationError for a name that cannot be given or a file that is not fully mapped.
    """
    policy.require(actor, described.permission)
    tenant: uuid.UUID | None = actor.management_system_id
    if tenant is None:
        raise NotFound
    _check_name(described, name)
    if setup.mapping:
        raise ValidationError({"name": _("This mapping ships with the product and needs no other name.")})
    try:
        mapping_of(described, tenant, labels, setup, name)
    except MappingError as error:
        raise ValidationError(str(error)) from error
    kept: dict[str, Any] = replace(setup, saved="", complete=False, confirm_missing=False).plain()
    with change(actor, "imports.save-mapping") as unit:
        record = saved_mapping(actor, described, name) or SavedMapping(register=described.key, name=name)
        record.columns, record.setup = list(labels), kept
        return unit.save(record)


def delete_mapping(*, actor: Actor, described: Importable, name: str, expected_version: int | None = None) -> None:
    """Forget a kept mapping; what was imported with it stays. Raises Forbidden, NotFound, Stale."""
    policy.require(actor, described.permission)
    with change(actor, "imports.delete-mapping") as unit:
        record = saved_mapping(actor, described, name)
        if record is None:
            raise NotFound
        unit.require_version(record, expected_version)
        unit.delete(record)


def _check_name(described: Importable, name: str) -> None:
    try:
        validate_slug(name)
    except ValidationError:
        says = _("Name the mapping with letters, digits, hyphens and underscores.")
        raise ValidationError({"name": says}) from None
    if len(name) > 60:
        raise ValidationError({"name": _("At most 60 characters.")})
    if name == "own" or name in described.shipped():
        raise ValidationError({"name": _("A mapping that ships bears this name.")})
