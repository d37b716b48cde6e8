"""Memory follows the largest day of what is brought in, not all of it; measured in processes of their own."""

import datetime
import subprocess
import sys
from pathlib import Path

import pytest

from apis.traffic import days

LINES, CALLERS, HOURS = 150_000, 400, 120
START = datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
MEASURE = """
import datetime, sys
from pathlib import Path
from apis.traffic import How, Source, carried, days, digest, joined, restored
def memory(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(key))
path, days.HELD = Path(sys.argv[1]), int(sys.argv[2])
how = How(b"k" * 32, datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC))
parts = [carried(digest(path, how, part=part)) for part in Source(path).parts(1 << 20)]
before = memory("VmHWM")
found = joined(map(restored, parts))
calls = hours = 0
for day in found.by_day():
    calls += day.windows()["calls"].sum()
    hours += day.signals().activities["who"].n_unique()
print(calls, hours, memory("VmHWM") - before)
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Lines of many callers over many hours, hardly two of which are of one caller, hour and endpoint."""
    path = tmp_path_factory.mktemp("log") / "access.log"
    with path.open("w", encoding="utf-8") as out:
        for number in range(LINES):
            moment = START + datetime.timedelta(seconds=number * HOURS * 3600 // LINES)
            out.write(
                f'10.0.{number % CALLERS // 250}.{number % CALLERS % 250} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] '
                f'"GET /v1/kinds-{number * 7 % 11}/{number * 31 % 9000} HTTP/1.1" 200 {number % 5000}\n'
            )  # fmt: skip
    return path


def measured(log, held):
    """Calls, hours of callers, and by how many MiB joining the parts raised the most memory the process had."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(log), str(held)], check=True, capture_output=True, text=True, timeout=120,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    return tuple(map(int, done.stdout.split()))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read where Linux tells it")
def test_many_hours_of_many_callers_are_joined_in_little_more_memory_than_a_part_took(log):
    calls, hours, more = measured(log, days.HELD // 10)
    assert (calls, hours) == (LINES, CALLERS * HOURS)
    assert more < 90, "without days put aside it is 200"
