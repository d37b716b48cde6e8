"""Takes one guard away at a time and demands that a test notices: `python -m tests.mutation [NAME …]`.

Guards (tests/without.py): of every permission the roles (then everybody inside may) and the token's scope (then every
token may); `visible_to` and `of` of every model (then every row is seen); tenancy and versions in the unit of work,
four eyes, the shown hash, re-authentication, membership. The suite runs first with every guard in place and notes
where each made a difference; without the guard only those tests run, because the others cannot tell, each guard in a
process forked for it, and the one that notices must pass in another with every guard in place. Tests of the policy
alone are left out: a door or a rule must notice, not the list. NAME may end in * for all that begin so.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tests.house import rooms

ROOT = rooms.ROOT
NOTES = ROOT / "var" / "mutation.json"
POLICY_ALONE = ("tests/security/test_T02_permissions.py", "tests/core/test_rules.py")
FOLDERS = tuple(
    f"tests/{name}/"
    for name in ("api", "security", "core", "controls", "risks", "aims", "pages", "registers", "shell", "reports")
)
QUIET = ("-q", "--no-header", "-p", "no:cacheprovider")
Noted = dict[str, dict]


def notes() -> Noted:
    """Guard → the tests it made a difference in. What is younger than the last notes is noted anew: test files alone
    when nothing else is, else everything."""
    last = NOTES.stat().st_mtime if NOTES.exists() else 0.0
    sources = [*rooms.python_files(), *rooms.templates()]
    young = [str(path.relative_to(ROOT)) for path in sources if path.stat().st_mtime > last and path != Path(__file__)]
    if not young:
        return json.loads(NOTES.read_text())
    alone = all(name.startswith("tests/") and Path(name).name.startswith("test_") for name in young)
    began = time.time()
    noted = _noted([name for name in young if name.startswith(FOLDERS)] if alone else list(FOLDERS))
    if alone:
        for name, earlier in json.loads(NOTES.read_text()).items():
            kept = {test for test in earlier["tests"] if test.partition("::")[0] not in young}
            noted[name]["tests"] = sorted(kept | set(noted[name]["tests"]))
            noted[name]["asked"] |= earlier["asked"]
    NOTES.parent.mkdir(exist_ok=True)
    NOTES.write_text(json.dumps(noted, indent=1))
    os.utime(NOTES, (began, began))
    return noted


def _noted(tests: list[str]) -> Noted:
    """Run tests with every guard in place, which must pass."""
    with tempfile.TemporaryDirectory(prefix="aims42-mutation-") as folder:
        file, began = Path(folder) / "notes.json", time.monotonic()
        command = [sys.executable, "-m", "pytest", *QUIET, *tests]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"AIMS_NOTES": str(file)}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{done.stdout[-3000:]}{done.stderr[-2000:]}\nwith every guard in place a test fails")
        took = time.monotonic() - began
        sys.stdout.write(f"with every guard in place: {done.stdout.splitlines()[-1]} ({took:.0f} s)\n")
        return json.loads(file.read_text())


def in_order(name: str, noted: Noted) -> list[str]:
    """The tests that can notice, those first that stand on few guards."""
    many: dict[str, int] = defaultdict(int)
    for each in noted.values():
        for test in each["tests"]:
            many[test] += 1
    of_permission = "." in name and ":" not in name
    tests = [test for test in noted[name]["tests"] if not (of_permission and test.startswith(POLICY_ALONE))]
    return sorted(tests, key=lambda test: (many[test], test))


class Taking:
    """Runs, instead of all tests, those of each guard without it; keeps the guards that no test missed."""

    def __init__(self, chosen: list[str], noted: Noted):
        self.chosen, self.noted = chosen, noted
        self.lost: list[str] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Lay the database once, then fork for each guard."""
        items: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            items[item.nodeid.partition("[")[0]].append(item)
        first = items[next(test for test in in_order("of", self.noted) if test in items)][0]
        other = next(item for item in session.items if item.path.parent != first.path.parent)
        if any(report.failed for report in runtestprotocol(first, nextitem=other, log=False)):
            raise SystemExit(f"{first.nodeid} fails with every guard in place")
        for name in self.chosen:
            began = time.monotonic()
            tests = in_order(name, self.noted)
            chosen = [item for test in tests for item in items.get(test, ())]
            by = self._noticed_by(name, chosen, other) if chosen else ""
            if by and self._noticed_by("", [item for item in chosen if item.nodeid == by], other):
                raise SystemExit(f"{by} fails with every guard in place")
            self.lost += [] if by else [name]
            told = f"noticed   {by}" if by else f"SURVIVED  {len(tests)} tests"
            sys.stdout.write(f"{name:<34} {time.monotonic() - began:5.1f} s  {told}\n")
            sys.stdout.flush()
        return True

    def _noticed_by(self, name: str, items: list[pytest.Item], other: pytest.Item) -> str:
        """The first of the tests that fails without the guard, or nothing."""
        reading, writing = os.pipe()
        child = os.fork()
        if child:
            os.close(writing)
            with os.fdopen(reading) as told:
                by = told.read()
            if os.waitpid(child, 0)[1]:
                raise SystemExit(f"{name}: its tests did not run to the end")
            return by
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        status = 1
        try:
            os.write(writing, self._failing(name, items, other).encode())
            status = 0
        finally:
            os._exit(status)

    def _failing(self, name: str, items: list[pytest.Item], other: pytest.Item) -> str:
        from tests.without import take_away  # noqa: PLC0415 (needs the settings that pytest reads)

        if name:
            take_away(name)
        for item, following in zip(items, [*items[1:], other], strict=True):
            if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
                return item.nodeid
        return ""


def main(wanted: list[str]) -> int:
    """Take each guard away; 1 when a test did not notice."""
    noted = notes()
    named = [name for name in noted if not wanted or any(fnmatchcase(name, one) for one in wanted)]
    idle = [name for name in named if ":" in name and not noted[name]["asked"]]
    taking = Taking([name for name in named if name not in idle], noted)
    if ended := pytest.main([*QUIET, "-qq", "-s", *FOLDERS], plugins=[taking]):
        return int(ended)
    for name in idle:
        sys.stdout.write(f"{name:<34} is asked by nothing\n")
    sys.stdout.write(f"{len(taking.chosen)} guards taken away, {len(taking.lost)} not noticed\n")
    return 1 if taking.lost or not taking.chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
