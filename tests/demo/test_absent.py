"""manage.py demo and sign_ins where there is no demo, or something else at its address."""

import pytest
from django.core.management import CommandError, call_command

from core.models import ManagementSystem
from reports.demo import SLUG
from tests.makers import make_management_system

pytestmark = pytest.mark.django_db


def test_a_refused_event_leaves_nothing_and_is_named(monkeypatch):
    monkeypatch.setattr("reports.demo.load.play", lambda stage, event: (_ for _ in ()).throw(ValueError("no")))
    with pytest.raises(CommandError, match="days ago"):
        call_command("demo")
    assert not ManagementSystem.objects.exists()


def test_an_own_management_system_at_the_address_is_never_touched():
    make_management_system(slug=SLUG)
    for arguments in (["demo"], ["demo", "--reset"], ["sign_ins"]):
        with pytest.raises(CommandError, match="your own"):
            call_command(*arguments)
    assert ManagementSystem.objects.filter(slug=SLUG).exists()


def test_sign_ins_without_a_demo_say_how_to_get_one():
    with pytest.raises(CommandError, match=r"manage\.py demo"):
        call_command("sign_ins")
