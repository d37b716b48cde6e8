"""Pages of threats: signals, triage, callers, mutes, detectors."""

import datetime
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apis import services
from apis.queries_of_threats import timeline
from apis.threat_records import DetectorChoice, Mute, ThreatSignal
from apis.threats_room import mutes_ending, severe_signals
from core import clock, workflow
from core.actor import operator
from core.models import Entry, Person, Profile
from core.scope import as_of, current
from core.services.people import choose_language
from risks.services import register_risk
from tests.apis.posture.test_doors import client_of
from tests.apis.threats.makers import bring_lines, make_signal, scan
from tests.makers import make_management_system, make_manager

pytestmark = pytest.mark.django_db
P = "/north/apis/threats/"


@pytest.fixture
def house(watched):
    watched.client = client_of(watched.manager)
    return watched


def page(house, path="", status=200, **params):
    """The text of a page."""
    answer = house.client.get(f"{P}{path}", params)
    assert answer.status_code == status, answer.content[:400]
    return answer.content.decode()


def sent(house, path, status=302, **data):
    """Send a form."""
    answer = house.client.post(f"{P}{path}", data)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer


def soon(house, days=30):
    """A day ahead."""
    return current(house.tenant.pk).today + datetime.timedelta(days=days)


def test_signals_stand_in_a_register_with_filters_and_export(house):
    shown = page(house)
    assert "Scanning" in shown and "Credential stuffing" in shown
    assert "Scanning" not in page(house, detector="stuffing").partition("<tbody")[2]
    assert page(house, system=house.system.ref, flag="open").count(">SIG-") >= 3
    exported = house.client.get(P, {"export": "csv"}).content.decode()
    assert house.scan.consumer in exported and "Medium" in exported and "medium" not in exported


def test_a_signal_says_why_it_fired_against_threshold_and_baseline(house):
    shown = page(house, f"{house.scan.ref}/")
    for words in ("Different failed paths", "250", "passed", "<rect", "AML.T0006", "API9:2023", "APR-17", "A.6.2.6",
                  "Claims triage", "2 hours", "risks/new/?from=CAT-", f"system={house.system.ref}"):  # fmt: skip
        assert words in shown, words
    assert "sql" in page(house, f"{house.injection.ref}/").lower()
    assert "CWE-307" in page(house, f"{house.stuffing.ref}/")
    page(house, "SIG-99/", 404)


def test_triage_takes_steps_with_reasons(house):
    one = f"{house.scan.ref}/"
    sent(house, f"{one}review/", version=house.scan.version)
    house.scan.refresh_from_db()
    assert (house.scan.state, house.scan.assignee_id) == ("under_review", house.manager.person_id)
    assert "Confirm" in page(house, f"{one}steps/confirm/")
    sent(house, f"{one}steps/confirm/", 422, reason="", version=house.scan.version)
    sent(house, f"{one}steps/confirm/", reason="Not ours.", version=house.scan.version)
    assert "Not ours." in page(house, one)
    house.scan.refresh_from_db()
    sent(house, f"{one}steps/close/", reason="Key withdrawn.", version=house.scan.version)
    house.scan.refresh_from_db()
    sent(house, f"{one}steps/reopen/", reason="It came back.", version=house.scan.version)
    house.scan.refresh_from_db()
    assert (house.scan.state, house.scan.conclusion) == ("under_review", "")
    page(house, f"{one}steps/review/", 404)
    house.client = client_of(house.reader)
    assert house.client.get(f"{P}{one}steps/harmless/").status_code == 403


