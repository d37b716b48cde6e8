"""One store for uploads, imports, exports and reports: whole files first, rows after (TRUST T23)."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from core import clock
from core.errors import NotFound
from core.models import Blob, ManagementSystem

CHUNK = 1 << 20


def store(management_system_id, source: bytes | BinaryIO, *, name: str, media_type: str) -> Blob:
    """Keep bytes under their SHA-256, never shared between management systems. Raises OSError, writing no row."""
    folder = settings.BLOB_DIR / str(management_system_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    sha, size = hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as file:
            for part in _parts(source):
                sha.update(part)
                size += len(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        final = path(management_system_id, sha.hexdigest())
        final.parent.mkdir(exist_ok=True, mode=0o750)
        os.replace(temporary, final)  # noqa: PTH105 (atomic also over an existing file)
        _sync_folder(final.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return Blob.objects.create(
        management_system_id=management_system_id, sha256=sha.hexdigest(), size=size,
        name=name[:200], media_type=media_type, created_at=clock.now(),
    )  # fmt: skip


def path(management_system_id: object, sha256: str) -> Path:
    """Where the bytes of a hash lie."""
    return settings.BLOB_DIR / str(management_system_id) / sha256[:2] / sha256


def open_blob(blob: Blob) -> BinaryIO:
    """Open the bytes for reading; raises NotFound when the file is gone."""
    try:
        return path(blob.management_system_id, blob.sha256).open("rb")
    except FileNotFoundError:
        raise NotFound from None


def read(blob: Blob) -> bytes:
    """All bytes of a small file."""
    with open_blob(blob) as file:
        return file.read()


def sweep(older_than_s: int = 86_400) -> int:
    """Remove files without a row and abandoned temporary files older than a day; returns how many."""
    removed = 0
    limit = clock.now().timestamp() - older_than_s
    for tenant in ManagementSystem.objects.all():
        folder = settings.BLOB_DIR / str(tenant.pk)
        if not folder.is_dir():
            continue
        known = set(Blob.objects.filter(management_system=tenant).values_list("sha256", flat=True))
        for file in folder.rglob("*"):
            if file.is_file() and file.name not in known and file.stat().st_mtime < limit:
                file.unlink(missing_ok=True)
                removed += 1
    return removed


def _parts(source: bytes | BinaryIO):
    if isinstance(source, bytes | bytearray | memoryview):
        yield bytes(source)
        return
    while part := source.read(CHUNK):
        yield part


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
