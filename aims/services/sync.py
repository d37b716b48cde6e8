"""Sources keep the inventory up to date: batches, single systems by their external id, and claims between sources."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext as _

from aims.models import AISystem, SourceClaim
from aims.services.fields import BY_STEP, SYNC_FIELDS, field_texts
from aims.services.systems import finish_new
from core import blobs, clock, jobs, ledger, policy, sync
from core import scope as scopes
from core.actor import SERVICE, Actor
from core.change import Change, change
from core.errors import NotFound, Stale
from core.imports.running import ROWS, attach_rows, carry_out, described_rows
from core.models import Blob, ExternalId, Job, Membership, Person
from core.planner import Change as ChangedRow
from core.planner import Create, CurrentRecord, Matched, Outcome, Owner, PlainFields, Plan, Policy, Refused, plan
from core.planner.model import SOURCE
from core.planner.ownership import compare
from core.planner.planning import Reader
from core.planner.transforms import folded
from core.records import type_of
from core.wording import filled

MOST_AT_ONCE = 1000
"""Rows above this number are a job."""
KEY = "external_id"
JOB = "aims.sync"


def system_shape(management_system_id: uuid.UUID) -> sync.Shape:
    """How AI systems of a management system read as text (core.sync)."""
    return sync.Shape(
        AISystem, "aims.sync", field_texts(management_system_id), BY_STEP, finish_new, _claim, missing="missing"
    )


@dataclass
class Planned:
    """A plan with everything needed to carry it out."""

    actor: Actor
    shape: sync.Shape
    found: sync.Present
    plan: Plan
    edits: frozenset[str] = frozenset()

    def execute(
        self,
        change_id: str = "",
        *,
        inside: Callable[[], AbstractContextManager[Any]] = nullcontext,
        report: Callable[[int, int], None] = lambda done, total: None,
    ) -> sync.Applied:
        """Write it, in parts of at most 500 records that share the change id."""
        today = scopes.current(self.actor.management_system_id).today  # type: ignore[arg-type]
        work = sync.Execution(
            self.shape, self.actor, self.plan, self.found, today, change_id, self.edits, inside, report
        )
        return work.run()


def plan_systems(
    actor: Actor, source: str, rows: Iterable[Any], reader: Reader, rules: Policy,
    *, by_reference: re.Pattern[str] | None = None,
) -> Planned:  # fmt: skip
    """What rows of a source would do to the inventory; nothing is written. Raises Forbidden, ValidationError.

    With ``by_reference`` keys of that form are references: their rows are the actor's own edits of those systems.
    """
    check_source(actor, source)
    tenant: uuid.UUID = actor.management_system_id  # type: ignore[assignment]
    shape = system_shape(tenant)
    found = sync.present(shape, tenant, source)
    edited = _by_reference(actor, source, found) if by_reference else {}
    made = plan(rows, found.by_key | edited, sync.Canonical(reader, shape), source, rules, shape.faults)
    made = replace(made, missing=tuple(lost for lost in made.missing if lost.key not in edited))
    if by_reference:
        made = _without_strangers(made, by_reference, edited)
    made = sync.with_matches(made, _namesakes(tenant, source, found))
    made = _without_departed_owners(made, tenant, reader.column_of("owner"))
    return Planned(actor, shape, found, made, frozenset(edited))


def _by_reference(actor: Actor, source: str, found: sync.Present) -> dict[str, CurrentRecord]:
    """Every system by its reference, as if all its fields were this file's: who edits may also clear."""
    refs = AISystem.objects.visible_to(actor).values_list("pk", "ref")
    own = Owner(SOURCE, source)
    return {
        ref: replace(record, sources=frozenset({source}), owners=dict.fromkeys(record.values, own))
        for pk, ref in refs
        if (record := found.by_id.get(str(pk))) is not None
    }


