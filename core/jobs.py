"""Long work. The job's row is the truth; Celery only wakes a worker, and the sweeper publishes what is due (TRUST T22).

A worker claims a job by raising its fence; every later write of that worker names the fence, so that a worker which
lost its lease can write nothing more. Leases run on the database's clock.
"""

import contextlib
import dataclasses
import datetime
import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, NoReturn

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from core import blobs, clock, languages, ledger, policy
from core.actor import PERSON, Actor
from core.change import Change
from core.frames import roomy
from core.models import ApiToken, Blob, Job, JobFile, Membership

log = logging.getLogger(__name__)
MOST_TRIES = 3
OPEN = (Job.WAITING, Job.WORKING)


class Lost(Exception):
    """Another worker has this job now, or it was cancelled; stop without writing."""


class Cancelled(Exception):
    """Somebody asked to stop."""


class Parted(Exception):
    """The work was handed to parts; the job goes on when the last of them is ready."""


class JobFailed(Exception):
    """The work cannot be done, and trying again would not help; the message is shown to the person."""


Handler = Callable[["Running"], None]
Heard = Callable[[str, int, int], None]  # message, n of m
_handlers: dict[str, Handler] = {}
_publish: list[Callable[[str], None]] = []
_readers: dict[str, str] = {}
_tales: dict[str, tuple[str, Callable[[Job], dict[str, Any]]]] = {}
_afterwards: dict[str, Callable[[Job], None]] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of this kind; it must be safe to run again from the start."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def afterwards(kind: str) -> Callable[[Callable[[Job], None]], Callable[[Job], None]]:
    """Register what is tidied up in the transaction that ends a job of this kind, however it ends."""

    def register(function: Callable[[Job], None]) -> Callable[[Job], None]:
        _afterwards[kind] = function
        return function

    return register


def tells(kind: str, template: str, context: Callable[[Job], dict[str, Any]]) -> None:
    """Say what the page of a job of this kind that is ready shows of its result."""
    _tales[kind] = template, context


def tale_of(job: Job) -> tuple[str, dict[str, Any]]:
    """The template and context that tell what became of a job; "" for none."""
    if job.state != Job.READY or job.kind not in _tales:
        return "", {}
    template, context = _tales[job.kind]
    return template, context(job)


def confidential(kind: str, permission: str) -> None:
    """Say that jobs of a kind, with what they found, are read with a permission alone."""
    _readers[kind] = permission


def hidden_from(actor: Actor) -> list[str]:
    """Kinds of jobs that the actor may not read."""
    return [kind for kind, permission in _readers.items() if not policy.allows(actor, permission)]


def publisher(function: Callable[[str], None]) -> None:
    """Set how a job id reaches a worker (core.tasks); rules know nothing of Celery."""
    _publish[:] = [function]


# Asking ---------------------------------------------------------------------------------------------------------------


def enqueue(
    actor: Actor, kind: str, params: dict[str, Any], *, title: str = "", unique_key: str = "", total: int = 0
) -> Job:
    """Write a job and wake a worker after commit. An open job of the same ``unique_key`` is returned instead."""
    if kind not in _handlers:
        raise ValueError(f"no handler for jobs of kind {kind}")
    tenant: Any = actor.management_system_id
    open_one = Job.objects.filter(management_system_id=tenant, unique_key=unique_key, state__in=OPEN)
    with transaction.atomic():
        if unique_key and (same := open_one.first()) is not None:
            return same
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    management_system_id=tenant, kind=kind, title=title[:200], params=params,
                    actor=_packed(actor), requested_by_id=actor.person_id, requested_at=clock.now(),
                    unique_key=unique_key, total=total,
                )  # fmt: skip
        except IntegrityError:  # somebody asked for the same a moment ago
            if not unique_key or (same := open_one.first()) is None:
                raise
            return same
        transaction.on_commit(lambda: publish(job.pk))
    return job


def owe(unit: Change, kind: str, params: dict[str, Any], *, title: str, unique_key: str) -> Job:
    """Write a job with the change it follows from. The caller does it after commit with ``run``; the sweeper sees to
    it where the caller died before.
    """
    actor = unit.actor
    return Job.objects.create(
        management_system_id=unit.management_system_id, kind=kind, title=title[:200], params=params,
        actor=_packed(actor), requested_by_id=actor.person_id, requested_at=clock.now(), unique_key=unique_key,
        published_at=Now(),
    )  # fmt: skip


