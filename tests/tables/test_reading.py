"""What a table file may look like, and what is found out about it."""

import codecs
import io
import json
from datetime import date, datetime, time

import pytest
import xlsxwriter

from core.tables import TableError, read_table
from tests.data import testdata

TEXT = "Name;Größe\nAlpha;„weit“\nBeta;straße\n"


def cells(data, name="t.csv", **options):
    return [row.cells for row in read_table(data, name, **options).rows()]


def workbook(rows, *, sheets=("Data",), **options):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options})
    for name in sheets:
        sheet = book.add_worksheet(name)
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32"), "utf-32"),
        (TEXT.encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_found(data, encoding):
    table = read_table(data, "t.csv")
    assert (table.encoding, table.warnings) == (encoding, ())
    assert table.labels == ("Name", "Größe")
    assert [row.cells for row in table.rows()] == [("Alpha", "„weit“"), ("Beta", "straße")]


def test_an_uncertain_encoding_is_said():
    table = read_table(b"Name,X\ncaf\xe9,\x81\n", "t.csv")
    assert table.encoding == "latin-1" and "Latin-1" in table.warnings[0]


def test_a_character_cut_by_the_edge_of_the_sample_is_no_broken_encoding():
    data = ("Name,Text\n" + "a,€€€€€€€€\n" * 20_000).encode()
    assert len(list(read_table(b" " + data, "t.csv").rows())) == 20_000
    assert len(list(read_table(data, "t.csv").rows())) == 20_000


def test_an_encoding_that_does_not_fit_or_exist_is_refused():
    with pytest.raises(TableError, match="not written in utf-8"):
        cells(TEXT.encode("cp1252"), encoding="utf-8")
    with pytest.raises(TableError, match="no encoding named"):
        cells(TEXT.encode(), encoding="utf-99")


def test_a_wrong_byte_far_into_the_file_names_its_row():
    data = b"Name,X\n" + b"a,b\n" * 100_000 + b"\xff,b\n"
    with pytest.raises(TableError) as caught:
        list(read_table(data, "t.csv", encoding="utf-8").rows())
    assert caught.value.code == "encoding"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    data = delimiter.join(["Name", "Share", "Note"]) + "\n" + delimiter.join(["a", '"1,5;2|3"', "x"]) + "\n"
    table = read_table(data.encode(), "t.txt")
    assert table.delimiter == delimiter
    assert [row.cells for row in table.rows()] == [("a", "1,5;2|3", "x")]


def test_decimal_commas_are_not_taken_for_the_delimiter():
    assert cells(b"a;b;c\n1,5;2,3;4,5\n1,1;1,2;1,3\n") == [("1,5", "2,3", "4,5"), ("1,1", "1,2", "1,3")]


def test_a_first_line_that_names_the_delimiter_is_obeyed():
    assert cells(b"sep=|\na|b,c\n1|2\n") == [("1", "2")]


def test_one_column_is_a_table_too():
    assert cells(b"Name\nAlpha\nBeta\n") == [("Alpha",), ("Beta",)]


def test_the_header_is_found_below_a_title():
    data = b"Inventory 2024,,,\nAs of,1 Nov,,\n,,,\nName,Owner,Stage,Since\na,b,c,2024\n"
    table = read_table(data, "t.csv")
    assert table.header_row == 4 and table.labels == ("Name", "Owner", "Stage", "Since")
    assert [row.number for row in table.rows()] == [5]


def test_the_header_row_can_be_said():
    table = read_table(b"x,y\nName,Owner\n1,2\n", "t.csv", header_row=2)
    assert table.labels == ("Name", "Owner") and [row.cells for row in table.rows()] == [("1", "2")]
    with pytest.raises(TableError, match="no column names"):
        read_table(b"x,y\n1,2\n", "t.csv", header_row=9)


def test_repeated_and_missing_names_are_kept_apart_by_position():
    table = read_table(b"Name,If other,,If other,if OTHER\na,b,c,d,e\n", "t.csv")
    assert table.labels == ("Name", "If other [2]", "Column 3", "If other [4]", "if OTHER [5]")


def test_a_name_that_looks_like_a_position_does_not_collide():
    table = read_table(b"A [2],A,A,Column 4,\n1,2,3,4,5\n", "t.csv")
    assert len(set(table.labels)) == 5


def test_blank_lines_are_left_out_but_counted():
    table = read_table(b"Name,X\n\na,b\n,\n  , \nc,d\n\n\n", "t.csv")
    assert [(row.number, row.cells) for row in table.rows()] == [(3, ("a", "b")), (6, ("c", "d"))]


def test_line_breaks_delimiters_and_quotes_inside_a_cell_stay():
    assert cells(b'Name,X\n"two\nlines, and ""more""",x\r\n') == [('two\nlines, and "more"', "x")]


def test_a_short_row_is_filled_and_rows_can_be_read_again():
    table = read_table(b"A,B,C\n1\n1,2,3,,\n", "t.csv")
    assert (
        [row.cells for row in table.rows()] == [row.cells for row in table.rows()] == [("1", "", ""), ("1", "2", "3")]
    )


def test_a_file_on_disk_reads_as_one_in_memory(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode())
    assert cells(path) == cells(TEXT.encode())


def test_a_workbook_gives_its_typed_cells_as_text():
    rows = [
        ["Name", "Number", "Share", "Day", "Moment", "Clock", "Flag", "Long"],
        ["a", 3, 0.1, date(2024, 5, 1), datetime(2024, 5, 1, 13, 30), time(7, 5), True, 12345678901234],  # noqa: DTZ001 (sheets know no zones)
    ]
    table = read_table(workbook(rows), "t.xlsx")
    assert (table.kind, table.sheet, table.sheets) == ("xlsx", "Data", ("Data",))
    [row] = table.rows()
    assert row.cells == ("a", "3", "0.1", "2024-05-01", "2024-05-01T13:30:00", "07:05:00", "true", "12345678901234")


def test_the_first_sheet_that_holds_something_is_read_unless_another_is_named():
    data = workbook([["Name"], ["a"]], sheets=("Cover", "Data"))
    assert read_table(data, "t.xlsx").sheet == "Data"
    with pytest.raises(TableError, match="Cover, Data"):
        read_table(data, "t.xlsx", sheet="Other")
    with pytest.raises(TableError, match="no rows"):
        read_table(data, "t.xlsx", sheet="Cover")


def test_a_formula_gives_its_stored_result():
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Name", "Sum"])
    sheet.write_string(1, 0, "a")
    sheet.write_formula(1, 1, "=1+1", None, 2)
    book.close()
    assert [row.cells for row in read_table(stream.getvalue(), "t.xlsx").rows()] == [("a", "2")]


def test_json_lists_of_objects_keep_the_spelling_of_numbers():
    data = b'[{"name": "a", "n": 1.50, "big": 12345678901234567890}, {"name": "b", "ok": true, "tags": ["x", 1]}]'
    table = read_table(data, "t.json")
    assert table.labels == ("name", "n", "big", "ok", "tags")
    assert [row.cells for row in table.rows()] == [
        ("a", "1.50", "12345678901234567890", "", ""),
        ("b", "", "", "true", '["x", "1"]'),
    ]


def test_a_list_inside_an_answer_of_an_api_is_found():
    assert cells(json.dumps({"count": 1, "items": [{"a": "1"}]}).encode(), "t.json") == [("1",)]


@pytest.mark.parametrize("name", ["t.ndjson", "t.jsonl", "t.json"])
def test_an_object_a_line(name):
    table = read_table(b'{"a": 1}\n\n{"b": "\xc3\xa9"}\n', name)
    assert [(row.number, row.cells) for row in table.rows()] == [(1, ("1", "")), (3, ("", "é"))]


def test_the_federal_inventory():
    table = read_table(testdata("inventory/us_federal_ai_use_cases_2024.csv"), "inventory.csv")
    rows = list(table.rows())
    assert (table.encoding, table.delimiter, table.header_row) == ("cp1252", ",", 1)
    assert len(rows) == 2_133 and not any(row.problem for row in rows)
    assert len(table.columns) == len(set(table.labels)) == 62
    assert sum(column.header == "If Other, please explain." for column in table.columns) == 9
    assert "If Other, please explain. [26]" in table.labels
