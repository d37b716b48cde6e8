"""`python -m tests.bench bench_detectors`: how well and how fast texts are judged.

Figures on public sets need a folder laid out as docs/DETECTORS.md says, named by DETECTOR_SETS; without it only speed
is measured. References: 56 published patterns found 11 % of the attacks, one published rule 4.8 % of
the prompt injections.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from apis.exposure import classify
from apis.threats import judge_call, judge_prompt
from apis.threats.evaluating import Line, evaluate
from tests.bench.figure import Figure

PROMPTS = Path(__file__).parents[1] / "apis" / "threats" / "ordinary_prompts.txt"
TEXT = "The quick brown fox jumps over the lazy dog while the committee decides what to do about it. " * 2
PEER_ATTACKS, PEER_PROMPTS = 11.0, 4.8  # percent
CALL = "/v1/orders/4711?from=2026-01-01&sort=-created&page=2"


def _each(work: Callable[[], object], times: int = 2000) -> float:
    """Microseconds of one call."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times * 1e6


def _of_line(name: str, line: Line, limits: tuple[float, float], peer: float) -> Iterator[Figure]:
    if line.recall is not None:
        recall = 100 * line.recall
        told = f"{line.hits} of {line.positives}; peer {peer} %, {recall / peer:.1f} times"
        yield Figure(f"{name}: recall", recall, "%", limits[0], told, at_least=True)
    if line.false_rate is not None:
        yield Figure(
            f"{name}: false positives", 100 * line.false_rate, "%", limits[1], f"{line.false} of {line.negatives}"
        )


def figures() -> Iterator[Figure]:
    """Speed, then recall and false positives."""
    prompts = PROMPTS.read_text(encoding="utf-8").splitlines()
    yield Figure("classify ordinary text of 186 letters", _each(lambda: classify(TEXT, "body", "request")), "µs", 60)
    yield Figure("judge an ordinary call", _each(lambda: judge_call(CALL)), "µs", 120)
    yield Figure(
        "judge an ordinary prompt", _each(lambda: [judge_prompt(one) for one in prompts], 1) / len(prompts), "µs", 1500
    )
    folder = Path(os.environ.get("DETECTOR_SETS", ""))
    if not os.environ.get("DETECTOR_SETS") or not folder.is_dir():
        return
    by_name = {line.family: line for line in evaluate(folder, PROMPTS)}
    for name, family, limits, peer in (
        ("CRS, every negative, cautious", "all, every negative, judged cautiously", (60, 2), PEER_ATTACKS),
        ("CRS, every negative", "all, every negative", (60, 2), PEER_ATTACKS),
        ("CyberSecEval and ordinary prompts", "all, and ordinary prompts", (50, 1), PEER_PROMPTS),
    ):
        if family in by_name:
            yield from _of_line(name, by_name[family], limits, peer)
