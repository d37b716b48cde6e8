"""Bring a file into a register: keep it, say how it is read, plan it. Nothing is written before it is applied."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core import blobs, clock, policy
from core.actor import Actor
from core.errors import NotFound
from core.imports.described import REF, Delivery, Importable, Prepared, importables
from core.imports.saved import fitting, saved_mapping
from core.imports.setup import OWN, Setup, identity_of, mapping_of, only_own, shipped, suggested, with_values
from core.models import Blob, ExternalId, Import
from core.planner import (
    BoundMapping,
    Create,
    Identity,
    MappingError,
    Plan,
    Policy,
    Refused,
    RowRefused,
    judge_identity,
)  # fmt: skip
from core.planner.mapping import cells_at, key_of
from core.records import type_of
from core.tables import Row, Table, TableError, read_table
from core.tables.model import HEADER_WITHIN_ROWS, MAX_BYTES

ENDINGS = ("csv", "tsv", "txt", "xlsx", "json", "ndjson", "jsonl")
MOST_COLUMNS = 300
"""Most columns that are mapped by hand."""
ENCODINGS = {"cp1252": "Windows-1252", "utf-8-sig": "UTF-8", "iso8859-1": "ISO 8859-1", "latin-1": "ISO 8859-1"}


@dataclass(frozen=True)
class Facts:
    """What was found out about a file."""

    kind: str
    encoding: str
    delimiter: str
    rows: int
    columns: int
    header_row: int
    repeated: tuple[str, ...] = ()
    """Header names that several columns bear."""
    warnings: tuple[str, ...] = field(default=())


# The file -------------------------------------------------------------------------------------------------------------


def described_as(key: str) -> Importable:
    """What can be imported into a register. Raises NotFound."""
    try:
        return importables()[key]
    except KeyError:
        raise NotFound from None


def keep_file(*, actor: Actor, described: Importable, name: str, size: int, content: BinaryIO) -> Blob:
    """Keep an uploaded file as it came. Raises Forbidden, ValidationError for what is no readable table."""
    policy.require(actor, described.permission)
    if name.rpartition(".")[2].lower() not in ENDINGS:
        raise ValidationError({"file": _("Choose a CSV, Excel (.xlsx) or JSON file.")})
    if size > MAX_BYTES:
        raise ValidationError({"file": _("The file is larger than %d MB. Split it.") % (MAX_BYTES // 2**20)})
    data = content.read(MAX_BYTES + 1)
    try:
        read_table(data, name)
    except TableError as error:
        raise ValidationError({"file": str(error)}) from error
    return blobs.store(actor.management_system_id, data, name=name, media_type="application/octet-stream")


def open_file(blob: Blob, setup: Setup) -> Table:
    """The table in an uploaded file, read as was said. Raises TableError, NotFound when its bytes are gone."""
    blobs.open_blob(blob).close()
    return read_path(blobs.path(blob.management_system_id, blob.sha256), setup, blob.name)


def read_path(path: Path, setup: Setup, name: str = "") -> Table:
    """The table in a file of this machine, read as was said. Raises TableError."""
    return read_table(
        path, name or path.name, encoding=setup.encoding or None, delimiter=setup.delimiter or None,
        sheet=setup.sheet or None, header_row=setup.header_row or None,
    )  # fmt: skip


def named_setup(actor: Actor, described: Importable, table: Table, name: str = "") -> Setup | None:
    """How a file is read by a mapping that ships or was kept; without a name by what its columns fit, None for nothing.

    Raises MappingError for a name nobody knows.
    """
    if name and (kept := saved_mapping(actor, described, name)) is not None:
        return replace(Setup.of(kept.setup), saved=kept.name)
    if name and name != OWN:
        shipped(described, name)
        return Setup(mapping=name)
    if not name:
        for fits in shipped_for(described, table):
            return Setup(mapping=fits)
        for kept in fitting(actor, described, table.labels):
            return replace(Setup.of(kept.setup), saved=kept.name)
    own = only_own(described, table)
    required = {one.name for one in described.fields if one.required}
    return own if name or required <= set(own.targets.values()) else None


def facts_of(table: Table) -> Facts:
    """What a person sees first: is it read rightly?"""
    headers = [" ".join(column.header.split()) for column in table.columns]
    repeated = tuple(name for name, count in Counter(headers).items() if name and count > 1)
    encoding = ENCODINGS.get(table.encoding.lower(), table.encoding.upper())
    return Facts(
        table.kind, encoding, table.delimiter, sum(1 for _row in table.rows()), len(table.columns),
        table.header_row, repeated, table.warnings,
    )  # fmt: skip


def top_of(table: Table, count: int = HEADER_WITHIN_ROWS) -> list[Row]:
    """The first rows of a file as they stand, to show which one bears the names."""
    return list(islice(table.read(), count))


# An import being prepared ---------------------------------------------------------------------------------------------


def begin(*, actor: Actor, described: Importable, blob: Blob) -> Import:
    """Start an import of a kept file, read as files with the same columns were before or as its columns suggest.

    Raises Forbidden, TableError, ValidationError for more columns than can be mapped by hand.
    """
    policy.require(actor, described.permission)
    tenant: uuid.UUID = actor.management_system_id  # type: ignore[assignment]
    table = open_file(blob, Setup())
    if len(table.labels) > MOST_COLUMNS:
        says = _("The file has %(count)d columns; at most %(most)d can be mapped. Leave out what you do not need.")
        raise ValidationError({"file": says % {"count": len(table.labels), "most": MOST_COLUMNS}})
    setup = Setup(mapping=next(iter(shipped_for(described, table)), ""))
    saved = None if setup.mapping else next(iter(fitting(actor, described, table.labels)), None)
    if saved is not None:
        setup = replace(Setup.of(saved.setup), saved=saved.name)
    elif not setup.mapping:
        setup = suggested(described, tenant, table, setup)
    if not setup.mapping:
        setup = with_values(described, tenant, table, setup)
    setup = replace(setup, source=setup.source or source_for(actor, described, table, setup, blob.name))
    return Import.objects.create(
        management_system_id=tenant, register=described.key, blob=blob, setup=setup.plain(), person_id=actor.person_id
    )


def import_of(actor: Actor, pk: uuid.UUID) -> tuple[Import, Importable]:
    """An import of the actor's management system with its description. Raises NotFound, Forbidden."""
    found = Import.objects.filter(pk=pk, management_system_id=actor.management_system_id).select_related("blob").first()
    if found is None:
        raise NotFound
    described = described_as(found.register)
    policy.require(actor, described.permission)
    return found, described


