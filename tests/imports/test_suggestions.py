"""Suggestions: columns find their fields, values their counterparts, dates their order."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims.services.imports import SYSTEMS
from core.imports import LEFT_OUT, Setup, setup, suggest
from core.imports.described import in_languages
from core.planner import FieldMapping, MappingError
from core.planner.transforms import Unclear, folded, read_choices
from core.tables import Row, name_columns

NOBODY = uuid.UUID(int=0)
FIELDS = [one for one in SYSTEMS.fields if one.kind != "person"]
CHOICE_FIELDS = [one for one in FIELDS if one.values is not None]
WANTED = [suggest.Wanted(one.name, one.names, one.words, one.kind) for one in FIELDS]
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


def suggested(*headers, **samples):
    """Label to field for these headers."""
    columns = [(column.label, column.header) for column in name_columns(headers)]
    found = suggest.suggest_columns(columns, samples, WANTED)
    return {label: one.field for label, one in found.items()}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Use Case Name", "name"), ("Systemname", "name"), ("Bezeichnung", "name"), ("Business purpose", "purpose"),
        ("Verwendungszweck", "purpose"), ("Department", "unit"), ("Abteilung", "unit"), ("Vendor", "supplier"),
        ("Hersteller", "supplier"), ("lifecycle_stage", "stage"), ("In Betrieb seit", "go_live"),
        ("Date Implemented", "go_live"), ("Bemerkungen", "notes"), ("DSGVO-relevant", "personal_data"),
        ("EU AI Act class", "ai_act_class"), ("KI-VO-Klasse", "ai_act_class"), ("nextReview", "next_review"),
    ],
)  # fmt: skip
def test_a_column_finds_its_field_by_what_others_call_it(header, field):
    assert suggested(header) == {name_columns([header])[0].label: field}


def test_every_field_is_found_by_its_own_name_in_each_language():
    for one in FIELDS:
        for header in in_languages(one.label):
            assert suggested(header) == {header: one.name}, header


def test_columns_of_other_things_stay_open():
    assert suggested("Shoe size", "Foo", "Budget 2027") == {}


def test_content_speaks_where_the_name_is_mute():
    found = suggested("Column A", **{"Column A": ["2026-01-31", "1 March 2026", ""]})
    assert found == {"Column A": "go_live"}


def test_dates_alone_say_nothing_where_the_name_says_something_else():
    assert suggested("Contract signed", **{"Contract signed": ["2026-01-31", "2026-03-01"]}) == {}


@given(st.lists(texts, min_size=1, max_size=12))
def test_no_field_is_suggested_twice_and_only_for_columns_that_exist(headers):
    found = suggested(*headers)
    assert len(set(found.values())) == len(found)
    assert set(found) <= {column.label for column in name_columns(headers)}
    assert suggested(*headers) == found


@pytest.mark.parametrize("one", CHOICE_FIELDS, ids=lambda one: one.name)
def test_codes_labels_and_usual_spellings_mean_their_value(one):
    spellings = setup.all_spellings(one, NOBODY)
    for code, label in one.values(NOBODY).items():
        for text in (code, *in_languages(label), *one.spellings.get(code, ())):
            expected = spellings[folded(text)]
            assert suggest.suggest_value(text.upper(), spellings) == expected
            assert suggest.suggest_value(f"  {text}. ", spellings) == expected


@given(texts)
def test_a_suggested_value_is_always_one_of_ours(text):
    for one in CHOICE_FIELDS:
        found = suggest.suggest_value(text, setup.all_spellings(one, NOBODY))
        assert found == "" or found in one.values(NOBODY)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["31/12/2025", "01/02/2025"], "day"), (["12/31/2025", "01/02/2025"], "month"), (["01/02/2025"], ""),
        (["2025-12-31", "31.12.2025"], ""), (["soon", ""], ""),
    ],
)  # fmt: skip
def test_the_order_of_dates_is_what_the_dates_say(values, order):
    assert suggest.judge_dates(values).order == order


@given(st.dates(), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y"]))
def test_every_written_day_counts_as_a_date(day, shape):
    if 1900 < day.year < 2200:
        assert not suggest.judge_dates([day.strftime(shape)]).unreadable


def test_what_is_no_date_is_named_with_how_often():
    found = suggest.judge_dates(["soon", "soon", "later", "2025-01-01", "45/77/2025"])
    assert found.unreadable[0] == ("soon", 2) and ("45/77/2025", 1) in found.unreadable


# From choices to a mapping -----------------------------------------------------------------------------------------


def mapped(headers, **choices):
    """The mapping of a file with these headers."""
    labels = [column.label for column in name_columns(headers)]
    return setup.mapping_of(SYSTEMS, NOBODY, labels, Setup(**choices)).bind(name_columns(headers))


@given(st.data())
def test_whatever_is_chosen_gives_a_mapping_or_one_sentence(data):
    headers = data.draw(st.lists(texts, min_size=1, max_size=6))
    labels = [column.label for column in name_columns(headers)]
    names = ["", LEFT_OUT, "ref", *(one.name for one in FIELDS)]
    targets = {label: data.draw(st.sampled_from(names)) for label in labels}
    unclear = {label: data.draw(st.sampled_from(["refuse", "blank", "note", "?"])) for label in labels}
    orders = {label: data.draw(st.sampled_from(["day", "month"])) for label in labels}
    try:
        reader = mapped(headers, targets=targets, unclear=unclear, orders=orders)
    except MappingError as error:
        assert str(error)
        return
    assert all(targets.values()), "every column is mapped or left out"
    row = Row(2, tuple(data.draw(texts) for _label in labels))
    if not row.problem:
        try:
            reader.identify(row)
            values, _remarks = reader.read(row)
        except ValueError as refused:
            assert str(refused)
        else:
            assert set(values) <= {one.name for one in FIELDS}


@given(
    st.dictionaries(
        texts.filter(lambda text: folded(text)), st.sampled_from(["yes", "no", "unknown", "-", ""]), max_size=8
    )
)
def test_values_read_as_somebody_said(given_):
    one = SYSTEMS.field("personal_data")
    try:
        reader = mapped(["N", "P"], targets={"N": "name", "P": "personal_data"}, values={"P": given_})
    except MappingError:
        codes = {folded(code): code for code in one.values(NOBODY)}
        assert any(value and codes.get(folded(text), value) != value for text, value in given_.items())
        return
    first = {}
    for text, value in given_.items():
        if value:
            first.setdefault(folded(text), value)
    for text, value in given_.items():
        if not value or not text.strip() or folded(text) in map(folded, setup.BLANKS):
            continue
        values, _remarks = reader.read(Row(2, ("A", text)))
        assert values["personal_data"] == first[folded(text)].replace("-", "")


def test_a_value_without_counterpart_refuses_its_row_is_left_blank_or_noted():
    targets = {"N": "name", "P": "personal_data", "C": "notes"}
    cells = ("A", "perhaps", "seen")
    for unclear, expected in (("blank", ""), ("note", "")):
        reader = mapped(["N", "P", "C"], targets=targets, values={"P": {"perhaps": ""}}, unclear={"P": unclear})
        values, remarks = reader.read(Row(2, cells))
        assert values["personal_data"] == expected and remarks
        assert ("perhaps" in values["notes"]) == (unclear == "note")
    with pytest.raises(ValueError, match="perhaps"):
        mapped(["N", "P", "C"], targets=targets, values={"P": {"perhaps": ""}}).read(Row(2, cells))


def test_several_columns_make_one_text_and_never_one_choice():
    reader = mapped(["N", "A", "B"], targets={"N": "name", "A": "purpose", "B": "purpose"})
    assert reader.read(Row(2, ("x", "one", "two")))[0]["purpose"] == "A: one\n\nB: two"
    with pytest.raises(MappingError, match="keep one"):
        mapped(["N", "A", "B"], targets={"N": "name", "A": "stage", "B": "stage"})


def test_repeated_headers_are_mapped_by_position():
    headers = ["Name", "Other", "Name"]
    labels = [column.label for column in name_columns(headers)]
    assert len(set(labels)) == 3
    reader = mapped(headers, targets={labels[0]: LEFT_OUT, labels[1]: LEFT_OUT, labels[2]: "name"})
    assert reader.read(Row(2, ("wrong", "", "right")))[0]["name"] == "right"


def test_a_cell_of_several_values_is_read_part_by_part():
    spellings = {"a": "A", "b, c": "BC", "d": "D"}
    assert read_choices("a; b, c", spellings) == "A; BC"
    assert read_choices("b, c", spellings) == "BC"
    assert read_choices("a, d", spellings) == "A; D"
    with pytest.raises(Unclear):
        read_choices("a; x", spellings)


def test_a_set_up_survives_being_kept():
    one = Setup(targets={"a": "name"}, values={"a": {"x": "y"}}, identity={"columns": ["a"]}, source="s")
    assert Setup.of(one.plain()) == one
    assert Setup.of({**one.plain(), "of another version": 1}) == one
    assert isinstance(setup.mapping_of(SYSTEMS, NOBODY, ["a"], one), FieldMapping)
