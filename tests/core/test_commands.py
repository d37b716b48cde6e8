"""The command line: exit status 0 only when the thing was done."""

import json

import pytest
from django.core.management import CommandError, call_command

from core.models import ManagementSystem, Profile
from core.services.tenancy import describe
from tests.makers import make_management_system, make_manager

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
