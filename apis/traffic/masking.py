"""Lines shown to people: nothing in them that is a secret, a person or a control character."""

import re

MOST = 200
MASK = "•••"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_HIDDEN = (
    (re.compile(r"(?i)\b(bearer|basic) [\w.~+/=-]{1,400}"), rf"\1 {MASK}"),
    (re.compile(r"(?i)(authorization|cookie|x-api-key|api[-_]?key|token|secret|password|passwd|pwd)(\W{1,4})[^\s\",;&]{1,400}"),
     rf"\1\2{MASK}"),
    (re.compile(r"[^\s\"'<>@=/?&]{1,64}(?:@|%40)[^\s\"'<>@/?&]{1,190}"), MASK),
    (re.compile(r"([?&][^=\s&\"]{1,60}=)[^\s&\"]{1,400}"), rf"\1{MASK}"),
    (re.compile(r"\b\d[\d -]{6,30}\d\b"), MASK),
    (re.compile(r"\b(?=[\w+/=-]*\d)[\w+/=-]{16,400}\b"), MASK),
)  # fmt: skip


def masked(line: str) -> str:
    """At most 200 characters of a line, its values and secrets replaced."""
    found = _CONTROL.sub(" ", line[: 4 * MOST]).strip()
    for pattern, instead in _HIDDEN:
        found = pattern.sub(instead, found)
    return found if len(found) <= MOST else found[: MOST - 1] + "…"
