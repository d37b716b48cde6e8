"""Which tables are records, and how a record becomes state and comes back from it."""

import datetime
import functools
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Cast

from core import canonical
from core.models import ExternalId, ManagementSystem, Person, SearchRow, Synced, TenantModel
from core.models.prepared import Given, Prepared

INSTANCE_MODELS: tuple[type[models.Model], ...] = (Person, ManagementSystem)
Links = dict[str, list[str]]


@functools.cache
def tenant_models() -> tuple[type[TenantModel], ...]:
    """Every record model of management systems, in the order their tables can be filled."""
    found = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    return tuple(sorted(found, key=lambda model: (room_order(model), model._meta.model_name or "")))


def room_order(model: type[models.Model]) -> int:
    """Position of the model's room, lowest room first."""
    order = ["core", "evidence", "aims", "controls", "risks", "apis", "audits", "reports"]
    return order.index(model._meta.app_label) if model._meta.app_label in order else len(order)


@functools.cache
def record_models() -> dict[str, type[models.Model]]:
    """Record type → model, for every ledgered table."""
    return {type_of(model): model for model in (*INSTANCE_MODELS, *tenant_models())}


def type_of(model: type[models.Model] | models.Model) -> str:
    """The name of a record type in the ledger, such as ``risks.risk``."""
    return model._meta.label_lower


@functools.cache
def link_fields(model: type[models.Model]) -> tuple[Any, ...]:
    """The record's own many-to-many fields; their rows are part of its state, as sorted id lists."""
    return tuple(sorted(model._meta.many_to_many, key=lambda field: field.name))


@functools.cache
def link_models() -> tuple[type[models.Model], ...]:
    """The tables behind link fields, and ExternalId: stored in the owning record's state."""
    through = {field.remote_field.through for model in record_models().values() for field in link_fields(model)}
    return (*sorted(through, key=lambda model: model._meta.label_lower), ExternalId)


@functools.cache
def state_fields(model: type[models.Model]) -> tuple[tuple[str, str], ...]:
    """(attname, name) of the columns that enter the ledger, in a fixed order."""
    private: frozenset[str] = getattr(model, "ledger_private", frozenset())
    return tuple(sorted((f.attname, f.name) for f in model._meta.concrete_fields if f.name not in private))


def state_of(record: models.Model, links: Links) -> dict[str, Any]:
    """The full state of a record as canonical values; ``links`` come as id lists by field name."""
    state = {name: canonical.plain(getattr(record, attname)) for attname, name in state_fields(type(record))}
    for name, ids in links.items():
        state[name] = sorted(ids)
    return state


def read_links(record_type: type[models.Model], ids: Iterable[Any], alias: str = "default") -> dict[str, Links]:
    """Links of many records at once: record id → field name → id list."""
    wanted = [uuid.UUID(str(pk)) for pk in ids]
    found: dict[str, Links] = {str(pk): empty_links(record_type) for pk in wanted}
    if not wanted:
        return found
    for name, left, right in _linked(record_type, wanted, alias):
        found[left][name].append(right)
    if issubclass(record_type, Synced):
        rows = ExternalId.objects.using(alias).filter(record_type=type_of(record_type), record_id__in=wanted)
        for pk, source, key in rows.values_list("record_id", "source", "key"):
            found[str(pk)]["external_ids"].append(f"{source}:{key}")
    return found


def linked_ids(
    record_type: type[models.Model], ids: Iterable[uuid.UUID], alias: str
) -> dict[uuid.UUID, dict[str, list[str]]]:
    """Links of many records as a door answers them: record id → field name → sorted ids."""
    names = [field.name for field in link_fields(record_type)]
    found: dict[uuid.UUID, dict[str, list[str]]] = {pk: {name: [] for name in names} for pk in ids}
    of = {str(pk): links for pk, links in found.items()}
    for name, left, right in _linked(record_type, list(found), alias):
        of[left][name].append(right)
    for links in found.values():
        for linked in links.values():
            linked.sort()
    return found


@functools.lru_cache(maxsize=1 << 14)
def spelled(stored: str) -> str:
    """An id as it is written for people, from the text a database keeps: with hyphens, which SQLite leaves out."""
    if len(stored) == 36:
        return stored
    return f"{stored[:8]}-{stored[8:12]}-{stored[12:16]}-{stored[16:20]}-{stored[20:]}"


def _linked(record_type: type[models.Model], ids: list[uuid.UUID], alias: str) -> Iterator[tuple[str, str, str]]:
    """(link field, record, the other), ids as text, of all link fields in one query; of no records, none."""
    for name, left, right in _links_of(record_type).asked(alias, ids=ids) if ids and link_fields(record_type) else ():
        yield name, spelled(left), spelled(right)


@functools.cache
def _links_of(record_type: type[models.Model]) -> Prepared[tuple[str, str, str]]:
    first, *others = map(_rows_of, link_fields(record_type))
    links = first.union(*others, all=True) if others else first
    return Prepared(lambda _alias: links)


def _rows_of(field: Any) -> models.QuerySet:
    own, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    links = field.remote_field.through._default_manager.filter(**{f"{own}__any_of": Given("ids", models.UUIDField())})
    name = models.Value(field.name, output_field=models.TextField())
    return links.values_list(name, Cast(own, models.TextField()), Cast(other, models.TextField()))


def empty_links(model: type[models.Model]) -> Links:
    """Link lists of a record that has none."""
    links: Links = {field.name: [] for field in link_fields(model)}
    if issubclass(model, Synced):
        links["external_ids"] = []
    return links


@functools.cache
def parsers(model: type[models.Model]) -> dict[str, Callable[[Any], Any]]:
    """Name → how to read the column back from its state."""
    chosen: dict[str, Callable[[Any], Any]] = {}
    for field in model._meta.concrete_fields:
        target: Any = field.target_field if isinstance(field, models.ForeignKey) else field
        chosen[field.name] = (lambda value: value) if isinstance(target, models.JSONField) else target.to_python
    return chosen


def from_state(model: type[models.Model], state: dict[str, Any]) -> models.Model:
    """Return an unsaved record with the columns of a state; private columns keep their defaults."""
    read = parsers(model)
    columns = {name: attname for attname, name in state_fields(model)}
    values = {columns[name]: read[name](value) for name, value in state.items() if name in columns}
    return model(**values)


def search_row(record: models.Model, at: datetime.datetime) -> SearchRow | None:
    """Return what the global search finds a record by, or None for one that stays out of it."""
    found = record.search_text() if isinstance(record, TenantModel) else None
    if found is None:
        return None
    return SearchRow(
        management_system_id=record.management_system_id,  # type: ignore[attr-defined]
        record_type=type_of(record), record_id=record.pk, ref=getattr(record, "ref", ""),
        title=found[0][:400], text=found[1], at=at,
    )  # fmt: skip
