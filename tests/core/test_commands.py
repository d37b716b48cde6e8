"""The command line: exit status 0 only when the thing was done."""

import json

import pytest
from django.core.management import CommandError, call_command

from core.models import Entry, ManagementSystem, Person, Profile
from core.services.tenancy import describe
from tests.makers import make_management_system, make_manager, make_member
from tests.pages.conftest import browser

pytestmark = pytest.mark.django_db


def run(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


def test_a_management_system_is_started_and_its_new_administrator_gets_a_password(capsys):
    said = run(
        capsys, "management-system", "create", "--slug", "acme", "--name", "Acme", "--administrator", "a@example.org"
    )
    assert "password" in said
    assert ManagementSystem.objects.get().slug == "acme"


@pytest.mark.parametrize("slug", ["api", "Ac me", "acme", "-x", "x" * 41])
def test_a_bad_address_is_refused_in_one_sentence_and_leaves_nothing(slug):
    make_management_system(slug="acme")
    with pytest.raises(CommandError, match="slug"):
        call_command("management-system", "create", "--slug", slug, "--name", "N", "--administrator", "b@example.org")
    assert ManagementSystem.objects.count() == 1


def test_verify_says_sound_and_names_a_record_changed_outside(capsys, tmp_path):
    tenant = make_management_system(slug="acme")
    describe(actor=make_manager(tenant), name="Honest")
    assert run(capsys, "ledger", "verify", "--in", "acme", "--records").startswith("sound: ")
    Profile.objects.filter(management_system=tenant).update(name="Changed by SQL")
    with pytest.raises(CommandError, match="changed outside the product"):
        call_command("ledger", "verify", "--in", "acme", "--records")


def test_a_checkpoint_can_be_kept_outside_and_checked_against(capsys, tmp_path):
    make_management_system(slug="acme")
    kept = tmp_path / "kept.json"
    run(capsys, "ledger", "checkpoint", "--in", "acme", "--out", str(kept))
    assert "2 checkpoints" in run(capsys, "ledger", "verify", "--in", "acme", "--checkpoint", str(kept))
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "seq": 99}))
    with pytest.raises(CommandError, match="signature"):
        call_command("ledger", "verify", "--in", "acme", "--checkpoint", str(kept))


def test_checks_print_json(capsys):
    make_management_system(slug="acme")
    assert isinstance(json.loads(run(capsys, "checks", "--in", "acme", "--format", "json")), list)


def test_a_person_is_kept_out_at_once_and_let_in_again(capsys):
    tenant = make_management_system("acme")
    person = make_member(tenant, "manager")
    client = browser(person)
    assert client.get("/acme/risks/").status_code == 200
    assert "is kept out" in run(capsys, "person", "disable", person.email.upper())
    assert client.get("/acme/risks/").status_code == 302
    run(capsys, "person", "disable", person.email)
    assert Entry.objects.filter(action="people.disable").count() == 1
    assert "can sign in" in run(capsys, "person", "enable", person.email)
    assert browser(Person.objects.get(pk=person.pk)).get("/acme/risks/").status_code == 200
    with pytest.raises(CommandError, match="nobody here has the address x@example.org"):
        call_command("person", "disable", "x@example.org")


@pytest.mark.parametrize(
    "kept",
    ["5", "{}", '{"chain": "", "seq": "a", "head": "", "at": "", "public_key": "", "signature": ""}', "not json",
     '{"chain": "", "seq": 1, "head": "", "at": "2026-01-01T00:00:00", "public_key": "zz", "signature": ""}'],
)  # fmt: skip
def test_a_file_that_is_no_checkpoint_is_refused_in_one_sentence(tmp_path, kept):
    make_management_system(slug="acme")
    (tmp_path / "kept.json").write_text(kept)
    with pytest.raises(CommandError, match="is not a checkpoint"):
        call_command("ledger", "verify", "--in", "acme", "--checkpoint", str(tmp_path / "kept.json"))


def test_a_report_is_not_written_into_a_folder(tmp_path):
    make_management_system(slug="acme")
    for out in (str(tmp_path), "."):
        with pytest.raises(CommandError, match="is a folder"):
            call_command("report", "RPT-SOA", "--in", "acme", "--out", out)
    assert not list(tmp_path.iterdir())
