"""Tamper evidence: whatever a database administrator does to the ledger is found, and the first bad entry is named."""

import contextlib
import random

import pytest
from django.db import connection, transaction
from django.db.utils import Error as DatabaseError

from core import clock, guards, keys, ledger
from core.ids import uuid7
from core.models import GENESIS, Chain, Entry, LedgerPass
from core.services.tenancy import describe
from tests.lasting import files_in, undone
from tests.makers import make_bare_management_system, make_manager

pytestmark = [pytest.mark.django_db, pytest.mark.data]
LENGTH = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ledger")


@pytest.fixture(autouse=True)
def own_files(folder):
    with files_in(folder):
        yield folder


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker, folder):
    """The management system of a chain of LENGTH entries."""
    with django_db_blocker.unblock(), undone(folder):
        tenant = make_bare_management_system()
        actor = make_manager(tenant)
        present = ledger.chain_of(tenant.pk)
        for number in range(LENGTH - present.seq):
            describe(actor=actor, name=f"Name {number}", reason=f"reason {number}")
        yield tenant


@pytest.fixture
def chain(written):
    """It, as no test has touched it yet."""
    return ledger.chain_of(written.pk)


@contextlib.contextmanager
def as_administrator(chain):
    """SQL past the guards, as somebody with the database's own rights would write it."""
    LedgerPass.objects.create(chain_id=chain.pk)
    with connection.cursor() as cursor:
        yield cursor
    LedgerPass.objects.all().delete()


def sql(cursor, statement, *values):
    cursor.execute(statement, [v.hex if hasattr(v, "hex") and connection.vendor == "sqlite" else v for v in values])


def entry(chain, seq):
    return Entry.objects.get(chain=chain, seq=seq)


def test_a_clean_chain_is_never_blamed(chain):
    verdict = ledger.verify(chain)
    assert verdict.sound
    assert verdict.entries == LENGTH


@pytest.mark.parametrize("verb", ["UPDATE core_entry SET reason = 'x'", "DELETE FROM core_entry"])
def test_the_guards_stop_accidents(chain, verb):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb)
    assert guards.missing() == []


def test_replacing_a_row_does_not_slip_past_the_guards(chain):
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE exists on SQLite only")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT OR REPLACE INTO core_entry SELECT * FROM core_entry WHERE seq = 3")


def test_truncating_is_stopped_on_postgres(chain):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else pending checks of this transaction stop it first
        cursor.execute("TRUNCATE core_entry CASCADE")


COLUMNS = ["at", "actor_kind", "actor_id", "door", "action", "op", "record_type", "record_id", "ref", "version",
           "change_id", "reason", "schema", "state", "state_hash", "prev", "hash"]  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("seq", [1, 6, LENGTH])
def test_a_changed_column_of_an_entry_is_found_and_named(chain, column, seq):
    value = {"at": clock.now(), "version": 77, "schema": 9}.get(column, "f" * 64)
    with as_administrator(chain) as cursor:
        value = str(value)[:26] if column == "at" and connection.vendor == "sqlite" else value
        longest = getattr(Entry._meta.get_field(column), "max_length", None)
        value = value[:longest] if isinstance(value, str) and longest else value
        sql(cursor, f'UPDATE core_entry SET "{column}" = %s WHERE chain_id = %s AND seq = %s', value, chain.pk, seq)
    fault = ledger.verify(chain).fault
    assert fault is not None
    assert fault.seq == seq


@pytest.mark.parametrize("seq", [1, 2, 7, LENGTH - 1])
def test_a_deleted_entry_is_found_and_named(chain, seq):
    with as_administrator(chain) as cursor:
        sql(cursor, "DELETE FROM core_entry WHERE chain_id = %s AND seq = %s", chain.pk, seq)
    assert (ledger.verify(chain).fault.code, ledger.verify(chain).fault.seq) == ("missing", seq)


def test_a_cut_tail_is_found_by_the_head(chain):
    with as_administrator(chain) as cursor:
        sql(cursor, "DELETE FROM core_entry WHERE chain_id = %s AND seq = %s", chain.pk, LENGTH)
    assert ledger.verify(chain).fault.code == "head"


def test_a_cut_tail_with_a_mended_head_is_found_by_an_outside_checkpoint(chain):
    kept = ledger.exported(ledger.make_checkpoint(chain, "test"))
    with as_administrator(chain) as cursor:
        sql(cursor, "DELETE FROM core_checkpoint WHERE chain_id = %s", chain.pk)
        sql(cursor, "DELETE FROM core_entry WHERE chain_id = %s AND seq = %s", chain.pk, LENGTH)
    last = entry(chain, LENGTH - 1)
    Chain.objects.filter(pk=chain.pk).update(seq=last.seq, head=last.hash)
    assert ledger.verify(chain).sound
    fault = ledger.verify(chain, [kept]).fault
    assert (fault.code, fault.seq) == ("cut", LENGTH)