def _without_strangers(made: Plan, pattern: re.Pattern[str], known: Mapping[str, Any]) -> Plan:
    """The plan with rows refused that name a reference nobody bears."""
    reason = _("There is no AI system with this reference. Leave it blank for a new one.")
    return replace(
        made,
        outcomes=tuple(
            Refused(o.row, "ref", "unknown-reference", reason, o.key)
            if isinstance(o, Create) and pattern.match(o.key) and o.key not in known
            else o
            for o in made.outcomes
        ),
    )


def _without_departed_owners(made: Plan, tenant: uuid.UUID, column: str) -> Plan:
    """The plan with rows refused that would make somebody owner who is no member now; owners of before stay."""
    given = {o.key: owner for o in made.outcomes if (owner := _owner_given(o))}
    if not given:
        return made
    held = Membership.objects.filter(management_system_id=tenant).answerable_at(clock.now())
    may = {str(pk) for pk in held.values_list("person_id", flat=True)}
    names = {str(pk): name for pk, name in Person.objects.filter(pk__in=given.values()).values_list("pk", "name")}
    says = _("%(name)s is not a member now, or external auditor only. Give the e-mail address of somebody else.")
    return replace(
        made,
        outcomes=tuple(
            Refused(o.row, column, "not-a-member", says % {"name": names.get(owner, owner)}, o.key)
            if (owner := _owner_given(o)) and owner not in may
            else o
            for o in made.outcomes
        ),
    )


def _owner_given(outcome: Outcome) -> str:
    """The person a row makes owner; "" where it leaves the owner as it is."""
    if isinstance(outcome, ChangedRow):
        return outcome.changes.get("owner", ("", ""))[1]
    if isinstance(outcome, Matched) and outcome.values.get("owner") == outcome.record.values["owner"]:
        return ""
    return outcome.values.get("owner", "") if isinstance(outcome, Create | Matched) else ""


def check_source(actor: Actor, source: str) -> None:
    """Ask for permission, a proper name, and that a token speaks for its own source only."""
    policy.require(actor, "aims.sync")
    if actor.management_system_id is None:
        raise NotFound
    try:
        validate_slug(source)
    except ValidationError:
        raise ValidationError({"source": _("Name the source with letters, digits, hyphens and underscores.")}) from None
    if len(source) > 60:
        raise ValidationError({"source": _("At most 60 characters.")})
    if actor.kind == SERVICE and actor.source and source != actor.source:
        raise ValidationError({"source": _("This token speaks for the source “%s” only.") % actor.source})


def _namesakes(tenant: uuid.UUID, source: str, found: sync.Present) -> Callable[[Create], CurrentRecord | None]:
    """Finds the one system another source or a person brought in under the same name and unit, or that is claimed."""
    by_name: dict[tuple[str, str], CurrentRecord | None] = {}
    for record in found.by_id.values():
        if source not in record.sources:
            name = (folded(record.values["name"]), folded(record.values["unit"]))
            by_name[name] = None if name in by_name else record
    waiting = SourceClaim.objects.filter(management_system_id=tenant, source=source, state=SourceClaim.WAITING)
    claimed = {key: found.by_id.get(str(pk)) for key, pk in waiting.values_list("key", "system_id")}

    def find(outcome: Create) -> CurrentRecord | None:
        name = (folded(outcome.values.get("name", "")), folded(outcome.values.get("unit", "")))
        return claimed.get(outcome.key) or by_name.get(name)

    return find


def _claim(unit: Change, source: str, part: Sequence[Matched]) -> None:
    """Keep rows that speak of a system this source does not feed, for a person to decide."""
    rows = SourceClaim.objects.filter(
        management_system_id=unit.management_system_id, source=source, key__in=[outcome.key for outcome in part]
    )
    known = {claim.key: claim for claim in rows}
    claims = []
    for outcome in part:
        claim = known.get(outcome.key) or SourceClaim(
            management_system_id=unit.management_system_id, source=source, key=outcome.key
        )
        claim.system_id, claim.state = uuid.UUID(outcome.record.id), SourceClaim.WAITING
        claim.values = {name: value for name, value in outcome.values.items() if value}
        claims.append(claim)
    unit.save_many(claims)


# Batches --------------------------------------------------------------------------------------------------------------


