"""The rooms of the product, lowest last, and the order of the files inside one; read from what exists."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: A room may import the rooms below it, never one above.
ROOMS = ("config", "reports", "audits", "apis", "risks", "controls", "aims", "evidence", "core")

#: Inside a room: doors, shapes, rules, data. ``|`` parts may not import each other, ``:`` parts may.
LAYERS = (
    ("urls", ":", "api_urls", ":", "apps"),
    ("views", "|", "api", "|", "tasks", "|", "management"),
    ("forms", ":", "tables", ":", "filters", ":", "serializers"),
    ("services", ":", "workflow", ":", "policy", ":", "checks", ":", "queries", ":", "builders"),
    ("models",),
)

#: Rules and data know nothing of the protocols that carry them.
RULES = ("services", "workflow", "policy", "checks", "models", "queries")
PROTOCOLS = ("rest_framework", "django_htmx", "celery")


def has(room: str, part: str) -> bool:
    """Say whether a room has this file, or this folder of files."""
    return (ROOT / room / f"{part}.py").is_file() or (ROOT / room / part / "__init__.py").is_file()


def existing_rooms() -> list[str]:
    """Return the rooms that have content, highest first."""
    return [room for room in ROOMS if (ROOT / room / "__init__.py").is_file()]


def python_files() -> list[Path]:
    """Return every Python file of ours: the rooms, the tests, the trial."""
    folders = [*existing_rooms(), "tests", "deploy"]
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted([*files, ROOT / "manage.py"])


def templates() -> list[Path]:
    """Return every template of ours."""
    return sorted((ROOT / "templates").rglob("*.html"))
