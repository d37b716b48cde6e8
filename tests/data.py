"""Real input for tests: files beside the repository, skipped with a reason where they are absent."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def testdata(name: str) -> Path:
    """A real sample file, e.g. ``inventory/us_federal_ai_use_cases_2024.csv``."""
    return _present(SHARED / "testdata" / name)


def domain(name: str) -> Path:
    """A file of domain facts, e.g. ``ids/owasp_ids.yaml``."""
    return _present(SHARED / "domain" / name)


def _present(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout (looked for ../shared/{path.relative_to(SHARED)})")
    return path


testdata.__test__ = False  # type: ignore[attr-defined]
