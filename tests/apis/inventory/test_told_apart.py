"""Whatever order traffic and descriptions come in, and however they are split, they tell the same of each endpoint."""

import dataclasses
import datetime
import json
import random

import pytest

from apis import queries
from apis.models import Endpoint, FlowLooked, FlowTally, Service, SignalPack, WindowPack
from apis.packs import WINDOW_KEY, unpacked
from apis.paths import learning
from apis.queries_of_inventory import observed_description
from apis.services import Delivery, bring_description, bring_traffic, effect_of, folding, name_path
from apis.services.inputs import windows
from apis.services.signal_packs import stacked
from apis.stored import by_template
from core import heavy
from core.change import change
from core.scope import current
from tests.apis.inventory.test_bringing import AT, HOST, delivery, endpoints
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]
MAIL = "anna.beispiel@example.org"


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def actor(tenant):
    return actor_for(make_member(tenant, "manager"), tenant)


def call(path, number=0, **more):
    """A call with a body that says an address."""
    told = {"at": (AT + datetime.timedelta(minutes=17 * number)).isoformat(), "host": HOST, "method": "POST",
            "path": path, "status": [200, 200, 404][number % 3], "took_ms": 5 + number, "key": f"k{number % 4}",
            "request_body": f"Write to {MAIL}"}  # fmt: skip
    return json.dumps({**told, **more})


def calls(seed):
    """Calls to many plain names, of which two are called often, in the order in which they were made."""
    chance = random.Random(seed)
    names = [f"{first}{second}" for first in ("amber", "birch", "cedar") for second in ("ton", "ville", "burg", "ford",
             "ham", "wick", "mere", "field")]  # fmt: skip
    paths = [f"/v1/files/{name}" for name in names] + ["/v1/files/latest", "/v1/files/oldest/pages"] * 14
    paths += [f"/v1/files/{number}" for number in range(6)]
    chance.shuffle(paths)
    return [call(path, number) for number, path in enumerate(paths)]


def ordered(window):
    """A window, its answers in one order."""
    return {**dataclasses.asdict(window), "statuses": sorted(window.statuses.items())}


def told(tenant):
    """All that is said of a management system's APIs."""
    [service] = Service.objects.filter(management_system=tenant)
    packs = WindowPack.objects.filter(service=service).order_by("day")
    daily = list(heavy.each(packs.values_list("daily")))  # all, before anything else is asked
    rows = [by_template(service, unpacked(content), WINDOW_KEY) for (content,) in daily]
    hours = SignalPack.objects.filter(service=service).order_by("day").values_list("hours")
    names = [*(field.name for field in FlowTally._meta.fields if field.name not in {"id", "service", "parts",
             "management_system", "to_model"})]  # fmt: skip
    return {
        "calls": endpoints(tenant),
        "seen": [(one.line, one.first_seen, one.last_seen) for one in
                 Endpoint.objects.filter(service=service).current().order_by("template")],
        "told": [queries.told(service, one) for one in
                 Endpoint.objects.filter(service=service).current().order_by("template")],
        "daily": [sorted(frame.rows()) for frame in rows],
        "windows": sorted(map(repr, map(ordered, windows(service)))),
        "hours": sorted(stacked(content for (content,) in heavy.each(hours)).drop("consumer").rows()),
        "flows": list(FlowTally.objects.filter(service=service).order_by(*names).values_list(*names)),
        "looked": list(FlowLooked.objects.filter(service=service).order_by("template")
                       .values_list("method", "template", "requests", "responses")),
        "observed": observed_description(current(tenant.pk), service)["paths"],
    }  # fmt: skip


SAID = {
    "openapi": "3.1.0", "info": {"title": "Files", "version": "1"}, "servers": [{"url": f"https://{HOST}/v1"}],
    "paths": {path: {"post": {"responses": {"200": {"description": "Fine"}}}} for path in
              ("/files/{document}", "/files/amberton", "/files/never")},
}  # fmt: skip


