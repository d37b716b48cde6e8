"""What ties stored rows together stays what it was."""

import datetime

import polars as pl

HOUR = datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC)


def test_the_column_library_hashes_as_it_did_when_signals_were_stored():
    """Should this fail after an update: rows of before and of after would no longer add up within a day.

    Then the packs of the last day are to be read under the old version and written under the new one.
    """
    words = pl.Series(["GET", "/v1/users/{id}", "key:00ff", ""])
    hours = pl.Series([HOUR]).cast(pl.Datetime("us", "UTC"))
    sizes = pl.Series([0, 512, 70_000], dtype=pl.Int64)
    assert words.hash(1).to_list() == [
        17466812365440705273, 2969237129958847445, 15650688341980708777, 12932856556864112608,
    ]  # fmt: skip
    assert hours.hash(1).to_list() == [16315377945863298150]
    assert sizes.hash(12).to_list() == [12330600982788456531, 1335972603177966988, 246485903512363382]