def owed(actor: Actor, unique_key: str) -> Job | None:
    """The job of a key that is not done; one that ended without being done waits again, as asked for by the actor."""
    mine = Job.objects.filter(management_system_id=actor.management_system_id, unique_key=unique_key)
    if (job := mine.filter(state__in=OPEN).first()) is not None:
        return job
    ended = mine.filter(state__in=(Job.FAILED, Job.CANCELLED))
    ended.update(
        state=Job.WAITING, attempt=0, error="", cancel_requested=False, finished_at=None, published_at=Now(),
        actor=_packed(actor), requested_by_id=actor.person_id,
    )  # fmt: skip
    return mine.filter(state__in=OPEN).first()


def done_at_once(
    actor: Actor, kind: str, *, title: str, result: dict[str, Any], files: dict[str, tuple[bytes, str]]
) -> Job:
    """Keep what was done while the caller waited as a job that is ready: ``files`` maps a name to bytes and type."""
    tenant: Any = actor.management_system_id
    now = clock.now()
    kept = {name: blobs.store(tenant, data, name=name, media_type=type_) for name, (data, type_) in files.items()}
    with transaction.atomic():
        job = Job.objects.create(
            management_system_id=tenant, kind=kind, title=title[:200], actor=_packed(actor),
            requested_by_id=actor.person_id, requested_at=now, started_at=now, finished_at=now, state=Job.READY,
            result=result,
        )  # fmt: skip
        JobFile.objects.bulk_create(JobFile(job=job, name=name, blob=blob) for name, blob in kept.items())
    return job


def publish(job_id: uuid.UUID) -> None:
    """Tell a worker; a broker that is away is no error, the sweeper comes by every few seconds."""
    for send in _publish:
        try:
            send(str(job_id))
        except Exception:  # noqa: BLE001 (whatever the broker raises, the row is safe)
            if Job.objects.filter(pk=job_id, state__in=OPEN).exists():  # one that ran at once needs nobody
                log.warning("job %s was not published; the sweeper will", job_id)
            return
    if _publish:
        Job.objects.filter(pk=job_id).update(published_at=Now())


def cancel(job: Job) -> Job:
    """Ask a job to stop: a waiting one, or one whose parts work, is cancelled at once, another at its next report."""
    Job.objects.filter(pk=job.pk, state__in=[Job.WAITING, Job.WORKING]).update(cancel_requested=True)
    _ended(Job.objects.filter(Q(state=Job.WAITING) | PARTED, pk=job.pk), job, Job.CANCELLED)
    job.refresh_from_db()
    return job


PARTED = Q(state=Job.WORKING, lease_until=None)
"""No worker has such a job: its parts have, or wait."""


def _ended(mine: QuerySet[Job], job: Job, state: str, error: str = "") -> bool:
    """End a job, if it is as ``mine`` says, with its parts; the last part that is ready wakes the whole."""
    with transaction.atomic():
        if job.parent_id:  # held, so that of two parts that end together the later one sees the other
            list(Job.objects.select_for_update().filter(pk=job.parent_id))
        if not mine.update(state=state, error=error, finished_at=clock.now(), lease_until=None):
            return False
        if job.parent_id is None:
            Job.objects.filter(parent_id=job.pk).delete()
            if job.kind in _afterwards:
                _afterwards[job.kind](job)
        elif state == Job.READY:
            _wake(job.parent_id)
        elif (whole := Job.objects.filter(pk=job.parent_id).first()) is not None:
            _ended(Job.objects.filter(PARTED, pk=whole.pk), whole, state, error)
    return True


def _wake(whole: uuid.UUID) -> None:
    """Let a job go on whose parts are all ready."""
    if Job.objects.filter(parent_id=whole).exclude(state=Job.READY).exists():
        return
    if Job.objects.filter(PARTED, pk=whole).update(state=Job.WAITING, published_at=None):
        transaction.on_commit(lambda: publish(whole))


def _packed(actor: Actor) -> dict[str, Any]:
    values = dataclasses.asdict(actor)
    return {
        key: sorted(value) if isinstance(value, frozenset) else str(value) if isinstance(value, uuid.UUID) else value
        for key, value in values.items()
    }


def actor_of(job: Job) -> Actor:
    """The actor who asked, working through the door ``job``."""
    packed = dict(job.actor)
    for key in ("management_system_id", "person_id", "token_id"):
        packed[key] = uuid.UUID(packed[key]) if packed.get(key) else None
    packed["roles"], packed["scopes"] = frozenset(packed["roles"]), frozenset(packed["scopes"])
    return Actor(**{**packed, "door": "job"})