def change_setup(*, actor: Actor, record: Import, **values: Any) -> Setup:
    """Keep what somebody said about a file, whether or not it is complete. Raises Forbidden."""
    policy.require(actor, described_as(record.register).permission)
    setup = replace(Setup.of(record.setup), **values)
    record.setup, record.updated_at = setup.plain(), clock.now()
    record.save(update_fields=["setup", "updated_at"])
    return setup


def shipped_for(described: Importable, table: Table) -> dict[str, str]:
    """Name to title of the mappings that ship and fit the columns of a file."""
    found = {}
    for name, mapping in described.shipped().items():
        with suppress(MappingError):
            mapping.bind(table.columns, described.reference)
            found[name] = str(mapping.title)
    return found


def needs(described: Importable, tenant: uuid.UUID, table: Table, setup: Setup) -> str:
    """The step at which somebody has to say something before rows can be planned: columns, values, rows or ""."""
    if setup.undecided(table.labels):
        return "columns"
    try:
        mapping_of(described, tenant, table.labels, setup).bind(table.columns, described.reference)
    except MappingError:
        return "columns"
    return "rows" if strange_key(described, table, setup) else ""


# What identifies a row ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Colliding:
    """Rows that share a key: the key, and (row number, first cells) of each."""

    key: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def choose_identity(described: Importable, table: Table, columns: Sequence[str], *, tell_apart: bool) -> dict[str, Any]:
    """What identifies a row, as it is kept: with ``tell_apart`` colliding rows get the further columns they need."""
    chosen = [label for label in columns if label in table.labels]
    if not tell_apart or not chosen:
        return {"columns": chosen, "told_apart_by": [], "shared_keys": []}
    found = judge_identity(table, chosen)
    return {
        "columns": chosen,
        "told_apart_by": list(found.told_apart_by),
        "shared_keys": list(found.shared_keys) if found.told_apart_by else [],
    }


