"""The wizard, step by step, as somebody without scripts goes through it."""

import csv
import io
import re
from collections import Counter

import pytest
from django.core.management import call_command

from aims.models import AISystem
from aims.services.imports import SYSTEMS
from core import jobs
from core.imports import LEFT_OUT, Setup, saved, wizard
from core.models import Import, Job, SavedMapping
from core.tables import read_table
from tests.aims.makers import csv_file, entries
from tests.data import testdata

pytestmark = pytest.mark.django_db
BASE = "/helvia/systems/import/"
FEDERAL = "inventory/us_federal_ai_use_cases_2024.csv"


def begun(browser, file):
    """Upload a file; returns the address of its import."""
    answer = browser.post(BASE, {"file": file})
    assert answer.status_code == 302, answer.context["form"].errors
    return re.match(r"(/helvia/imports/[0-9a-f-]{36}/)", answer["Location"])[1]


def targets(browser, base):
    """Label of a column to (position, target) as the page shows it."""
    return {c["label"]: (c["at"], c["target"]) for c in browser.get(f"{base}columns/").context["columns"]}


def chosen(browser, base, wanted):
    """Choose targets by the beginning of a label."""
    known = targets(browser, base)
    return {
        f"c{at}": next((to for start, to in wanted.items() if label.startswith(start)), target)
        for label, (at, target) in known.items()
    }


GERMAN = (
    ["Systemname", "Abteilung", "Verantwortlich", "Status", "In Betrieb seit", "Bemerkung", "Bemerkung"],
    ["Lotse", "Pflege", "Owner One", "In Betrieb", "31/12/2024", "gut", "läuft"],
    ["Sichter", "IT", "owner one", "Stillgelegt", "01/02/2025", "", ""],
    ["Waage", "IT", "Niemand", "Halbfertig", "irgendwann", "", "x"],
)


def test_a_german_file_goes_through_every_step_and_is_undone_as_one(place):
    browser, base = place.browser, begun(place.browser, csv_file(*GERMAN, encoding="cp1252"))
    file = browser.get(f"{base}file/")
    assert file.context["facts"].encoding == "Windows-1252" and "kept apart by position" in file.content.decode()
    assert browser.post(f"{base}file/", {"encoding": "", "delimiter": "", "header_row": "1"})["Location"].endswith(
        "columns/"
    )
    found = {label: to for label, (_at, to) in targets(browser, base).items()}
    assert list(found.values())[:5] == ["name", "unit", "owner", "stage", "go_live"]
    assert "Bemerkung [6]" in found and "Bemerkung [7]" in found
    post = chosen(browser, base, {"Bemerkung": "notes"})
    assert browser.post(f"{base}columns/", post)["Location"].endswith("values/")
    panes = {pane["label"]: pane for pane in browser.get(f"{base}values/").context["panes"]}
    assert panes["In Betrieb seit"]["order"] == "day" and panes["In Betrieb seit"]["dates"].unreadable
    stage = panes["Status"]
    assert {text: value for _n, text, _count, value in stage["rows"]} == {
        "In Betrieb": "OM", "Stillgelegt": "RET", "Halbfertig": "",
    }  # fmt: skip
    number = next(n for n, text, _count, _value in stage["rows"] if text == "Halbfertig")
    values = {
        f"v{stage['at']}.{number}": "DD",
        f"u{panes['In Betrieb seit']['at']}": "note",
        f"u{panes['Verantwortlich']['at']}": "blank",
    }
    assert browser.post(f"{base}values/", values)["Location"].endswith("rows/")
    assert browser.post(f"{base}rows/", {"key": ["1"]})["Location"].endswith("check/")
    dry = browser.get(f"{base}check/")
    assert dry.context["plan"].counts["create"] == 3 and not AISystem.objects.exists()
    result = browser.post(f"{base}check/", {"apply": "1"})["Location"]
    jobs.run_waiting()
    lotse, waage = AISystem.objects.get(name="Lotse"), AISystem.objects.get(name="Waage")
    assert (lotse.owner, lotse.stage, lotse.go_live.isoformat()) == (place.people["owner"], "OM", "2024-12-31")
    assert "Bemerkung [6]: gut" in lotse.notes and "Bemerkung [7]: läuft" in lotse.notes
    assert (waage.owner, waage.stage, waage.go_live) == (None, "DD", None) and "irgendwann" in waage.notes
    assert browser.get(f"{base}check/").context["plan"].counts["unchanged"] == 3
    browser.post(f"{result}undo/")
    jobs.run_waiting()
    assert not AISystem.objects.exists()


