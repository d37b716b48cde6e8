"""Takes one guard away at a time and demands that the suite notices: `python -m tests.mutation [NAME …]`.

Guards: every permission (its rule then allows everybody inside), `visible_to` and `of` (then every row is seen),
tenancy and versions in the unit of work, four eyes, the shown hash, re-authentication. The table of permissions
itself is left out of the run: a door must notice, not the list.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = "tests/security/test_T02_permissions.py"
GUARDS = (
    "visible_to", "of", "tenant-of-record", "tenant-of-links", "version", "four-eyes", "shown-hash", "reauthentication",
    "token-scope", "membership",
)  # fmt: skip
SUITES = {
    "core": ("tests/pages", "tests/core", "tests/api", "tests/security"),
    "aims": ("tests/aims", "tests/api", "tests/security"),
    "controls": ("tests/controls", "tests/api", "tests/security"),
    "risks": ("tests/risks", "tests/api", "tests/security"),
    "reports": ("tests/reports/test_issue.py", "tests/api", "tests/security"),
}
EVERYWHERE = ("tests/api", "tests/security", "tests/core", "tests/controls", "tests/risks", "tests/aims", "tests/pages")


def names() -> list[str]:
    """Every guard that can be taken away."""
    import yaml  # noqa: PLC0415 (only this command needs it)

    table = yaml.safe_load((ROOT / "tests/security/permissions.yaml").read_text())
    return [*sorted(table), *GUARDS]


def survives(name: str) -> bool:
    """Run the tests that should notice, without the guard; True when none does."""
    suites = SUITES.get(name.partition(".")[0], EVERYWHERE) if "." in name else EVERYWHERE
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", "--deselect", TABLE]
    there = [suite for suite in suites if (ROOT / suite).exists()]
    environment = os.environ | {"AIMS_WITHOUT": name}
    done = subprocess.run([*command, *there], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        sys.stdout.write(done.stdout[-3000:] + done.stderr[-2000:])
        raise SystemExit(f"{name}: the suite did not run")
    return done.returncode == 0


def main(wanted: list[str]) -> int:
    """Take each guard away; 1 when a suite did not notice."""
    lost = []
    for name in wanted or names():
        began = time.monotonic()
        survived = survives(name)
        lost += [name] if survived else []
        word = "SURVIVED" if survived else "noticed"
        sys.stdout.write(f"{name:<28} {word:<9} {time.monotonic() - began:5.1f} s\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(wanted or names())} guards taken away, {len(lost)} not noticed\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