def test_assigning_and_linking_a_risk_and_an_incident(house):
    risk = register_risk(actor=house.manager, title="Scanned")
    one = f"{house.scan.ref}/"
    assert "Olga Owner" in page(house, f"{one}edit/")
    sent(house, f"{one}edit/", assignee=house.owner.pk, risk=risk.pk, version=house.scan.version)
    shown = page(house, one)
    assert risk.ref in shown and "Olga Owner" in shown
    assert "a room for incidents" in page(house, f"{one}incident/")
    house.scan.refresh_from_db()
    sent(house, f"{one}incident/", what="Key was stolen.", since="2 November 2026", version=house.scan.version)
    assert "Key was stolen." in page(house, one)
    assert "Incident" in page(house, flag="incident")


def test_a_caller_is_muted_and_counted_all_the_same(house):
    one = f"{house.scan.ref}/"
    assert "All detectors" in page(house, f"{one}mute/")
    sent(house, f"{one}mute/", detector="scanning", until=soon(house).isoformat(), reason="Our own test.")
    mute = Mute.objects.get()
    assert "Our own test." in page(house, f"mutes/{mute.ref}/")
    assert mute.ref in page(house, "mutes/", flag="in_force")
    assert "Muted" in page(house, one)
    assert "SIG-" in page(house, flag="muted").partition("<tbody")[2]
    assert house.scan.ref not in page(house, flag="not_muted").partition("<tbody")[2]
    assert "call people again" in page(house, f"mutes/{mute.ref}/end/")
    sent(house, f"mutes/{mute.ref}/end/", version=mute.version)
    assert "Ended" in page(house, f"mutes/{mute.ref}/")
    page(house, "mutes/MUT-99/", 404)


def test_the_hours_of_a_caller_are_drawn_with_its_signals(house):
    shown = page(house, f"callers/{house.scan.consumer}/")
    assert shown.count('<rect class="calls"') == 2
    assert shown.count('<path d="M') >= 2 and "At most" not in shown
    assert "60" in shown and house.scan.ref in shown
    page(house, "callers/key:nobody/", 404)
    then = as_of(house.tenant.pk, clock.now())
    assert not timeline(then, house.scan.consumer, []).kept
    past = page(house, f"callers/{house.scan.consumer}/", as_of=then.moment.isoformat())
    assert "Hours are not kept" in past and house.scan.ref in past


def test_detectors_show_thresholds_ranges_and_what_was_measured(house):
    shown = page(house, "detectors/")
    for words in ("Model extraction", "Prompt injection", "50 to 100,000", "1,391 / 1,799", "In use"):
        assert words in shown.replace("\xa0", " "), words
    one = "detectors/extraction/"
    assert "Successful calls in an hour" in page(house, one)
    sent(house, one, 422, calls=1, change=3, on="on")
    sent(house, one, 422, calls=500, change=3)
    sent(house, one, calls=900, change=3, on="on", reason="Batch jobs.")
    assert DetectorChoice.objects.get().thresholds == {"calls": 900}
    assert "changed" in page(house, "detectors/")
    assert "Thresholds set" in page(house, one)
    assert "as it comes" in page(house, f"{one}reset/")
    sent(house, f"{one}reset/")
    assert DetectorChoice.objects.get().thresholds == {}
    page(house, "detectors/nothing/", 404)


def test_before_anything_was_brought_in_pages_say_so(db):
    client = Client()
    client.force_login(Person.objects.get(pk=make_manager(make_management_system(slug="north")).person_id))
    assert "No signals yet" in client.get(P).content.decode()
    assert "Nobody is muted" in client.get(f"{P}mutes/").content.decode()
    assert client.get(f"{P}detectors/").status_code == 200


def test_bulk_steps_move_many(house):
    rows = ThreatSignal.objects.filter(state="new")
    for row in rows:
        services.change_signal(actor=house.manager, signal=row, assignee=house.owner)
    assert "Olga Owner" in page(house, assignee=str(house.owner.pk))


