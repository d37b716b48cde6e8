"""Descriptions made so that rules fire, and one at which none does."""

import dataclasses
from pathlib import Path

import yaml

from apis.descriptions.reading import read
from apis.facts import Description

HERE = Path(__file__).parent
KINDS = {
    "/v1/chat": "chat", "/v1/generate": "inference", "/v1/embeddings": "embeddings",
    "/v1/fine_tuning/jobs": "fine_tuning",
    "/v1/files": "files", "/v1/vectors": "vectors", "/v1/tools/call": "agent", "/v1/feedback": "feedback",
    "/v1/moderations": "moderation", "/v1/images": "images",
}  # fmt: skip

WORST = (HERE / "worst.yaml").read_text()

BEST = (HERE / "best.yaml").read_text()

OLD = (HERE / "old.yaml").read_text()


def described(text: str, kinds: dict[str, str] | None = None) -> Description:
    """The facts of a description, with AI kinds by path."""
    found = read(text.encode(), "sample.yaml")
    known = KINDS if kinds is None else kinds
    operations = tuple(
        dataclasses.replace(one, ai_kind=known.get(one.path, known.get(f"/v1{one.path}", "")))
        for one in found.operations
    )
    return dataclasses.replace(found, operations=operations)


def small(paths: dict, **more: object) -> Description:
    """A description of these paths."""
    document = {"openapi": "3.1.0", "info": {"title": "Small", "version": "1"}, "paths": paths, **more}
    return described(yaml.safe_dump(document))
