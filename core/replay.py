"""Time travel: the latest states up to a sequence number, put back into a scratch SQLite file.

The same models and querysets then read it with ``.using(alias)``.
"""

import datetime
import functools
import hashlib
import os
import threading
import uuid
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import connections, models

from core import records
from core.models import (
    Chain,
    Entry,
    ExternalId,
    ManagementSystem,
    Membership,
    Person,
    PersonName,
    SearchRow,
    Synced,
    TenantModel,
)

KEPT = 8
"""Scratch databases kept open per process; the files are kept by ``core.tidy`` for a day."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
_upcasters: dict[tuple[str, int], Upcaster] = {}
_open: OrderedDict[str, None] = OrderedDict()
_lock = threading.Lock()


def upcaster(record_type: str, schema: int) -> Callable[[Upcaster], Upcaster]:
    """Register how a state of ``schema`` becomes one of ``schema + 1``."""

    def register(function: Upcaster) -> Upcaster:
        _upcasters[record_type, schema] = function
        return function

    return register


def read_state(record_type: str, schema: int, text: str) -> dict[str, Any]:
    """Parse a state and lift it to the present schema."""
    state = orjson.loads(text)
    present = records.record_models()[record_type].ledger_schema  # type: ignore[attr-defined]
    for step in range(schema, present):
        state = _upcasters[record_type, step](state)
    return state


def latest_states(chain: Chain, seq: int) -> Iterator[tuple[str, str, int, str]]:
    """(record type, id, schema, state text) of every record that existed after entry ``seq``; not erased ones."""
    newest = (
        Entry.objects.filter(chain=chain, seq__lte=seq)
        .values("record_type", "record_id")
        .annotate(last=models.Max("seq"))
        .values("last")
    )
    rows = Entry.objects.filter(chain=chain, seq__in=newest).exclude(op=Entry.DELETE).exclude(state=None)
    yield from rows.order_by("seq").values_list("record_type", "record_id", "schema", "state").iterator(2000)  # type: ignore[misc]


def scratch(management_system_id: uuid.UUID, seq: int, people_seq: int, moment: datetime.datetime) -> str:
    """Return the alias of a scratch database that holds the management system as it was; built once, then reused."""
    stamp = int(moment.timestamp() * 1_000_000)
    # Names depend on the moment, everything else on the two sequence numbers.
    name = f"asof_{management_system_id.hex}_{seq}_{people_seq}_{stamp:x}"
    path = _path(name)
    with _lock:
        if not path.exists():
            _build(path, management_system_id, seq, people_seq, moment)
        _connect(name, path)
    return name


def _folder() -> Path:
    folder = settings.DATA_DIR / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _path(name: str) -> Path:
    """Where a past is kept: a file made for other tables, before an update, is not read."""
    return _folder() / f"{name}_{_shape()}.sqlite3"


@functools.cache
def _shape() -> str:
    """A few letters that change with the tables and their columns."""
    columns = [f"{model._meta.label} {field.column}" for model in _tables() for field in model._meta.concrete_fields]
    return hashlib.sha256(" ".join(columns).encode()).hexdigest()[:12]


def _connect(alias: str, path: Path) -> None:
    """Make the file known as a database of this process; the least recently used is forgotten."""
    if alias not in connections.databases:
        connections.databases[alias] = {**_configuration(path), "TEST": {"MIRROR": None}}
    _open[alias] = None
    _open.move_to_end(alias)
    while len(_open) > KEPT:
        forgotten, _ = _open.popitem(last=False)
        _forget(forgotten)


def _configuration(path: Path) -> dict[str, Any]:
    defaults = {
        "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False,
        "TIME_ZONE": None, "USER": "", "PASSWORD": "", "HOST": "", "PORT": "",
    }  # fmt: skip
    return {
        **defaults,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"init_command": "PRAGMA foreign_keys=OFF; PRAGMA synchronous=OFF;"},
    }


def _tables() -> list[type[models.Model]]:
    return [*records.record_models().values(), *records.link_models(), PersonName, SearchRow]


def _build(path: Path, management_system_id: uuid.UUID, seq: int, people_seq: int, moment: datetime.datetime) -> None:
    temporary = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    alias = f"building_{temporary.suffix[1:]}"
    connections.databases[alias] = {**_configuration(temporary), "TEST": {"MIRROR": None}}
    connection = connections[alias]
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=OFF")
            for statement in _schema(connection):
                cursor.execute(statement)
        connection.set_autocommit(False)
        _fill(alias, management_system_id, seq, people_seq, moment)
        connection.commit()
    finally:
        connection.close()
        del connections[alias]
        connections.databases.pop(alias, None)
    temporary.replace(path)


def _schema(connection: Any) -> list[str]:
    """CREATE statements of all record and link tables, without constraints that reach outside the file."""
    statements = []
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for model in _tables():
            sql, _params = editor.table_sql(model)
            statements.append(sql)
    return statements


def _fill(alias: str, management_system_id: uuid.UUID, seq: int, people_seq: int, moment: datetime.datetime) -> None:
    rows: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    known = records.record_models()
    for record_type, pk, schema, text in latest_states(
        Chain.objects.get(management_system_id=management_system_id), seq
    ):
        model = known.get(record_type)
        if model is None:
            continue  # a room that was taken out; its entries stay in the chain
        state = read_state(record_type, schema, text)
        record = records.from_state(model, state)
        rows[model].append(record)
        _gather_links(rows, model, pk, state, management_system_id)
        if isinstance(record, TenantModel) and (found := records.search_row(record, record.updated_at)) is not None:
            rows[SearchRow].append(found)
    _gather_people(rows, people_seq, moment)
    for chain_row in Entry.objects.filter(
        chain__management_system=None, record_type="core.managementsystem", record_id=str(management_system_id)
    ).order_by("-seq")[:1]:
        state = read_state(chain_row.record_type, chain_row.schema, chain_row.state or "{}")
        rows[ManagementSystem].append(records.from_state(ManagementSystem, state))
    for model, batch in rows.items():
        model._default_manager.using(alias).bulk_create(batch, batch_size=500)


def _gather_links(rows: dict, model: type[models.Model], pk: str, state: dict[str, Any], tenant: uuid.UUID) -> None:
    own_id = uuid.UUID(pk)
    for field in records.link_fields(model):
        own, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        through = field.remote_field.through
        rows[through] += [through(**{own: own_id, other: uuid.UUID(target)}) for target in state.get(field.name, ())]
    if issubclass(model, Synced):
        for text in state.get("external_ids", ()):
            source, _sep, key = text.partition(":")
            rows[ExternalId].append(
                ExternalId(
                    management_system_id=tenant,
                    source=source,
                    key=key,
                    record_type=records.type_of(model),
                    record_id=own_id,
                )  # fmt: skip
            )


def _gather_people(rows: dict, people_seq: int, moment: datetime.datetime) -> None:
    """Members then, under the names they bore then; names live outside the ledger because they are erasable."""
    members = {row.person_id for row in rows[Membership]}
    names: dict[uuid.UUID, PersonName] = {}
    for row in PersonName.objects.filter(person_id__in=members, valid_from__lte=moment).order_by(
        "valid_from", "number"
    ):
        if row.valid_to is not None and row.valid_to > moment:
            row.valid_to = None
        rows[PersonName].append(row)
        names[row.person_id] = row
    states = {
        pk: read_state("core.person", schema, text)
        for kind, pk, schema, text in latest_states(Chain.objects.get(management_system=None), people_seq)
        if kind == "core.person" and uuid.UUID(pk) in members
    }
    _add_latecomers(members, names, states)
    for pk, state in states.items():
        person = records.from_state(Person, state)
        person.email = pk  # type: ignore[attr-defined]
        bore = names.get(uuid.UUID(pk))
        person.name = bore.name if bore else ""  # type: ignore[attr-defined]
        rows[Person].append(person)


def _add_latecomers(members: set, names: dict[uuid.UUID, PersonName], states: dict[str, dict[str, Any]]) -> None:
    """A member whose own record is younger than the moment is shown as first recorded.

    Only a past written afterwards has such members: the demo, loaded where people were already at work.
    """
    for row in PersonName.objects.filter(person_id__in=members - set(names), number=1):
        names[row.person_id] = row
    unknown = [str(pk) for pk in members if str(pk) not in states]
    first = Entry.objects.filter(
        chain__management_system=None, record_type="core.person", record_id__in=unknown, op=Entry.CREATE
    )
    for pk, schema, text in first.exclude(state=None).values_list("record_id", "schema", "state"):
        states[pk] = read_state("core.person", schema, text or "{}")


def forget_all() -> None:
    """Close every scratch database of this process (tests, shutdown)."""
    with _lock:
        for alias in list(_open):
            _forget(alias)
        _open.clear()


def _forget(alias: str) -> None:
    """Close this thread's connection to a scratch database and forget its settings."""
    for connection in connections.all(initialized_only=True):
        if connection.alias == alias:
            connection.close()
            del connections[alias]
    connections.databases.pop(alias, None)


def file_stamp(alias: str) -> str:
    """SHA-256 of a scratch file; two builds of the same past are compared by it in tests."""
    return hashlib.sha256(_path(alias).read_bytes()).hexdigest()
