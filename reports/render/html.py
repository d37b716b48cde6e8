"""Templates of the printed reports: an engine of its own, no settings, escaping always on."""

import functools
import unicodedata
from pathlib import Path
from typing import Any

from django.template import Context, Engine, Library
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "reports"
TURNING = {"R", "AL", "RLE", "LRE", "RLO", "LRO", "RLI", "LRI", "FSI"}

register = Library()


@register.filter
def bdi(text: Any) -> SafeString:
    """A name in its own direction. Only text that can turn its surroundings needs the element."""
    escaped = conditional_escape(text)
    if str(text).isascii() or not any(unicodedata.bidirectional(c) in TURNING for c in str(text)):
        return escaped
    return mark_safe(f"<bdi>{escaped}</bdi>")  # noqa: S308 (escaped one line above)


@functools.cache
def engine() -> Engine:
    """The engine: only the folder of the print templates, autoescape on."""
    built = Engine(dirs=[str(TEMPLATES)], autoescape=True, builtins=[])
    built.template_builtins.append(register)
    return built


def render(template: str, context: dict[str, Any]) -> str:
    """The page as text, every value escaped."""
    return str(engine().get_template(template).render(Context(context, autoescape=True, use_l10n=False, use_tz=False)))
