"""Words put into sentences."""

from typing import Any

from django.utils.translation import get_language


def inside(label: Any) -> str:
    """Return a label as it stands inside a sentence: English without its capital, except abbreviations.

    German nouns keep theirs; translations put quotation marks where it would look odd.
    """
    text = str(label)
    if not (get_language() or "en").startswith("en") or text[1:2].isupper():
        return text
    return text[:1].lower() + text[1:]