def present_actor(actor: Actor) -> Actor:
    """The asker with the roles held now; raises JobFailed when they left or the token ended meanwhile (T05)."""
    now = clock.now()
    if actor.token_id and not ApiToken.objects.filter(pk=actor.token_id, revoked_at=None, expires_at__gt=now).exists():
        raise JobFailed(_("The token that asked for this was revoked or has expired."))
    if actor.kind != PERSON or actor.person_id is None:
        return actor
    held = Membership.objects.filter(management_system_id=actor.management_system_id)
    member = held.filter(person_id=actor.person_id).valid_at(now).first()
    if member is None:
        raise JobFailed(_("The person who asked for this is no longer a member."))
    return dataclasses.replace(actor, roles=frozenset(member.roles))


@contextlib.contextmanager
def still_allowed(actor: Actor, inside: AbstractContextManager[Any]) -> Iterator[Actor]:
    """Write one of many rows as the asker with the roles held at this moment, while nobody else writes (T05).

    Raises JobFailed when they left or the token ended since the work began.
    """
    with inside, transaction.atomic():
        ledger.lock_head(actor.management_system_id)
        yield present_actor(actor)


# Working --------------------------------------------------------------------------------------------------------------


class Running:
    """A job in the hands of a worker: its parameters, its actor, and the only ways to write to it."""

    def __init__(self, job: Job):
        self.job, self.fence = job, job.fence
        self.params: dict[str, Any] = job.params
        self.actor = actor_of(job)
        self.heard: Heard | None = None

    def _mine(self):
        return Job.objects.filter(pk=self.job.pk, fence=self.fence, state=Job.WORKING)

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Report n of m and prolong the lease. Raises Cancelled when asked to stop, Lost when taken over."""
        values: dict[str, Any] = {"done": done, "message": message[:300]}
        if total is not None:
            values["total"] = total
        if not self._mine().update(**values, heartbeat_at=Now(), lease_until=_lease()):
            raise Lost
        if Job.objects.filter(pk=self.job.pk, cancel_requested=True).exists():
            raise Cancelled

    def tell(self, message: str, done: int, total: int) -> None:
        """``progress``, to who waits for the job, too."""
        self.progress(done, total, message)
        if self.heard is not None:
            self.heard(message, done, total)

    def beat(self) -> bool:
        """Prolong the lease; False when it is lost."""
        return bool(self._mine().update(heartbeat_at=Now(), lease_until=_lease()))

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """Check the fence inside the transaction that writes the work's result. Raises Lost."""
        with transaction.atomic():
            if not Job.objects.select_for_update().filter(pk=self.job.pk, fence=self.fence, state=Job.WORKING).exists():
                raise Lost
            yield

    def split(self, kind: str, parts: Sequence[dict[str, Any]]) -> NoReturn:
        """Hand the work to parts, jobs that nobody sees; this one runs again when all are ready. Raises Parted, Lost.

        Work may be split anew: parts of before are taken away. Each finds ``part`` (from 1) and ``parts`` among its
        parameters.
        """
        job, number = self.job, len(parts)
        rows = [
            Job(
                management_system_id=job.management_system_id, parent=job, kind=kind, actor=job.actor,
                requested_by_id=job.requested_by_id, requested_at=clock.now(),
                params={**one, "part": at, "parts": number},
            )
            for at, one in enumerate(parts, start=1)
        ]  # fmt: skip
        with self.owned():
            Job.objects.filter(parent=job).delete()
            Job.objects.bulk_create(rows)
            self._mine().update(fence=F("fence") + 1, attempt=0, lease_until=None, done=0, total=number)
            for row in rows:
                transaction.on_commit(partial(publish, row.pk))
        raise Parted

    def parts(self) -> list[Job]:
        """The parts of this job in their order, all ready; none before the work was split."""
        return sorted(Job.objects.filter(parent=self.job), key=lambda one: one.params["part"])

    def tell_whole(self, done: int, message: str) -> None:
        """Say how far the job is of which this is a part."""
        whole = Job.objects.filter(PARTED, parts=self.job.pk)
        whole.update(done=done, message=message[:300], heartbeat_at=Now())

    def attach(self, name: str, data: bytes, media_type: str) -> Blob:
        """Keep a named result; the same name again (another try) replaces it."""
        blob = blobs.store(self.job.management_system_id, data, name=name, media_type=media_type)
        with self.owned():
            JobFile.objects.update_or_create(job=self.job, name=name, defaults={"blob": blob})
        return blob

    def result(self, **values: Any) -> None:
        """Add plain facts to the job's result."""
        with self.owned():
            self.job.result = {**self.job.result, **values}
            self._mine().update(result=self.job.result)


