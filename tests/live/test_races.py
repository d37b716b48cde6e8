"""Many at once on a running instance: no lost update, one winner, one row per key, one chain."""

import json
import threading
import urllib.error
import urllib.request

import pytest

from tests.live.test_jobs import said

pytestmark = pytest.mark.live

PREPARE = """
import datetime
from core import clock
from core.actor import operator
from core.models import ManagementSystem
from core.services.tokens import create_token
tenant = ManagementSystem.objects.get(slug="acme")
until = clock.now() + datetime.timedelta(days=1)
scopes = ["read", "inventory:write"]
token, secret = create_token(actor=operator(tenant.pk), name="live", scopes=scopes, expires_at=until, source="live")
print("SECRET", secret)
"""


@pytest.fixture
def call(instance):
    """Asks the instance; answers (status, ETag, parsed body)."""
    new = ("management-system", "create", "--slug", "acme", "--name", "Acme", "--administrator", "a@example.org")
    instance.manage(*new)
    secret = said(instance.manage("shell", "-c", PREPARE), "SECRET")

    def ask(method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        address = f"{instance.address}/api/v1/acme/{path}"
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310 (our own loopback)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 (our own loopback)
                return answer.status, answer.headers.get("ETag"), json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("ETag"), json.load(error)

    ask.instance = instance
    return ask


def at_once(number, work):
    """Do ``work(n)`` in so many threads, started together; return the results."""
    barrier, results = threading.Barrier(number), [None] * number

    def one(n):
        barrier.wait()
        results[n] = work(n)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_twenty_posts_with_one_key_make_one_system(call):
    answers = at_once(20, lambda n: call("POST", "systems/", {"name": "Once"}, Idempotency_Key="same")[0])
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert len(call("GET", "systems/")[2]["items"]) == 1


def test_two_writers_with_forty_edits_each_lose_none(call):
    status, tag, made = call("POST", "systems/", {"name": "Shared", "notes": ""})
    assert status == 201

    def edit(writer):
        done = 0
        while done < 40:
            _status, seen, present = call("GET", f"systems/{made['id']}/")
            notes = f"{present['notes']}{writer}"
            done += call("PATCH", f"systems/{made['id']}/", {"notes": notes}, If_Match=seen)[0] == 200

    at_once(2, edit)
    _status, tag, final = call("GET", f"systems/{made['id']}/")
    assert sorted(final["notes"]) == ["0"] * 40 + ["1"] * 40
    assert tag == '"81"'
    assert "sound" in call.instance.manage("ledger", "verify", "--in", "acme", "--records")


def test_of_thirty_who_press_at_once_one_wins(call):
    _status, tag, made = call("POST", "systems/", {"name": "Wanted"})
    step = f"systems/{made['id']}/steps/take_in/"
    answers = at_once(30, lambda n: call("POST", step, {"reason": "Mine"}, If_Match=tag)[0])
    assert answers.count(200) == 1
    assert set(answers) == {200, 412}