def collisions(table: Table, identity: Identity, most: int = 20) -> list[Colliding]:
    """The rows that share a key which nothing tells apart, group by group."""
    places = [table.labels.index(label) for label in identity.columns]
    cells_of = cells_at(places)
    groups: dict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    for row in table.rows():
        key = "" if row.problem else key_of(cells_of(row.cells))
        if key and key not in identity.shared_keys:
            groups[key].append((row.number, row.cells))
    shared = ((key, rows) for key, rows in groups.items() if len(rows) > 1)
    return [Colliding(key, tuple((n, cells[:4]) for n, cells in rows[:10])) for key, rows in islice(shared, most)]


def key_fields(described: Importable, labels: Sequence[str], setup: Setup) -> tuple[str, ...]:
    """The fields whose values make the key of a row, in its order."""
    columns = identity_of(described, labels, setup).columns
    return tuple(setup.targets.get(label, "") for label in columns)


def key_columns(described: Importable, table: Table, setup: Setup) -> list[str]:
    """The columns that may identify a row: any, or those mapped to fields by which a record is found."""
    if not described.find_by:
        return list(table.labels)
    return [label for label in table.labels if setup.targets.get(label) in (*described.find_by, REF)]


def strange_key(described: Importable, table: Table, setup: Setup) -> str:
    """Why the chosen columns cannot find a record, "" when they can."""
    if setup.mapping or not described.find_by:
        return ""
    if all(name in (*described.find_by, REF) for name in key_fields(described, table.labels, setup)):
        return ""
    found = [described.field(name) for name in described.find_by]
    names = ", ".join(one.title for one in found if one is not None)
    return _("A row is found by columns that are mapped to: %s.") % names


# Planning -------------------------------------------------------------------------------------------------------------


def bound(described: Importable, tenant: uuid.UUID, table: Table, setup: Setup) -> BoundMapping:
    """The reader of a file. Raises MappingError."""
    mapping = mapping_of(described, tenant, table.labels, setup, setup.saved or OWN)
    return mapping.bind(table.columns, described.reference)


def plan_import(actor: Actor, described: Importable, table: Table, setup: Setup) -> Prepared:
    """What a file would do; nothing is written. Raises Forbidden, ValidationError, MappingError, TableError."""
    policy.require(actor, described.permission)
    tenant: uuid.UUID = actor.management_system_id  # type: ignore[assignment]
    if not setup.mapping:
        setup = with_values(described, tenant, table, setup)
    reader = bound(described, tenant, table, setup)
    if fault := strange_key(described, table, setup):
        raise MappingError(fault)
    rules = Policy(setup.complete, setup.confirm_missing)
    fields = () if setup.mapping else key_fields(described, table.labels, setup)
    found = described.prepare(Delivery(actor, setup.source, table.rows(), reader, rules, described.reference, fields))
    found.plan = _with_what_is_needed(described, found.plan, reader)
    return found


def _with_what_is_needed(described: Importable, made: Plan, reader: BoundMapping) -> Plan:
    """The plan with new rows refused that lack what every record needs."""
    needed = [one for one in described.fields if one.required]

    def judged(outcome: Any) -> Any:
        lacks = [one for one in needed if isinstance(outcome, Create) and not outcome.values.get(one.name, "").strip()]
        if not lacks:
            return outcome
        says = _("A new row needs “%s”.") % lacks[0].title
        return Refused(outcome.row, reader.column_of(lacks[0].name), "required", says, outcome.key)

    return replace(made, outcomes=tuple(map(judged, made.outcomes)))


def source_for(actor: Actor, described: Importable, table: Table, setup: Setup, name: str) -> str:
    """The name of the source a file seems to come from: the one that delivered such rows, else the file's name."""
    return known_source(actor, described, table, setup) or slugify(name.rpartition(".")[0])[:40].strip("-") or "file"


def known_source(actor: Actor, described: Importable, table: Table, setup: Setup) -> str:
    """The source that delivered rows with the same keys before, or blank: judged by the first 200 rows."""
    if not described.sourced:
        return ""
    keys = []
    with suppress(MappingError, TableError):
        reader = bound(described, actor.management_system_id, table, setup)  # type: ignore[arg-type]
        for row in islice(table.rows(), 200):
            with suppress(RowRefused):
                keys.append(reader.identify(row)[1])
    rows = ExternalId.objects.filter(
        management_system_id=actor.management_system_id, key__in=keys, record_type=type_of(described.model)
    )
    counted = rows.order_by().values_list("source").annotate(count=Count("pk")).order_by("-count")
    name, count = counted.first() or ("", 0)
    return name if count * 2 > len(keys) else ""
