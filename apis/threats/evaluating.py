"""How well the detectors do on labelled sets, as counts: what they found of what is there, and what in vain."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from apis.threats.behaviour import Alarm, detect, past_of
from apis.threats.events import signals_of
from apis.threats.everyday import ordinary_days
from apis.threats.prompts import THRESHOLD as PROMPT_THRESHOLD
from apis.threats.prompts import judge_prompt
from apis.threats.signals import added
from apis.threats.texts import THRESHOLD, judge_call
from apis.threats.values import of_call
from apis.traffic.reading import calls_of

# Rule families of the CRS whose subject is what callers put into URLs, headers and bodies.
ATTACKS = range(930, 945)
SCENARIOS = {
    "apache-http-probing": {"scanning"},
    "aws-alb-logs": {"injection"},
    "caddy-basic-auth-bf": {"stuffing"},
    "http-dos-random-uri": {"consumption"},
    "nginx-http-path-traversal": {"injection"},
    "nginx-http-sqli-probing": {"injection"},
}
LEAST = 4  # letters from which a value says something by itself
PLAIN = re.compile(r"[\w.-]*")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of figures: the set and the family, hits of what is there, and false alarms of what is harmless."""

    part: str
    family: str
    hits: int
    positives: int
    false: int
    negatives: int

    @property
    def recall(self) -> float | None:
        """Hits by positives; None without positives."""
        return self.hits / self.positives if self.positives else None

    @property
    def false_rate(self) -> float | None:
        """False alarms by negatives; None without negatives."""
        return self.false / self.negatives if self.negatives else None


@dataclass(slots=True)
class _Count:
    hits: int = 0
    positives: int = 0
    false: int = 0
    negatives: int = 0

    def note(self, is_attack: bool, fired: bool) -> None:
        if is_attack:
            self.positives += 1
            self.hits += fired
        else:
            self.negatives += 1
            self.false += fired

    def line(self, part: str, family: str) -> Line:
        return Line(part, family, self.hits, self.positives, self.false, self.negatives)


def _stages(files: Iterable[Path]) -> Iterator[dict]:
    for file in sorted(files):
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def _said(stage: dict) -> frozenset[str]:
    """What a stage carries beside its address and the client's name."""
    headers = {name: value for name, value in stage["headers"].items() if name.lower() != "user-agent"}
    values = of_call(stage["uri"], headers, stage["data"] or "")
    texts = (one.text.strip() for one in values if one.where != "path")
    return frozenset(text for text in texts if len(text) >= LEAST and not PLAIN.fullmatch(text))


def attack_lines(files: Iterable[Path]) -> list[Line]:
    """Figures on regression stages of a rule set.

    A negative stage is one its rule must pass; some carry an attack all the same, which the set itself says where the
    same value is a positive of another rule. Both shares are given: of all negatives, and without those.
    """
    stages = [stage for stage in _stages(files) if int(stage["category"].split("-")[1]) in ATTACKS]
    attacks = frozenset().union(*(_said(stage) for stage in stages if stage["expect_ids"]))
    total, consistent, careful, by_family = _Count(), _Count(), _Count(), {}
    for stage in stages:
        is_attack = bool(stage["expect_ids"])
        fired = judge_call(stage["uri"], stage["headers"], stage["data"] or "", cautious=False).score >= THRESHOLD
        total.note(is_attack, fired)
        cautious = judge_call(stage["uri"], stage["headers"], stage["data"] or "", cautious=True)
        careful.note(is_attack, cautious.score >= THRESHOLD)
        by_family.setdefault(stage["category"].partition("-")[2], _Count()).note(is_attack, fired)
        if is_attack or not _said(stage) & attacks:
            consistent.note(is_attack, fired)
    lines = [count.line("CRS", family) for family, count in sorted(by_family.items())]
    lines.append(consistent.line("CRS", "all, negatives that are no attack of another rule"))
    lines.append(careful.line("CRS", "all, every negative, judged cautiously"))
    return [*lines, total.line("CRS", "all, every negative")]


def prompt_lines(files: Iterable[Path], ordinary: Path | None) -> list[Line]:
    """Figures on labelled prompt injections by technique, and on ordinary prompts."""
    by_kind: dict[str, _Count] = {}
    total = _Count()
    for file in sorted(files):
        for case in json.loads(file.read_text(encoding="utf-8")):
            fired = judge_prompt(case["user_input"]).score >= PROMPT_THRESHOLD
            total.note(True, fired)
            by_kind.setdefault(case["injection_variant"], _Count()).note(True, fired)
    if ordinary is not None:
        for prompt in ordinary.read_text(encoding="utf-8").splitlines():
            if prompt.strip():
                total.note(False, judge_prompt(prompt).score >= PROMPT_THRESHOLD)
    lines = [count.line("CyberSecEval", kind) for kind, count in sorted(by_kind.items())]
    return [*lines, total.line("CyberSecEval", "all, and ordinary prompts")]


def alarms_of(file: Path) -> list[Alarm]:
    """What the detectors say about one log."""
    return detect(added(signals_of(calls_of(file))))


def log_lines(files: Iterable[Path]) -> list[Line]:
    """Figures on logs named after their scenario; a log without one must stay silent but for known scanners."""
    lines = []
    for file in sorted(files):
        fired = {alarm.detector for alarm in alarms_of(file) if set(alarm.reasons) != {"scanner"}}
        expected = SCENARIOS.get(file.stem, set())
        name = f"{file.stem} ({', '.join(sorted(fired)) or '–'})"
        lines.append(
            Line(
                "logs", name, len(expected & fired), len(expected), 0 if expected else len(fired), 0 if expected else 8
            )
        )
    return lines


def ordinary_lines(days: int = 2) -> list[Line]:
    """Hours of made-up ordinary traffic in which each detector fired; the first day is the consumers' past."""
    frames = list(ordinary_days(days + 1))
    past = past_of(added(one for frame in frames[:1] for one in signals_of(frame)))
    signals = added(one for frame in frames[1:] for one in signals_of(frame))
    counts: dict[str, int] = {}
    alarms = detect(signals, past)
    for alarm in alarms:
        counts[alarm.detector] = counts.get(alarm.detector, 0) + 1
    every = [Line("ordinary", code, 0, 0, count, len(signals)) for code, count in sorted(counts.items())]
    return [
        *every,
        Line(
            "ordinary", "all detectors, consumer hours", 0, 0, len({(a.hour, a.consumer) for a in alarms}), len(signals)
        ),
    ]


def evaluate(folder: Path, ordinary: Path | None) -> list[Line]:
    """All figures of a folder with attacks/*.jsonl, attacks/*prompt*.json and logs/; what is absent is left out."""
    lines: list[Line] = []
    if stages := list(folder.glob("attacks/*.jsonl")):
        lines += attack_lines(stages)
    if cases := list(folder.glob("attacks/*prompt*.json")):
        lines += prompt_lines(cases, ordinary)
    if logs := list(folder.glob("logs/**/*.log")) + list(folder.glob("logs/litellm/*.json")):
        lines += log_lines(logs)
    return [*lines, *ordinary_lines()]
