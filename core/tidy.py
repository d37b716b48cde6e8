"""Housekeeping once an hour: daily checkpoints, orphaned files, expired drafts and keys, old scratch files."""

import contextlib
import datetime

from django.conf import settings

from core import blobs, clock, drafts, ledger, outbox
from core.models import Chain, Checkpoint, IdempotencyKey, Import


def tidy() -> None:
    """Do all of it; each part bears being done again."""
    daily_checkpoints()
    blobs.sweep()
    outbox.tidy()
    now = clock.now()
    IdempotencyKey.objects.filter(created_at__lt=now - datetime.timedelta(days=1)).delete()
    drafts.tidy()
    Import.objects.filter(updated_at__lt=now - drafts.KEPT).delete()
    for file in (settings.DATA_DIR / "scratch").glob("asof_*"):
        with contextlib.suppress(FileNotFoundError):  # another worker was quicker
            if now.timestamp() - file.stat().st_mtime > 86_400:
                file.unlink()


def daily_checkpoints() -> int:
    """Seal every chain that moved since its last checkpoint, once a day; returns how many."""
    made = 0
    since = clock.now() - datetime.timedelta(days=1)
    for chain in Chain.objects.filter(seq__gt=0):
        last = Checkpoint.objects.filter(chain=chain).order_by("-seq").first()
        if last is None or (last.seq < chain.seq and last.at < since):
            ledger.make_checkpoint(chain, "daily")
            made += 1
    return made
