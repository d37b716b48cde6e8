"""`make lint`: every check runs, so that one run names everything; the exit status is 0 only when all passed."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.house import contracts, decay, rooms

BIN = Path(sys.executable).parent
PRODUCTION_LIKE = {
    "AIMS_ENV": "production",
    "SECRET_KEY": "lint-only-" + "0123456789abcdef" * 4,
    "DATABASE_URL": "postgres://lint@127.0.0.1:1/lint",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "aims.example.org",
    "SITE_URL": "https://aims.example.org",
}
TYPED = ("services", "workflow", "policy", "checks")


def _run(*command: str | Path, extra: Mapping[str, str] | None = None) -> bool:
    environment = {**os.environ, **(extra or {})}
    done = subprocess.run(
        list(map(str, command)), cwd=rooms.ROOT, env=environment, stdin=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def imports() -> bool:
    """Check the layers between rooms and inside each."""
    with tempfile.TemporaryDirectory(prefix="aims42-lint-") as folder:
        configuration = Path(folder) / "contracts.ini"
        configuration.write_text(contracts.text(), encoding="utf-8")
        arguments = ("--config", configuration, "--no-cache", "--no-logo")
        return _run(BIN / "lint-imports", *arguments, extra={"PYTHONPATH": str(rooms.ROOT)})


def form() -> bool:
    """Check that the code is formatted."""
    return _run(BIN / "ruff", "format", "--check", "--quiet", "--diff", ".")


def rules() -> bool:
    """Check ruff's rules."""
    return _run(BIN / "ruff", "check", ".")


def house() -> bool:
    """Check file lengths, models per file and unexplained suppressions."""
    found = list(decay.problems())
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    return not found


def types() -> bool:
    """Check types of core and of the rules of every room."""
    targets = ["core"] if "core" in rooms.existing_rooms() else []
    for room in rooms.existing_rooms():
        if room != "core":
            targets += [f"{room}.{part}" for part in TYPED if rooms.has(room, part)]
    if not targets:
        return True
    return _run(BIN / "mypy", *(f"--package={target}" for target in targets))


def templates() -> bool:
    """Check the templates."""
    return not rooms.templates() or _run(BIN / "djlint", "--lint", "--quiet", "--profile=django", "templates")


def deployment() -> bool:
    """Check the settings a production instance would have."""
    with tempfile.TemporaryDirectory(prefix="aims42-lint-") as folder:
        return _run(
            sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING",
            extra={**PRODUCTION_LIKE, "DATA_DIR": folder},
        )  # fmt: skip


def migrations() -> bool:
    """Check that models and migrations agree."""
    with tempfile.TemporaryDirectory(prefix="aims42-lint-") as folder:
        extra = {"AIMS_ENV": "test", "DATA_DIR": folder, "DATABASE_URL": ""}
        return _run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", extra=extra)


CHECKS: dict[str, Callable[[], bool]] = {
    "formatting": form,
    "rules": rules,
    "house": house,
    "imports": imports,
    "templates": templates,
    "deployment": deployment,
    "migrations": migrations,
    "types": types,
}


def main(chosen: list[str]) -> int:
    """Run the chosen checks, or all; return the exit status."""
    unknown = [name for name in chosen if name not in CHECKS]
    if unknown:
        sys.stderr.write(f"No such check: {', '.join(unknown)}. There are: {', '.join(CHECKS)}.\n")
        return 2
    failed = []
    for name in chosen or CHECKS:
        sys.stdout.write(f"== lint: {name}\n")
        sys.stdout.flush()
        started = time.monotonic()
        if not CHECKS[name]():
            failed.append(name)
            sys.stdout.write(f"== lint: {name} FAILED after {time.monotonic() - started:.1f} s\n")
    sys.stdout.write(f"lint: {'failed: ' + ', '.join(failed) if failed else 'all checks passed'}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
