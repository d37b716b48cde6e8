"""The real inventory of 2,133 AI use cases, by the mapping that ships."""

import csv
import random
from collections import Counter

import pytest

from aims.catalogue import lifecycle
from aims.catalogue.mappings import shipped_mapping, shipped_names
from core.planner import MappingError, Policy, judge_identity, plan, propose_identity
from core.tables import read_table
from tests.data import testdata
from tests.planner.makers import written

KEY = ["Agency", "Bureau", "Use Case Name"]


@pytest.fixture(scope="module")
def table():
    return read_table(testdata("inventory/us_federal_ai_use_cases_2024.csv"), "inventory.csv")


@pytest.fixture(scope="module")
def reader(table):
    return shipped_mapping("us-federal-2024").bind(table.columns)


@pytest.fixture(scope="module")
def first(table, reader):
    return plan(table.rows(), {}, reader, "omb")


@pytest.fixture(scope="module")
def raw():
    """The rows as the standard library alone reads them."""
    with testdata("inventory/us_federal_ai_use_cases_2024.csv").open(encoding="cp1252", newline="") as stream:
        return list(csv.reader(stream))[1:]


def test_the_obvious_key_collides_in_78_rows(table, raw):
    counts = Counter((row[1], row[3], row[0]) for row in raw)
    assert sum(count for count in counts.values() if count > 1) == 78
    found = judge_identity(table, KEY)
    assert (found.collisions, found.equal_rows, found.unresolved) == (78, 3, 0)


def test_a_key_is_proposed_that_leaves_nothing_unresolved(table):
    best = propose_identity(table)[0]
    assert "Use Case Name" in best.columns and len(best.columns) <= 4
    assert best.unresolved == 0 and best.told_apart_by and best.equal_rows == 3


def test_the_counts_add_up_and_duplicates_are_named(first, raw):
    assert first.counts == {
        "create": 2_130, "change": 0, "unchanged": 0, "kept": 0, "duplicate": 3, "matched": 0, "refused": 0,
    }  # fmt: skip
    assert sum(first.counts.values()) == len(raw) == 2_133
    for outcome in first.outcomes:
        if outcome.kind == "duplicate":
            assert raw[outcome.row - 2] == raw[outcome.of - 2]


def test_a_repeat_changes_nothing_in_any_order_and_in_parts(table, reader, first):
    current = written({}, first, "omb")
    rows = list(table.rows())
    again = plan(rows, current, reader, "omb", Policy(complete=True))
    assert again.counts["unchanged"] == 2_130 and again.counts["duplicate"] == 3 and not again.missing
    random.Random(7).shuffle(rows)
    for part in (rows[:700], rows[700:1_500], rows[1_500:]):
        assert not plan(part, current, reader, "omb").writes
    shuffled = written({}, plan(rows, {}, reader, "omb"), "omb")
    assert {key: record.values for key, record in shuffled.items()} == {
        key: record.values for key, record in current.items()
    }


def test_names_and_long_texts_arrive_whole(first, raw):
    created = {outcome.row: outcome.values for outcome in first.outcomes if outcome.kind == "create"}
    for number, values in created.items():
        cells = raw[number - 2]
        assert values["name"] == " ".join(cells[0].split())
        if values["purpose"]:
            assert values["purpose"].split() == cells[7].split()


def test_stages_are_those_of_the_life_cycle_and_agree_with_the_file(first, raw):
    codes = {stage.code for stage in lifecycle().stages}
    created = [outcome for outcome in first.outcomes if outcome.kind == "create"]
    assert {outcome.values["stage"] for outcome in created} <= codes
    running = sum(
        raw[outcome.row - 2][9].strip() in {"Operation and Maintenance", "In production", "In mission"}
        for outcome in created
    )
    assert sum(outcome.values["stage"] == "OM" for outcome in created) == running


def test_roles_are_known_and_every_system_has_one(first):
    roles = {role.code for role in lifecycle().roles}
    assert all(set(outcome.values["roles"].split(",")) <= roles for outcome in first.writes)


def test_nothing_unclear_is_lost(first):
    remarked = [outcome for outcome in first.writes if outcome.remarks]
    assert 30 <= len(remarked) <= 80
    assert all(remark.column in outcome.values["notes"] for outcome in remarked for remark in outcome.remarks)


def test_the_mapping_accounts_for_all_62_columns_with_reasons(table):
    mapping = shipped_mapping("us-federal-2024")
    assert len(set(mapping.used_columns)) + len(mapping.ignored) == 62
    assert set(mapping.used_columns) | set(mapping.ignored) == set(table.labels)
    assert all(len(reason.split()) >= 4 for reason in mapping.ignored.values())


def test_an_unknown_mapping_names_those_that_ship():
    assert shipped_names() == ("us-federal-2024",)
    with pytest.raises(MappingError, match="us-federal-2024"):
        shipped_mapping("nope")
