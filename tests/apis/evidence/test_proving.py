import datetime
import hashlib

import orjson
import pytest
import time_machine

from apis import evidence_sections, observing, services
from apis.evidence_records import CONTRADICTS, IN_LINE, NO_DATA, ServiceEvidence
from apis.evidence_sections import Section, Speaks
from apis.models import Artefact
from apis.posture.requirements import ANNEX
from apis.services import proving
from apis.services.proving import months_back, states_of
from controls.models import Control
from controls.observed import FINDINGS, Observed, observed, standing
from core.errors import Forbidden
from core.ledger import chain_of
from core.models import Entry
from core.scope import current
from evidence.models import Evidence, EvidenceVersion
from tests.apis.evidence.makers import bring
from tests.apis.posture.makers import OPEN, SAFE, make_description

pytestmark = pytest.mark.django_db
CHAT = ("POST", "/v1/chat/completions", 200)


def newest(item):
    return EvidenceVersion.objects.get(item=item, number=item.number).content


def test_a_bring_in_leaves_one_item_for_the_service_and_month(house):
    service = bring(house.manager, house.service, CHAT, ("GET", "/v1/models", 401))
    item = Evidence.objects.get()
    content = newest(item)
    assert (item.ref, item.number, item.kind) == ("EVD-1", 1, "api")
    assert item.period_from.day == 1 and item.period_from <= item.period_to
    looked = content["looked_at"]
    artefact = Artefact.objects.get()
    assert looked["hosts"] == [service.host]
    assert (looked["lines"], looked["read"], looked["read_per_mille"], looked["calls"]) == (2, 2, 1000, 2)
    assert looked["latest_artefacts"][0]["sha256"] == artefact.sha256
    assert looked["artefacts_sha256"] == hashlib.sha256(artefact.sha256.encode()).hexdigest()
    assert content["endpoints"]["shadow"] == 2
    assert content["traffic"] == {"calls": 2, "consumers": 1, "statuses": {"2": 1, "4": 1}}


def test_calls_are_those_of_the_host_whatever_it_is_called(house):
    line = b'{"at": "2026-11-02T10:00:00Z", "host": "7", "method": "GET", "path": "/v1/models", "status": 200}'
    services.bring(actor=house.manager, delivery=services.Delivery(line, "seven.ndjson"))
    assert newest(Evidence.objects.get())["looked_at"]["calls"] == 1


def test_what_changes_gives_a_further_version_and_what_does_not_gives_none(house):
    service = bring(house.manager, house.service, CHAT)
    services.judge_again(actor=house.manager, service=service)
    before = Evidence.objects.get().number
    services.judge_again(actor=house.manager, service=service)
    assert Evidence.objects.get().number == before
    bring(house.manager, service, CHAT, times=3, name="more.ndjson")
    item = Evidence.objects.get()
    assert item.number == before + 1 == EvidenceVersion.objects.count()
    assert newest(item)["looked_at"]["calls"] == 4
    assert EvidenceVersion.objects.get(number=1).content["looked_at"]["calls"] == 1
    assert all(one.is_whole for one in EvidenceVersion.objects.all())


def test_the_next_month_begins_a_further_item(house):
    service = bring(house.manager, house.service, CHAT)
    with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=32), tick=True):
        services.judge_again(actor=house.manager, service=service)
    assert Evidence.objects.count() == ServiceEvidence.objects.count() == 2
    later = newest(Evidence.objects.latest("period_from"))
    assert (later["looked_at"]["artefacts"], later["looked_at"]["read_per_mille"]) == (0, None)


def test_the_fingerprint_is_of_the_text_and_the_history_holds_both(house):
    bring(house.manager, house.service, CHAT)
    version = EvidenceVersion.objects.get()
    assert hashlib.sha256(version.text).hexdigest() == version.sha256 == Evidence.objects.get().sha256
    entries = Entry.objects.filter(record_id=str(version.pk), chain=chain_of(house.tenant.pk))
    assert entries.count() == 1
    version.content["looked_at"]["calls"] = 7
    assert not version.is_whole
    assert orjson.loads(version.text)["looked_at"]["calls"] == 7


def test_requirements_that_a_run_speaks_to_are_attached(house):
    service = make_description(house.service, {"/a": OPEN, "/safe": SAFE})
    services.judge_again(actor=house.manager, service=service)
    link = ServiceEvidence.objects.get()
    assert link.requirements["APR-09"]["state"] == CONTRADICTS
    assert link.requirements["APR-09"]["worst"] == "high"
    assert IN_LINE in {one["state"] for one in link.requirements.values()}
    controls = newest(link.item)["controls"]
    assert set(ANNEX["APR-09"]) <= set(controls)


