"""The method chapter: criteria in force as the report prints them."""

from typing import Any

from django.utils.translation import gettext as _

from core.records import type_of
from reports.builders.reading import day, moment
from reports.builders.risk_reading import RiskReading
from reports.documents.risk import Authority, ConsequenceStep, MatrixCell, Method, ScaleStep
from risks.models import Methodology

DIMENSIONS = ("organisation", "individuals", "groups", "society", "environment")


def method_of(read: RiskReading) -> Method | None:
    """The criteria in force; None when there are none."""
    found = read.method
    if found is None:
        return None
    content = found.content
    signed = next(
        (a for a in read.approvals(type_of(Methodology)) if a.record_id == found.pk), None
    )  # the approval of this version, if any
    language = read.scope.language
    dimensions = [one for one in content["dimensions"] if one["code"] in DIMENSIONS]
    levels_above = [one["code"] for one in content["levels"] if one["code"] not in content["acceptable"]]
    since = day(found.approved_at.date()) if found.approved_at else ""
    return Method(
        version=found.number,
        approved_by=read.signer(signed.person_id, signed.at, signed.function) if signed else None,
        approved_at=moment(signed.at if signed else None),
        likelihood_period="",
        likelihood=[
            ScaleStep(step["value"], _in(step["name"], language), _in(step["description"], language))
            for step in content["likelihood"]
            if step["value"]
        ],
        consequence=[
            ConsequenceStep(
                step["value"],
                _in(step["name"], language),
                [_in(one["descriptions"].get(str(step["value"]), ""), language) for one in dimensions],
            )
            for step in content["consequence"]
        ],  # fmt: skip
        dimensions=[one["code"] for one in dimensions],
        matrix=[
            MatrixCell(consequence, level, int(likelihood) or None)
            for likelihood, row in sorted(content["matrix"].items())
            for consequence, level in enumerate(row, start=1)
        ],
        above=sorted(levels_above, key=["critical", "high", "medium", "low"].index),
        criteria=_in(content["criteria"], language),
        authority=[_authority(content, row, since, language) for row in content["authority"]],
        floor=_floor(content, language),
        not_estimable_rule=next(
            (_in(step["description"], language) for step in content["likelihood"] if not step["value"]), ""
        ),
    )


def _in(text: Any, language: str) -> str:
    """A criteria text in the report's language."""
    if isinstance(text, dict):
        return text.get(language) or text.get("en", "")
    return str(text)


def _authority(content: dict[str, Any], row: dict[str, Any], since: str, language: str) -> Authority:
    words = {
        "risk_owner": _("Risk owner, if somebody else assessed it"),
        "manager": _("Manager"),
        "approver": _("Approver"),
    }
    months = next(level["review_months"] for level in content["levels"] if level["code"] == row["level"])
    return Authority(
        level=row["level"], who=words.get(row["accepts"], row["accepts"]), review_months=months,
        at_most_months=row["at_most_months"], since=since, conditions=row["conditions_required"],
    )  # fmt: skip


def _floor(content: dict[str, Any], language: str) -> str:
    """The floors of the matrix in words."""
    names = {one["code"]: _in(one["name"], language) for one in content["dimensions"]}
    levels = {one["code"]: _in(one["name"], language) for one in content["levels"]}
    return " ".join(
        _("Consequence %(n)s for %(whom)s is never below %(level)s.") % {
            "n": floor["consequence"], "whom": ", ".join(names.get(code, code) for code in floor["dimensions"]),
            "level": levels.get(floor["level"], floor["level"]),
        }
        for floor in content["floors"]
    )  # fmt: skip
