"""What callers said in bodies, judged while a call is read: codes stay, texts do not."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from apis.threats import prompts as prompt_rules
from apis.threats import texts as call_rules
from apis.threats.prompts import judge_prompt

MOST_TEXTS, LONGEST = 40, 20_000
OUR_OWN = {"system", "developer", "assistant", "model"}
"""Roles whose words are not the caller's."""
HOLDERS = ("messages", "prompt", "input", "inputs", "contents", "query", "question")
"""Members of a model's request in which the caller's words stand."""
BODIES = ("request_body", "requestBody", "request.body", "body")
REASONS = 3


@lru_cache(maxsize=8192)
def signs_of_prompt(text: str) -> str:
    """ "prompt SCORE CODES" of one prompt; no codes when it carries nothing."""
    verdict = judge_prompt(text)
    codes = verdict.reasons[:REASONS] if verdict.score >= prompt_rules.THRESHOLD else ()
    return f"prompt {verdict.score:.3f} {','.join(codes)}"


def signs_of_body(body: Any) -> str:
    """The worst sign of a request's body, as text or parsed: of its prompts, or of an injection; "" for none."""
    parsed = _parsed(body)
    said = list(_said(parsed)) if isinstance(parsed, Mapping) else []
    if said:
        return max((signs_of_prompt(text) for text in said), key=_weight)
    if not isinstance(body, str) or not body:
        return ""
    verdict = call_rules.judge_call("", None, body)
    return f"call {verdict.score:.3f} {verdict.families[0]}" if verdict.score >= call_rules.THRESHOLD else ""


def signs_of_line(value: Any) -> str:
    """The same of a line of JSON in which a request stands whole, as AI proxies write it."""
    if not isinstance(value, Mapping):
        return ""
    if isinstance(value.get("messages"), list):
        return signs_of_body({"messages": value["messages"]})
    body = next((value[name] for name in BODIES if value.get(name)), None)
    if body is None and isinstance(value.get("request"), Mapping):
        body = value["request"].get("body")
    return signs_of_body(body) if isinstance(body, str | Mapping) else ""


def _weight(signs: str) -> tuple[bool, float]:
    _kind, score, codes = signs.split(" ")
    return bool(codes), float(score)


def _parsed(body: Any) -> Any:
    if not isinstance(body, str) or body.lstrip()[:1] != "{":
        return body
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body


def _said(body: Mapping[str, Any]) -> Iterator[str]:
    """The caller's words in a request to a model, at most MOST_TEXTS."""
    found = (text for name in HOLDERS for text in _texts(body.get(name), 0))
    for _number, text in zip(range(MOST_TEXTS), found, strict=False):
        yield text[:LONGEST]


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, list) and depth < 6:
        for each in value:
            yield from _texts(each, depth + 1)
    elif isinstance(value, Mapping) and depth < 6 and value.get("role") not in OUR_OWN:
        for name in ("content", "text", "parts"):
            yield from _texts(value.get(name), depth + 1)