def test_an_undo_that_left_many_records_names_some_and_says_how_many_more(place):
    browser, base = place.browser, begun(place.browser, csv_file(["Name"], ["A"]))
    browser.post(f"{base}rows/", {"key": ["1"]})
    result = browser.post(f"{base}check/", {"apply": "1"})["Location"]
    jobs.run_waiting()
    Job.objects.update(result={"kept_count": 1891, "kept_refs": ["SYS-1", "SYS-2"]})
    assert "SYS-1, SYS-2 and 1,889 more" in browser.get(result).content.decode()


def test_a_kept_mapping_is_offered_for_the_same_columns_and_to_the_command(place, tmp_path):
    browser, base = place.browser, begun(place.browser, csv_file(["Bezeichnung", "Foo"], ["A", "1"]))
    assert browser.post(f"{base}check/", {"keep": "1", "name": "cmdb-list"}).status_code == 422  # a column is open
    browser.post(f"{base}columns/", {"rest": "-"})
    assert browser.post(f"{base}check/", {"keep": "1", "name": "a b"}).status_code == 422
    assert browser.post(f"{base}check/", {"keep": "1", "name": "us-federal-2024"}).status_code == 422
    assert browser.post(f"{base}check/", {"keep": "1", "name": "cmdb-list"}).status_code == 302
    assert SavedMapping.objects.get().columns == ["Bezeichnung", "Foo"]
    again = begun(browser, csv_file(["Bezeichnung", "Foo"], ["B", "2"]))
    assert browser.get(f"{again}check/").context["plan"].counts["create"] == 1
    path = tmp_path / "next.csv"
    path.write_text("Bezeichnung,Foo\nC,3\n")
    call_command(
        "inventory",
        "sync",
        str(path),
        "--in",
        "helvia",
        "--source",
        "cmdb",
        "--mapping",
        "cmdb-list",
        stdout=io.StringIO(),
    )
    assert AISystem.objects.get().name == "C"
    assert "cmdb-list" in browser.get(BASE).content.decode()
    forget = "/helvia/imports/mappings/systems/cmdb-list/forget/"
    assert browser.post(forget, {"version": 99}).status_code == 409 and SavedMapping.objects.exists()
    assert browser.post(forget, {"version": browser.get(forget).context["version"]})["Location"] == BASE
    assert browser.get(forget).status_code == 404
    assert not saved.saved_mappings(place.manager, SYSTEMS).exists()


def test_the_federal_inventory_goes_through_the_wizard_without_the_mapping_that_ships(place):
    browser = place.browser
    with testdata(FEDERAL).open("rb") as file:
        base = begun(browser, file)
    browser.post(f"{base}columns/", {"mapping": ""})
    assert not Setup.of(Import.objects.get().setup).mapping
    wanted = {
        "Use Case Name": "name", "Agency Abbreviation": "-", "Agency": "unit", "Bureau": "unit",
        "Use Case Topic": "topic",
        "What is the intended purpose": "purpose", "Describe the AI system’s outputs": "outputs",
        "Stage of Development": "stage", "Date Implemented": "go_live", "Date Retired": "retired_on",
        "Was the AI system involved": "development", "Does this AI use case involve personally": "personal_data",
        "Describe any agency-owned data": "datasets", "": "-",
    }  # fmt: skip
    answer = browser.post(f"{base}columns/", chosen(browser, base, wanted))
    assert answer.status_code == 302, answer.context["fault"]
    panes = browser.get(f"{base}values/").context["panes"]
    assert {pane["label"][:16] for pane in panes} == {
        "Stage of Develop",
        "Date Implemented",
        "Date Retired",
        "Was the AI syste",
        "Does this AI use",
    }
    assert browser.post(f"{base}values/", {f"u{pane['at']}": "blank" for pane in panes}).status_code == 302
    keys = [targets(browser, base)[label][0] for label in ("Agency", "Bureau", "Use Case Name")]
    counted = browser.post(f"{base}rows/", {"key": keys, "count": "1"})
    assert counted.context["chosen"].collisions == 78 and counted.context["colliding"]
    assert browser.post(f"{base}rows/", {"key": keys, "apart": "1"}).status_code == 302
    dry = browser.get(f"{base}check/")
    plan = dry.context["plan"]
    assert sum(plan.counts.values()) == 2133 and (plan.counts["create"], plan.counts["duplicate"]) == (2130, 3), (
        plan.counts
    )
    assert dry.context["page"].paginator.num_pages == 43
    browser.post(f"{base}check/", {"apply": "1"})
    jobs.run_waiting()
    before = entries(place.manager)
    assert AISystem.objects.count() == 2130
    assert browser.get(f"{base}check/").context["plan"].counts["unchanged"] == 2130 and entries(place.manager) == before
    file, export = Counter(map(tuple, federal_rows())), exported(browser)
    assert export - file == Counter() and (file - export).total() == plan.counts["duplicate"]


