"""Batches in any order and any split: the same signals are open, and what a person worked on stays theirs."""

import datetime
import json
import random
import uuid

import polars as pl
import pytest

from apis import services
from apis.models import AlarmHour, Artefact, Service, SignalPack
from apis.services import choose_detector, following, inputs, owing, raising, signal_packs, threats
from apis.threat_records import ThreatSignal
from core import jobs, workflow
from core.models import Entry, Job
from core.services.comments import say
from tests.apis.posture.test_doors import client_of
from tests.apis.threats.makers import AT, bring_lines, line, scan
from tests.makers import make_management_system, make_manager

pytestmark = [pytest.mark.django_db, pytest.mark.data]
MODEL, FEEDBACK = "POST /v1/chat/completions", "POST /v1/feedback"
SAID = ("detector", "severity", "hours", "hour_count", "counts", "reasons", "limits", "samples",
        "endpoints", "worst_hour", "first_hour", "last_hour", "state")  # fmt: skip


@pytest.fixture
def actor():
    return watching("north")


def watching(slug):
    """A manager where few calls are enough for most detectors."""
    actor = make_manager(make_management_system(slug=slug))
    for code, limits in (("extraction", {"calls": 50}), ("enumeration", {"ids": 6}), ("tampering", {"writes": 3}),
                         ("scanning", {"burst": 5}), ("stuffing", {"failures": 6})):  # fmt: skip
        choose_detector(actor=actor, code=code, thresholds=limits)
    return actor


def asked(day, hour=0, calls=55, who="batch"):
    """An hour in which a model is asked."""
    return [line(day * 86_400 + hour * 3600 + n * 7, MODEL, 200, who) for n in range(calls)]


def world(seed):
    """Twenty days in which a past, peers or the rest of an hour change what an hour means."""
    chance = random.Random(seed)
    lines = []
    for day in range(20):
        at = day * 86_400
        for hour in range(2):
            lines += asked(day, hour, chance.choice([0, 0, 52, 55]), f"batch{day % 3}")
        lines += [line(at + n, f"GET /v1/orders/{chance.randrange(90)}", 200, f"p{n % 4}") for n in range(8)]
        lines += [
            line(at + n * 9, f"GET /v1/orders/{200 + n}", 200, f"x{day % 4}") for n in range(chance.randrange(12))
        ]
        lines += [line(at + n, FEEDBACK, 200, f"w{day // 4}", bytes_in=n) for n in range(chance.randrange(5))]
        lines += [line(at + n, f"GET /{day}-{n}.bak", 404, f"s{day % 2}") for n in range(chance.randrange(8))]
        lines += [line(at + n * 40, "GET /v1/models", 200, f"s{day % 2}") for n in range(chance.randrange(8))]
        lines += [line(at + n * 20, "POST /login", 401, f"g{day % 2}") for n in range(chance.randrange(12))]
        lines += [line(at + n * 30, "POST /login", 200, f"g{day % 2}") for n in range(chance.randrange(12))]
    return lines


def standing(actor):
    """What open signals of a management system say."""
    rows = ThreatSignal.objects.filter(management_system=actor.management_system_id).open()
    return sorted(map(repr, rows.values_list(*SAID)))


@pytest.mark.parametrize("seed", range(2))
def test_batches_in_any_order_and_any_split_leave_the_same_signals(seed):
    chance, lines = random.Random(seed), world(seed)
    found = []
    for order in ("whole", "backwards", "days shuffled", "lines shuffled"):
        actor = watching(order.replace(" ", "-"))
        parts = [lines]
        if order != "whole":
            mine = chance.sample(lines, len(lines)) if order == "lines shuffled" else lines
            cuts = sorted(chance.sample(range(1, len(mine)), 4))
            parts = [mine[start:end] for start, end in zip([0, *cuts], [*cuts, len(mine)], strict=True)]
            parts = parts[::-1] if order == "backwards" else chance.sample(parts, len(parts))
        for number, part in enumerate(parts):
            bring_lines(actor, part, f"{number}.ndjson")
        found.append(standing(actor))
    assert len(found[0]) > 5
    for other in found[1:]:
        assert [one for one in other if one not in found[0]] == [one for one in found[0] if one not in other]


