"""What every test stands on."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import testcases

from core import replay
from tests import without  # noqa: F401 (takes a guard away when the mutation run asks for it)


class Databases(frozenset):
    """The product's database, and scratch databases of past moments, which come and go."""

    def __contains__(self, alias):
        return super().__contains__(alias) or str(alias).startswith(("asof_", "building_"))


def _databases(cls):
    return Databases({"default"})


testcases.SimpleTestCase._validate_databases = classmethod(_databases)


@pytest.fixture(autouse=True)
def own_files(tmp_path, monkeypatch):
    """Each test writes into a folder of its own."""
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.setattr(settings, "BLOB_DIR", tmp_path / "objects")
    yield tmp_path
    replay.forget_all()
    cache.clear()
