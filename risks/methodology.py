"""The rule of risk levels as pure functions over stored criteria (6.1.1, 6.1.2): nobody types a level.

Criteria are plain data, so that a version can be frozen, compared and edited:

    likelihood   [{value 0–5, code, name, description}], 0 stands for "cannot be estimated"
    consequence  [{value 1–5, code, name}]
    dimensions   [{code, name, descriptions {"1"–"5"}}]
    levels       [{code, name, rank, review_months}], a higher rank is worse
    matrix       {"0"–"5": [level for consequence 1, …, 5]}, a lookup table
    acceptable   levels within the criteria;  criteria: the same in words
    floors       [{dimensions, consequence, level}], never below this level
    authority    [{level, accepts, at_most_months, conditions_required, note}]

Names and descriptions are {"en", "de"}.
"""

import calendar
import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.actor import APPROVER, MANAGER
from core.catalogue.reading import Text
from risks.catalogue import default_method

Content = Mapping[str, Any]
Consequences = Mapping[str, int | None]
CANNOT_BE_ESTIMATED = 0
PEOPLE_AND_SOCIETY = ("individuals", "groups", "society")
RISK_OWNER = "risk_owner"
ACCEPTERS = (RISK_OWNER, MANAGER, APPROVER)
"""Who may accept, least authority first; who may accept a level may accept every lower one."""


@dataclass(frozen=True)
class Rated:
    """A likelihood and a consequence looked up: where on the map, which level. "" and None: not assessed."""

    likelihood: int | None
    consequence: int | None
    level: str

    @property
    def text(self) -> str:
        """ "4 × 3", "? × 3", or nothing."""
        if not self.level or self.consequence is None:
            return ""
        if not self.consequence:
            return "0"
        return f"{self.likelihood or '?'} × {self.consequence}"


# Looking up -------------------------------------------------------------------------------------------------------


def worst(consequences: Consequences) -> int | None:
    """The highest consequence over the rated dimensions; None when none is rated, 0 when there is none."""
    values = [value for value in consequences.values() if value is not None]
    return max(values) if values else None


def level(method: Content, likelihood: int | None, consequences: Consequences) -> str:
    """The level by lookup table and floors; "" while likelihood or every consequence is not assessed.

    Likelihood 0 is "cannot be estimated". Without any consequence the level is the lowest.
    """
    highest = worst(consequences)
    if likelihood is None or highest is None:
        return ""
    found = [method["matrix"][str(likelihood)][highest - 1] if highest else lowest(method)]
    found += [
        floor["level"]
        for floor in method["floors"]
        if any((consequences.get(dimension) or 0) >= floor["consequence"] for dimension in floor["dimensions"])
    ]
    return max(found, key=ranks(method).__getitem__)


def rated(method: Content, likelihood: int | None, consequences: Consequences) -> Rated:
    """Likelihood, highest consequence and level together."""
    return Rated(likelihood, worst(consequences), level(method, likelihood, consequences))


def floors_that_count(method: Content, consequences: Consequences) -> list[tuple[str, str]]:
    """(dimension, level) of each floor that holds for these consequences."""
    return [
        (dimension, floor["level"])
        for floor in method["floors"]
        for dimension in floor["dimensions"]
        if (consequences.get(dimension) or 0) >= floor["consequence"]
    ]


def ranks(method: Content) -> dict[str, int]:
    """Level → rank; "" is below all."""
    return {"": 0, **{one["code"]: one["rank"] for one in method["levels"]}}


def lowest(method: Content) -> str:
    """The mildest level."""
    return min(method["levels"], key=lambda one: one["rank"])["code"]


def above(method: Content, code: str) -> bool:
    """Whether a level lies above the criteria; what is not assessed does not."""
    return bool(code) and code not in method["acceptable"]


def levels_above(method: Content) -> list[str]:
    """Levels above the criteria, worst first."""
    return [one["code"] for one in worst_first(method) if above(method, one["code"])]


def worst_first(method: Content) -> list[dict[str, Any]]:
    """The levels, worst first."""
    return sorted(method["levels"], key=lambda one: -one["rank"])


# Dates and authority ----------------------------------------------------------------------------------------------


