"""How much of the product the tests have walked through: floors over branches, the rules' floor the highest."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.house import rooms

WORST = 15
ROW = re.compile(r"^(?P<name>\S+\.py)\s+.*?(?P<share>\d+)%")


@dataclass(frozen=True)
class Floor:
    """The least share (percent of lines and branches) of the files whose names match; no names are all files."""

    title: str
    least: int
    names: tuple[str, ...] = ()


FLOORS = (
    Floor("all rooms", 92),
    Floor("services, workflow, policy", 100, ("services", "workflow", "policy")),
)


def _patterns(floor: Floor) -> str:
    parts = [f"{room}/{name}" for room in rooms.existing_rooms() for name in floor.names]
    return ",".join(f"{part}{end}" for part in parts for end in (".py", "/*.py"))


def report(folder: Path) -> list[str]:
    """Combine the data files of the folder and judge them; return one line per floor, those missed first say so."""
    told = {**os.environ, "COVERAGE_FILE": str(folder / ".coverage")}
    coverage = [sys.executable, "-m", "coverage"]
    files = [str(path) for path in folder.iterdir() if not path.name.startswith(".coverage")]
    combine = [*coverage, "combine", "--quiet", "--keep", *files]
    if not files or subprocess.run(combine, cwd=rooms.ROOT, env=told, check=False).returncode:
        return ["coverage: nothing was measured: MISSED"]
    lines = []
    for floor in FLOORS:
        only = [f"--include={_patterns(floor)}"] if floor.names else []
        shown = subprocess.run(
            [*coverage, "report", "--sort=cover", f"--fail-under={floor.least}", *only],
            cwd=rooms.ROOT,
            env=told,
            capture_output=True,
            text=True,
            check=False,
        )
        total = re.search(r"^TOTAL\s+.*?(\d+)%$", shown.stdout, re.MULTILINE)
        verdict = "reached" if shown.returncode == 0 else "MISSED"
        lines.append(f"coverage of {floor.title}: {total[1] if total else '?'} %, floor {floor.least} %: {verdict}")
        if shown.returncode:
            rows = [row for row in shown.stdout.splitlines() if ROW.match(row)]
            lines += [f"  {row}" for row in rows[:WORST]]
    return lines
