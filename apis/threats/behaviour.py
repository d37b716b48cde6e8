"""Detectors over signals: each looks at one consumer's hour, its own past and its peers, and says why it fired."""

import datetime
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from apis.threats.detectors import DETECTORS, settings_of
from apis.threats.signals import Activity, Signals

MODEL = re.compile(
    r"/(?:chat/)?completions?\b|/embeddings?\b|/generate\w*\b|/predict\w*\b|/infer(?:ence)?\b|/invoke\b|/messages$|"
    r"/responses\b|/images?/generations|/moderations?\b|/score\b|/classify\b|/api/chat\b|:generatecontent|/rerank\b"
)
LEARNING = re.compile(
    r"fine[-_]?tun|/train(?:ing)?\b|/feedback|/ingest|/datasets?\b|/vectors?\b|/upsert|/documents?\b|/files?\b|/corpus|"
    r"/knowledge|/index(?:es)?/|/labels?\b|/annotations?\b|/ratings?\b|/memor(?:y|ies)\b|vector_stores"
)
TUNING = re.compile(r"fine[-_]?tun|/train(?:ing)?\b|/jobs?\b")
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
HOURS = 6  # hours of a consumer's past from which its past says something
PEERS = 3


@dataclass(frozen=True, slots=True)
class Past:
    """What a consumer's earlier hours were like: number of hours, and each figure of a busy hour (ninth decile)."""

    hours: int = 0
    model_calls: float = 0.0
    tokens: float = 0.0
    ids: float = 0.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """One detector fired for one consumer's hour: the counts behind it, the thresholds it passed, masked samples."""

    detector: str
    hour: datetime.datetime
    host: str
    consumer: str
    severity: int
    reasons: tuple[str, ...]
    counts: Mapping[str, float]
    samples: tuple[str, ...] = ()
    endpoints: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Scene:
    """What a detector may look at beside the hour itself."""

    past: Mapping[str, Past]
    peer_tokens: float = 0.0
    peer_ids: Mapping[tuple[str, str, str], list[tuple[str, int]]] = field(default_factory=dict)
    has_past: bool | None = None  # whether anybody was seen before; None: as past says

    def of(self, consumer: str) -> Past:
        """The consumer's past; empty when it was never seen."""
        return self.past.get(consumer, Past())

    def is_new(self, consumer: str) -> bool:
        """Whether others were seen before, and this one was not."""
        known = bool(self.past) if self.has_past is None else self.has_past
        return known and self.of(consumer).hours == 0


def _model_calls(one: Signals) -> dict[tuple[str, str], int]:
    return {
        endpoint: activity.ok
        for endpoint, activity in one.endpoints.items()
        if activity.ok and (activity.tokens_in or MODEL.search(endpoint[1].lower()))
    }


def _tokens(one: Signals) -> int:
    return one.total("tokens_in") + one.total("tokens_out")


def _ids(one: Signals) -> int:
    return max((len(activity.objects) for activity in one.endpoints.values()), default=0)