@dataclass
class SyncResult:
    """Answer to a batch: counts that add up to the rows, one result per row, or the job that works on it."""

    summary: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    dry_run: bool = False
    change_id: str = ""
    job: Job | None = None


def sync_systems(
    *,
    actor: Actor,
    source: str,
    rows: Sequence[Mapping[str, Any]],
    complete: bool = False,
    confirm_missing: bool = False,
    dry_run: bool = False,
) -> SyncResult:
    """Bring what a source says into the inventory; each row names its ``external_id`` and any fields.

    Twice is once; order does not matter; people's edits stay. With ``complete`` the systems of the source that the
    rows lack are marked as missing, never retired; more than 20 % only with ``confirm_missing``. Above 1,000 rows
    the answer is a job. A run that found anything but unchanged rows is kept with its row results.
    Raises Forbidden, ValidationError.
    """
    check_source(actor, source)
    if len(rows) > MOST_AT_ONCE and not dry_run:
        return SyncResult(job=_as_job(actor, source, rows, complete=complete, confirm_missing=confirm_missing))
    result = _at_once(actor, source, rows, Policy(complete, confirm_missing), dry_run=dry_run)
    if not dry_run and any(row["kind"] not in {"unchanged", "duplicate"} for row in result.rows):
        _kept(actor, source, result)
    return result


def _at_once(actor: Actor, source: str, rows: Sequence[Any], rules: Policy, *, dry_run: bool = False) -> SyncResult:
    found = _planned(actor, source, rows, rules)
    applied = None if dry_run else found.execute()
    change_id = applied.change_id if applied else ""
    return SyncResult(found.plan.summary(), described_rows(found.plan, applied), dry_run, change_id)


def _kept(actor: Actor, source: str, result: SyncResult) -> None:
    """A run done while the source waited, beside those that are jobs."""
    jobs.done_at_once(
        actor, JOB, title=_title(len(result.rows), source), result={**result.summary, "change_id": result.change_id},
        files={ROWS: (orjson.dumps(result.rows, option=orjson.OPT_INDENT_2), "application/json")},
    )  # fmt: skip


def _title(count: int, source: str) -> str:
    return filled(_("Sync of %(count)d AI systems from %(source)s"), {"count": count, "source": source})


def _planned(actor: Actor, source: str, rows: Iterable[Mapping[str, Any]], rules: Policy) -> Planned:
    numbered = ((number, _as_text(row)) for number, row in enumerate(rows, start=1))
    return plan_systems(actor, source, numbered, PlainFields(SYNC_FIELDS, KEY), rules)


def _as_text(row: Any) -> dict[str, Any]:
    """A row as it comes in JSON: null is blank, lists are codes; anything else but text is refused by the planner."""
    if not isinstance(row, Mapping):
        return {}
    found = {}
    for name, value in row.items():
        if value is None:
            value = ""
        elif isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            value = "; ".join(value)
        elif isinstance(value, uuid.UUID):
            value = str(value)
        elif hasattr(value, "isoformat"):
            value = value.isoformat()
        found[str(name)] = value
    return found


def _as_job(actor: Actor, source: str, rows: Sequence[Mapping[str, Any]], **options: bool) -> Job:
    data = orjson.dumps(list(rows))
    blob = blobs.store(actor.management_system_id, data, name=f"{source}.json", media_type="application/json")
    params = {"blob": str(blob.pk), "source": source, **options}
    return jobs.enqueue(actor, JOB, params, title=_title(len(rows), source), total=len(rows))


@jobs.handler(JOB)
def run_sync(running: jobs.Running) -> None:
    """Do a large batch; safe to run again from the start."""
    params = running.params
    blob = Blob.objects.get(pk=params["blob"], management_system_id=running.job.management_system_id)
    rules = Policy(params["complete"], params["confirm_missing"])
    found = _planned(running.actor, params["source"], orjson.loads(blobs.read(blob)), rules)
    applied = carry_out(running, found, AISystem)
    attach_rows(running, found.plan, applied)


