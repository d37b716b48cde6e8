"""Words and numbers put into sentences."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language

_PLACE_OF_A_NUMBER = re.compile(r"%\((\w+)\)d")


def inside(label: Any) -> str:
    """Return a label as it stands inside a sentence: English without its capital, except abbreviations.

    German nouns keep theirs; translations put quotation marks where it would look odd.
    """
    text = str(label)
    if not (get_language() or "en").startswith("en") or text[1:2].isupper():
        return text
    return text[:1].lower() + text[1:]


def number(value: int) -> str:
    """Return a number as the reader's language writes it (1,895 or 1.895); templates do so by themselves."""
    return number_format(value, use_l10n=True, force_grouping=True)


def filled(text: Any, values: Mapping[str, Any]) -> str:
    """Return a text with its places filled, whole numbers as the reader's language writes them."""
    said = {name: number(value) if type(value) is int else value for name, value in values.items()}
    return _PLACE_OF_A_NUMBER.sub(r"%(\1)s", str(text)) % said