@pytest.mark.parametrize("described", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_batches_in_any_order_and_any_split_tell_the_same(seed, described):
    found = []
    for which, chance in (("once", None), ("many", random.Random(seed + 100))):
        tenant = make_management_system(slug=which)
        actor = actor_for(make_member(tenant, "manager"), tenant)
        rows = calls(seed)
        if chance:
            chance.shuffle(rows)
        size = len(rows) if chance is None else chance.choice([3, 9, 20])
        starts = range(0, len(rows), size)
        at = chance.choice(starts) if chance else 0
        for start in starts:
            if described and start == at:
                bring_description(actor=actor, delivery=Delivery(json.dumps(SAID).encode(), "files.json"))
            bring_traffic(actor=actor, delivery=delivery(*rows[start : start + size], name=f"{which}{start}"))
        found.append(told(tenant))
    assert found[0] == found[1]
    assert found[0]["calls"]["POST /v1/files/latest" if not described else "POST /v1/files/amberton"] > 0


def test_a_word_that_is_called_often_only_later_takes_its_earlier_calls_with_it(tenant, actor):
    names = [f"word{letter}x" for letter in "abcdefghijklmnopqrstuvwxyz"]
    bring_traffic(actor=actor, delivery=delivery(*(call(f"/v1/files/{name}") for name in names),
                                                 call("/v1/files/latest", 3)))  # fmt: skip
    assert endpoints(tenant) == {"POST /v1/files/{file_id}": 27}
    later = [call("/v1/files/latest", 100 + number) for number in range(15)]
    bring_traffic(actor=actor, delivery=delivery(*later, name="later"))
    assert endpoints(tenant) == {"POST /v1/files/{file_id}": 26, "POST /v1/files/latest": 16}
    latest = Endpoint.objects.get(template="/v1/files/latest")
    assert (latest.first_seen, latest.last_seen) == (AT.date(), (AT + datetime.timedelta(minutes=17 * 114)).date())
    assert queries.told(latest.service, latest).calls == 16
    tally = FlowTally.objects.get(template="/v1/files/latest")
    assert (tally.count, tally.first_at) == (16, AT + datetime.timedelta(minutes=17 * 3))
    assert FlowLooked.objects.get(template="/v1/files/{file_id}").requests == 26


def test_a_path_whose_calls_all_belong_to_others_now_points_to_the_one_that_has_most(tenant, actor):
    names = [f"word{letter}x" for letter in "abcdefghijklmnopqrstuvwxyz"]
    bring_traffic(
        actor=actor, delivery=delivery(*(call(f"/v1/files/{name}") for name in names), call(f"/v1/files/{names[3]}"))
    )
    wide = Endpoint.objects.get(template="/v1/files/{file_id}")
    answer = {"post": {"responses": {"200": {"description": "Fine"}}}}
    said = {"openapi": "3.1.0", "info": {"title": "Files", "version": "1"}, "servers": [{"url": f"https://{HOST}/v1"}],
            "paths": {f"/files/{name}": answer for name in names}}  # fmt: skip
    bring_description(actor=actor, delivery=Delivery(json.dumps(said).encode(), "files.json"))
    assert endpoints(tenant) == {f"POST /v1/files/{name}": 2 if name == names[3] else 1 for name in names}
    wide.refresh_from_db()
    assert wide.replaced_by.template == f"/v1/files/{names[3]}" and wide.first_seen is None
    without = {**said, "paths": {"/other": answer}}
    bring_description(actor=actor, delivery=Delivery(json.dumps(without).encode(), "other.json"))
    assert endpoints(tenant) == {"POST /v1/files/{file_id}": 27, "POST /v1/other": 0}
    wide.refresh_from_db()
    assert wide.replaced_by is None and wide.first_seen == AT.date()


def test_a_described_path_whose_calls_belong_to_another_now_was_never_seen(tenant, actor):
    answer = {"post": {"responses": {"200": {"description": "Fine"}}}}
    said = {"openapi": "3.1.0", "info": {"title": "Files", "version": "1"}, "servers": [{"url": f"https://{HOST}/v1"}],
            "paths": {"/files/{file}": answer}}  # fmt: skip
    bring_description(actor=actor, delivery=Delivery(json.dumps(said).encode(), "files.json"))
    bring_traffic(actor=actor, delivery=delivery(call("/v1/files/latest")))
    more = {**said, "paths": {**said["paths"], "/files/latest": answer}}
    bring_description(actor=actor, delivery=Delivery(json.dumps(more).encode(), "more.json"))
    assert endpoints(tenant) == {"POST /v1/files/{file}": 0, "POST /v1/files/latest": 1}
    assert Endpoint.objects.get(template="/v1/files/{file}").last_seen is None


def test_splitting_says_how_many_calls_move_and_moves_them(tenant, actor):
    bring_traffic(actor=actor, delivery=delivery(*(call(f"/v1/files/{n}") for n in range(5)),
                                                 *(call(f"/v1/files/a{n}", n) for n in range(9))))  # fmt: skip
    whole = Endpoint.objects.get()
    assert effect_of(whole, "/v1/files/a3").calls == 1
    name_path(actor=actor, endpoint_id=whole.pk, template="/v1/files/a3")
    assert endpoints(tenant) == {"POST /v1/files/{file_id}": 13, "POST /v1/files/a3": 1}


def test_paths_beyond_those_that_are_remembered_count_where_they_fit(tenant, actor, monkeypatch):
    monkeypatch.setattr(learning, "MOST", 12)
    bring_traffic(actor=actor, delivery=delivery(*(call(f"/v1/files/a{n}b") for n in range(40))))
    bring_traffic(actor=actor, delivery=delivery(*(call(f"/v1/files/c{n}b") for n in range(40)), name="more"))
    assert endpoints(tenant) == {"POST /v1/files/{file_id}": 80}
    assert FlowTally.objects.get().count == 80


def described(*paths):
    """A description of these paths."""
    answer = {"post": {"responses": {"200": {"description": "Fine"}}}}
    said = {"openapi": "3.1.0", "info": {"title": "Files", "version": "1"}, "servers": [{"url": f"https://{HOST}/v1"}],
            "paths": dict.fromkeys(paths, answer)}  # fmt: skip
    return Delivery(json.dumps(said).encode(), "files.json")


@pytest.mark.parametrize("first", ["description", "traffic"])
@pytest.mark.parametrize("affixed", ["/files/{name}.json", "/files/{aaa}.json"])
def test_a_described_path_with_an_ending_takes_no_others_with_it(tenant, actor, first, affixed):
    names = [f"word{letter}x" for letter in "abcdefghijklmnopqrstuvwxyz"]
    if first == "description":
        bring_description(actor=actor, delivery=described(affixed))
    bring_traffic(actor=actor, delivery=delivery(*(call(f"/v1/files/{name}") for name in [*names, "a.json"])))
    if first == "traffic":
        bring_description(actor=actor, delivery=described(affixed))
    found = {f"POST /v1{affixed}": 1, "POST /v1/files/{file_id}": 26}
    assert endpoints(tenant) == found
    bring_traffic(actor=actor, delivery=delivery(call("/v1/files/12"), call("/v1/other"), name="more"))
    assert sum(endpoints(tenant).values()) == 29
    bring_traffic(actor=actor, delivery=delivery(call("/v1/files/12"), name="still more"))
    counted = endpoints(tenant)
    assert sum(counted.values()) == 30 and counted["POST /v1/files/{file_id}"] >= 26


def test_naming_a_path_with_an_ending_takes_only_what_ends_so(tenant, actor):
    names = [f"word{letter}x" for letter in "abcdefghijklmnopqrstuvwxyz"]
    bring_traffic(actor=actor, delivery=delivery(*(call(f"/v1/files/{name}") for name in [*names, "a.json"])))
    name_path(actor=actor, endpoint_id=Endpoint.objects.get().pk, template="/v1/files/{name}.json")
    assert endpoints(tenant) == {"POST /v1/files/{name}.json": 1, "POST /v1/files/{file_id}": 26}


def test_certain_values_beyond_what_is_remembered_have_their_name(tenant, actor, monkeypatch):
    monkeypatch.setattr(learning, "MOST", 3)
    rows = [call(f"/v1/{name}/{number}") for name in ("files", "users", "cases", "notes") for number in range(3)]
    for start in range(0, len(rows), 3):
        bring_traffic(actor=actor, delivery=delivery(*rows[start : start + 3], name=f"b{start}"))
    bring_traffic(actor=actor, delivery=delivery(*(call(f"/v1/notes/{n}") for n in range(9)), name="all"))
    assert endpoints(tenant) == {
        "POST /v1/files/{file_id}": 3, "POST /v1/users/{user_id}": 3, "POST /v1/cases/{case_id}": 3,
        "POST /v1/notes/{note_id}": 12,
    }  # fmt: skip


def test_a_path_that_is_given_up_is_free_for_another_in_the_same_step(tenant, actor):
    bring_traffic(actor=actor, delivery=delivery(call("/v1/a"), call("/v1/b")))
    with change(actor, "apis.bring_in") as unit:
        inventory = folding.Inventory(unit, Service.objects.get())
        one, other = (inventory.all["POST", path] for path in ("/v1/a", "/v1/b"))
        inventory.touch(one)
        inventory.fold({("POST", "/v1/b"): "/v1/c"})
        inventory.fold({("POST", "/v1/a"): "/v1/b"})
        inventory.fold({("POST", "/v1/c"): "/v1/a"})
        inventory.save()
    assert {one.pk: "/v1/b", other.pk: "/v1/a"} == dict(Endpoint.objects.values_list("pk", "template"))
