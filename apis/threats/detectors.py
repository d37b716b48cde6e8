"""The eight detectors as data: what they are called, their thresholds, published anchors and identifiers."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold people may change: its default, unit and range."""

    code: str
    label: str | Promise
    default: float
    unit: str | Promise
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector: words, features, thresholds, where its first threshold comes from, ATLAS and OWASP identifiers."""

    code: str
    label: str | Promise
    says: str | Promise  # what a person reads when it fires
    features: tuple[str | Promise, ...]
    thresholds: tuple[Threshold, ...]
    anchor: str | Promise
    atlas: tuple[str, ...]
    owasp: tuple[str, ...]
    severity: int  # 1 (low) to 4 (critical)


CALLS, TIMES, SHARE, TOKENS, IDS = _("calls"), _("times"), _("share"), _("tokens"), _("ids")
DETECTORS = {
    one.code: one
    for one in (
        Detector(
            "extraction",
            _("Model extraction"),
            _("Far more successful calls to one model in an hour than this caller ever makes."),
            (_("successful calls to one model endpoint"), _("change against the caller's own hours")),
            (
                Threshold("calls", _("Successful calls in an hour"), 500, CALLS, 50, 100_000),
                Threshold("change", _("Change against own busy hours"), 3, TIMES, 1.5, 50),
            ),
            _("Elastic: 500 successful calls to one model in 60 minutes; PRADA"),
            ("AML.T0024.002", "AML.T0005.001"),
            ("LLM10:2025",),
            3,
        ),
        Detector(
            "consumption",
            _("Unbounded consumption"),
            _("Tokens or calls grow beyond what this caller or its peers use."),
            (
                _("prompt and completion tokens"),
                _("calls in ten seconds"),
                _("share of failed calls"),
                _("change against own hours"),
            ),
            (
                Threshold("prompt_tokens", _("Prompt tokens in an hour"), 5000, TOKENS, 500, 10_000_000),
                Threshold("completion_tokens", _("Completion tokens in an hour"), 500, TOKENS, 50, 10_000_000),
                Threshold("calls", _("Calls in an hour"), 10, CALLS, 2, 100_000),
                Threshold("change", _("Change against own busy hours or the peers' median"), 5, TIMES, 1.5, 50),
                Threshold("burst", _("Calls in ten seconds, nearly all failed"), 40, CALLS, 10, 10_000),
                Threshold("flood", _("Calls in ten seconds, whatever the answer"), 1000, CALLS, 100, 1_000_000),
            ),
            _("Elastic: prompt tokens > 5000, calls > 10, completion tokens > 500; leaky bucket of CrowdSec"),
            ("AML.T0029", "AML.T0034"),
            ("API4:2023", "LLM10:2025"),
            3,
        ),
        Detector(
            "tampering",
            _("Data tampering"),
            _("Somebody new writes to what a model learns from; whether on purpose cannot be proven."),
            (
                _("writes to ingest, feedback, fine-tuning or vector endpoints"),
                _("first seen"),
                _("bodies of equal length"),
                _("write followed by fine-tuning"),
            ),
            (
                Threshold("writes", _("Writes in an hour by somebody first seen"), 20, CALLS, 2, 100_000),
                Threshold("duplicates", _("Share of writes with a body length met before"), 0.8, SHARE, 0.3, 1),
                Threshold("burst", _("Writes in an hour from which equal bodies count"), 50, CALLS, 10, 100_000),
            ),
            _("no published threshold; measured on own traffic"),
            ("AML.T0020", "AML.T0059", "AML.T0070"),
            ("LLM04:2025",),
            3,
        ),
        Detector(
            "enumeration",
            _("Object enumeration"),
            _("One caller reads far more different objects than its peers, or one number after the other."),
            (_("different ids answered with 2xx"), _("median of peers"), _("ids in a row"), _("refusals")),
            (
                Threshold("ids", _("Different ids in an hour"), 30, IDS, 5, 100_000),
                Threshold("peers", _("Times the median of peers"), 5, TIMES, 1.5, 100),
                Threshold("density", _("Share of the numbers between lowest and highest"), 0.5, SHARE, 0.1, 1),
                Threshold("change", _("Change against own busy hours"), 3, TIMES, 1.5, 50),
            ),
            _("OWASP API1:2023; no published threshold"),
            (),
            ("API1:2023", "CWE-639"),
            4,
        ),
        Detector(
            "scanning",
            _("Scanning"),
            _("Many different addresses were tried that do not exist or are forbidden."),
            (
                _("different paths answered with 403 or 404"),
                _("failed calls in ten seconds"),
                _("share of failed calls"),
                _("known scanner"),
            ),
            (
                Threshold("paths", _("Different failed paths in an hour"), 250, _("paths"), 20, 100_000),
                Threshold("failures", _("Failed calls in an hour"), 500, CALLS, 20, 1_000_000),
                Threshold("burst", _("Different failed paths within ten seconds"), 10, _("paths"), 5, 1000),
                Threshold("share", _("Share of failed calls"), 0.5, SHARE, 0.1, 1),
            ),
            _("Elastic: 250 URLs with 500 answers 403 or 404; CrowdSec: 10 paths in 10 seconds"),
            ("AML.T0006",),
            ("API9:2023",),
            2,
        ),
        Detector(
            "stuffing",
            _("Credential stuffing"),
            _("Many refused log-ins; critical when one succeeds afterwards."),
            (_("refused calls"), _("different users"), _("success afterwards")),
            (
                Threshold("failures", _("Refused calls in an hour"), 30, CALLS, 5, 100_000),
                Threshold("users", _("Different users refused"), 5, _("users"), 1, 10_000),
                Threshold("burst", _("Refused calls within ten seconds"), 5, CALLS, 3, 1000),
                Threshold("share", _("Share of refused calls"), 0.5, SHARE, 0.1, 1),
            ),
            _("Datadog: 30 failures over 5 users; CrowdSec: more than 5 in a leaky bucket"),
            ("AML.T0012",),
            ("API2:2023", "CWE-307"),
            3,
        ),
        Detector(
            "injection",
            _("Injection in URL or body"),
            _("Calls carry what a database, shell, browser or template would run."),
            (_("calls with signs of injection, by family"), _("highest score")),
            (
                Threshold("calls", _("Calls in an hour"), 2, CALLS, 1, 1000),
                Threshold("score", _("Score from which one call is enough"), 0.95, SHARE, 0.5, 1),
            ),
            _("OWASP CRS regression tests"),
            ("AML.T0049",),
            ("API8:2023", "CWE-74"),
            3,
        ),
        Detector(
            "prompt_injection",
            _("Prompt injection"),
            _("Prompts try to turn the model against its instructions."),
            (_("prompts with signs, by sign"), _("highest score")),
            (
                Threshold("prompts", _("Prompts in an hour"), 2, _("prompts"), 1, 1000),
                Threshold("score", _("Score from which one prompt is enough"), 0.85, SHARE, 0.5, 1),
            ),
            _("CyberSecEval prompt injections"),
            ("AML.T0051", "AML.T0054"),
            ("LLM01:2025",),
            3,
        ),
    )
}


def settings_of(code: str, changed: dict[str, dict[str, float]] | None = None) -> dict[str, float]:
    """Thresholds of a detector: the defaults, and what was changed, held within the range."""
    own = (changed or {}).get(code, {})
    return {one.code: min(max(own.get(one.code, one.default), one.low), one.high) for one in DETECTORS[code].thresholds}
