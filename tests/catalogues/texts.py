"""Reads the texts of the product as `make messages` collects them, without the system's gettext."""

import ast
import re
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
PLACES = (*settings.ROOMS, "config", "deploy")
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy"}
LITERAL = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(?:n?gettext|_)\(\s*{LITERAL}(?:\s*,\s*{LITERAL})?")


def of_python(source):
    """The constant texts given to gettext's functions; singular and plural together."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            wanted = node.args[:1] if name in ONE else node.args[:2] if name in MANY else ()
            texts = [one.value for one in wanted if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if texts:
                yield tuple(texts)


def of_template(source):
    """The texts of a template, which Django rewrites as calls amid filling."""
    for found in CALL.finditer(templatize(source)):
        yield tuple(ast.literal_eval(part) for part in found.groups() if part)


def of_product():
    """Text or (singular, plural) → the file that says it first."""
    said = {}
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*.py")):
            for texts in of_python(path.read_text(encoding="utf-8")):
                said.setdefault(texts, str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for texts in of_template(path.read_text(encoding="utf-8")):
            said.setdefault(texts, str(path.relative_to(ROOT)))
    return said