def test_swapped_entries_are_found(chain):
    with as_administrator(chain) as cursor:
        for old, new in ((5, -5), (8, 5), (-5, 8)):
            sql(cursor, f"UPDATE core_entry SET seq = {new} WHERE chain_id = %s AND seq = {old}", chain.pk)
    assert ledger.verify(chain).fault.seq == 5


def test_an_inserted_entry_is_found(chain):
    with as_administrator(chain) as cursor:
        sql(cursor, "UPDATE core_entry SET seq = -seq WHERE chain_id = %s AND seq > 6", chain.pk)
        sql(cursor, "UPDATE core_entry SET seq = 1 - seq WHERE chain_id = %s AND seq < 0", chain.pk)
    copy = entry(chain, 6)
    copy.pk, copy.seq = None, 7
    copy.save(force_insert=True)
    assert ledger.verify(chain).fault.seq == 7


def rewritten(chain, since=1):
    """What somebody with all rights and our code would do: change one reason and seal everything anew."""
    prev = GENESIS if since == 1 else entry(chain, since - 1).hash
    with as_administrator(chain) as cursor:
        for row in Entry.objects.filter(chain=chain, seq__gte=since).order_by("seq"):
            row.reason += "!"
            values = [ledger.canonical.moment_text(row.at) if n == "at" else getattr(row, n) for n in ledger.HEADER]
            own = ledger.entry_hash(prev, ledger.header_bytes(str(chain.pk), values), row.state_hash)
            sql(
                cursor,
                "UPDATE core_entry SET reason = %s, prev = %s, hash = %s WHERE id = %s",
                row.reason,
                prev,
                own,
                row.pk,
            )
            prev = own
    Chain.objects.filter(pk=chain.pk).update(head=prev)


@pytest.mark.parametrize("since", [1, 5, LENGTH])
def test_a_wholly_rewritten_chain_is_found_by_an_outside_checkpoint(chain, since):
    kept = ledger.exported(ledger.make_checkpoint(chain, "test"))
    with as_administrator(chain) as cursor:
        sql(cursor, "DELETE FROM core_checkpoint WHERE chain_id = %s", chain.pk)
    rewritten(chain, since)
    assert ledger.verify(chain).sound
    fault = ledger.verify(chain, [kept]).fault
    assert (fault.code, fault.seq) == ("checkpoint", LENGTH)


def test_a_forged_checkpoint_is_refused(chain):
    kept = ledger.exported(ledger.make_checkpoint(chain, "test"))
    assert ledger.verify(chain, [{**kept, "head": "0" * 64}]).fault.code == "signature"
    assert ledger.verify(chain, [{**kept, "chain": str(uuid7())}]).fault.code == "foreign"
    assert len(keys.fingerprint()) == 64


def test_a_state_that_was_blanked_is_found(chain):
    with as_administrator(chain) as cursor:
        sql(cursor, "UPDATE core_entry SET state = NULL WHERE chain_id = %s AND seq = 4", chain.pk)
    fault = ledger.verify(chain).fault
    assert (fault.code, fault.seq) == ("blanked", 4)


OF_ANOTHER_KIND = {
    "another separator in the moment": "at = substr(at, 1, 10) || 'T' || substr(at, 12)",
    "a moment of bytes": "at = CAST(at AS BLOB)",
    "a state of bytes": "state = CAST(state AS BLOB)",
    "a state that is no text": "state = CAST(x'ff' AS TEXT)",
    "half a character": "state = CAST(x'eda080' AS TEXT)",
    "a hash of bytes": "state_hash = CAST(state_hash AS BLOB)",
    "a reason of bytes": "reason = x'00ff'",
    "a link of bytes": "prev = CAST(prev AS BLOB)",
}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Postgres keeps kinds apart by itself")
@pytest.mark.parametrize("change", OF_ANOTHER_KIND.values(), ids=OF_ANOTHER_KIND)
@pytest.mark.parametrize("seq", [1, 5, LENGTH])
def test_a_value_of_another_kind_is_found_and_named(chain, change, seq):
    with as_administrator(chain) as cursor:
        sql(cursor, f"UPDATE core_entry SET {change} WHERE chain_id = %s AND seq = %s", chain.pk, seq)
    assert ledger.verify(chain).fault.seq == seq


def test_random_mutations_are_all_found(chain):
    """A seeded sample in the quick suite; the thousand of TRUST T18 run in tests/security."""
    chance = random.Random(42)
    for _ in range(40):
        point = transaction.savepoint()
        seq, column = chance.randint(1, LENGTH), chance.choice(["reason", "state", "hash", "prev", "door", "record_id"])
        with as_administrator(chain) as cursor:
            sql(cursor, f'UPDATE core_entry SET "{column}" = %s WHERE chain_id = %s AND seq = %s',
                f"{chance.getrandbits(80):x}"[:20], chain.pk, seq)  # fmt: skip
        assert ledger.verify(chain).fault.seq == seq
        transaction.savepoint_rollback(point)
    assert ledger.verify(chain).sound
