"""A kept connection to Postgres is asked whether it stands, mostly without a round trip."""

import psycopg
import pytest
from django.db import connection

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def kept():
    """A second connection, which stands and has answered once."""
    if connection.vendor != "postgresql":
        pytest.skip("of Postgres")
    other = connection.copy()
    other.connect()
    assert other.is_usable()
    yield other
    other.close()


def _asked(kept):
    """(usable, statements sent to find out)."""
    sent = []
    cursor = kept.connection.cursor
    kept.connection.cursor = lambda *args, **options: sent.append(1) or cursor(*args, **options)
    return kept.is_usable(), len(sent)


def test_one_that_answered_lately_is_not_asked_again(kept):
    assert _asked(kept) == (True, 0)


def test_one_that_was_idle_for_long_is_asked(kept):
    kept._answered -= 60
    assert _asked(kept) == (True, 1)


def test_one_that_the_server_ended_is_noticed_though_it_answered_lately(kept):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.connection.info.backend_pid])
        assert cursor.fetchone() == (True,)
    assert not kept.is_usable()
    assert _asked(kept)[0] is False


def test_one_that_stands_in_a_failed_transaction_is_not_usable(kept):
    with kept.connection.cursor() as cursor, pytest.raises(psycopg.Error):
        cursor.execute("BEGIN; SELECT 1 / 0")
    assert not kept.is_usable()


def test_one_that_was_closed_here_is_not_usable(kept):
    kept.connection.close()
    assert not kept.is_usable()
