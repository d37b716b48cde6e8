"""How well each detector did where it was measured, as docs/DETECTORS.md says; and what its figures mean."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Measured:
    """Recall and false alarms of one detector, as counts, on which set."""

    recall: str  # "" where no public set shows it
    false: str
    on: Any


MADE_UP = _("Proven on made-up abuse only; no public log shows it.")
SCENARIOS_FOUND = _("Labelled logs of CrowdSec, and logs without a scenario.")
MEASURED: dict[str, Measured] = {
    "extraction": Measured("", "0 / 641", MADE_UP),
    "consumption": Measured("1 / 1", "0 / 641", SCENARIOS_FOUND),
    "tampering": Measured("", "0 / 641", MADE_UP),
    "enumeration": Measured("", "0 / 641", MADE_UP),
    "scanning": Measured("1 / 1", "0 / 641", SCENARIOS_FOUND),
    "stuffing": Measured("1 / 1", "0 / 641", SCENARIOS_FOUND),
    "injection": Measured("1391 / 1799, 77.3 %", "24 / 370, 6.5 %", _("Half of the regression stages of OWASP CRS.")),
    "prompt_injection": Measured("94 / 126, 74.6 %", "0 / 425, 0 %", _("Half of CyberSecEval; own ordinary prompts.")),
}
Feature = tuple[str, Any, str, str]
"""Figure of an alarm, its label, the threshold it is held against ("" for none), the figure that is the baseline."""
FEATURES: dict[str, tuple[Feature, ...]] = {
    "extraction": (("calls", _("Successful calls to one model"), "calls", "usual"),),
    "consumption": (
        ("prompt_tokens", _("Prompt tokens"), "prompt_tokens", ""),
        ("completion_tokens", _("Completion tokens"), "completion_tokens", ""),
        ("total_tokens", _("Tokens together"), "", "usual_tokens"),
        ("calls", _("Calls"), "calls", ""),
        ("in_ten_seconds", _("Calls in ten seconds"), "burst", ""),
        ("failed_in_ten_seconds", _("Failed calls in ten seconds"), "", ""),
    ),
    "tampering": (
        ("writes", _("Writes"), "writes", ""),
        ("alike", _("Share of writes with a body length met before"), "duplicates", ""),
        ("sizes", _("Different body lengths"), "", ""),
    ),
    "enumeration": (
        ("ids", _("Different objects"), "ids", "peers"),
        ("density", _("Share of the numbers between lowest and highest"), "density", ""),
        ("refused", _("Refused calls"), "", ""),
    ),
    "scanning": (
        ("paths", _("Different failed paths"), "paths", ""),
        ("failures", _("Failed calls"), "failures", ""),
        ("in_ten_seconds", _("Failed calls in ten seconds"), "burst", ""),
        ("calls", _("Calls"), "", ""),
    ),
    "stuffing": (
        ("failures", _("Refused calls"), "failures", ""),
        ("users", _("Different users refused"), "users", ""),
        ("in_ten_seconds", _("Failed calls in ten seconds"), "burst", ""),
        ("success_afterwards", _("A success afterwards"), "", ""),
    ),
    "injection": (
        ("calls", _("Calls with signs of injection"), "calls", ""),
        ("score", _("Highest score"), "score", ""),
    ),
    "prompt_injection": (
        ("hits", _("Prompts with signs"), "prompts", ""),
        ("score", _("Highest score"), "score", ""),
        ("prompts", _("Prompts"), "", ""),
    ),
}
APR: dict[str, tuple[str, ...]] = {
    "extraction": ("APR-16", "APR-26"), "consumption": ("APR-16", "APR-26"), "tampering": ("APR-07", "APR-26"),
    "enumeration": ("APR-11", "APR-26"), "scanning": ("APR-17", "APR-26"), "stuffing": ("APR-09", "APR-26"),
    "injection": ("APR-18", "APR-26"), "prompt_injection": ("APR-18", "APR-26"),
}  # fmt: skip