def add_months(day: datetime.date, months: int) -> datetime.date:
    """The same day of a later month, or that month's last day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def review_months(method: Content, code: str) -> int:
    """Months until the next review at most, by level; 12 while there is no level."""
    return next((one["review_months"] for one in method["levels"] if one["code"] == code), 12)


def next_review(method: Content, code: str, day: datetime.date) -> datetime.date:
    """The latest day of the next review after an assessment on ``day``."""
    return add_months(day, review_months(method, code))


def authority(method: Content, code: str) -> dict[str, Any]:
    """The row of the authority table for a level. Raises KeyError for an unknown one."""
    for row in method["authority"]:
        if row["level"] == code:
            return row
    raise KeyError(code)


def latest_until(method: Content, code: str, day: datetime.date) -> datetime.date:
    """The last day to which a risk of this level can be accepted on ``day``."""
    return add_months(day, authority(method, code)["at_most_months"])


def accepter_ranks(roles: Collection[str], *, is_owner: bool) -> set[str]:
    """What somebody is in the authority table: risk_owner, manager, approver."""
    return {one for one in (MANAGER, APPROVER) if one in roles} | ({RISK_OWNER} if is_owner else set())


def may_accept(method: Content, code: str, roles: Collection[str], *, is_owner: bool) -> bool:
    """Whether these roles (or owning the risk) reach the authority that a level needs."""
    if not code:
        return False
    needed = ACCEPTERS.index(authority(method, code)["accepts"])
    return any(ACCEPTERS.index(one) >= needed for one in accepter_ranks(roles, is_owner=is_owner))


def highest_acceptable(method: Content, roles: Collection[str], *, is_owner: bool) -> str:
    """The highest level these roles may accept, "" for none."""
    reached = [one["code"] for one in worst_first(method) if may_accept(method, one["code"], roles, is_owner=is_owner)]
    return reached[0] if reached else ""


# Content ----------------------------------------------------------------------------------------------------------


def default_content() -> dict[str, Any]:
    """Version 1 of a new management system: the shipped methodology as data."""
    shipped = default_method()
    values = [step.value for step in shipped.likelihood]
    return {
        "title": _text(shipped.title),
        "likelihood": [
            {
                "value": step.value or CANNOT_BE_ESTIMATED,
                "code": step.code,
                "name": _text(step.name),
                "description": _text(step.description),
            }
            for step in shipped.likelihood
        ],
        "consequence": [
            {"value": step.value, "code": step.code, "name": _text(step.name)} for step in shipped.consequence
        ],
        "dimensions": [
            {
                "code": dimension.code,
                "name": _text(dimension.name),
                "descriptions": {str(value): _text(line) for value, line in dimension.descriptions.items()},
            }
            for dimension in shipped.dimensions
        ],
        "levels": [
            {"code": one.code, "name": _text(one.name), "rank": one.rank, "review_months": one.review_months}
            for one in shipped.levels
        ],
        "matrix": {
            str(value or CANNOT_BE_ESTIMATED): [shipped.matrix[value, step.value] for step in shipped.consequence]
            for value in values
        },
        "acceptable": list(shipped.acceptable),
        "criteria": _text(shipped.criteria),
        "floors": [
            {"dimensions": list(floor.dimensions), "consequence": floor.consequence, "level": floor.level}
            for floor in shipped.floors
        ],
        "authority": [
            {
                "level": row.level,
                "accepts": row.accepts,
                "at_most_months": row.at_most_months,
                "conditions_required": row.conditions_required,
                "note": _text(row.note),
            }
            for row in shipped.authority
        ],
    }


def validate(content: Content) -> None:
    """Refuse criteria with gaps or unknown codes. Raises ValidationError naming the part."""
    levels = {one["code"] for one in content["levels"]}
    steps = {str(step["value"]) for step in content["likelihood"]}
    width = len(content["consequence"])
    problems: dict[str, str] = {}
    if set(content["matrix"]) != steps or any(len(row) != width for row in content["matrix"].values()):
        problems["matrix"] = _("The matrix needs a level for every likelihood and consequence.")
    elif not _known((code for row in content["matrix"].values() for code in row), levels):
        problems["matrix"] = _("The matrix names a level that does not exist.")
    if not _known(content["acceptable"], levels) or set(content["acceptable"]) == levels:
        problems["acceptable"] = _("Say which levels are acceptable; at least one level must not be.")
    if not _known((floor["level"] for floor in content["floors"]), levels):
        problems["floors"] = _("A floor names a level that does not exist.")
    if {row["level"] for row in content["authority"]} != levels:
        problems["authority"] = _("Say for every level who may accept it.")
    elif not _known((row["accepts"] for row in content["authority"]), set(ACCEPTERS)):
        problems["authority"] = _("Only risk owners, managers and approvers accept risks.")
    months = [row["at_most_months"] for row in content["authority"]]
    months += [one["review_months"] for one in content["levels"]]
    if not all(isinstance(count, int) and 1 <= count <= 36 for count in months):
        problems["months"] = _("Give between 1 and 36 months.")
    if problems:
        raise ValidationError(problems)


def say(text: Mapping[str, str] | None, language: str = "") -> str:
    """A text of the criteria in a language, by default the reader's; English where it was not translated."""
    if not text:
        return ""
    wanted = (language or get_language() or "en")[:2]
    return text.get(wanted) or text.get("en", "")


def likelihood_name(method: Content, value: int | None, language: str = "") -> str:
    """The word of a likelihood, "" when not assessed."""
    return next((say(step["name"], language) for step in method["likelihood"] if step["value"] == value), "")


def consequence_name(method: Content, value: int | None, language: str = "") -> str:
    """The word of a consequence, "" for none or not assessed."""
    return next((say(step["name"], language) for step in method["consequence"] if step["value"] == value), "")


def dimension_name(method: Content, code: str, language: str = "") -> str:
    """The name of a dimension."""
    return next((say(one["name"], language) for one in method["dimensions"] if one["code"] == code), code)


def level_name(method: Content, code: str, language: str = "") -> str:
    """The name of a level."""
    return next((say(one["name"], language) for one in method["levels"] if one["code"] == code), "")


def _known(codes: Iterable[str], vocabulary: Collection[str]) -> bool:
    return set(codes) <= set(vocabulary)


def _text(text: Text) -> dict[str, str]:
    return {"en": text.en, "de": text.de} if text.de else {"en": text.en}
