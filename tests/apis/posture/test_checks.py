import datetime

import pytest
import time_machine
from django.core.management import call_command

from apis import services
from apis.checks import accepted_beyond_its_day, open_to_anybody, undescribed_in_traffic
from apis.effects import Accepting
from apis.findings import Finding
from apis.services import Delivery
from core import workflow
from core.scope import current
from tests.apis.posture.makers import OPEN, READS, make_description, soon
from tests.apis.posture.samples import WORST
from tests.apis.posture.test_findings import LINE
from tests.risks.makers import make_system

pytestmark = pytest.mark.django_db


def refs(check, house, at=None):
    with time_machine.travel(at or datetime.datetime.now(datetime.UTC), tick=True):
        return [one.params for part in check(current(house.tenant.pk)) for one in part]


def judged(house, paths):
    house.service = make_description(house.service, paths)
    services.judge_again(actor=house.manager, service=house.service)


def test_models_open_to_anybody_are_named_until_an_exception_covers_them(house):
    judged(house, {"/v1/chat/completions": {"post": {}}})
    assert {"POST /v1/chat/completions"} == {one["place"] for one in refs(open_to_anybody, house)}
    for finding in Finding.objects.filter(state="open", rule__contains="cred"):
        inputs = Accepting(soon(house.tenant, 3))
        workflow.take("accept", finding, actor=house.manager, inputs=inputs, reason="Inside only.")
    still = Finding.objects.filter(state="open", rule="owasp:api2:2023-write-restricted").get()
    assert [one["ref"] for one in refs(open_to_anybody, house)] == [still.ref]
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=6)
    assert len(refs(open_to_anybody, house, later)) == 2
    assert len(refs(accepted_beyond_its_day, house, later)) == 1


def test_other_operations_count_where_an_ai_system_is_served(house):
    judged(house, {"/a": OPEN})
    assert refs(open_to_anybody, house) == []
    services.change_service(actor=house.manager, service_id=house.service.pk, systems=[make_system(house.tenant)])
    assert [one["place"] for one in refs(open_to_anybody, house)] == ["GET /a"]


def test_an_exemption_beyond_its_day_is_named_once(house):
    judged(house, {"/a": OPEN, "/b": OPEN})
    inputs = Accepting(soon(house.tenant, 3), "service")
    finding = Finding.objects.get(rule=READS, path="/a")
    taken = workflow.take("accept", finding, actor=house.manager, inputs=inputs, reason="Public.")
    assert refs(accepted_beyond_its_day, house) == []
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=6)
    assert refs(accepted_beyond_its_day, house, later) == [{"ref": taken.exemption.ref}]


def test_what_is_called_and_not_described_is_named(house):
    now = datetime.datetime.now(datetime.UTC)
    line = LINE.format(at=now.strftime("%d/%b/%Y:%H:%M:%S +0000")).encode()
    services.bring(actor=house.manager, delivery=Delivery(line * 3, "a.log", house.service.host))
    assert [one["line"] for one in refs(undescribed_in_traffic, house)] == ["GET /a"]
    make_description(house.service, {"/a": OPEN})
    assert refs(undescribed_in_traffic, house) == []


def test_the_command_line_says_how_the_service_stands(house, tmp_path, capsys):
    path = tmp_path / "worst.yaml"
    path.write_text(WORST)
    call_command("traffic", str(path), **{"slug": "north"})
    told = capsys.readouterr().out
    assert "posture of Worst: " in told
    assert "critical" in told
    assert "of 100 by" in told
