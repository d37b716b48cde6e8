"""T17: every table is a record or operational with a reason; every write leaves exactly one entry."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from core import records
from core.operational import OPERATIONAL

ROOT = Path(settings.BASE_DIR)
DOORS = ("views.py", "api.py", "tasks.py")


def test_every_table_is_a_record_a_link_or_operational_with_a_reason():
    known = set(records.record_models().values()) | set(records.link_models())
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label
        if model not in known and not model._meta.auto_created:
            assert OPERATIONAL.get(label), f"{label} is neither a record nor listed in core/operational.py"
    for label in OPERATIONAL:
        assert apps.get_model(label) not in known, f"{label} is a record and listed as operational"


def test_no_room_hangs_domain_rules_on_signals_or_save():
    for room in settings.ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            tree = ast.parse(file.read_text())
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.FunctionDef)
                    and node.name == "save"
                    and "models" in file.parts[-2:] + (file.stem,)
                ):
                    raise AssertionError(f"{file.relative_to(ROOT)}:{node.lineno} overrides save()")
                if isinstance(node, ast.Name) and node.id in {"post_save", "pre_save", "post_delete", "pre_delete"}:
                    raise AssertionError(f"{file.relative_to(ROOT)}:{node.lineno} hangs on a signal")


def doors():
    for room in settings.ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            parts = file.relative_to(ROOT).parts
            if file.name in DOORS or "views" in parts or (parts[1] == "api" and file.name.endswith("views.py")):
                yield file


@pytest.mark.parametrize("file", list(doors()), ids=lambda f: str(f.relative_to(ROOT)))
def test_doors_start_from_what_the_actor_sees(file):
    """``X.objects`` in a door goes on with visible_to(actor) or of(scope); ``only`` and ``offered_to`` narrow them."""
    allowed = {"visible_to", "of", "none", "only", "offered_to"}
    tree = ast.parse(file.read_text())
    fine = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in allowed
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"} and id(node) not in fine:
            if is_queryset_declaration(tree, node):
                continue
            raise AssertionError(f"{file.relative_to(ROOT)}:{node.lineno} reads past visible_to()")


def is_queryset_declaration(tree, node):
    """``queryset = Model.objects`` of a class: the base view narrows it."""
    for assigned in ast.walk(tree):
        if isinstance(assigned, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "queryset" for t in assigned.targets
        ):
            if node in ast.walk(assigned.value):
                return True
    return False
