"""What every test stands on."""

import os

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count
from django.test import testcases
from django.utils import translation

from core import reconcile, replay, translations
from core.models import Entry, ManagementSystem
from tests import without  # noqa: F401 (takes a guard away when the mutation run asks for it)
from tests.browsers import browser  # noqa: F401 (a fixture of the whole run)

translations.compile_changed()

# Property tests give the same verdict twice, on slow machines too; HYPOTHESIS_PROFILE=search looks for new examples.
SLOW = (hypothesis.HealthCheck.too_slow,)
hypothesis.settings.register_profile("gate", deadline=None, derandomize=True, suppress_health_check=SLOW)
hypothesis.settings.register_profile("search", deadline=None, suppress_health_check=SLOW, max_examples=500)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


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


@pytest.fixture(autouse=True)
def own_language():
    """No test inherits the language the page of another one spoke."""
    yield
    translation.deactivate()


LEDGERED = ("aims", "api", "controls", "demo", "pages", "registers", "reports", "risks", "shell")


@pytest.fixture(autouse=True)
def every_write_has_its_entry(request):
    """After each test of a rule or a door: every record is as its last entry says, one entry per change (T17)."""
    yield
    marked = request.node.get_closest_marker
    if marked("django_db") and not marked("tampers") and request.path.parent.name in LEDGERED:
        check_entries()


def check_entries():
    """Compare every management system's records with its chain."""
    twice = (
        Entry.objects.values("chain", "change_id", "record_type", "record_id").annotate(n=Count("id")).filter(n__gt=1)
    )
    assert not list(twice), f"more than one entry in one change: {list(twice)[:3]}"
    for tenant in ManagementSystem.objects.all():
        _compared, fault = reconcile.records_fault(tenant.pk)
        assert fault is None, str(fault)
