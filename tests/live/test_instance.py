"""An instance on real services: it answers, mends itself and leaves nothing behind."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.live


def _within(seconds, answer):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := answer():
            return found
        time.sleep(0.2)
    return None


def test_a_running_instance_says_that_it_is_well(instance):
    assert json.loads(instance.get("/healthz/"))["status"] == "ok"


def test_a_killed_worker_is_started_again_with_nothing_left_of_the_first(instance):
    first = instance.services()["worker"]
    instance.kill("worker")
    second = _within(20, lambda: instance.services().get("worker", first) != first and instance.services()["worker"])
    assert second
    assert not Path(f"/proc/{first}").exists()


def test_a_killed_web_server_comes_back_on_the_same_address(instance):
    os.kill(instance.services()["web"], signal.SIGKILL)

    def answers():
        try:
            return instance.get("/healthz/", timeout=2)
        except OSError:
            return None

    assert _within(30, answers)


def test_the_end_of_the_supervisor_ends_its_services_even_when_it_is_killed(instance):
    pids = list(instance.services().values())
    assert len(pids) == 2
    os.kill(instance.process.pid, signal.SIGKILL)
    assert _within(40, lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
