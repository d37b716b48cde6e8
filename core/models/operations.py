"""Operational tables: not ledgered, each with its reason in core/operational.py."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from core.ids import uuid7


class RefCounter(models.Model):
    """The next number of a reference prefix in a management system; rises under the head lock only."""

    management_system = models.ForeignKey("core.ManagementSystem", on_delete=models.CASCADE, related_name="+")
    prefix = models.CharField(max_length=12)
    next = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["management_system", "prefix"], name="core_refcounter_one")]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.next}"


class Blob(models.Model):
    """Bytes on disk at objects/<management system>/<aa>/<sha256>; written whole before this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey("core.ManagementSystem", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["management_system", "sha256"], name="core_blob_sha")]

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """Long work; this row is the truth, the broker only wakes a worker (TRUST T22)."""

    WAITING, WORKING, READY, FAILED, CANCELLED = "waiting", "working", "ready", "failed", "cancelled"
    STATES = [
        (WAITING, _("Waiting")),
        (WORKING, _("Working")),
        (READY, _("Ready")),
        (FAILED, _("Failed")),
        (CANCELLED, _("Cancelled")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey("core.ManagementSystem", on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, editable=False, on_delete=models.CASCADE, related_name="parts")
    """The job of which this is a part; people see that one alone."""
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200, blank=True)
    params = models.JSONField(default=dict)
    actor = models.JSONField(default=dict)
    requested_by = models.ForeignKey("core.Person", null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=12, choices=STATES, default=WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    cancel_requested = models.BooleanField(default=False)
    unique_key = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["management_system", "unique_key"],
                condition=models.Q(state__in=["waiting", "working"]) & ~models.Q(unique_key=""),
                name="core_job_unique_key",
            )
        ]
        indexes = [
            models.Index(fields=["state", "lease_until"], name="core_job_due"),
            models.Index(fields=["management_system", "-requested_at"], name="core_job_recent"),
        ]

    def __str__(self) -> str:
        return self.title or self.kind


class JobFile(models.Model):
    """A named result of a job."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="files")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="core_jobfile_name")]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """Text somebody typed and did not send: per person, form and record."""

    person = models.ForeignKey("core.Person", on_delete=models.CASCADE, related_name="+")
    management_system = models.ForeignKey(
        "core.ManagementSystem", null=True, on_delete=models.CASCADE, related_name="+"
    )
    form = models.CharField(max_length=80)
    record = models.CharField(max_length=60, blank=True)
    fields = models.TextField()
    version = models.PositiveIntegerField(null=True)
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "management_system", "form", "record"], name="core_draft_one")
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.record}"


class IdempotencyKey(models.Model):
    """A client's key for one POST: claimed with a lease, completed in the work's own transaction (TRUST T20)."""

    management_system = models.ForeignKey("core.ManagementSystem", on_delete=models.CASCADE, related_name="+")
    owner = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["management_system", "owner", "key"], name="core_idempotency_once")
        ]

    def __str__(self) -> str:
        return self.key


class OutboxEvent(models.Model):
    """What a change has to tell the outside; written with the change, delivered after it, at least once."""

    id = models.BigAutoField(primary_key=True)
    management_system = models.ForeignKey(
        "core.ManagementSystem", null=True, on_delete=models.CASCADE, related_name="+"
    )
    action = models.CharField(max_length=80)
    change_id = models.CharField(max_length=40)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(delivered_at__isnull=True), name="core_outbox_open")]

    def __str__(self) -> str:
        return f"{self.action} {self.first_seq}"


class SearchRow(models.Model):
    """What the global search looks through; rebuilt from records at any time."""

    management_system = models.ForeignKey("core.ManagementSystem", on_delete=models.CASCADE, related_name="+")
    record_type = models.CharField(max_length=60)
    record_id = models.UUIDField()
    ref = models.CharField(max_length=24, blank=True)
    title = models.CharField(max_length=400)
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_type", "record_id"], name="core_searchrow_one"),
        ]
        indexes = [models.Index(fields=["management_system", "ref"], name="core_searchrow_ref")]

    def __str__(self) -> str:
        return self.title


class Reading(models.Model):
    """What an external auditor opened or downloaded, and when (their reading is logged)."""

    management_system = models.ForeignKey("core.ManagementSystem", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("core.Person", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)
    path = models.CharField(max_length=400)

    class Meta:
        indexes = [models.Index(fields=["management_system", "-at"], name="core_reading_recent")]

    def __str__(self) -> str:
        return self.path
