"""The sealed history: chains, entries, checkpoints."""

from django.db import models

from core.ids import uuid7

GENESIS = "0" * 64


class Chain(models.Model):
    """The head of one ledger: a management system's, or the instance's (no management system)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.OneToOneField(
        "core.ManagementSystem", null=True, blank=True, on_delete=models.PROTECT, related_name="chain"
    )
    seq = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, default=GENESIS)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(management_system__isnull=True), name="core_chain_one_instance"
            )
        ]

    def __str__(self) -> str:
        return f"chain at {self.seq}"


class Entry(models.Model):
    """One write of one record: who, when, through which door, and the full state after (append-only)."""

    CREATE, UPDATE, DELETE = "create", "update", "delete"

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="entries")
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=40, blank=True)
    door = models.CharField(max_length=20)
    action = models.CharField(max_length=80)
    op = models.CharField(max_length=6)
    record_type = models.CharField(max_length=60)
    record_id = models.CharField(max_length=40)
    ref = models.CharField(max_length=24, blank=True)
    version = models.PositiveIntegerField()
    change_id = models.CharField(max_length=40)
    reason = models.TextField(blank=True)
    schema = models.PositiveSmallIntegerField(default=1)
    state = models.TextField(null=True, blank=True)  # noqa: DJ001 (null is an erased state, "" a deletion's)
    state_hash = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="core_entry_seq")]
        indexes = [
            models.Index(fields=["chain", "record_type", "record_id", "seq"], name="core_entry_record"),
            models.Index(fields=["chain", "change_id"], name="core_entry_change"),
            models.Index(fields=["chain", "at"], name="core_entry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.ref or self.record_id}"


class Checkpoint(models.Model):
    """A signed statement of the chain's head at ``seq``; a copy kept outside shows a cut or rewritten chain."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="checkpoints")
    seq = models.BigIntegerField()
    head = models.CharField(max_length=64)
    at = models.DateTimeField()
    occasion = models.CharField(max_length=40)
    key_fingerprint = models.CharField(max_length=64)
    signature = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="core_checkpoint_seq")]

    def __str__(self) -> str:
        return f"checkpoint {self.seq}"


class LedgerPass(models.Model):
    """Lets one chain past the guards inside one transaction: purge of a management system, erasure of a person."""

    chain_id = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.chain_id)
