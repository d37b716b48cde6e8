import datetime

import pytest

from aims.models import AISystem
from apis import services
from apis.checks import event_logs_off_or_with_a_gap, retired_and_still_called
from core import checks
from core.scope import current
from tests.apis.evidence.makers import bring
from tests.apis.posture.test_checks import refs
from tests.risks.makers import make_system

pytestmark = pytest.mark.django_db
CHAT = ("POST", "/v1/chat/completions", 200)


def serving(house, **fields):
    system = make_system(house.tenant, **fields)
    services.change_service(actor=house.manager, service_id=house.service.pk, systems=[system])
    house.service.refresh_from_db()
    return system


def test_a_system_in_operation_without_event_logs_is_named(house):
    system = serving(house, stage="OM")
    make_system(house.tenant, name="Not yet live", stage="DD")
    assert refs(event_logs_off_or_with_a_gap, house) == [{"ref": system.ref, "last": ""}]
    bring(house.manager, house.service, CHAT)
    assert refs(event_logs_off_or_with_a_gap, house) == []


def test_a_gap_of_more_than_a_day_is_named_with_its_day(house):
    system = serving(house, stage="CV")
    bring(house.manager, house.service, CHAT)
    now, today = datetime.datetime.now(datetime.UTC), current(house.tenant.pk).today
    assert refs(event_logs_off_or_with_a_gap, house, now + datetime.timedelta(days=1)) == []
    found = refs(event_logs_off_or_with_a_gap, house, now + datetime.timedelta(days=3))
    assert found == [{"ref": system.ref, "last": today.isoformat()}]


def test_both_are_said_in_words(house):
    serving(house, stage="OM")
    check = next(one for one in checks.registered() if one.id == "CHK-LCY-04")
    [finding] = check.findings(current(house.tenant.pk))
    assert "no source of event logs is known" in checks.sentence(finding)
    gap = checks.Finding(finding.record, "gap", {"ref": "SYS-1", "last": "2026-11-20"}, check)
    assert "no call was brought in after 20 Nov" in checks.sentence(gap)


def test_a_retired_system_that_is_still_called_is_named(house):
    before = current(house.tenant.pk).today - datetime.timedelta(days=9)
    system = serving(house, stage="RET")
    AISystem.objects.filter(pk=system.pk).update(state=AISystem.RETIRED, retired_on=before)
    assert refs(retired_and_still_called, house) == []
    bring(house.manager, house.service, CHAT)
    today = current(house.tenant.pk).today
    assert refs(retired_and_still_called, house) == [{"ref": system.ref, "day": today.isoformat()}]
    AISystem.objects.filter(pk=system.pk).update(retired_on=today)
    assert refs(retired_and_still_called, house) == []
    AISystem.objects.filter(pk=system.pk).update(retired_on=None)
    assert len(refs(retired_and_still_called, house)) == 1
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=40)
    assert refs(retired_and_still_called, house, later) == []
