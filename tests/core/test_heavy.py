"""Columns of large bytes are written and read as the framework would, without being spelled out."""

import datetime
import os

import pytest
from django.db import DatabaseError, connection, transaction

from apis.models import Service, WindowPack
from core import heavy
from core.change import change
from tests.makers import make_management_system, make_manager

pytestmark = [pytest.mark.django_db, pytest.mark.data]
DAY = datetime.date(2026, 3, 1)


@pytest.fixture
def service():
    tenant = make_management_system(slug="here")
    with change(make_manager(tenant), "test") as unit:
        return unit.save(Service(name="Here", host="api.example"))


def pack(service, day=DAY, **values):
    given = {"windows": b"", "daily": b"", "latency": b"", **values}
    return WindowPack(service=service, management_system_id=service.management_system_id, day=day, **given)


def plain(one):
    return {field.attname: getattr(one, field.attname) for field in WindowPack._meta.concrete_fields} | {
        name: bytes(getattr(one, name)) for name in ("windows", "daily", "latency")
    }


@pytest.mark.parametrize("content", [b"", b"\x00'\\x\xff%s", os.urandom(3_000_000)], ids=["none", "odd", "large"])
def test_a_row_is_read_as_it_was_written_whoever_reads_it(service, content):
    one = pack(service, windows=content, latency=b"\0")
    heavy.save(one)
    assert not one._state.adding
    (mine,) = heavy.opened(WindowPack.objects.filter(service=service))
    theirs = WindowPack.objects.get()
    assert mine == theirs
    assert plain(mine) == plain(theirs) == plain(one)
    ((read, day),) = heavy.each(WindowPack.objects.values_list("windows", "day"))
    assert (bytes(read), day) == (content, DAY)


def test_a_row_that_is_known_is_written_again_and_no_other(service):
    for back in range(3):
        heavy.save(pack(service, DAY + datetime.timedelta(days=back), daily=b"before"))
    (one,) = heavy.opened(WindowPack.objects.filter(day=DAY))
    one.daily, one.detailed = b"after", False
    heavy.save(one)
    told = [(bytes(daily), detailed) for daily, detailed in
            heavy.each(WindowPack.objects.order_by("day").values_list("daily", "detailed"))]  # fmt: skip
    assert told == [(b"after", False), (b"before", True), (b"before", True)]


def test_no_rows_are_no_rows(service):
    assert list(heavy.each(WindowPack.objects.none().values_list("daily"))) == []
    assert heavy.opened(WindowPack.objects.filter(service=service)) == []


def test_what_the_database_refuses_is_its_error_and_undone_with_the_rest(service):
    heavy.save(pack(service))
    with pytest.raises(DatabaseError), transaction.atomic():
        heavy.save(pack(service, DAY + datetime.timedelta(days=1)))
        heavy.save(pack(service))
    assert WindowPack.objects.count() == 1


def test_postgres_stores_them_without_packing_them_again():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite packs nothing")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE c.relname IN ('apis_windowpack', 'apis_signalpack', 'apis_partialdigest')"
            " AND a.atttypid = 'bytea'::regtype AND a.attstorage <> 'e'"
        )
        assert cursor.fetchall() == []