def test_severe_signals_wait_for_somebody_and_muted_ones_for_nobody(house):
    found = severe_signals(current(house.tenant.pk))
    waiting = {one.ref: one.people for one in found}
    assert waiting[house.stuffing.ref] == (house.owner.pk,)
    assert house.scan.ref not in waiting
    services.mute_consumer(
        actor=house.manager, consumer=house.stuffing.consumer, reason="Our own test.", until=soon(house, 5)
    )
    assert house.stuffing.ref not in {one.ref for one in severe_signals(current(house.tenant.pk))}
    [ending] = mutes_ending(current(house.tenant.pk))
    assert ending.people == (house.manager.person_id,)
    services.change_service(actor=house.manager, service_id=house.service.pk, systems=[])
    workflow.take("confirm", house.scan, actor=house.manager, reason="Not ours.")
    [one] = [one for one in severe_signals(current(house.tenant.pk)) if one.ref == house.scan.ref]
    assert one.people[0] not in {None, house.owner.pk} and "what was done" in one.what


def test_a_list_of_many_signals_asks_no_more_than_one_of_few(house, django_assert_max_num_queries):
    with CaptureQueriesContext(connection) as few:
        page(house)
    for number in range(30):
        make_signal(house.service, f"key:{number}")
    with django_assert_max_num_queries(len(few) + 1):
        page(house)


def test_thresholds_that_somebody_else_set_meanwhile_are_not_overwritten(house):
    one = "detectors/extraction/"
    sent(house, one, calls=900, change=3, on="on", reason="Batch jobs.", version=0)
    sent(house, one, 409, calls=700, change=3, on="on", reason="Others.", version=0)
    assert DetectorChoice.objects.get().thresholds == {"calls": 900}
    sent(house, one, calls=700, change=3, on="on", reason="Others.", version=1)
    assert DetectorChoice.objects.get().thresholds == {"calls": 700}


def test_a_signals_history_and_samples_are_words_of_the_readers_language_and_zone(house):
    Profile.objects.filter(management_system=house.tenant).update(time_zone="Europe/Vienna")
    bring_lines(house.manager, scan(5), "later.ndjson")
    entry = Entry.objects.filter(ref=house.scan.ref).order_by("seq").first()
    for language, words in {
        "en": ("2 Nov 2026, 11:00 CET", "Different failed paths: 60", "GET /… (Path: Path traversal"),
        "de": ("02.11.2026, 11:00 CET", "Verschiedene fehlgeschlagene Pfade: 60", "Schlüssel ", "GET /… (Pfad: "),
    }.items():
        choose_language(actor=operator(), person=Person.objects.get(pk=house.manager.person_id), language=language)
        own = page(house, f"{house.scan.ref}/")
        first = house.client.get(f"/north/history/{entry.seq}/").content.decode()
        assert ">2026-11-02T10" not in own + first, "an hour as the database writes it"
        assert words[0] in own and [one for one in words if one.lower() not in first.lower()] == [], language
    assert "(Abfrage: SQL)" in page(house, f"{house.injection.ref}/")


def test_the_other_signals_of_a_caller_and_the_requirements_are_one_press_away(house):
    make_signal(house.service, consumer=house.scan.consumer, detector="enumeration", counts={"ids": 40})
    shown = page(house, f"{house.scan.ref}/")
    assert f"?consumer={house.scan.consumer.replace(':', '%3A')}" in shown
    assert "/north/apis/requirements/APR-17/" in shown
    known = set(ThreatSignal.objects.filter(consumer=house.scan.consumer).values_list("ref", flat=True))
    assert set(re.findall(r">(SIG-\d+)<", page(house, consumer=house.scan.consumer))) == known
    assert f"{len(known) - 1} more signal" in shown


def test_the_history_of_a_signal_says_to_whom_it_was_assigned_and_not_every_field_it_was_raised_with(house):
    one = f"{house.scan.ref}/"
    sent(house, f"{one}edit/", assignee=house.owner.pk, risk="", version=house.scan.version)
    told = page(house, one).partition('class="history"')[2]
    assert "Olga Owner" in told and "Raised by a detector" in told
    assert "Gravest hour" not in told