def _busy(figures: Iterable[int]) -> float:
    """The figure of a busy hour: nine of ten hours have less. A batch job that runs now and then is no surprise."""
    ranked = sorted(figures)
    return float(ranked[min(len(ranked) - 1, len(ranked) * 9 // 10)])


def past_of(signals: Iterable[Signals]) -> dict[str, Past]:
    """The past of every consumer, from the signals of earlier hours (added up)."""
    hours: dict[str, list[Signals]] = defaultdict(list)
    for one in signals:
        hours[one.consumer].append(one)
    return {
        consumer: Past(
            len({one.hour for one in many}),
            _busy(max(_model_calls(one).values(), default=0) for one in many),
            _busy(map(_tokens, many)),
            _busy(map(_ids, many)),
        )
        for consumer, many in hours.items()
    }


def _changed(now: float, past: Past, before: float, times: float) -> bool:
    """Whether a figure left the consumer's habit; without a past nothing is known of a habit."""
    return past.hours < HOURS or now >= times * max(before, 1)


Found = tuple[tuple[str, ...], dict[str, float], tuple[tuple[str, str], ...], int] | None


def _extraction(one: Signals, scene: Scene, limits: Mapping[str, float]) -> Found:
    past = scene.of(one.consumer)
    for endpoint, calls in sorted(_model_calls(one).items(), key=lambda row: -row[1]):
        if calls >= limits["calls"] and _changed(calls, past, past.model_calls, limits["change"]):
            known = past.hours >= HOURS
            counts = {"calls": calls, "usual": past.model_calls, "hours": past.hours}
            return ("calls", "change") if known else ("calls",), counts, (endpoint,), 0 if known else -1
    return None


def _consumption(one: Signals, scene: Scene, limits: Mapping[str, float]) -> Found:
    past, calls = scene.of(one.consumer), one.total("calls")
    prompt, completion = one.total("tokens_in"), one.total("tokens_out")
    usual = past.tokens if past.hours >= HOURS else scene.peer_tokens
    much = prompt > limits["prompt_tokens"] and completion > limits["completion_tokens"] and calls > limits["calls"]
    counts: dict[str, float] = {
        "calls": calls,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "usual_tokens": usual,
    }
    reasons = ("tokens", "change") if much and usual and prompt + completion >= limits["change"] * usual else ()
    worst = max(one.slots, key=lambda slot: one.slots[slot], default=None)
    if worst is not None:
        most, failed = one.slots[worst], one.failed_slots.get(worst, 0)
        if most >= limits["flood"] or (most >= limits["burst"] and failed >= 0.9 * most):
            reasons += ("burst",)
            counts |= {"in_ten_seconds": most, "failed_in_ten_seconds": failed}
    return (reasons, counts, _busiest(one), 0) if reasons else None


def _busiest(one: Signals) -> tuple[tuple[str, str], ...]:
    ranked = sorted(one.endpoints, key=lambda endpoint: (-one.endpoints[endpoint].calls, endpoint))
    return tuple(ranked[:3])


def _tampering(one: Signals, scene: Scene, limits: Mapping[str, float]) -> Found:
    written = {
        endpoint: activity
        for endpoint, activity in one.endpoints.items()
        if endpoint[0] in WRITES and LEARNING.search(endpoint[1].lower()) and activity.ok
    }
    writes = sum(activity.ok for activity in written.values())
    new = scene.is_new(one.consumer)
    sizes = len(sum((activity.sizes for activity in written.values()), Activity().sizes))
    alike = 1 - sizes / writes if writes and sizes else 0.0
    tuned = any(TUNING.search(endpoint[1].lower()) for endpoint in written)
    fed = any(not TUNING.search(endpoint[1].lower()) for endpoint in written)
    reasons: tuple[str, ...] = ()
    if new and writes >= limits["writes"]:
        reasons += ("first_seen",)
    if new and writes >= limits["burst"] and alike >= limits["duplicates"]:
        reasons += ("near_duplicates",)
    if new and tuned and fed:
        reasons += ("write_then_tune",)
    counts = {"writes": writes, "alike": round(alike, 3), "sizes": sizes}
    return (reasons, counts, tuple(sorted(written)[:3]), 0) if reasons else None


def _known_consumer(one: Signals, activity: Activity) -> bool:
    """Whether reading many objects means something: a credential, or refusals in between."""
    return not one.consumer.startswith("address:") or (activity.refused + activity.forbidden) * 100 >= activity.calls


def _enumerated(
    activity: Activity, others: list[int], limits: Mapping[str, float]
) -> tuple[tuple[str, ...], dict[str, float]]:
    ids = len(activity.objects)
    numbers = activity.lowest is not None and activity.highest is not None
    density = min(1.0, ids / (activity.highest - activity.lowest + 1)) if numbers else 0.0
    peers = statistics.median(others) if len(others) >= PEERS else None
    reasons: tuple[str, ...] = ()
    if peers is not None and ids >= limits["ids"] and ids >= limits["peers"] * max(peers, 1):
        reasons += ("peers",)
    few = limits["ids"] / 3 if peers is None and density >= 0.8 else limits["ids"]  # small-sample mode
    if numbers and ids >= few and density >= limits["density"] and (peers is None or ids >= 2 * peers):
        reasons += ("sequential",)
    return reasons, {"ids": ids, "density": round(density, 3), "peers": -1 if peers is None else peers}


def _enumeration(one: Signals, scene: Scene, limits: Mapping[str, float]) -> Found:
    past = scene.of(one.consumer)
    for endpoint, activity in sorted(one.endpoints.items(), key=lambda row: -len(row[1].objects)):
        others = [ids for who, ids in scene.peer_ids.get((one.host, *endpoint), []) if who != one.consumer]
        reasons, counts = _enumerated(activity, others, limits)
        if reasons and _known_consumer(one, activity) and _changed(counts["ids"], past, past.ids, limits["change"]):
            refused = activity.refused + activity.forbidden
            return reasons, counts | {"refused": refused}, (endpoint,), 0 if refused or "peers" in reasons else -1
    return None


def _scanning(one: Signals, scene: Scene, limits: Mapping[str, float]) -> Found:
    calls, failures = one.total("calls"), one.total("missing") + one.total("forbidden")
    paths, burst = one.distinct("lost"), max(one.failed_slots.values(), default=0)
    reasons: tuple[str, ...] = ()
    enough = failures >= limits["share"] * calls
    if enough and paths >= limits["paths"] and failures >= limits["failures"]:
        reasons += ("paths",)
    if enough and paths >= limits["burst"] and burst >= limits["burst"]:
        reasons += ("burst",)
    if one.injections.get("scanner"):
        reasons += ("scanner",)
    counts = {"calls": calls, "failures": failures, "paths": paths, "in_ten_seconds": burst}
    return (reasons, counts, _busiest(one), 0) if reasons else None


def _stuffing(one: Signals, scene: Scene, limits: Mapping[str, float]) -> Found:
    refused = {endpoint: activity for endpoint, activity in one.endpoints.items() if activity.refused}
    failures = sum(activity.refused for activity in refused.values())
    calls = sum(activity.calls for activity in refused.values())
    users = len(sum((activity.users for activity in refused.values()), Activity().users))
    burst = max((one.failed_slots[slot] for slot in one.failed_slots), default=0)
    reasons: tuple[str, ...] = ()
    mostly = failures >= limits["share"] * calls
    if failures > limits["failures"] and users > limits["users"]:
        reasons += ("users",)
    if mostly and failures > limits["failures"] and not users:
        reasons += ("failures",)
    one_place = max((activity.refused for activity in refused.values()), default=0)
    if mostly and burst > limits["burst"] and one_place > limits["burst"]:
        reasons += ("burst",)
    late = any(
        activity.last_ok and activity.first_refused and activity.last_ok > activity.first_refused
        for activity in refused.values()
    )
    counts = {"failures": failures, "users": users, "in_ten_seconds": burst, "success_afterwards": int(late)}
    return (reasons, counts, tuple(sorted(refused)[:3]), int(late)) if reasons else None


def _injection(one: Signals, scene: Scene, limits: Mapping[str, float]) -> Found:
    families = {family: calls for family, calls in one.injections.items() if family != "scanner"}
    calls = sum(families.values())
    reasons = ("calls",) if calls >= limits["calls"] else ("score",) if one.worst_call >= limits["score"] else ()
    counts: dict[str, float] = {"calls": calls, "score": round(one.worst_call, 3), **families}
    return (reasons, counts, (), 0) if reasons and calls else None


def _prompt_injection(one: Signals, scene: Scene, limits: Mapping[str, float]) -> Found:
    reasons = (
        ("prompts",)
        if one.prompts_hit >= limits["prompts"]
        else ("score",)
        if one.worst_prompt >= limits["score"]
        else ()
    )
    counts: dict[str, float] = {
        "prompts": one.prompts_seen,
        "hits": one.prompts_hit,
        "score": round(one.worst_prompt, 3),
    }
    return (reasons, counts | dict(one.prompts), (), 0) if reasons else None


RULES: dict[str, Callable[[Signals, Scene, Mapping[str, float]], Found]] = {
    "extraction": _extraction,
    "consumption": _consumption,
    "tampering": _tampering,
    "enumeration": _enumeration,
    "scanning": _scanning,
    "stuffing": _stuffing,
    "injection": _injection,
    "prompt_injection": _prompt_injection,
}


def _scene(signals: list[Signals], past: Mapping[str, Past]) -> Scene:
    tokens = [used for one in signals if (used := _tokens(one))]
    ids: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for one in signals:
        for endpoint, activity in one.endpoints.items():
            if activity.objects.hashes:
                seen = ids[one.host, *endpoint]
                seen[one.consumer] = max(seen.get(one.consumer, 0), len(activity.objects))
    usual = statistics.median(tokens) if len(tokens) > PEERS else 0.0
    return Scene(past, usual, {key: list(seen.items()) for key, seen in ids.items()})


def detect(
    signals: Iterable[Signals],
    past: Mapping[str, Past] | None = None,
    changed: dict[str, dict[str, float]] | None = None,
) -> list[Alarm]:
    """Alarms of signals (added up). ``past`` from past_of; ``changed`` thresholds by detector and code."""
    every = list(signals)
    return detect_in(every, _scene(every, past or {}), changed)


def detect_in(
    signals: Iterable[Signals], scene: Scene, changed: dict[str, dict[str, float]] | None = None,
    only: Iterable[str] = DETECTORS,
) -> list[Alarm]:  # fmt: skip
    """The same within a scene that is known already, by some of the detectors."""
    every, alarms = list(signals), []
    for code in RULES:
        limits, severity = settings_of(code, changed), DETECTORS[code].severity
        for one in every if code in only else ():
            found = RULES[code](one, scene, limits)
            if found:
                reasons, counts, endpoints, grave = found
                level = min(max(severity + grave, 1), 4)
                alarms.append(Alarm(code, *one.key, level, reasons, counts, one.samples, endpoints))
    return alarms
