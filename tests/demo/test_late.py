"""The demo beside other work: its people are younger than its past, which can be read all the same."""

import datetime

import pytest

from core import ledger, reconcile, scope
from core.models import Person
from reports.definitions import Options
from reports.issuing import build
from reports.models import IssuedReport

pytestmark = pytest.mark.django_db


def test_the_past_shows_its_people_though_the_instance_knew_them_later(late):
    past = scope.as_of(late.pk, scope.current(late.pk).moment - datetime.timedelta(days=304))
    names = set(Person.objects.using(past.alias).values_list("name", flat=True))
    assert "Mirja Tamm" in names
    assert "" not in names
    report = build(past, "RPT-RISK", Options())
    assert report.cover.management_system


def test_history_and_reports_are_sound_there_too(late):
    assert ledger.verify(ledger.chain_of(late.pk)).sound
    assert reconcile.records_fault(late.pk)[1] is None
    moments = [report.as_of for report in IssuedReport.objects.filter(management_system=late)]
    assert all(moment < scope.current(late.pk).moment - datetime.timedelta(days=2) for moment in moments)