def test_what_sections_say_of_a_requirement_adds_up():
    said = [
        Speaks("APR-02", judged=3), Speaks("APR-02", open=1, worst="low"), Speaks("APR-02", open=1, worst="high"),
        Speaks("APR-01", judged=1), Speaks("APR-03", accepted=1), Speaks("APR-04"),
    ]  # fmt: skip
    found = states_of(said)
    assert list(found) == ["APR-01", "APR-02", "APR-03", "APR-04"]
    assert found["APR-02"] == {"state": CONTRADICTS, "judged": 3, "open": 2, "accepted": 0, "worst": "high"}
    assert [found[code]["state"] for code in ("APR-01", "APR-03", "APR-04")] == [IN_LINE, IN_LINE, NO_DATA]


def test_another_part_of_the_room_adds_its_section(house, monkeypatch):
    monkeypatch.setattr(evidence_sections, "_sections", dict(evidence_sections._sections))
    said = Section("exposure", "Exposure", lambda looked: {"flows": 2}, lambda content: [("Flows", content["flows"])],
                   lambda looked: [Speaks("APR-28", judged=2)])  # fmt: skip
    evidence_sections.register(said)
    bring(house.manager, house.service, CHAT)
    content = newest(Evidence.objects.get())
    assert content["exposure"] == {"flows": 2}
    assert content["requirements"]["APR-28"]["state"] == IN_LINE


def test_only_who_may_have_posture_judged_collects_evidence(house):
    with pytest.raises(Forbidden):
        services.prove(actor=house.reader, service=house.service)
    assert not Evidence.objects.exists()


def test_months_are_counted_back_over_the_year():
    assert months_back(datetime.date(2027, 1, 31), 1) == datetime.date(2026, 12, 1)
    assert months_back(datetime.date(2026, 11, 27), 0) == datetime.date(2026, 11, 1)


def test_evidence_that_is_too_old_is_no_data_of_today(house):
    service = make_description(house.service, {"/a": OPEN})
    services.judge_again(actor=house.manager, service=service)
    known = {one.requirement.code: one for one in observing.lines(current(house.tenant.pk))}
    assert (known["APR-09"].state, known["APR-09"].open > 0, known["APR-09"].worst) == (CONTRADICTS, True, "high")
    assert known["APR-27"].state == NO_DATA and known["APR-27"].at is None
    with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=70), tick=True):
        scope = current(house.tenant.pk)
        old = {one.requirement.code: one for one in observing.lines(scope)}["APR-09"]
        assert (old.state, old.worst, old.older) == (NO_DATA, "", ServiceEvidence.objects.get().month)
        assert observing.observed_controls(scope) == {}


def test_a_control_in_place_is_contradicted_by_what_is_high_and_open_only(house):
    service = make_description(house.service, {"/a": OPEN})
    services.judge_again(actor=house.manager, service=service)
    seen = observed(current(house.tenant.pk))["A.9.4"]
    assert "APR-09" in seen.notes and seen.evidence == (Evidence.objects.get().ref,)
    in_place = Control(applies=Control.YES, status=Control.IN_PLACE)
    assert standing(in_place, seen) == CONTRADICTS
    assert standing(in_place, Observed(seen.at, "medium")) == FINDINGS
    assert standing(in_place, Observed(seen.at)) == IN_LINE
    assert standing(Control(applies=Control.YES, status=Control.PARTLY), seen) == FINDINGS
    assert standing(in_place, None) == NO_DATA


def test_what_is_read_last_is_kept_last(house, monkeypatch):
    service, real, told = bring(house.manager, house.service, CHAT), proving.change, []

    def overtaken(*given, **more):
        if not told:
            told.append(True)
            services.change_service(actor=house.manager, service_id=service.pk, name="Renamed meanwhile")
            bring(house.manager, service, CHAT, times=3, name="more.ndjson")
        return real(*given, **more)

    monkeypatch.setattr(proving, "change", overtaken)
    services.prove(actor=house.manager, service=service)
    content = newest(Evidence.objects.get())
    assert (content["service"]["name"], content["looked_at"]["calls"]) == ("Renamed meanwhile", 4)
