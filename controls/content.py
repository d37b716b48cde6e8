"""What a Statement of Applicability says, as canonical values: what is approved, frozen and compared (6.1.3 f).

People stand in it by id, so that their names stay erasable; systems by reference, which is never used twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controls.models import Control, StatementOfApplicability

SCHEMA = 1
Row = Mapping[str, Any]
FIELDS = (
    "title", "applies", "where", "systems", "drivers", "reason", "implementation", "status", "owner", "proof",
    "last_review", "next_review",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """A control whose row is not the same in two contents; ``before`` or ``after`` is None where it is missing."""

    code: str
    before: Row | None
    after: Row | None

    @property
    def fields(self) -> list[str]:
        """Names of the fields that differ."""
        left, right = self.before or {}, self.after or {}
        return [name for name in FIELDS if left.get(name) != right.get(name)]


def row_of(control: Control, systems: Iterable[str]) -> dict[str, Any]:
    """One control's decision; an excluded control has neither place nor status."""
    excluded = control.applies == Control.NO
    where = Control.ALL if excluded else control.where
    return {
        "code": control.code,
        "own": control.own,
        "area": control.area,
        "title": control.title,
        "applies": control.applies,
        "where": where,
        "systems": [] if where == Control.ALL else sorted(systems, key=_numbered),
        "drivers": sorted(control.drivers),
        "reason": control.reason,
        "implementation": control.implementation,
        "status": "" if excluded else control.status,
        "owner": str(control.owner_id or ""),
        "proof": control.proof,
        "last_review": control.last_review.isoformat() if control.last_review else "",
        "next_review": control.next_review.isoformat() if control.next_review else "",
    }


def content_of(statement: StatementOfApplicability, rows: Sequence[Row]) -> dict[str, Any]:
    """The whole statement: every row in order and both confirmations."""
    return {"schema": SCHEMA, "controls": list(rows), "confirmations": confirmations_of(statement)}


def confirmations_of(statement: StatementOfApplicability) -> dict[str, dict[str, str]]:
    """Who confirmed on which day that Annex A was compared and Annex B considered."""
    given = {
        "annex_a": (statement.annex_a_compared_on, statement.annex_a_compared_by_id),
        "annex_b": (statement.annex_b_considered_on, statement.annex_b_considered_by_id),
    }
    return {
        name: {"on": day.isoformat() if day else "", "by": str(person or "")} for name, (day, person) in given.items()
    }


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Difference]:
    """Controls whose rows differ between two contents, in the order of the newer one, gone ones last."""
    old = {row["code"]: row for row in (before or {}).get("controls", ())}
    new = {row["code"]: row for row in (after or {}).get("controls", ())}
    codes = [*new, *(code for code in old if code not in new)]
    return [Difference(code, old.get(code), new.get(code)) for code in codes if old.get(code) != new.get(code)]


def confirmations_differ(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
    """Whether a confirmation was given anew since."""
    return bool(before) and before["confirmations"] != after["confirmations"]  # type: ignore[index]


def _numbered(ref: str) -> tuple[str, int, str]:
    prefix, _dash, number = ref.rpartition("-")
    return prefix, int(number) if number.isdigit() else 0, ref
