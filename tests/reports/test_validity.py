"""Printed reports judged by veraPDF, qpdf and poppler."""

import base64
import subprocess
from dataclasses import replace

import pikepdf
import pytest

from core import keys
from reports import signing
from reports.documents.common import content_hash
from reports.render import pdf
from reports.render.client import render
from tests.core.test_dressing import picture
from tests.reports import verapdf
from tests.reports.samples import GERMAN, HOSTILE, RTL, filled, make_risk_report, make_soa

pytestmark = pytest.mark.pdf

REPORTS = {
    "statement": make_soa(),
    "statement, letter, working copy": make_soa(paper="Letter", state="working_copy", language="de"),
    "statement, hostile": filled(make_soa(seed=3), HOSTILE),
    "risks, none": make_risk_report(0),
    "risks, 60, superseded, letter": make_risk_report(60, paper="Letter", state="superseded", superseded_by=3),
    "risks, hostile": filled(make_risk_report(6, seed=4), HOSTILE),
    "risks, other scripts": filled(make_risk_report(8, language="de"), f"{RTL} {GERMAN} 漢字 🙂 \U0010fffd"),
}


LOOK = {"accent": "#7a1f3d", "logo": base64.b64encode(picture()).decode(), "site": "https://aims.example/house/"}


def draft():
    """A risk report under criteria nobody approved."""
    report = make_risk_report(9, state="working_copy")
    return replace(report, cover=replace(report.cover, draft=True))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pdf")
    found = {}
    for number, (name, report) in enumerate(REPORTS.items()):
        found[name] = folder / f"{number}.pdf"
        found[name].write_bytes(render(report, "pdf"))
    found["dressed draft"] = folder / "dressed.pdf"
    found["dressed draft"].write_bytes(render(draft(), "pdf", dress=LOOK))
    found["sealed"] = folder / "sealed.pdf"
    dress = {"seal_key": keys.document_fingerprint()}
    found["sealed"].write_bytes(signing.seal(render(REPORTS["statement"], "pdf", dress=dress), "RPT-SOA-7"))
    return found


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_both_reports_are_valid_for_archives_and_for_screen_readers(files):
    assert verapdf.validate(list(files.values())) == ""


def test_the_judge_finds_a_file_that_is_not_valid(files, tmp_path):
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(files["statement"]) as opened:
        del opened.Root.Lang
        del opened.Root.MarkInfo
        opened.save(broken)

    assert "fail ua1" in verapdf.validate([broken])


@pytest.mark.parametrize("name", [*REPORTS, "sealed"])
def test_each_file_is_sound_and_uses_the_bundled_fonts(files, name):
    run("qpdf", "--check", str(files[name]))
    fonts = run("pdffonts", str(files[name])).splitlines()[2:]

    assert any("Source-Sans" in line or "SourceSans" in line for line in fonts)
    assert all(line.split()[-5] == "yes" for line in fonts), "every font is embedded"


@pytest.mark.parametrize("name", REPORTS)
def test_what_makes_it_quick_leaves_every_byte_as_it_was(files, name, monkeypatch):
    monkeypatch.setattr(pdf, "hasten", lambda: None)

    assert pdf.to_pdf(REPORTS[name]) == files[name].read_bytes()


def test_pages_are_counted_through_all_parts_and_name_the_report(files):
    text = run("pdftotext", "-layout", str(files["risks, 60, superseded, letter"]), "-").split("\f")[:-1]

    for number, page in enumerate(text, 1):
        assert f"Page {number} of {len(text)}" in page
        assert "RPT-RISK-7" in page
        assert "SUPERSEDED v2" in page


def test_the_contents_name_the_pages_where_chapters_begin(files):
    pages = run("pdftotext", "-layout", str(files["statement"]), "-").split("\f")
    contents = next(page for page in pages if page.lstrip().startswith("Statement") and "Contents" in page)
    line = next(line for line in contents.splitlines() if "Approvals and verification" in line)

    assert "Approvals and verification" in pages[int(line.split()[-1]) - 1]


def test_hostile_text_appears_as_text_and_nothing_else_is_attached(files):
    text = run("pdftotext", str(files["risks, hostile"]), "-")
    attached = run("pdfdetach", "-list", str(files["risks, hostile"]))

    assert "alert(1)" in text
    assert "root:" not in text
    assert attached.splitlines()[0].startswith("1 embedded")


def test_the_printed_fingerprint_is_that_of_the_embedded_data(files):
    text = run("pdftotext", str(files["statement"]), "-").replace(" ", "").replace("\n", "")

    assert content_hash(REPORTS["statement"]) in text
