"""Bring in an inventory from a file: look at it, plan, apply as a job, undo as one step (EXPERIENCE, imports)."""

import datetime
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from aims.catalogue.mappings import shipped_mapping, shipped_names
from aims.models import AISystem
from aims.services.fields import SYNC_FIELDS, label_of, names_of
from aims.services.sync import JOB as SYNC_JOB
from aims.services.sync import Planned, attach_rows, carry_out, check_source, overtaken, plan_systems
from core import blobs, clock, jobs, policy
from core import undo as undoing
from core.actor import Actor
from core.errors import NotFound
from core.models import Blob, ExternalId, Job
from core.planner import BoundMapping, FieldMapping, MappingError, Policy, Refused, RowRefused, propose_identity
from core.planner.transforms import folded
from core.tables import Column, Row, Table, TableError, csv_lines, read_table
from core.tables.model import MAX_BYTES

JOB, UNDO = "aims.import", "aims.undo-import"
KINDS = (JOB, UNDO, SYNC_JOB)
OWN = "own"
"""The mapping of files whose columns are called as our fields are: the template, an export."""
ENDINGS = ("csv", "tsv", "txt", "xlsx", "json", "ndjson", "jsonl")
REF = re.compile(r"^SYS-[1-9]\d*$")
ENCODINGS = {"cp1252": "Windows-1252", "utf-8-sig": "UTF-8", "iso8859-1": "ISO 8859-1", "latin-1": "ISO 8859-1"}
_LANGUAGES = ("en", "de")
_REF_NAMES = frozenset({"ref", "reference", "referenz"})


@dataclass(frozen=True)
class Choices:
    """What a person says about a file; plain values, so that an address or a job can carry them."""

    source: str = ""
    mapping: str = ""
    key: tuple[str, ...] = ()
    sheet: str = ""
    complete: bool = False
    confirm_missing: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Choices":
        """From plain values."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**{**known, "key": tuple(known.get("key", ()))})


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


def keep_file(*, actor: Actor, name: str, size: int, content: BinaryIO) -> Blob:
    """Keep an uploaded inventory as it came. Raises Forbidden, ValidationError for what is no readable table."""
    policy.require(actor, "aims.sync")
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


def file_of(actor: Actor, blob_id: uuid.UUID) -> Blob:
    """An uploaded file of the actor's management system. Raises NotFound, Forbidden."""
    policy.require(actor, "aims.sync")
    blob = Blob.objects.filter(pk=blob_id, management_system_id=actor.management_system_id).first()
    if blob is None:
        raise NotFound
    return blob


def open_file(blob: Blob, choices: Choices) -> Table:
    """The table in an uploaded file. Raises TableError, NotFound when its bytes are gone."""
    blobs.open_blob(blob).close()
    return read_table(blobs.path(blob.management_system_id, blob.sha256), blob.name, sheet=choices.sheet or None)


def facts_of(table: Table) -> Facts:
    """What a person sees first: is it read rightly?"""
    headers = [" ".join(column.header.split()) for column in table.columns]
    repeated = tuple(dict.fromkeys(name for name in headers if name and headers.count(name) > 1))
    encoding = ENCODINGS.get(table.encoding.lower(), table.encoding.upper())
    return Facts(
        table.kind, encoding, table.delimiter, sum(1 for _row in table.rows()), len(table.columns),
        table.header_row, repeated, table.warnings,
    )  # fmt: skip


# How it is read -------------------------------------------------------------------------------------------------------


def mappings_for(table: Table) -> list[tuple[str, str]]:
    """(name, title) of the mappings that fit the columns of a file, the best first."""
    found = []
    for name in shipped_names():
        try:
            shipped_mapping(name).bind(table.columns)
        except MappingError:
            continue
        found.append((name, str(shipped_mapping(name).title)))
    if "name" in own_columns(table.columns):
        found.append((OWN, _("Columns named as the fields of AIMS 42")))
    return found


def own_columns(columns: Sequence[Column]) -> dict[str, str]:
    """Field (and "ref") to the label of the column that bears its name, in any language we ship."""
    spellings: dict[str, str] = dict.fromkeys(_REF_NAMES, "ref")
    for language in _LANGUAGES:
        with translation.override(language):
            spellings |= {folded(label_of(name)): name for name in SYNC_FIELDS}
    spellings |= {name: name for name in SYNC_FIELDS} | {"eu ai act classes": "ai_act_class"}
    found: dict[str, str] = {}
    for column in columns:
        name = spellings.get(folded(column.label))
        if name is not None:
            found.setdefault(name, column.label)
    return found


class OwnReader(BoundMapping):
    """Reads our own columns; a row that names a reference ("SYS-7") is an edit of that system."""

    def __init__(self, mapping: FieldMapping, columns: Sequence[Column], ref: str) -> None:
        super().__init__(mapping, {column.label: place for place, column in enumerate(columns)})
        self._ref = next((place for place, column in enumerate(columns) if column.label == ref), None)

    def key(self, cells: Sequence[str]) -> str:
        """The reference, else what the person chose to identify new rows."""
        ref = cells[self._ref].strip().upper() if self._ref is not None else ""
        return ref if REF.match(ref) else super().key(cells)


