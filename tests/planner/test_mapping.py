"""Mappings: every column is accounted for, values are read or named as unclear."""

import pytest

from core.planner import MAX_KEY_CHARS, MappingError, plan
from core.planner.mapping import key_of, shortened
from core.planner.transforms import Unclear, joined, labelled, read_date, read_yes_no
from core.tables import name_columns
from tests.planner.makers import COLUMNS, make_mapping, make_reader, make_row


def outcome(*cells, **changes):
    [found] = plan([make_row(2, *cells)], {}, make_reader(**changes), "cmdb").outcomes
    return found


def field(**options):
    return {
        "fields": [{"field": "f", "from": ["Name"], **options}],
        "ignored": dict.fromkeys(["Stage", "Since", "Note"], "x"),
    }


def test_a_row_becomes_fields():
    found = outcome("7", " Chat  bot ", "live", "5/1/2024", "whatever")
    assert found.key == "7" and found.values == {"name": "Chat bot", "stage": "OM", "go_live": "2024-05-01"}


def test_every_column_must_be_mapped_or_ignored():
    with pytest.raises(MappingError) as caught:
        make_mapping().bind(name_columns(["Id", "Name", "Stage", "Since", "Note", "Cost", "Cost"]))
    assert caught.value.columns == ("Cost [6]", "Cost [7]")


def test_every_column_named_must_be_there():
    with pytest.raises(MappingError) as caught:
        make_mapping().bind(name_columns(["Id", "Name", "Stage"]))
    assert caught.value.columns == ("Since", "Note")


def test_columns_may_stand_in_another_order():
    reader = make_mapping().bind(name_columns(["Note", "Since", "Stage", "Name", "Id"]))
    same = make_row(2, "x", "", "live", "Bot", "7")
    other = make_row(2, "7", "Bot", "live", "", "x")
    assert reader.identify(same)[1:] == make_reader().identify(other)[1:]
    assert reader.read(same) == make_reader().read(other)


def test_ignored_columns_do_not_count_as_a_difference():
    rows = [make_row(2, "7", "Bot", "live", "", "one"), make_row(3, "7", "Bot", "live", "", "two")]
    assert plan(rows, {}, make_reader(), "cmdb").counts["duplicate"] == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fields": [{"field": "f", "from": ["Name"], "raed": "line"}]}, "raed"),
        ({"fields": [{"field": "f", "from": ["Name"], "read": "magic"}]}, "magic|must be one of"),
        ({"fields": [{"field": "f", "from": ["Name", "Note"]}]}, "exactly one column"),
        ({"fields": [{"field": "f", "from": []}]}, "exactly one column"),
        ({"fields": [{"field": "f", "from": ["Name"]}, {"field": "f", "from": ["Stage"]}]}, "occurs twice"),
        ({"fields": [{"field": "f", "from": ["Name"], "unclear": "guess"}]}, "unclear"),
        ({"fields": [{"field": "f", "from": ["Name"], "unclear": "note"}]}, "notes_field"),
        ({"fields": [{"field": "f", "from": ["Note"]}]}, "both used and ignored"),
        (
            {"fields": [{"field": "f", "from": ["Name"], "read": "choice", "values": {"a": ["x"], "b": ["X."]}}]},
            "two values",
        ),
        ({"identity": {"columns": []}}, "at least one column"),
        ({"identity": {"columns": ["Id"], "shared_keys": ["a"]}}, "tell their rows apart"),
        ({"ignored": {"Note": ""}}, "must not be blank"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(changes, message):
    with pytest.raises(MappingError, match=message):
        make_mapping(**changes)


def test_a_value_that_is_not_understood_refuses_the_row_or_is_remarked():
    refused = outcome("7", "Bot", "flying", "", "")
    assert (refused.kind, refused.column, refused.code) == ("refused", "Stage", "unclear")
    created = outcome("7", "Bot", "live", "soon", "")
    assert created.values["go_live"] == ""
    assert created.remarks == (("Since", "“soon” is not a date. Left blank."),)


def test_what_is_unclear_can_be_kept_as_a_note():
    fields = [
        {"field": "go_live", "from": ["Since"], "read": "date", "unclear": "note"},
        {
            "field": "stage",
            "from": ["Stage"],
            "read": "choice",
            "values": {"OM": []},
            "unclear": "note",
            "default": "OM",
        },
        {"field": "notes", "from": ["Note"], "read": "text"},
        {"field": "name", "from": ["Name"]},
    ]
    found = outcome("7", "Bot", "flying", "soon", "First.", fields=fields, ignored={}, notes_field="notes")
    assert found.values["notes"] == "First.\n\nSince: soon\n\nStage: flying"
    assert found.values["stage"] == "OM" and len(found.remarks) == 2


def test_spellings_of_no_answer_are_blank():
    found = outcome("7", "n/a.", "live", " N/A ", "")
    assert (found.kind, found.code, found.column) == ("refused", "required", "Name")
    assert outcome("7", "Bot", "live", " n/a ", "").values["go_live"] == ""


def test_a_default_stands_for_a_blank():
    assert outcome("7", "", "", "", "", **field(default="unknown")).values == {"f": "unknown"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5/1/2024", "2024-05-01"), ("05/01/2024", "2024-05-01"), ("5/1/24", "2024-05-01"),
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01T00:00:00", "2024-05-01"), ("2024-05-01 13:30:00Z", "2024-05-01"), ("1.5.2024", "2024-05-01"),
        ("May 1, 2024", "2024-05-01"), ("1 May 2024", "2024-05-01"), ("May-24", "2024-05-01"),
        ("05/2024", "2024-05-01"),
        ("2024-05", "2024-05-01"), ("February 2024", "2024-02-01"),
    ],
)  # fmt: skip
def test_dates_in_many_spellings(text, expected):
    assert read_date(text) == expected


