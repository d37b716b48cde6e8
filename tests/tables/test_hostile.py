"""Files that are broken or built to do harm: one clear sentence each, and never a crash (T10, T12)."""

import gzip
import io
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tables import TableError, read_table
from tests.tables.test_reading import workbook


def refusal(data, name, **options):
    """The code of the refusal, from opening or from the first row with a problem."""
    with pytest.raises(TableError) as caught:
        for row in read_table(data, name, **options).rows():
            if row.problem:
                raise row.problem
    assert caught.value.message[0].isupper() and caught.value.message.endswith(".")
    return caught.value.code


def archive(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return stream.getvalue()


def changed(data, name, text):
    """A workbook with one part replaced or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return archive({part: packed.read(part) for part in packed.namelist()} | {name: text})


GOOD = workbook([["Name", "X"], ["a", "b"]])


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "t.csv", "empty"),
        (b"\n\n \n", "t.csv", "empty"),
        (b"\xef\xbb\xbf", "t.csv", "empty"),
        (b"a,b", "t.exe", "unknown-kind"),
        (b"a,b", "noname", "unknown-kind"),
        (GOOD, "t.csv", "wrong-content"),
        (b"Name,X\n", "t.xlsx", "wrong-content"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "t.xlsx", "wrong-content"),
        (b"%PDF-1.7", "t.csv", "wrong-content"),
        (gzip.compress(b"a,b"), "t.csv", "wrong-content"),
        (b"\x89PNG\r\n", "t.txt", "wrong-content"),
        (b"<html>", "t.csv", "wrong-content"),
        (b"Name,X\na,b\0c\n", "t.csv", "nul"),
        (b"Name,X\na,b,c\n", "t.csv", "ragged"),
        (b'Name,X\n"a,b\nc,d\n', "t.csv", "open-quote"),
        (b'Name,X\n"a"b,c\n', "t.csv", "stray-quote"),
        (b"Name,X\na," + b"x" * 100_001 + b"\n", "t.csv", "cell-too-long"),
        (b"Name,X\na," + b"x" * 5_000_000 + b"\n", "t.csv", "cell-too-long"),
        (b",".join(b"c%d" % n for n in range(50_000)) + b"\n", "t.csv", "too-many-columns"),
        (b"Name,X\na,b\n" + b"," * 50_000 + b"\n", "t.csv", "too-many-columns"),
        (b"[1, 2]", "t.json", "empty"),
        (b"7", "t.json", "not-a-list"),
        (b'[{"a": 1}, 2]', "t.json", "not-an-object"),
        (b'[{"a": 1}', "t.json", "not-json"),
        (b'[{"a": NaN}]', "t.json", "not-json"),
        (b'[{"a": 1, "a": 2}]', "t.json", "not-json"),
        (b"[" * 100_000, "t.json", "not-json"),
        (b'{"a":' * 100_000, "t.ndjson", "empty"),
        (b'[{"a": "\\ud800"}]', "t.json", "not-unicode"),
        (b'[{"a": "\\u0000"}]', "t.json", "nul"),
        (b'{"a": 1}\n{"a": \n', "t.ndjson", "not-json"),
        (archive({"a.txt": "x"}), "t.xlsx", "wrong-content"),
        (GOOD[:200], "t.xlsx", "damaged"),
        (GOOD[:-30], "t.xlsx", "damaged"),
        (changed(GOOD, "xl/vbaProject.bin", "x"), "t.xlsx", "macros"),
        (changed(GOOD, "xl/worksheets/sheet1.xml", "not xml"), "t.xlsx", "damaged"),
        (changed(GOOD, "xl/workbook.xml", "<workbook/>"), "t.xlsx", "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_refused_with_its_reason(data, name, code):
    assert refusal(data, name) == code


def test_one_bad_row_does_not_hide_the_good_ones():
    data = b'Name,X\na,b\n1,2,3\n"q"x,y\nc,d\nz,\0\ne,f\n'
    rows = list(read_table(data, "t.csv").rows())
    assert [row.problem.code if row.problem else row.cells for row in rows] == [
        ("a", "b"), "ragged", "stray-quote", ("c", "d"), "nul", ("e", "f"),
    ]  # fmt: skip
    assert [row.number for row in rows] == [2, 3, 4, 5, 6, 7]


def test_a_refusal_says_where():
    [row] = read_table(b"Name,Owner\na,b\0\n", "t.csv").rows()
    assert (row.problem.row, row.problem.code) == (2, "nul")
    assert str(row.problem).startswith("Row 2")


def bomb(size, part="xl/worksheets/sheet1.xml"):
    return changed(GOOD, part, b"<x>" + b" " * size)


def test_a_workbook_that_unpacks_too_large_is_refused_before_it_is_unpacked():
    data = bomb(200 * 2**20)
    assert len(data) < 300_000
    tracemalloc.start()
    assert refusal(data, "t.xlsx") == "unpacks-too-large"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * 2**20


def test_too_many_parts_are_refused():
    assert refusal(archive({f"{n}.xml": "" for n in range(1_001)}), "t.xlsx") == "unpacks-too-large"


def test_a_part_that_lies_about_its_size_is_damaged():
    data = bytearray(changed(GOOD, "xl/worksheets/sheet1.xml", "<x>" + " " * 100_000))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sizes = [entry.file_size for entry in packed.infolist() if entry.filename.endswith("sheet1.xml")]
    real = sizes[0].to_bytes(4, "little")
    assert refusal(bytes(data).replace(real, (10).to_bytes(4, "little")), "t.xlsx") == "damaged"


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entities_are_never_expanded(part):
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    reads = '<!ENTITY file SYSTEM "file:///etc/hostname">'
    for entities, used in ((lol, "&l9;"), (reads, "&file;")):
        with zipfile.ZipFile(io.BytesIO(GOOD)) as packed:
            original = packed.read(part).decode()
        declared = original.replace("?>", f"?><!DOCTYPE x [{entities}]>", 1)
        attacked = declared.replace("Name", used, 1) if "Name" in declared else declared.replace("Sheet1", used, 1)
        assert refusal(changed(GOOD, part, attacked), "t.xlsx") == "damaged"


def test_a_sheet_that_claims_to_be_endless_is_read_by_what_it_holds():
    with zipfile.ZipFile(io.BytesIO(GOOD)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    claimed = sheet.replace('ref="A1:B2"', 'ref="A1:XFD1048576"')
    assert claimed != sheet
    table = read_table(changed(GOOD, "xl/worksheets/sheet1.xml", claimed), "t.xlsx")
    assert [row.cells for row in table.rows()] == [("a", "b")]


def test_a_value_far_to_the_right_or_below_is_named():
    with zipfile.ZipFile(io.BytesIO(GOOD)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    far = sheet.replace("</sheetData>", '<row r="900000"><c r="XFD900000"><v>1</v></c></row></sheetData>')
    rows = list(read_table(changed(GOOD, "xl/worksheets/sheet1.xml", far), "t.xlsx").rows())
    assert [row.problem and row.problem.code for row in rows] == [None, "too-many-columns"]


def test_a_formula_without_a_result_is_named_not_dropped():
    with zipfile.ZipFile(io.BytesIO(GOOD)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    formula = sheet.replace("</sheetData>", '<row r="3"><c r="A3"><f>1+1</f></c></row></sheetData>')
    rows = list(read_table(changed(GOOD, "xl/worksheets/sheet1.xml", formula), "t.xlsx").rows())
    assert rows[-1].problem.code == "no-result" and rows[-1].problem.row == 3


def test_a_long_file_is_read_in_bounded_memory(tmp_path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"Name,Text\n" + (b"a," + b"x" * 300 + b"\n") * 50_000)
    tracemalloc.start()
    assert sum(1 for _row in read_table(path, "long.csv").rows()) == 50_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 2**20


def test_more_rows_than_allowed_are_refused(monkeypatch):
    monkeypatch.setattr("core.tables.model.MAX_ROWS", 3)
    assert refusal(b"Name\n" + b"a\n" * 4, "t.csv") == "too-many-rows"


def test_a_file_over_the_limit_is_refused_unread(monkeypatch):
    monkeypatch.setattr("core.tables.sniff.MAX_BYTES", 10)
    assert refusal(b"Name,X\n" + b"a" * 10, "t.csv") == "too-large"


@given(st.binary(max_size=300), st.sampled_from(["t.csv", "t.tsv", "t.json", "t.ndjson", "t.xlsx", "t.txt"]))
def test_any_bytes_are_a_table_or_a_table_error(data, name):
    try:
        for row in read_table(data, name).rows():
            assert row.problem or all(isinstance(cell, str) for cell in row.cells)
    except TableError as error:
        assert error.code and str(error)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_workbook_with_one_wrong_byte_is_read_or_refused(place, difference):
    data = bytearray(GOOD)
    data[place] ^= difference
    try:
        list(read_table(bytes(data), "t.xlsx").rows())
    except TableError as error:
        assert error.code
