"""A management system goes whole, and only when it is meant."""

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from core import blobs, ledger, purge, scope
from core.actor import operator
from core.errors import Forbidden
from core.models import Chain, Entry, LedgerPass, ManagementSystem, Person
from core.services.tenancy import describe
from tests.makers import make_management_system, make_manager
from tests.support import differences, everything

pytestmark = pytest.mark.django_db


def test_every_row_of_a_purged_management_system_goes_and_no_other(django_capture_on_commit_callbacks):
    make_manager(make_management_system(slug="stays"))
    people = Person.objects.count()
    before = everything()
    tenant = make_management_system(slug="goes", administrator=Person.objects.first())
    blob = blobs.store(tenant.pk, b"file", name="a.txt", media_type="text/plain")
    describe(actor=operator(tenant.pk), name="Busy")
    ledger.make_checkpoint(ledger.chain_of(tenant.pk), "test")
    file = blobs.path(tenant.pk, blob.sha256)
    scope.as_of(tenant.pk, scope.current(tenant.pk).moment)
    with django_capture_on_commit_callbacks(execute=True):
        gone = purge.purge(actor=operator(), management_system=tenant, reason="Test.", really=True)
    left = {model._meta.label for model in differences(before, everything())}
    assert left == {"core.Entry", "core.Chain", "core.OutboxEvent"}
    assert Person.objects.count() == people
    assert not file.exists()
    assert not list((settings.DATA_DIR / "scratch").glob(f"*{tenant.pk.hex}*"))
    assert gone.rows > gone.entries > 0


def test_the_instance_chain_keeps_the_final_head_and_stays_sound():
    tenant = make_management_system(slug="goes")
    head = ledger.chain_of(tenant.pk).head
    purge.purge(actor=operator(), management_system=tenant, reason="Test.", really=True)
    last = Entry.objects.order_by("-pk").first()
    assert (last.action, last.op, last.record_id) == ("management-systems.purge", "delete", str(tenant.pk))
    assert head in last.reason
    assert last.chain == ledger.instance_chain()
    assert ledger.verify(ledger.instance_chain()).sound
    assert not LedgerPass.objects.exists()


def test_every_table_that_leads_to_a_management_system_is_known():
    labels = {model._meta.label for model, _name in purge.owned_tables()}
    assert {
        "core.Entry",
        "core.Checkpoint",
        "core.JobFile",
        "core.Blob",
        "risks.RiskSystem",
        "controls.Control",
    } <= labels
    assert not labels & {"core.Person", "core.PersonName", "core.ManagementSystem", "core.LedgerPass"}


def test_a_real_management_system_needs_the_word_really():
    make_management_system(slug="acme")
    with pytest.raises(CommandError, match="--really"):
        call_command("management-system", "purge", "--slug", "acme")
    assert ManagementSystem.objects.filter(slug="acme").exists()
    call_command("management-system", "purge", "--slug", "acme", "--really")
    assert not ManagementSystem.objects.exists()
    assert Chain.objects.count() == 1


def test_nobody_but_an_operator_purges():
    tenant = make_management_system(slug="acme", is_demo=True)
    with pytest.raises(Forbidden):
        purge.purge(actor=make_manager(tenant), management_system=tenant, reason="Mine.", really=True)
    assert ManagementSystem.objects.exists()
