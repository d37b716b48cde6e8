"""Decay checks: a file that grows, a folder of models that swells, a rule switched off without a reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house import rooms

LONGEST_PYTHON = 600
LONGEST_TEMPLATE = 200
MOST_MODELS = 10

#: A suppression names its rules and then says why on the same line: ``noqa: S608 (table names are ours)``.
SUPPRESSION = re.compile(r"#\s*noqa\b(?P<rest>.*)$", re.IGNORECASE)
REASONED = re.compile(r":\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*\s+\W*\w+\W+\w+", re.IGNORECASE)


def _name(path: Path) -> str:
    return str(path.relative_to(rooms.ROOT)) if path.is_relative_to(rooms.ROOT) else path.name


def too_long(path: Path, longest: int) -> Iterator[str]:
    """Yield one sentence if the file has more lines than it may."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > longest:
        yield f"{_name(path)}: {lines} lines; at most {longest}. Split it by subject."


def _is_model(node: ast.ClassDef) -> bool:
    bases = {base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases}
    return any(base == "Model" or base.endswith(("Model", "BaseUser")) for base in bases)


def too_many_models(path: Path) -> Iterator[str]:
    """Yield one sentence if the file defines more models than it may."""
    classes = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    count = sum(map(_is_model, classes))
    if count > MOST_MODELS:
        yield f"{_name(path)}: {count} models; at most {MOST_MODELS}. Split it by subject."


def unreasoned_suppressions(path: Path) -> Iterator[str]:
    """Yield one sentence for each line that switches a rule off without saying which and why."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        found = SUPPRESSION.search(line)
        if found and not REASONED.match(found["rest"]):
            yield f"{_name(path)}:{number}: a rule is switched off without its name and a reason."


def second_locks(path: Path) -> Iterator[str]:
    """Yield one sentence for each line that locks a chain's head by itself: two queues end in a deadlock."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if "Chain.objects" in line and "select_for_update" in line:
            yield f"{_name(path)}:{number}: a chain's head is locked by core.ledger.lock_head alone."


def problems() -> Iterator[str]:
    """Yield what has decayed, one sentence each."""
    for path in rooms.python_files():
        if "migrations" not in path.parts:
            yield from too_long(path, LONGEST_PYTHON)
        yield from unreasoned_suppressions(path)
        if _name(path) != "core/ledger.py" and "tests" not in path.parts:
            yield from second_locks(path)
        if "models" in path.stem or "models" in path.parts:
            yield from too_many_models(path)
    for path in rooms.templates():
        yield from too_long(path, LONGEST_TEMPLATE)