def own_reader(table: Table, key: Sequence[str] = ()) -> OwnReader:
    """The reader of a file in our own columns; ``key`` are the columns that identify a new row. Raises MappingError."""
    named = own_columns(table.columns)
    if "name" not in named:
        raise MappingError(_("There is no column for the name of the AI system."))
    absent = [label for label in key if label not in table.labels]
    if absent:
        raise MappingError(_("The file has no column: %s.") % "; ".join(absent), absent)
    identity = list(key or own_identity(table))
    used = {*identity, *(label for name, label in named.items() if name != "ref")}
    data = {
        "name": OWN,
        "title": {"en": "Own columns"},
        "identity": {"columns": identity},
        "fields": [_own_field(name, label) for name, label in named.items() if name != "ref"],
        "ignored": {label: "no field bears this name" for label in table.labels if label not in used},
        "blanks": ["—"],
    }
    return OwnReader(FieldMapping.parse(data), table.columns, named.get("ref", ""))


def own_identity(table: Table) -> tuple[str, ...]:
    """Columns that identify new rows of a file in our own columns unless somebody says otherwise: name and unit."""
    named = own_columns(table.columns)
    return tuple(named[name] for name in ("name", "unit") if name in named)


def _own_field(name: str, label: str) -> dict[str, Any]:
    rule = {"field": name, "from": [label], "read": "text"}
    return rule | ({"required": True} if name == "name" else {})


def known_source(actor: Actor, table: Table, mapping: str, key: Sequence[str] = ()) -> str:
    """The source that delivered rows with the same keys before, or blank: judged by the first 200 rows."""
    reader = own_reader(table, key) if mapping == OWN else shipped_mapping(mapping).bind(table.columns)
    keys = []
    for row in islice(table.rows(), 200):
        with suppress(RowRefused):
            keys.append(reader.identify(row)[1])
    rows = ExternalId.objects.filter(management_system_id=actor.management_system_id, key__in=keys)
    counted = rows.order_by().values_list("source").annotate(count=Count("pk")).order_by("-count")
    name, count = counted.first() or ("", 0)
    return name if count * 2 > len(keys) else ""


def unused_columns(table: Table, mapping: str) -> list[tuple[str, str]]:
    """(column, why) of everything a mapping leaves out."""
    if mapping != OWN:
        return list(shipped_mapping(mapping).ignored.items())
    used = set(own_columns(table.columns).values())
    return [(label, _("No field bears this name.")) for label in table.labels if label not in used]


def read_columns(table: Table, mapping: str) -> list[tuple[str, str]]:
    """(field, columns) as a mapping reads them."""
    if mapping == OWN:
        return [(field_label(name), label) for name, label in own_columns(table.columns).items()]
    return [(field_label(rule.field), "; ".join(rule.columns)) for rule in shipped_mapping(mapping).rules]


def field_label(name: str) -> str:
    """A field's name for reading, with a capital."""
    label = _("reference") if name == "ref" else label_of(name)
    return label[:1].upper() + label[1:]


# Plan and carry out ---------------------------------------------------------------------------------------------------


def plan_import(actor: Actor, table: Table, choices: Choices) -> Planned:
    """What a file would do; nothing is written. Raises Forbidden, ValidationError, MappingError, TableError."""
    rules = Policy(choices.complete, choices.confirm_missing)
    if choices.mapping != OWN:
        reader = shipped_mapping(choices.mapping).bind(table.columns)
        return plan_systems(actor, choices.source, table.rows(), reader, rules)
    return plan_systems(actor, choices.source, table.rows(), own_reader(table, choices.key), rules, by_reference=REF)


def start_import(*, actor: Actor, blob_id: uuid.UUID, choices: Choices) -> Job:
    """Ask for a planned import to be carried out.

    Raises NotFound, Forbidden, ValidationError, MappingError, TableError.
    """
    blob = file_of(actor, blob_id)
    check_source(actor, choices.source)
    found = plan_import(actor, open_file(blob, choices), choices)
    params = {"blob": str(blob.pk), "file": blob.name, **asdict(choices)}
    title = _("Import of %(file)s") % {"file": blob.name}
    same = f"import:{blob.sha256}:{choices.source}"
    return jobs.enqueue(actor, JOB, params, title=title, unique_key=same, total=len(found.plan.writes))


@jobs.handler(JOB)
def run_import(running: jobs.Running) -> None:
    """Carry out an import; safe to run again from the start."""
    choices = Choices.of(running.params)
    blob = file_of(running.actor, uuid.UUID(running.params["blob"]))
    try:
        found = plan_import(running.actor, open_file(blob, choices), choices)
    except (TableError, MappingError, ValidationError) as error:
        raise jobs.JobFailed(str(error)) from error
    applied = carry_out(running, found)
    attach_rows(running, found.plan, applied)
    refused = [*found.plan.refusals, *overtaken(found.plan, applied)]
    if refused:
        running.attach("error-rows.csv", b"".join(error_rows(open_file(blob, choices), refused)), "text/csv")