def test_a_signal_is_withdrawn_with_why_when_what_came_in_later_shows_that_it_was_usual(actor):
    bring_lines(actor, asked(10))
    signal = ThreatSignal.objects.get()
    assert (signal.detector, signal.state) == ("extraction", "new")
    bring_lines(actor, [one for day in range(8) for one in asked(day, calls=49)], "earlier.ndjson")
    signal.refresh_from_db()
    assert (signal.state, signal.conclusion, signal.decided_by) == ("withdrawn", raising.WITHDRAWN, None)
    assert signal.decided_at is not None and signal.hours == [(AT + datetime.timedelta(days=10)).isoformat()]
    assert not AlarmHour.objects.exists()
    told = client_of(actor).get(f"/north/apis/threats/{signal.ref}/").content.decode()
    assert "none of its hours stands out any more" in told and "By itself" in told and "Re-open" in told


def test_a_signal_that_was_withdrawn_is_open_again_when_more_of_its_hour_comes_in(actor):
    bring_lines(actor, [line(n, f"GET /a{n}", 404, "s") for n in range(7)])
    bring_lines(actor, [line(n * 40, "GET /v1/models", 200, "s") for n in range(12)], "more.ndjson")
    assert ThreatSignal.objects.get().state == "withdrawn"
    bring_lines(actor, [line(n, f"GET /b{n}", 404, "s") for n in range(9)], "most.ndjson")
    signal = ThreatSignal.objects.get(detector="scanning")
    assert (signal.state, signal.conclusion, signal.decided_at, signal.counts["paths"]) == ("new", "", None, 16)


def test_somebody_is_no_longer_new_when_earlier_hours_come_in(actor):
    bring_lines(actor, asked(0, who="other"))
    bring_lines(actor, [line(86_400 + n, FEEDBACK, 200, "writer") for n in range(4)], "writes.ndjson")
    assert ThreatSignal.objects.get(detector="tampering").state == "new"
    bring_lines(actor, [line(5, "GET /v1/models", 200, "writer")], "earlier.ndjson")
    assert ThreatSignal.objects.get(detector="tampering").state == "withdrawn"


def touch(how, actor, signal):
    """What a person does about a signal."""
    if how == "comment":
        say(actor=actor, record=signal, text="Looks like the nightly job.")
    elif how == "incident":
        services.report_incident(actor=actor, signal=signal, what="Stolen", since=datetime.date(2026, 11, 2))
    elif how == "assign":
        workflow.take("review", signal, actor=actor)
    else:
        workflow.take(how, signal, actor=actor, reason="Seen.")


@pytest.mark.parametrize("how", ["comment", "incident", "assign", "confirm", "harmless"])
def test_what_a_person_worked_on_stays_as_it_is(actor, how):
    bring_lines(actor, asked(10))
    touch(how, actor, ThreatSignal.objects.get())
    before = ThreatSignal.objects.values().get()
    bring_lines(actor, [one for day in range(8) for one in asked(day, calls=49)], "earlier.ndjson")
    assert ThreatSignal.objects.values().get() == before


def test_hours_of_a_signal_of_before_hours_were_kept_stay(actor):
    bring_lines(actor, [*scan(0), *scan(24 * 40)])
    AlarmHour.objects.all().delete()
    before = ThreatSignal.objects.values().get(detector="scanning")
    bring_lines(actor, [line(5)], "more.ndjson")
    bring_lines(actor, scan(1), "another.ndjson")
    signal = ThreatSignal.objects.get(detector="scanning")
    assert signal.hour_count == 3 and set(before["hours"]) < set(signal.hours)
    bring_lines(actor, [line(86_400 * 40 + n, "GET /v1/models", 200, "scanner") for n in range(99)], "ordinary.ndjson")
    signal.refresh_from_db()
    assert signal.hour_count == 2 and signal.last_hour == AT + datetime.timedelta(hours=1)


def test_a_detector_that_is_not_used_withdraws_nothing(actor):
    bring_lines(actor, asked(10))
    choose_detector(actor=actor, code="extraction", on=False, reason="Elsewhere")
    bring_lines(actor, [one for day in range(8) for one in asked(day, calls=49)], "earlier.ndjson")
    assert ThreatSignal.objects.get().state == "new"


def test_when_nothing_lies_after_only_the_day_that_came_in_is_read(actor, monkeypatch):
    read, real = [], signal_packs.between

    def between(service, first, last):
        read.append((first.day, first.hour, last.day))
        return real(service, first, last)

    for day in (0, 1, 2, 9, 20):
        bring_lines(actor, asked(day), f"{day}.ndjson")
    monkeypatch.setattr(signal_packs, "between", between)
    bring_lines(actor, asked(20, hour=2), "last.ndjson")
    assert read == [(22, 12, 22)]
    read.clear()
    bring_lines(actor, [line(5)], "first.ndjson")
    assert read == [(2, 10, 11)]  # days 3, 4 and 11; the 22nd is more than a fortnight after