@pytest.mark.parametrize(
    "text", ["TBD", "2024", "13/13/2024", "31/12/2024", "0001-01-01", "24-Jun", "5/1/2024 or so", "45413"]
)
def test_what_is_no_date_or_could_be_two_is_unclear(text):
    with pytest.raises(Unclear):
        read_date(text)


def test_day_first_is_said_not_guessed():
    assert read_date("1/5/2024", day_first=True) == "2024-05-01"
    assert read_date("1/5/2024") == "2024-01-05"


@pytest.mark.parametrize(
    ("text", "expected"), [("Yes", "yes"), ("No - some", "no"), ("Ja", "yes"), ("TRUE", "yes"), ("0", "no")]
)
def test_yes_and_no(text, expected):
    assert read_yes_no(text) == expected


def test_neither_yes_nor_no():
    with pytest.raises(Unclear):
        read_yes_no("Partly")


def test_joined_and_labelled():
    assert joined([" A ", "", "B", "A"], " / ") == "A / B"
    assert labelled(["x", "", "two\r\nlines"], ["One", "Two", "Three"]) == "One: x\n\nThree: two\nlines"


def test_keys_of_several_columns_cannot_be_confused():
    assert key_of(["a|b", "c"]) != key_of(["a", "b|c"]) and key_of(["a\\", "b"]) != key_of(["a", "\\b"])
    assert key_of(["a ", " b  c"]) == "a | b c"
    assert key_of([" ", ""]) == ""
    assert key_of(["Cafe\u0301"]) == key_of(["Café"])


def test_long_keys_stay_apart():
    one, other = ("x" * 300 + end for end in "ab")
    assert shortened(one, MAX_KEY_CHARS) != shortened(other, MAX_KEY_CHARS)
    assert len(shortened(one, MAX_KEY_CHARS)) <= MAX_KEY_CHARS


def test_listed_shared_keys_are_told_apart_by_the_row_alone():
    identity = {"columns": ["Id"], "told_apart_by": ["Since"], "shared_keys": ["7"]}
    reader = make_reader(identity=identity)
    keys = [reader.key(("7", "Bot", "live", since, "")) for since in ("1/1/2024", "1/2/2024")]
    assert keys[0] != keys[1] and all(key.startswith("7 #") for key in keys)
    assert reader.key(("8", "Bot", "live", "1/1/2024", "")) == "8"


def test_a_changed_mapping_reads_every_row_afresh():
    row = make_row(2, "7", "Bot", "live", "", "")
    renamed = make_mapping(blanks=["N/A", "none"]).bind(COLUMNS)
    assert renamed.identify(row)[2] != make_reader().identify(row)[2]