def error_rows(table: Table, refused: Sequence[Refused]) -> Iterator[bytes]:
    """A CSV of the rows that cannot be used, as they came, with column and reason before them."""
    by_row = {outcome.row: outcome for outcome in refused}
    header = [_("Row"), _("Column"), _("Reason"), *table.labels]
    return csv_lines(header, (_error_row(row, by_row[row.number]) for row in table.rows() if row.number in by_row))


def _error_row(row: Row, outcome: Refused) -> list[str]:
    return [str(row.number), outcome.column, outcome.reason, *row.cells]


def import_of(actor: Actor, job_id: uuid.UUID) -> Job:
    """A job that brings in systems, in the actor's management system. Raises NotFound, Forbidden."""
    policy.require(actor, "aims.sync")
    job = Job.objects.filter(pk=job_id, management_system_id=actor.management_system_id, kind__in=KINDS).first()
    if job is None:
        raise NotFound
    return job


def runs_of(actor: Actor) -> QuerySet[Job]:
    """All imports, syncs and their undoings of the actor's management system, with their files. Raises Forbidden."""
    policy.require(actor, "aims.sync")
    rows = Job.objects.filter(management_system_id=actor.management_system_id, kind__in=KINDS)
    return rows.prefetch_related("files__blob")


def imports_of(actor: Actor, limit: int = 20) -> list[Job]:
    """The latest imports, syncs and their undoings, newest first."""
    rows = Job.objects.filter(management_system_id=actor.management_system_id, kind__in=KINDS)
    return list(rows.select_related("requested_by").order_by("-requested_at")[:limit])


def counts_of(job: Job) -> list[tuple[Any, int]]:
    """What an import found and wrote, as (words, number)."""
    words = {
        "rows": _("Rows"), "create": _("New"), "change": _("Changed"), "unchanged": _("Unchanged"),
        "kept": _("Kept as people edited them"), "duplicate": _("Repeated rows"),
        "matched": _("Waiting for your decision"), "refused": _("Refused"), "removed": _("Removed again"),
        "restored": _("Put back"), "kept_count": _("Left as they are, changed since"),
        "overtaken": _("Overtaken by somebody's change meanwhile"),
    }  # fmt: skip
    return [(word, job.result[name]) for name, word in words.items() if job.result.get(name)]


def can_undo(job: Job) -> bool:
    """Whether an import wrote something that may still be taken back."""
    recent = clock.now() - job.requested_at < datetime.timedelta(days=undoing.DAYS)
    return job.kind != UNDO and bool(job.result.get("change_id")) and recent and not job.result.get("undone_by")


def start_undo(*, actor: Actor, job_id: uuid.UUID) -> Job:
    """Ask for an import to be taken back as one step, within 30 days. Raises NotFound, Forbidden."""
    policy.require(actor, "core.undo")
    job = import_of(actor, job_id)
    if not can_undo(job):
        raise NotFound
    title = _("Undo of %(title)s") % {"title": job.title}
    return jobs.enqueue(actor, UNDO, {"job": str(job.pk)}, title=title, unique_key=f"undo:{job.pk}")


@jobs.handler(UNDO)
def run_undo(running: jobs.Running) -> None:
    """Take an import back, in fenced parts; another try goes on where the first was lost."""
    undone = undo_import(
        actor=running.actor, job_id=uuid.UUID(running.params["job"]), step=str(running.job.pk),
        inside=running.owned, report=running.progress,
    )  # fmt: skip
    running.result(
        removed=undone.removed, restored=undone.restored, kept_count=len(undone.kept),
        kept_refs=[kept.ref or kept.record_id for kept in undone.kept[:200]],
    )  # fmt: skip


def undo_import(*, actor: Actor, job_id: uuid.UUID, **how: Any) -> undoing.Undone:
    """Take back everything an import wrote, as one step, within 30 days. Raises NotFound, Forbidden."""
    policy.require(actor, "core.undo")
    job = import_of(actor, job_id)
    undone = undoing.undo(actor, job.result.get("change_id", ""), **how)
    Job.objects.filter(pk=job.pk).update(result={**job.result, "undone_by": undone.change_id})
    return undone


def template_file() -> Iterator[bytes]:
    """A CSV with our columns and one line that says what each takes."""
    labels = [field_label(name) for name in SYNC_FIELDS]
    return csv_lines(labels, ())


def vocabulary() -> list[tuple[str, str]]:
    """(field, allowed values) for the page beside the template."""
    found = []
    for name in SYNC_FIELDS:
        values = names_of(name)
        if values:
            found.append((field_label(name), "; ".join(str(label) for label in values.values())))
    return found


__all__ = [
    "OWN", "AISystem", "Choices", "Facts", "error_rows", "facts_of", "file_of", "import_of", "keep_file",
    "mappings_for", "open_file", "own_reader", "plan_import", "propose_identity", "read_columns", "start_import",
    "template_file", "undo_import", "unused_columns", "vocabulary",
]  # fmt: skip
