"""Imports carried out: as a job with progress, with refused rows to mend, taken back as one step."""

import datetime
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, jobs, policy, sync
from core import undo as undoing
from core.actor import Actor
from core.errors import Forbidden, NotFound
from core.imports.described import Importable, Prepared, importables
from core.imports.setup import Setup
from core.imports.wizard import described_as, open_file, plan_import
from core.models import Blob, Import, Job
from core.planner import MappingError, Plan, Refused
from core.tables import Row, Table, TableError, csv_lines

ROWS = "rows.json"
"""The file of a run that holds every row's result."""
ERRORS = "error-rows.csv"
MEANWHILE = {
    sync.GONE: gettext_lazy(
        "Somebody deleted this record after the row was planned. Send the row again to have it made anew."
    ),
    sync.SETTLED: gettext_lazy("Somebody changed this record after the row was planned; their values stay."),
    sync.UNSENT: gettext_lazy("The mail was not accepted, so the invitation was withdrawn. Send the row again later."),
}
_others: dict[str, str] = {}


def brings_in(kind: str, register: str) -> None:
    """Say that jobs of another kind bring records into a register too (a sync): they are shown and undone alike."""
    _others[kind] = register


def start(*, actor: Actor, record: Import) -> Job:
    """Ask for an import to be carried out.

    Raises NotFound, Forbidden, ReauthenticationNeeded, ValidationError, MappingError, TableError.
    """
    described = described_as(record.register)
    ask_again(actor, described)
    setup, blob = Setup.of(record.setup), record.blob
    found = plan_import(actor, described, open_file(blob, setup), setup)
    params = {"register": described.key, "blob": str(blob.pk), "file": blob.name, "setup": setup.plain()}
    title = _("Import of %(file)s") % {"file": blob.name}
    same = f"import:{described.key}:{blob.sha256}:{setup.source}"
    job = jobs.enqueue(actor, described.job, params, title=title, unique_key=same, total=len(found.plan.writes))
    Import.objects.filter(pk=record.pk).update(job=job, updated_at=clock.now())
    return job


def ask_again(actor: Actor, described: Importable) -> None:
    """Raise ReauthenticationNeeded where writing wants the password again; the job acts as who gave it."""
    if described.asks_again:
        policy.require_recent(actor)


def run_import(running: jobs.Running) -> None:
    """Carry out an import; safe to run again from the start."""
    params = running.params
    described, setup = described_as(params["register"]), Setup.of(params["setup"])
    blob = Blob.objects.get(pk=params["blob"], management_system_id=running.job.management_system_id)
    try:
        found = plan_import(running.actor, described, open_file(blob, setup), setup)
    except (TableError, MappingError, ValidationError) as error:
        raise jobs.JobFailed(" ".join(getattr(error, "messages", [str(error)]))) from error
    applied = carry_out(running, found, described.model, *described.writes)
    attach_rows(running, found.plan, applied)
    refused = [*found.plan.refusals, *overtaken(found.plan, applied)]
    if refused:
        running.attach(ERRORS, b"".join(error_rows(open_file(blob, setup), refused)), "text/csv")


def carry_out(running: jobs.Running, found: Prepared, *models: type[Any]) -> sync.Applied:
    """Execute a plan inside a job: fenced parts that share the job's id as change id, progress, cancel.

    A second try plans afresh and finds the parts of the first already there; the job's result counts them as made.
    """
    change_id = str(running.job.pk)
    if "rows" not in running.job.result:
        running.result(**found.plan.summary(), change_id=change_id)
    try:
        applied = found.execute(change_id, inside=running.owned, report=running.progress)
    except Forbidden as error:
        raise jobs.JobFailed(str(error)) from error
    written = sync.written_by(running.job.management_system_id, change_id, *models)
    running.result(written=written, overtaken=len(applied.meanwhile))
    return applied


def overtaken(made: Plan, applied: sync.Applied) -> list[Refused]:
    """The rows that something overtook between planning and writing, each with its reason."""
    return [
        Refused(row.row, "", code, str(MEANWHILE[code]), row.key)
        for row in made.writes
        if (code := applied.meanwhile.get(row.key))
    ]


def described_rows(made: Plan, applied: sync.Applied | None = None) -> list[dict[str, Any]]:
    """Every row as plain data; after carrying out with id, reference and version of what was made or changed.

    A row that was overtaken between planning and writing says so (``meanwhile``, with a reason).
    """
    rows = []
    for row in made.described():
        written = applied.ids.get(row["key"]) if applied and row["kind"] in {"create", "change"} else None
        if written:
            row["id"], row["ref"], row["version"] = written
        if applied and (code := applied.meanwhile.get(row["key"])) and row["kind"] in {"create", "change"}:
            row |= {"meanwhile": code, "reason": str(MEANWHILE[code])}
        rows.append(row)
    return rows


def attach_rows(running: jobs.Running, made: Plan, applied: sync.Applied) -> None:
    """Keep every row's result with the job."""
    rows = orjson.dumps(described_rows(made, applied), option=orjson.OPT_INDENT_2)
    running.attach(ROWS, rows, "application/json")