def _lease() -> Any:
    return Now() + datetime.timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _lapsed() -> Q:
    return Q(state=Job.WAITING) | Q(state=Job.WORKING, lease_until__lt=Now())


def claim(job_id: uuid.UUID | str) -> Running | None:
    """Take a waiting job, or a working one whose lease ran out; None when somebody else has it or it is over."""
    with transaction.atomic():
        job = Job.objects.select_for_update(of=("self",)).filter(_lapsed(), pk=job_id).first()
        if job is None:
            return None
        if not job.cancel_requested and job.attempt < MOST_TRIES:
            Job.objects.filter(pk=job.pk).update(
                state=Job.WORKING, fence=F("fence") + 1, attempt=F("attempt") + 1, heartbeat_at=Now(),
                lease_until=_lease(), started_at=clock.now(), message="",
            )  # fmt: skip
            job.refresh_from_db()
            return Running(job)
    # After the row was let go: what ends a part takes the whole first.
    state, error = Job.CANCELLED, ""
    if not job.cancel_requested:
        state, error = Job.FAILED, _("Given up after %(n)d tries.") % {"n": MOST_TRIES}
    _ended(Job.objects.filter(_lapsed(), pk=job.pk), job, state, error)
    return None


@roomy
def run(job_id: uuid.UUID | str, actor: Actor | None = None, heard: Heard | None = None) -> None:
    """Do a job if it is to be done: claim, work under a heartbeat, finish with the fence checked.

    An ``actor`` who waits for it does it himself, in place of who asked, and hears (``heard``) how far it is.
    """
    running = claim(job_id)
    if running is not None:
        running.heard = heard
        with translation.override(_language_of(running.job)):
            _work(running, actor)


def _language_of(job: Job) -> str:
    """A job speaks as who asked for it reads; programs are answered in English."""
    if job.actor.get("token_id"):
        return settings.LANGUAGE_CODE
    return languages.of_person(job.requested_by, job.management_system_id)


def _work(running: Running, actor: Actor | None = None) -> None:
    state, error = Job.READY, ""
    try:
        running.actor = actor or present_actor(running.actor)
        with _heartbeat(running):
            _handlers[running.job.kind](running)
    except Cancelled:
        state = Job.CANCELLED
    except Parted:
        return
    except Lost:
        log.info("job %s went to another worker", running.job.pk)
        return
    except JobFailed as failure:
        state, error = Job.FAILED, str(failure)
    except Exception as failure:
        log.exception("job %s failed at try %s", running.job.pk, running.job.attempt)
        if running.job.attempt < MOST_TRIES:
            running._mine().update(state=Job.WAITING, lease_until=None, published_at=None, error=str(failure)[:2000])
            return
        state, error = Job.FAILED, f"{type(failure).__name__}: {failure}"[:2000]
    _ended(running._mine(), running.job, state, error)


@contextlib.contextmanager
def _heartbeat(running: Running) -> Iterator[None]:
    """Prolong the lease from a second thread while the handler computes."""
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(settings.JOB_LEASE_SECONDS / 3):
                if not running.beat():
                    return
        finally:
            connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    if not connection.in_atomic_block:  # inside a test's transaction a second connection would wait for the first
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if thread.is_alive():
            thread.join()


def sweep() -> int:
    """Publish what is due: waiting jobs no worker was told of lately, and lapsed leases. Returns how many."""
    stale = Q(published_at__isnull=True) | Q(published_at__lt=Now() - datetime.timedelta(seconds=30))
    due = Job.objects.filter((Q(state=Job.WAITING) & stale) | Q(state=Job.WORKING, lease_until__lt=Now()))
    ids = list(due.order_by("requested_at").values_list("pk", flat=True)[:200])
    for job_id in ids:
        publish(job_id)
    return len(ids)


def run_waiting() -> int:
    """Do all waiting jobs in this process, for commands and tests that have no worker; returns how many."""
    count = 0
    while (
        job_id := Job.objects.filter(_lapsed()).order_by("requested_at").values_list("pk", flat=True).first()
    ) and count < 1000:
        run(job_id)
        count += 1
    return count
