"""What identifies a row?"""

from core.planner import judge_identity, propose_identity
from core.tables import read_table


def table_of(*lines):
    return read_table("\n".join(lines).encode(), "t.csv")


def test_an_id_column_is_proposed_first():
    rows = [f"{n},Name {n},Unit {n % 3},2024-01-0{n}" for n in range(1, 9)]
    assert propose_identity(table_of("System ID,Name,Unit,Start date", *rows))[0].columns == ("System ID",)


def test_one_column_is_better_than_two():
    rows = [f"Name {n},Unit {n % 3}" for n in range(9)]
    assert propose_identity(table_of("Name,Unit", *rows))[0].columns == ("Name",)


def test_two_columns_where_one_does_not_do():
    rows = [f"Name {n % 5},Unit {n // 5},same" for n in range(10)]
    best = propose_identity(table_of("Name,Unit,Kind", *rows))[0]
    assert (best.columns, best.collisions, best.distinct) == (("Name", "Unit"), 0, 10)


def test_what_changes_every_week_is_no_key():
    rows = [f"2024-01-{n:02d},Name {n},S{n}" for n in range(10, 20)]
    assert propose_identity(table_of("Last updated,Name,Status", *rows))[0].columns == ("Name",)


def test_collisions_are_counted_and_told_apart():
    table = table_of("Name,Unit,Text", "A,x,1", "A,x,2", "B,x,3", "B,x,3", "C,x,4", ",x,5")
    found = judge_identity(table, ["Name"])
    assert (found.distinct, found.collisions, found.equal_rows, found.blank) == (4, 4, 1, 1)
    assert (found.told_apart_by, found.shared_keys, found.unresolved) == (("Text",), ("A",), 0)


def test_what_nothing_tells_apart_is_said():
    found = judge_identity(table_of("Name,Unit", "A,x", "A,x", "B,x"), ["Name"])
    assert (found.collisions, found.equal_rows, found.unresolved, found.told_apart_by) == (2, 1, 0, ())
    none = judge_identity(table_of("Name,Unit", "A,x", "A,y", "B,x"), ["Unit"])
    assert none.told_apart_by == ("Name",) and none.unresolved == 0


def test_an_empty_table_proposes_nothing():
    assert propose_identity(table_of("Name,Unit")) == []