def error_rows(table: Table, refused: Sequence[Refused]) -> Iterator[bytes]:
    """A CSV of the rows that cannot be used, as they came, with column and reason before them."""
    by_row = {outcome.row: outcome for outcome in refused}
    header = [_("Row"), _("Column"), _("Reason"), *table.labels]
    return csv_lines(header, (_error_row(row, by_row[row.number]) for row in table.rows() if row.number in by_row))


def _error_row(row: Row, outcome: Refused) -> list[str]:
    return [str(row.number), outcome.column, outcome.reason, *row.cells]


# Looking back, taking back --------------------------------------------------------------------------------------------


def kinds_of(described: Importable) -> tuple[str, ...]:
    """The kinds of jobs that bring records into a register, and their undoings."""
    return (described.job, described.undo_job, *(kind for kind, key in _others.items() if key == described.key))


def job_of(actor: Actor, job_id: uuid.UUID) -> tuple[Job, Importable]:
    """A job that brought records into a register, in the actor's management system. Raises NotFound, Forbidden."""
    job = Job.objects.filter(pk=job_id, management_system_id=actor.management_system_id).first()
    described = next((one for one in importables().values() if job is not None and job.kind in kinds_of(one)), None)
    if job is None or described is None:
        raise NotFound
    policy.require(actor, described.permission)
    return job, described


def jobs_of(actor: Actor, described: Importable) -> QuerySet[Job]:
    """All imports, syncs and their undoings of a register, newest first."""
    rows = Job.objects.filter(management_system_id=actor.management_system_id, kind__in=kinds_of(described))
    return rows.select_related("requested_by").order_by("-requested_at")


def begun(actor: Actor, described: Importable, limit: int = 5) -> list[Import]:
    """Imports the actor prepared and did not apply, the latest first."""
    if actor.person_id is None:
        return []
    rows = Import.objects.filter(
        management_system_id=actor.management_system_id, register=described.key, job=None, person_id=actor.person_id
    )
    return list(rows.select_related("blob").order_by("-updated_at")[:limit])


def counts_of(job: Job, described: Importable) -> list[tuple[Any, int]]:
    """What an import found and wrote, as (words, number)."""
    words = {
        "rows": _("Rows"), "create": _("New"), "change": _("Changed"), "unchanged": _("Unchanged"),
        "kept": _("Kept as people edited them"), "duplicate": _("Repeated rows"),
        "matched": _("Waiting for your decision"), "refused": _("Refused"), "removed": _("Removed again"),
        "restored": _("Put back"), "kept_count": _("Left as they are, changed since"),
        "overtaken": _("Overtaken by somebody's change meanwhile"),
    }  # fmt: skip
    called = {**words, **{name: word for name, word in described.words.items() if name in words}}
    return [(word, job.result[name]) for name, word in called.items() if job.result.get(name)]


def can_undo(job: Job, described: Importable) -> bool:
    """Whether an import wrote something that may still be taken back, and is done writing."""
    recent = clock.now() - job.requested_at < datetime.timedelta(days=undoing.DAYS)
    fresh = bool(job.result.get("change_id")) and not job.result.get("undone_by")
    over = job.state in {Job.READY, Job.FAILED, Job.CANCELLED}
    return job.kind != described.undo_job and recent and fresh and over


def start_undo(*, actor: Actor, job_id: uuid.UUID) -> Job:
    """Ask for an import to be taken back as one step, within 30 days.

    Raises NotFound, Forbidden, ReauthenticationNeeded.
    """
    job, described = job_of(actor, job_id)
    policy.require(actor, described.undo_permission)
    ask_again(actor, described)
    if not can_undo(job, described):
        raise NotFound
    title = _("Undo of %(title)s") % {"title": job.title}
    return jobs.enqueue(actor, described.undo_job, {"job": str(job.pk)}, title=title, unique_key=f"undo:{job.pk}")


def run_undo(running: jobs.Running) -> None:
    """Take an import back, in fenced parts; another try goes on where the first was lost."""
    undone = undo_import(
        actor=running.actor, job_id=uuid.UUID(running.params["job"]), step=str(running.job.pk),
        inside=running.owned, report=running.progress,
    )  # fmt: skip
    running.result(**undone.told())


def undo_import(*, actor: Actor, job_id: uuid.UUID, **how: Any) -> undoing.Undone:
    """Take back everything an import wrote, as one step, within 30 days. Raises NotFound, Forbidden."""
    job, described = job_of(actor, job_id)
    policy.require(actor, described.undo_permission)
    undone = described.take_back(actor, job.result.get("change_id", ""), **how)
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        Job.objects.filter(pk=job.pk).update(result={**job.result, "undone_by": undone.change_id})
    return undone


def carried_out_as_jobs(described: Importable) -> Importable:
    """Give the jobs of a register their handlers."""
    jobs.handler(described.job)(run_import)
    jobs.handler(described.undo_job)(run_undo)
    if described.confidential:
        for kind in (described.job, described.undo_job):
            jobs.confidential(kind, described.permission)
    return described
