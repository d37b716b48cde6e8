"""Reports as PDF: one file from many parts, the same bytes, nothing read but fonts."""

import hashlib
import io
import itertools
import os
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from reports.documents.common import content_hash, to_json
from reports.documents.risk import Decision
from reports.render import client, html, layout, sandbox, text
from reports.render.client import RenderFailed, render
from reports.render.front import Issue, cover_facts, grouped, stretches, unapproved
from reports.render.risk_pages import risk_parts
from reports.render.soa_pages import soa_parts
from tests.reports.samples import HOSTILE, RTL, filled, make_cover, make_risk_report, make_soa


@pytest.fixture(scope="module")
def statement():
    return make_soa(), render(make_soa(), "pdf")


def pages_of(parts):
    return [html.render(part.template, part.context) for part in parts]


def alive_in_group(group):
    """Processes of a group that still run; those that ended and wait to be collected do not count."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group and fields[0] not in "ZX":
            found.append(entry)
    return found


def test_the_data_are_embedded_and_their_fingerprint_is_printed(statement):
    report, rendition = statement
    with pikepdf.open(io.BytesIO(rendition)) as pdf:
        data = pdf.attachments["data.json"].get_file().read_bytes()
        relationship = pdf.Root.AF[0].AFRelationship

    assert data == to_json(report)
    assert hashlib.sha256(data).hexdigest() == content_hash(report)
    assert relationship == "/Data"
    assert grouped(content_hash(report)) in pages_of(soa_parts(Issue.of(report))[0])[0]


def test_two_runs_give_the_same_bytes_and_so_does_one_processor(statement, monkeypatch):
    report, rendition = statement
    everything = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(everything)})
    try:
        assert render(report, "pdf") == rendition
    finally:
        os.sched_setaffinity(0, everything)


def test_no_status_in_german_runs_into_the_owner_beside_it(tmp_path):
    report, file = make_soa(), tmp_path / "soa.pdf"
    rows = [replace(row, status="partly", applies="yes") for row in report.controls]
    file.write_bytes(render(replace(report, cover=replace(report.cover, language="de"), controls=rows), "pdf"))
    boxes = subprocess.run(["pdftotext", "-bbox", file, "-"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="[\d.]+">([^<]+)<', boxes)
    words = [(float(left), float(top), float(right), word) for left, top, right, word in found]
    meetings = [
        (one, other)
        for one, other in itertools.pairwise(words)
        if one[3] in {"Teilweise", "umgesetzt"} and abs(one[1] - other[1]) < 1 and one[0] < other[0] < one[2]
    ]
    assert sum(word[3] == "umgesetzt" for word in words) >= len(rows) and not meetings


def test_a_title_breaks_between_words_only():
    report = make_risk_report(8)
    cover = replace(report.cover, language="de")
    front = pages_of(risk_parts(Issue.of(replace(report, cover=cover)))[0])[0]
    assert '<span class="nowrap">KI-Risikobeurteilung</span> und <span class="nowrap">-behandlung</span>' in front


def test_the_summary_names_as_many_decisions_as_fit_its_page_and_counts_the_rest():
    told = [
        Decision(f"RSK-{n}", "Above the criteria, neither treated nor accepted: " + "words " * 40) for n in range(30)
    ]
    report = replace(make_risk_report(60), decisions=told)
    front = risk_parts(Issue.of(report))[0][0].context
    shown = len(front["decisions"])
    assert 1 <= shown <= 3 and front["more_decisions"] == f"and {30 - shown} more"
    few = risk_parts(Issue.of(replace(report, decisions=told[:1])))[0][0].context
    assert len(few["decisions"]) == 1 and not few["more_decisions"]


def test_parts_are_joined_into_one_tree_with_bookmarks_and_inner_links(statement):
    with pikepdf.open(io.BytesIO(statement[1])) as pdf:
        with pdf.open_outline() as outline:
            chapters = [item.title for item in outline.root]
        document = pdf.Root.StructTreeRoot.K[0]
        annotations = [note for page in pdf.pages for note in page.obj.get("/Annots", [])]
        numbers = [int(n) for n in list(pdf.Root.StructTreeRoot.ParentTree.Nums)[::2]]
        pages = [int(page.obj.StructParents) for page in pdf.pages]
        notes = [int(note.StructParent) for note in annotations]
        starts = {page.obj.objgen for page in pdf.pages}

        assert chapters[:3] == ["1 Summary", "Contents", "2 How to read this statement"]
        assert all(kid.P.objgen == document.objgen for kid in document.K)
        assert sorted(numbers) == list(range(len(numbers)))
        assert sorted(pages + notes) == numbers
        assert "Controls of Annex A" in {str(note.Contents) for note in annotations}
        assert all("/A" not in note and note.Dest[0].objgen in starts for note in annotations)


def test_hostile_text_is_printed_as_text():
    for report in (filled(make_soa(), HOSTILE), filled(make_risk_report(3, seed=4), HOSTILE)):
        issue = Issue.of(report)
        parts, _ = soa_parts(issue) if report.KIND == "RPT-SOA" else risk_parts(issue)
        for page in pages_of(parts):
            assert "<script" not in page
            assert "<img" not in page
            assert "<link" not in page
            assert "<style" not in page


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://127.0.0.1:9/", "data:text/plain,x", "font:../x", "x.css"]
)
def test_the_renderer_fetches_nothing_but_bundled_fonts(url):
    with pytest.raises(layout.FatalURLFetchingError, match="not allowed"):
        layout.FontsOnly().fetch(url)


def test_running_lines_cannot_leave_their_string():
    line = layout.css_text('a" } @import url(file:///etc/passwd); \\')

    assert line.count('"') == 2
    assert "@" not in line
    assert "}" not in line


def test_names_in_other_scripts_stand_in_their_own_direction():
    assert html.bdi(RTL) == f"<bdi>{RTL}</bdi>"
    assert html.bdi("Jürg <b>") == "Jürg &lt;b&gt;"


def test_signs_that_no_font_draws_are_replaced_visibly():
    assert text.printable("Zürich – “3 × 4” \U0010fffd\x00") == "Zürich – “3 × 4” \ufffd "


def test_doors_of_the_process_are_closed(tmp_path):
    with pytest.raises(sandbox.Refused):
        sandbox._check_open("/etc/passwd", "r", ("/usr/lib", "/tmp"), "/tmp")  # noqa: S108 (only compared)
    with pytest.raises(sandbox.Refused):
        sandbox._check_open("/usr/lib/x", "wb", ("/usr/lib",), "/tmp")  # noqa: S108 (only compared)
    sandbox._check_open("/usr/lib/x", "r", ("/usr/lib",), "/tmp")  # noqa: S108 (only compared)


def test_a_report_that_does_not_end_is_killed_with_its_group(monkeypatch):
    started = []
    plain = client._start
    monkeypatch.setattr(client, "_start", lambda folder: started.append(plain(folder)) or started[-1])

    with pytest.raises(RenderFailed, match="stopped after 1 seconds"):
        render(make_risk_report(400), "pdf", timeout_s=1)

    deadline = time.monotonic() + 3
    while alive_in_group(started[0].pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive_in_group(started[0].pid) == []


def test_a_report_that_takes_too_much_memory_fails_with_a_reason():
    with pytest.raises(RenderFailed) as failed:
        render(make_risk_report(300), "pdf", memory_mb=190)

    assert failed.value.reason


def test_progress_is_told_and_a_report_can_be_cancelled():
    heard = []

    def tick(done, total):
        heard.append((done, total))
        return done == 0

    with pytest.raises(RenderFailed, match="cancelled"):
        render(make_risk_report(200), "pdf", tick=tick)
    assert heard[-1][1] > 10


def test_the_process_gets_no_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "canary")
    process = client._start(str(tmp_path))
    try:
        assert process.args[1:] == ["-m", "reports.render"]
        environment = open(f"/proc/{process.pid}/environ", "rb").read()  # noqa: PTH123 (a file of the kernel)
        assert b"canary" not in environment
    finally:
        client._kill(process)


def test_long_tables_are_cut_into_nearly_equal_stretches():
    assert [len(piece) for piece in stretches(list(range(521)), 260)] == [174, 173, 174]
    assert stretches([], 260) == [[]]


def test_a_long_register_begins_each_level_on_a_page_of_its_own():
    short, long = (risk_parts(Issue.of(make_risk_report(n)))[0] for n in (60, 400))

    assert [part.name for part in short].count("register") == 1
    assert len([part for part in long if part.name.startswith("register-")]) >= 4


def test_empty_chapters_say_so_in_one_sentence():
    report = replace(make_risk_report(0), method=None, heat_maps=[], systems=[], comparison=[], history=[])
    text_of_all = " ".join(pages_of(risk_parts(Issue.of(report))[0]))

    for sentence in (
        "The register holds no risk.",
        "No risk is above the criteria",
        "The plan holds no action.",
        "No residual risk has been accepted.",
        "No method has been approved yet.",
    ):
        assert sentence in text_of_all


def test_the_band_says_what_state_the_report_is_in():
    for changes, words in (
        ({}, "APPROVED v2"),
        ({"state": "superseded"}, "SUPERSEDED v2"),
        ({"state": "working_copy"}, "WORKING COPY"),
    ):
        report = replace(make_soa(), cover=make_cover(**changes))
        assert words in pages_of(soa_parts(Issue.of(report))[0])[0]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Approved as version 3 on 2 November 2026; changed since"),
     ("de", "Freigegeben als Fassung 3 am 2. November 2026; seitdem geändert")],
)  # fmt: skip
def test_the_cover_says_that_a_plan_was_approved_and_changed_since(language, said):
    report = make_risk_report(5)
    changed = replace(
        report.cover, language=language, state="working_copy", version=4, approved_by=None, approved_at="",
        differs="The plan differs from v3 in 2 actions.", replaces_version=3, replaces_on="2026-11-02",
    )  # fmt: skip
    issue = Issue.of(replace(report, cover=changed))
    assert said in [text for _label, text, _mono in cover_facts(issue)]
    assert unapproved(changed, issue.words) == said
    never = replace(changed, differs="", replaces_version=None, replaces_on="")
    assert unapproved(never, issue.words) == issue.words.t["nobody"]


def controls_relied_on(report, file):
    """How many sheets each page with sheets bears."""
    file.write_bytes(render(report, "pdf"))
    told = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True).stdout.decode()
    return [page.count("Controls relied on") for page in told.split("\f") if "Controls relied on" in page]


def test_sheets_of_the_usual_length_share_a_page(tmp_path):
    report = make_risk_report(60)
    more = {"reason": "Nursing posts are filled by people who come back after a break.", "objective": "Fairness"}
    usual = [replace(one, relied_on=(one.relied_on * 3)[:6], **more) for one in report.sheets[:6]]
    assert controls_relied_on(replace(report, sheets=usual), tmp_path / "usual.pdf") == [2, 2, 2]
    mixed = [replace(one, why="A sentence that says why. " * 90) if at in (1, 4) else one
             for at, one in enumerate(usual)]  # fmt: skip
    assert sum(controls_relied_on(replace(report, sheets=mixed), tmp_path / "mixed.pdf")) == 6
