"""How stored fields of threat signals are read: page and history say the same words, hours in the reader's zone."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from apis.threats import DETECTORS, reason_words
from apis.threats.measured import FEATURES
from core import when, wording

SAMPLE = re.compile(r"(?P<call>.*) \((?:(?P<where>[a-z]+): )?(?P<code>[a-z_]+(?:\.[a-z_]+)?)\)")
PLACES: dict[str, Any] = {
    "path": _("Path"), "query": _("Query"), "key": _("Name of a field"), "cookie": _("Cookie"),
    "referer": _("Referring page"), "agent": _("Program that calls"), "header": _("Header"), "file": _("File"),
    "body": _("Body"),
}  # fmt: skip
USUAL: dict[str, Any] = {"usual": _("Usual"), "usual_tokens": _("Usual tokens"), "peers": _("Median of peers")}
MOST_HOURS = 3


def figure(value: Any) -> str:
    """A measured figure as the reader's language writes it."""
    number = float(value)
    if number == int(number):
        return wording.number(int(number))
    return number_format(f"{number:g}", use_l10n=True)


def figures(stored: str) -> str:
    """Figures within words, each as the reader's language writes it: "1,391 / 1,799, 77.3 %"."""
    return re.sub(r"\d+(?:\.\d+)?", lambda found: figure(found.group()), stored)


def sample(stored: str) -> str:
    """A masked sample, with its place and its sign in words."""
    found = SAMPLE.fullmatch(stored)
    if found is None:
        return stored
    code = reason_words(found["code"])
    where = f"{PLACES.get(found['where'], found['where'])}: " if found["where"] else ""
    return f"{found['call']} ({where}{code})"


def hours(value: Any, _state: Mapping[str, Any], zone: dt.tzinfo) -> str:
    """The hours a signal fired in; of many the first and the last."""
    told = [when.moment_text(dt.datetime.fromisoformat(one), zone) for one in value]
    return "; ".join(told) if len(told) <= MOST_HOURS else f"{told[0]}; …; {told[-1]}"


def measured(value: Mapping[str, Any], state: Mapping[str, Any], _zone: dt.tzinfo) -> str:
    """Figures by what they measure."""
    labels = USUAL | {name: label for name, label, *_rest in FEATURES.get(state.get("detector", ""), ())}
    return "; ".join(f"{labels.get(name) or reason_words(name)}: {figure(one)}" for name, one in value.items())


def limits(value: Mapping[str, Any], state: Mapping[str, Any], _zone: dt.tzinfo) -> str:
    """Thresholds by their names."""
    known = DETECTORS.get(state.get("detector", ""))
    labels = {one.code: one.label for one in known.thresholds} if known else {}
    return "; ".join(f"{labels.get(name, name)}: {figure(one)}" for name, one in value.items())


def reasons(value: Any, _state: Mapping[str, Any], _zone: dt.tzinfo) -> str:
    """Why it fired."""
    return "; ".join(str(reason_words(code)) for code in value)


def samples(value: Any, _state: Mapping[str, Any], _zone: dt.tzinfo) -> str:
    """Masked samples."""
    return "; ".join(map(sample, value))


def endpoints(value: Any, _state: Mapping[str, Any], _zone: dt.tzinfo) -> str:
    """Methods with their paths."""
    return "; ".join(" ".join(one) for one in value)