COLUMNS = ("name", "unit", "topic", "purpose", "outputs", "datasets")
SOURCES = (
    ("Use Case Name",), ("Agency", "Bureau"), ("Use Case Topic Area",),
    ("What is the intended purpose and expected benefits of the AI?",), ("Describe the AI system’s outputs.",),
    ("Describe any agency-owned data used to train, fine-tune, and/or evaluate performance of the model(s) used in "
     "this use case.",),
)  # fmt: skip
NOTHING = ("", "n/a", "-", "—", "k. a.")


def federal_rows():
    """The cells of the file that become text, read without the product."""
    with testdata(FEDERAL).open(encoding="cp1252", newline="") as stream:
        for row in csv.DictReader(stream):
            cells = [[" ".join(row[name].split()) for name in names] for names in SOURCES]
            yield [" / ".join(dict.fromkeys(c for c in found if c.casefold() not in NOTHING)) for found in cells]


def exported(browser):
    """The same cells of the register's export, counted."""
    export = browser.get(f"/helvia/systems/?columns={','.join(COLUMNS)}&export=csv", follow=True).content
    rows = read_table(export, "export.csv").rows()  # takes the guard off cells that look like formulas
    return Counter(tuple(" ".join(cell.split()) for cell in row.cells) for row in rows)


def test_a_column_of_numbers_names_records_only_with_numbers_of_ours(place):
    for cell, target in (("SYS-7", "ref"), ("4711", "")):
        base = begun(place.browser, csv_file(["Nummer", "Bezeichnung"], [cell, "A"], ["", "B"]))
        assert targets(place.browser, base)["Nummer"] == (1, target), cell
        table = read_table(f"Nummer,Name\n{cell},A\n".encode(), "list.csv")
        setup = wizard.named_setup(place.manager, SYSTEMS, table)
        assert setup.targets["Nummer"] == (target or LEFT_OUT)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (("c," * 10_000 + "\n1\n").encode(), "columns"),
        ((",".join(f"c{n}" for n in range(400)) + "\n1\n").encode(), "400 columns"),
        (b"Name\n" + b"x" * 200_000, "too long"),
        (b"PK\x03\x04 no archive", "content"),
        (b'Name\n"open', "never closed"),
    ],
)
def test_a_hostile_file_is_told_in_one_sentence(place, data, says):
    file = io.BytesIO(data)
    file.name = "list.csv"
    answer = place.browser.post(BASE, {"file": file})
    if answer.status_code == 302:  # only its rows are bad
        base = re.match(r"(/helvia/imports/[0-9a-f-]{36}/)", answer["Location"])[1]
        answer = place.browser.get(f"{base}check/", follow=True)
    body = answer.content.decode()
    assert says in body and len(body) < 200_000
    assert not AISystem.objects.exists()


def test_nuls_and_formulas_stay_text_or_are_refused(place):
    base = begun(place.browser, csv_file(["Name", "Unit"], ["=1+1", "IT"], ["a\0b", "IT"]))
    plan = place.browser.get(f"{base}check/").context["plan"]
    assert (plan.counts["create"], plan.counts["refused"]) == (1, 1)


def test_a_file_read_the_wrong_way_is_told_and_can_be_read_again(place):
    base = begun(place.browser, csv_file(["Name", "Unit"], ["Größe", "IT"], encoding="cp1252"))
    wrong = place.browser.post(f"{base}file/", {"encoding": "utf-8", "delimiter": "", "header_row": "1"})
    assert wrong.status_code == 422 and "not written in utf-8" in wrong.content.decode()
    assert place.browser.post(f"{base}file/", {"encoding": "utf-8", "header_row": "900"}).status_code == 422
    right = place.browser.post(f"{base}file/", {"encoding": "cp1252", "header_row": "1", "again": "1"})
    assert right["Location"].endswith("/file/")
