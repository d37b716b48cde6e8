"""Reports as workbooks."""

import datetime
import io
import json
from dataclasses import replace

import openpyxl
import pytest

from reports.documents.common import content_hash, to_json
from reports.render.client import RenderFailed, render
from reports.render.xlsx import to_xlsx
from tests.reports.samples import HOSTILE, filled, make_risk_report, make_soa


def book(report):
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(report)))


def rows(sheet):
    head, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


def test_the_first_sheet_says_what_this_is_and_carries_the_fingerprint():
    report = make_soa()

    facts = dict(book(report).worksheets[0].iter_rows(values_only=True))

    assert facts["Report id"] == "RPT-SOA-7"
    assert facts["Status"] == "APPROVED v2"
    assert facts["Data fingerprint (SHA-256)"] == content_hash(report)
    assert facts["As of (UTC)"] == datetime.datetime(2026, 11, 16, 22)  # noqa: DTZ001 (a workbook knows no zone)


def test_dates_are_dates_and_numbers_are_numbers():
    row = rows(book(make_risk_report(20))["Risk register"])[0]

    assert row["Next review"] == datetime.datetime(2027, 4, 6)  # noqa: DTZ001 (a workbook knows no zone)
    assert isinstance(row["Today: Consequence"], int)


def test_the_statement_has_its_rows_and_numbers():
    report = make_soa()
    workbook = book(report)

    assert [row["Control"] for row in rows(workbook["Controls"])] == [
        control.ref for control in (*report.controls, *report.own_controls)
    ]
    assert {row["Figure"]: row["Count"] for row in rows(workbook["Summary"])}["Applicable"] == report.applicable.value


def test_registers_are_frozen_filtered_and_wide_enough():
    sheet = book(make_risk_report(20))["Risk register"]

    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:T21"
    assert sheet.column_dimensions["B"].width > 40


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=cmd|"/c calc"!A1'])
def test_a_text_that_looks_like_a_formula_stays_a_text(start):
    report = make_soa()
    report = replace(report, controls=[replace(report.controls[0], reason=start), *report.controls[1:]])

    cells = [cell for row in book(report)["Controls"].iter_rows() for cell in row]

    assert not [cell for cell in cells if cell.data_type == "f"]
    assert start.strip() in {str(cell.value).strip() for cell in cells}


def test_hostile_text_makes_no_formula_and_no_link():
    for report in (filled(make_soa(), HOSTILE), filled(make_risk_report(5), HOSTILE)):
        for sheet in book(report):
            cells = [cell for row in sheet.iter_rows() for cell in row]
            assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_a_text_longer_than_a_cell_says_that_it_is_cut():
    report = make_soa()
    report = replace(report, controls=[replace(report.controls[0], how="x" * 40_000), *report.controls[1:]])

    text = rows(book(report)["Controls"])[0]["How it is done"]

    assert len(text) == 32767
    assert text.endswith("[…]")


def test_the_same_report_gives_the_same_workbook():
    assert render(make_risk_report(8), "xlsx") == render(make_risk_report(8), "xlsx")


def test_the_json_is_the_canonical_bytes():
    report = make_risk_report(3)

    assert render(report, "json") == to_json(report)
    assert json.loads(render(report, "json"))["report"]["cover"]["number"] == "RPT-RISK-7"


def test_an_unknown_format_fails_with_its_name():
    with pytest.raises(RenderFailed, match="unknown format: docx"):
        render(make_soa(), "docx")


def test_an_empty_report_has_only_the_sheets_that_say_something():
    assert "Risk register" not in book(make_risk_report(0)).sheetnames