# One system -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def put_by_external_id(
    *, actor: Actor, source: str, key: str, values: Mapping[str, Any], expected_version: int | None = None
) -> tuple[AISystem | None, dict[str, Any]]:
    """Create or change the system a source knows by ``key``; returns it with the row's result.

    The system is None when the row waits for a person as a claim. Raises Forbidden, Stale, ValidationError per field.
    """
    check_source(actor, source)
    if values.get(KEY, key) != key:
        raise ValidationError({KEY: _("The address says %(key)s.") % {"key": key}})
    if expected_version is not None:
        ledger.lock_head(actor.management_system_id)  # nobody writes between
        record = by_external_id(actor, source, key)
        if record is None or record.version != expected_version:
            raise Stale(record or key, expected_version, record.version if record else None)
    result = _at_once(actor, source, [{**values, KEY: key}], Policy())
    row = result.rows[0]
    if row["kind"] == "refused":
        raise ValidationError({row["column"] or KEY: row["reason"]})
    return by_external_id(actor, source, key), row


def by_external_id(actor: Actor, source: str, key: str) -> AISystem | None:
    """The system a source knows by this key, or None."""
    known = ExternalId.objects.filter(
        management_system_id=actor.management_system_id, source=source, key=key, record_type=type_of(AISystem)
    )
    return AISystem.objects.visible_to(actor).filter(pk__in=known.values("record_id")).first()


# Claims ---------------------------------------------------------------------------------------------------------------


def decide_claim(
    *, actor: Actor, claim_id: uuid.UUID, same: bool, expected_version: int | None = None, reason: str = ""
) -> AISystem:
    """Say whether a source means the system it seems to mean; returns the system it feeds from now on.

    The same: what people and other sources filled stays theirs, blanks are filled. Another: it becomes a new system.
    Raises NotFound, Forbidden, Stale, ValidationError.
    """
    policy.require(actor, "aims.sync")
    shape = system_shape(actor.management_system_id)  # type: ignore[arg-type]
    with change(actor, "aims.decide_claim", reason=reason) as unit:
        claim = unit.fetch(SourceClaim, claim_id, expected_version)
        if claim.state != SourceClaim.WAITING:
            raise ValidationError(_("This was decided already."))
        claim.state = SourceClaim.SAME if same else SourceClaim.OTHER
        record = _joined(unit, shape, claim) if same else _separate(unit, shape, claim)
        unit.save(claim)
    return record


def _joined(unit: Change, shape: sync.Shape, claim: SourceClaim) -> AISystem:
    record = unit.fetch(AISystem, claim.system_id)
    had = list(
        ExternalId.objects.filter(record_type=type_of(AISystem), record_id=record.pk).values_list("source", "key")
    )
    if twice := sorted(key for source, key in had if source == claim.source):
        says = _("%(source)s feeds %(ref)s already, as %(keys)s: its rows would take turns. Say it is another system.")
        values = {"source": claim.source, "ref": record.ref, "keys": ", ".join(twice)}
        raise ValidationError(says % values)
    held = {name: value for name, value in shape.values_of(record).items() if value and name not in record.field_owners}
    record.field_owners = {**record.field_owners, **dict.fromkeys(held, sync.taken_by(unit.actor, unit.now))}
    changes, _held = compare(sync.as_current(shape, record), claim.values, claim.source, shape.by_step)
    sync.fill(shape, record, changes, claim.source, unit.now)
    keys = [*(f"{source}:{key}" for source, key in had), f"{claim.source}:{claim.key}"]
    return unit.save(record, external_ids=keys)


def _separate(unit: Change, shape: sync.Shape, claim: SourceClaim) -> AISystem:
    today = scopes.current(claim.management_system_id).today
    record = sync.new_record(shape, unit, claim.source, claim.values, today)
    return unit.save(record, external_ids=[f"{claim.source}:{claim.key}"])


__all__ = [
    "Planned", "SyncResult", "by_external_id", "check_source", "decide_claim",
    "plan_systems", "put_by_external_id", "sync_systems", "system_shape",
]  # fmt: skip