def test_days_whose_past_was_rolled_up_are_judged_no_more(actor):
    for day in (0, 3):
        bring_lines(actor, asked(day), f"{day}.ndjson")
    services.roll_up(datetime.date(2026, 11, 4) + datetime.timedelta(days=90))
    assert SignalPack.objects.count() == 1
    bring_lines(actor, asked(1, hour=1, calls=1), "between.ndjson")
    assert ThreatSignal.objects.get().state == "new"
    assert not SignalPack.objects.exclude(judge_from=None).exists()


def test_what_came_in_while_hours_were_judged_counts(actor, monkeypatch):
    real, more = threats.alarms_in, []

    def slowly(*told):
        found = real(*told)
        if not more:
            more.append(True)
            bring_lines(actor, scan(1), "meanwhile.ndjson")
        return found

    monkeypatch.setattr(threats, "alarms_in", slowly)
    bring_lines(actor, scan(0))
    assert ThreatSignal.objects.get(detector="scanning").hour_count == 2


def test_judging_again_changes_nothing(actor):
    bring_lines(actor, world(1))
    before, entries = standing(actor), Entry.objects.count()
    SignalPack.objects.update(judge_from=AT)
    found = services.threats_brought(actor=actor, artefact=Artefact.objects.get())
    assert (found, standing(actor), Entry.objects.count()) == ([], before, entries)


def test_who_judges_sees_that_paths_of_a_day_moved_meanwhile(actor):
    bring_lines(actor, [line(n, f"GET /v1/files/word{n}x", 200, "s") for n in range(3)])
    service = Service.objects.get()
    SignalPack.objects.update(judge_from=AT.replace(hour=0))
    before = threats._stamps(service)
    answer = {"get": {"responses": {"200": {"description": "Fine"}}}}
    said = {"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "servers": [{"url": f"https://{service.host}"}],
            "paths": {"/v1/files/{name}": answer}}  # fmt: skip
    services.bring_description(actor=actor, delivery=services.Delivery(json.dumps(said).encode(), "a.json"))
    assert threats._stamps(service) != before and SignalPack.objects.get().judge_from == before[0][2]
    following.follow(actor=actor, artefact=Artefact.objects.get(kind=Artefact.DESCRIPTION))
    assert SignalPack.objects.get().judge_from is None


def test_a_signal_that_keeps_its_gravest_hour_says_what_it_said_of_it(actor):
    first, last = AT.isoformat(), (AT + datetime.timedelta(hours=5)).isoformat()
    signal = ThreatSignal(
        hours=[first, last], hour_count=2, first_hour=AT, last_hour=AT + datetime.timedelta(hours=5), worst_hour=AT,
        severity="high", counts={"paths": 9}, samples=["one"], endpoints=[["GET", "/a"]],
    )  # fmt: skip
    assert raising._anew(signal, [], {last})
    assert (signal.hours, signal.hour_count, signal.last_hour) == ([first], 1, AT)
    assert (signal.severity, signal.counts, signal.samples) == ("high", {"paths": 9}, ["one"])
    assert not raising._anew(signal, [], {first})


def test_days_that_somebody_else_judged_meanwhile_are_not_judged_again(actor, monkeypatch):
    bring_lines(actor, scan())
    service = Service.objects.get()
    stamps, wanted = [[(AT.date(), AT, None)], [(AT.date(), AT, AT)]], [{AT.date(): AT}, {}]
    monkeypatch.setattr(threats, "_stamps", lambda _service: stamps.pop(0))
    before = Entry.objects.count()
    assert threats._look(actor, service, lambda _stamps: wanted.pop(0)) == []
    assert Entry.objects.count() == before and not wanted


def test_what_follows_from_an_artefact_that_is_gone_is_nothing(actor):
    job = jobs.enqueue(actor, owing.JOB, {"artefact": str(uuid.uuid4())})
    jobs.run_waiting()
    assert not Job.objects.filter(pk=job.pk).exists() and not ThreatSignal.objects.exists()


def test_a_pack_without_windows_tells_posture_nothing():
    assert inputs._by_kind(pl.DataFrame()).is_empty()


def test_days_that_changed_while_they_were_judged_are_judged_as_they_are_now(actor, monkeypatch):
    bring_lines(actor, scan())
    service = Service.objects.get()
    now = threats._stamps(service)
    stamps, asked_of = [[(AT.date(), AT, None)], now], []
    monkeypatch.setattr(threats, "_stamps", lambda _service: stamps.pop(0))
    days = {AT.date(): AT}
    assert threats._look(actor, service, lambda given: asked_of.append(given) or days) == []
    assert asked_of[1] == now and ThreatSignal.objects.get(detector="scanning").hour_count == 1
