"""What a module's tests share: built once, each test's own writes undone after it, everything after the last."""

import contextlib

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from core import replay


@contextlib.contextmanager
def files_in(folder):
    """Files and keys are kept in this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATA_DIR", folder)
        patch.setattr(settings, "BLOB_DIR", folder / "objects")
        yield
        replay.forget_all()
        cache.clear()


@contextlib.contextmanager
def undone(folder):
    """What is written meanwhile, by tests inside transactions of their own too, is undone in the end."""
    with files_in(folder), transaction.atomic():
        yield
        transaction.set_rollback(True)
