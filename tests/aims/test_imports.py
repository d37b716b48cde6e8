"""Files come in by page and command: dry run, job, repeat, undo; an export comes back without a change."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from aims.catalogue.mappings import shipped_mapping
from aims.models import AISystem
from aims.registers import SystemRegister
from aims.services import change_system
from aims.services.imports import SYSTEMS
from core import jobs
from core.imports import Setup, wizard
from core.models import Job, Person
from core.tables import read_table
from tests.aims.conftest import browser_of
from tests.aims.makers import csv_file, entries, make_system
from tests.data import testdata
from tests.makers import make_management_system, make_manager, make_person

pytestmark = pytest.mark.django_db
BASE = "/helvia/systems/import/"
STEP = re.compile(r"(/helvia/imports/[0-9a-f-]{36}/)(\w+)/$")
FEDERAL = "inventory/us_federal_ai_use_cases_2024.csv"
ROWS = 2133
HOSTILE = '=cmd|"/c calc"!A1'


def upload(browser, file, **settings):
    """Upload a file; returns the address of its dry run. ``settings`` are posted there; "rest" fills open columns."""
    answer = browser.post(BASE, {"file": file})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    base = STEP.match(answer["Location"])[1]
    if "rest" in settings:
        assert browser.post(f"{base}columns/", {"rest": settings.pop("rest")}).status_code == 302
    if "key" in settings:
        assert browser.post(f"{base}rows/", {"key": settings.pop("key")}).status_code == 302
    if settings:
        assert browser.post(f"{base}check/", {**settings, "settings": "1"}).status_code == 302
    return f"{base}check/"


def apply(browser, url):
    """Apply a dry run and do the job; returns the page of its result."""
    answer = browser.post(url, {"apply": "1"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    jobs.run_waiting()
    return answer["Location"]


def command(*arguments):
    """Run ``inventory sync`` as JSON."""
    out = io.StringIO()
    call_command("inventory", "sync", *map(str, arguments), "--as-json", stdout=out)
    return json.loads(out.getvalue())


def test_the_federal_inventory_comes_in_by_command_once_and_adds_up(place):
    path = testdata(FEDERAL)
    dry = command(path, "--in", "helvia", "--source", "omb", "--dry-run")
    assert not AISystem.objects.exists() and dry["written"] is None
    first = command(path, "--in", "helvia", "--source", "omb")
    kinds = ("create", "change", "unchanged", "kept", "duplicate", "matched", "refused")
    assert sum(first[kind] for kind in kinds) == first["rows"] == ROWS
    assert (first["create"], first["duplicate"], first["refused"]) == (2130, 3, 0)
    before = entries(place.manager)
    again = command(path, "--in", "helvia", "--source", "omb", "--mapping", "us-federal-2024", "--complete")
    assert (again["unchanged"], again["duplicate"], again["missing"]) == (2130, 3, 0)
    assert entries(place.manager) == before


def test_the_federal_inventory_comes_in_by_page_and_one_step_undoes_it(place):
    with testdata(FEDERAL).open("rb") as file:
        url = upload(place.browser, file)
    dry = place.browser.get(url)
    page = dry.content.decode()
    assert "Windows-1252" in page and "<b>62</b>" in page
    assert "If Other, please explain." in place.browser.get(url.replace("check", "file")).content.decode()
    assert place.browser.get(url.replace("check", "rows")).context["chosen"].collisions == 78
    assert dry.context["plan"].counts["create"] == 2130
    assert place.browser.get(f"{url}?show=duplicate").context["page"].paginator.count == 3
    assert not AISystem.objects.exists()
    result = apply(place.browser, url)
    done = place.browser.get(result).content.decode()
    assert AISystem.objects.count() == 2130 and "2,130" in done
    before = entries(place.manager)
    again = place.browser.get(url)
    assert again.context["plan"].counts["unchanged"] == 2130 and again.context["writes"] == 0
    assert entries(place.manager) == before
    asked = place.browser.get(f"{result}undo/")
    assert asked.status_code == 200 and "Undo" in asked.content.decode()
    undone = place.browser.post(f"{result}undo/")
    jobs.run_waiting()
    assert not AISystem.objects.exists()
    assert "2,130" in place.browser.get(undone["Location"]).content.decode()
    assert place.browser.post(f"{result}undo/").status_code == 404


def federal_like(folder, rows):
    """A small file in the shape of the federal one: 62 columns, nine of one name, our rows; the last comes twice."""
    mapping = shipped_mapping("us-federal-2024")
    labels = {*mapping.used_columns, *mapping.ignored}
    placed = {int(found[1]): label for label in labels if (found := re.search(r" \[(\d+)\]$", label))}
    others = iter(sorted(labels - set(placed.values())))
    header = [placed.get(at) or next(others) for at in range(1, len(labels) + 1)]
    header = [re.sub(r" \[\d+\]$", "", label) for label in header]
    cells = {"Agency": "Office of Samples", "Bureau": "Archive"}
    path = folder / "federal.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for name in [*(f"Sorter {number}" for number in range(rows)), f"Sorter {rows - 1}"]:
            writer.writerow([name if column == "Use Case Name" else cells.get(column, "") for column in header])
    return path


def test_a_file_in_the_federal_shape_comes_in_by_page_and_command_and_one_step_undoes_it(place, tmp_path):
    path = federal_like(tmp_path, 4)
    with path.open("rb") as file:
        url = upload(place.browser, file)
    dry = place.browser.get(url)
    assert (dry.context["plan"].counts["create"], dry.context["plan"].counts["duplicate"]) == (4, 1)
    assert not AISystem.objects.exists()
    result = apply(place.browser, url)
    again = command(path, "--in", "helvia", "--source", "federal", "--dry-run")
    assert AISystem.objects.count() == 4 and again["rows"] == 5
    change_system(actor=place.manager, system_id=AISystem.objects.first().pk, purpose="Sorts letters")
    assert "Undo" in place.browser.get(f"{result}undo/").content.decode()
    undone = place.browser.post(f"{result}undo/")
    jobs.run_waiting()
    job = Job.objects.get(kind="aims.undo-import")
    assert (job.state, job.result["removed"], job.result["kept_count"]) == (Job.READY, 3, 1)
    assert AISystem.objects.get().purpose == "Sorts letters"
    assert "Left as they are" in place.browser.get(undone["Location"]).content.decode()
    assert place.browser.post(f"{result}undo/").status_code == 404


def test_refused_rows_name_column_and_reason_and_can_be_downloaded(place):
    file = csv_file(
        ["Name", "Owner", "Go-live", "EU AI Act class", "Shoe size"],
        ["Good", place.people["owner"].email, "2026-01-31", "GPAI; Minimal", "42"],
        ["Bad owner", "nobody@example.org", "", "", ""], ["Bad date", "", "soon", "", ""],
        ["", "", "2026-01-31", "", ""],
        ["Bad class", "", "", "NOPE", ""], [HOSTILE, "", "", "", ""],
    )  # fmt: skip
    url = upload(place.browser, file)
    assert place.browser.get(url)["Location"].endswith("/columns/")  # nobody has said what to do with the shoe size
    assert place.browser.post(url.replace("check", "columns"), {"rest": "-"}).status_code == 302
    page = place.browser.get(url)
    body = page.content.decode()
    assert page.context["plan"].counts["refused"] == 4
    assert "nobody@example.org" in body and "“soon” is not a date" in body and "NOPE" in body
    errors = b"".join(place.browser.get(url.replace("check/", "errors.csv")).streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(errors)))
    assert {row["Row"] for row in rows} >= {"3", "4", "5", "6"}
    assert next(row["Column"] for row in rows if row["Row"] == "3") == "Owner"


def test_hostile_cells_stay_text_on_pages_and_come_back_from_an_export(place):
    for name in (HOSTILE, "+1", "-x", "@sum", "<script>alert(1)</script>", "'quoted", "tab\tin", "اسم \u202e"):
        make_system(place.manager, name, purpose=f"{name}\nsecond line")
    page = place.browser.get("/helvia/systems/").content.decode()
    assert "<script>alert(1)" not in page
    exported = place.browser.get("/helvia/systems/?export=csv").content.decode("utf-8-sig")
    assert not any(cell[:1] in "=+-@" for row in csv.reader(io.StringIO(exported)) for cell in row if cell)
    assert_zero_changes(place, exported.encode())


@pytest.mark.parametrize(("kind", "language"), [("csv", "en"), ("csv", "de"), ("xlsx", "de"), ("json", "en")])
def test_an_export_of_everything_comes_back_with_zero_changes(place, kind, language):
    Person.objects.filter(pk=place.manager.person_id).update(language=language)
    make_system(
        place.manager, "Triage", owner=place.people["owner"], roles=["user", "producer"], development="bought",
        ai_act_class="GPAI NOT_HIGH_RISK_DOCUMENTED", personal_data="yes", purpose="Line one\n\nLine two", stage="DEP",
        unit="Care, Zürich",
    )  # fmt: skip
    make_system(place.manager, "Bare")
    columns = ",".join(column.key for column in SystemRegister.columns)
    answer = place.browser.get(f"/helvia/systems/?columns={columns}&export={kind}", follow=True)
    assert_zero_changes(place, answer.content, name=f"export.{kind}", count=2)


def assert_zero_changes(place, data, name="export.csv", count=8):
    """Plan an export as an import: everything is unchanged, and applying it writes nothing."""
    blob = wizard.keep_file(
        actor=place.manager, described=SYSTEMS, name=name, size=len(data), content=io.BytesIO(data)
    )  # fmt: skip
    record = wizard.begin(actor=place.manager, described=SYSTEMS, blob=blob)
    setup = Setup.of(record.setup)
    table = wizard.open_file(blob, setup)
    assert wizard.needs(SYSTEMS, place.tenant.pk, table, setup) == ""
    found = wizard.plan_import(place.manager, SYSTEMS, table, setup)
    assert found.plan.counts["unchanged"] == len(found.plan.outcomes) == count, list(found.plan.described())
    before = entries(place.manager)
    found.execute()
    assert entries(place.manager) == before


def test_an_edited_export_is_the_persons_own_edit_and_may_clear_fields(place):
    system = make_system(place.manager, "Triage", unit="Care", topic="Health")
    file = csv_file(
        ["Ref", "Name", "Unit", "Topic"],
        [system.ref, "Triage", "", "Medicine"],
        ["", "New one", "IT", ""],
        ["SYS-99", "X", "", ""],
    )
    url = upload(place.browser, file, source="sheet")
    page = place.browser.get(url)
    assert {kind: n for kind, n in page.context["plan"].counts.items() if n} == {"create": 1, "change": 1, "refused": 1}
    apply(place.browser, url)
    system.refresh_from_db()
    assert (system.unit, system.topic, system.field_owners) == ("", "Medicine", {})
    again = place.browser.get(url)
    assert again.context["plan"].counts["unchanged"] == 2


def test_rows_that_came_from_a_source_before_propose_that_source(place):
    file = csv_file(["Name", "Unit"], ["A", "IT"], ["B", "IT"])
    apply(place.browser, upload(place.browser, file, source="cmdb"))
    file.seek(0)
    url = upload(place.browser, file)
    assert place.browser.get(url).context["setup"].source == "cmdb"
    place.browser.post(url, {"settings": "1", "source": "other"})
    assert place.browser.get(url).context["other_source"] == "cmdb"


def test_the_choice_of_what_identifies_a_row_is_counted(place):
    file = csv_file(["Name", "Unit", "Supplier"], ["A", "IT", "X"], ["A", "IT", "Y"], ["B", "IT", "Y"])
    url = upload(place.browser, file)
    page = place.browser.get(url)
    rows = url.replace("check", "rows")
    assert place.browser.get(rows).context["chosen"].collisions == 2 and page.context["plan"].counts["refused"] == 2
    counted = place.browser.post(rows, {"key": ["1", "3"]}, headers={"HX-Request": "true"})
    assert counted.context["chosen"].collisions == 0 and "<html" not in counted.content.decode()
    assert place.browser.post(rows, {"key": ["1", "3"]})["Location"] == url
    assert place.browser.get(url).context["plan"].counts["create"] == 3


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("list.exe", b"MZ"),
        ("list.csv", b""),
        ("list.xlsx", b"no workbook"),
        ("list.json", b"{{{"),
        ("list.svg", b"<svg/>"),
    ],
)
def test_what_is_no_table_is_refused_beside_the_field(place, name, data):
    file = io.BytesIO(data)
    file.name = name
    answer = place.browser.post(BASE, {"file": file})
    assert answer.status_code == 422 and 'id="id_file_error"' in answer.content.decode()


def test_a_file_whose_columns_say_nothing_asks_what_they_are(place):
    url = upload(place.browser, csv_file(["Foo", "Bar"], ["1", "2"]))
    columns = url.replace("check", "columns")
    assert place.browser.get(url)["Location"] == columns
    body = place.browser.get(columns).content.decode()
    assert "2 columns are still open" in body and "New rows need: Name" in body
    assert place.browser.post(columns, {"c1": "name", "c2": ""}).status_code == 422
    kept = place.browser.get(columns).context["columns"]
    assert [column["target"] for column in kept] == ["name", ""]  # what was chosen is not lost
    assert place.browser.post(url, {"apply": "1"}).status_code == 422


def test_files_and_results_of_others_are_404_and_members_who_may_not_get_403(place):
    url = upload(place.browser, csv_file(["Name"], ["A"]))
    result = apply(place.browser, url)
    stranger = make_manager(make_management_system("other"))
    theirs = browser_of(next(iter([make_person()])))
    for address in (BASE, url, result, f"{result}undo/", url.replace("check/", "errors.csv"), f"{result}progress/"):
        assert theirs.get(address).status_code == 404, address
        for who in ("owner", "auditor"):
            assert browser_of(place.people[who]).get(address).status_code == 403, address
    assert place.browser.get(f"/helvia/imports/{stranger.management_system_id}/check/").status_code == 404
    assert browser_of(place.people["owner"]).post(url).status_code == 403
    assert place.browser.get(url.replace("helvia", "other")).status_code == 404


def test_an_import_killed_in_the_middle_is_finished_once(place, monkeypatch):
    file = csv_file(["Name"], *[[f"System {n}"] for n in range(1200)])
    url = upload(place.browser, file)
    answer = place.browser.post(url, {"apply": "1"})
    job = Job.objects.get()
    running = jobs.claim(job.pk)
    calls = iter(range(2))
    monkeypatch.setattr(running, "progress", lambda *_a, **_k: next(calls))
    with pytest.raises((StopIteration, RuntimeError)):
        jobs._handlers[job.kind](running)
    assert 0 < AISystem.objects.count() < 1200
    Job.objects.filter(pk=job.pk).update(state=Job.WAITING)
    jobs.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.result["written"]["create"], AISystem.objects.count()) == (Job.READY, 1200, 1200)
    assert place.browser.get(answer["Location"]).status_code == 200


def test_the_template_is_read_as_our_own_columns(place):
    template = b"".join(place.browser.get(f"{BASE}template.csv").streaming_content)
    table = read_table(template + b"Triage\r\n", "ai-systems.csv")
    assert wizard.facts_of(table).columns == 25
    setup = wizard.named_setup(place.manager, SYSTEMS, table)
    assert not setup.undecided(table.labels)
    assert wizard.plan_import(place.manager, SYSTEMS, table, setup_of("x", setup)).plan.counts["create"] == 1


def setup_of(source, setup):
    """A set-up as a source."""
    return replace(setup, source=source)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.csv", "--in", "helvia", "--source", "x"], "no file"),
        (["{file}", "--in", "nowhere", "--source", "x"], "no management system"),
        (["{file}", "--in", "helvia", "--source", "a b"], "Name the source"),
        (["{file}", "--in", "helvia", "--source", "x", "--mapping", "nope"], "no mapping"),
        (["{file}", "--in", "helvia", "--source", "x"], "1 rows could not be used"),
    ],
)
def test_the_command_fails_with_one_sentence(place, tmp_path, arguments, says):
    path = tmp_path / "list.csv"
    path.write_text("Name;Go-live\nA;\nB;soon\n")
    with pytest.raises(CommandError) as refused:
        call_command(
            "inventory", "sync", *[a.format(file=path) for a in arguments], stdout=io.StringIO(), stderr=io.StringIO()
        )
    assert says in str(refused.value)
