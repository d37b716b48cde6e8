"""The rule of levels against a computation of its own."""

import datetime
import itertools

import pytest
from django.core.exceptions import ValidationError

from risks import methodology

METHOD = methodology.default_content()
ORDER = ["low", "medium", "high", "critical"]


def by_product(likelihood, consequence):
    """The default matrix as the product rule describes it."""
    if likelihood == 0:
        return ["low", "medium", "high", "high", "critical"][consequence - 1]
    score = likelihood * consequence
    return "low" if score <= 4 else "medium" if score <= 9 else "high" if score <= 16 else "critical"


@pytest.mark.parametrize("dimension", ["organisation", "individuals", "groups", "society", "environment"])
@pytest.mark.parametrize(("likelihood", "consequence"), list(itertools.product(range(6), range(1, 6))))
def test_every_cell_and_floor_agrees_with_an_independent_computation(dimension, likelihood, consequence):
    expected = by_product(likelihood, consequence)
    if consequence == 5 and dimension in ("individuals", "groups", "society"):
        expected = ORDER[max(ORDER.index(expected), ORDER.index("high"))]
    assert methodology.level(METHOD, likelihood, {dimension: consequence}) == expected


def test_the_highest_dimension_counts_and_the_floor_is_not_hidden_by_another_one():
    assert methodology.level(METHOD, 1, {"organisation": 5}) == "medium"
    assert methodology.level(METHOD, 1, {"organisation": 5, "groups": 5}) == "high"
    assert methodology.level(METHOD, 3, {"organisation": 2, "individuals": 4}) == "high"


def test_what_is_not_assessed_has_no_level_and_no_consequence_is_the_lowest():
    assert methodology.level(METHOD, None, {"individuals": 5}) == ""
    assert methodology.level(METHOD, 3, {}) == ""
    assert methodology.level(METHOD, 3, {"individuals": None}) == ""
    assert methodology.level(METHOD, 5, {"individuals": 0}) == "low"
    assert not methodology.above(METHOD, "")


def test_only_high_and_critical_are_above_the_criteria():
    assert methodology.levels_above(METHOD) == ["critical", "high"]


@pytest.mark.parametrize(
    ("roles", "is_owner", "reach"),
    [
        ({"approver"}, False, "critical"),
        ({"manager"}, False, "medium"),
        ({"contributor"}, True, "low"),
        ({"contributor"}, False, ""),
        ({"administrator", "internal_auditor", "external_auditor"}, False, ""),
        ({"manager"}, True, "medium"),
    ],
)
def test_authority_reaches_up_to_a_level(roles, is_owner, reach):
    assert methodology.highest_acceptable(METHOD, roles, is_owner=is_owner) == reach
    for level in ORDER:
        may = methodology.may_accept(METHOD, level, roles, is_owner=is_owner)
        assert may == (bool(reach) and ORDER.index(level) <= ORDER.index(reach))


def test_months_end_on_the_last_day_of_short_months():
    assert methodology.add_months(datetime.date(2026, 8, 31), 6) == datetime.date(2027, 2, 28)
    assert methodology.latest_until(METHOD, "critical", datetime.date(2026, 11, 23)) == datetime.date(2027, 5, 23)
    assert methodology.next_review(METHOD, "critical", datetime.date(2026, 11, 23)) == datetime.date(2027, 2, 23)


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("matrix", {"1": ["low"] * 5}),
        ("acceptable", ["low", "medium", "high", "critical"]),
        ("acceptable", ["mild"]),
        ("floors", [{"dimensions": ["groups"], "consequence": 5, "level": "mild"}]),
        ("authority", []),
        ("authority", [{**row, "accepts": "anyone"} for row in METHOD["authority"]]),
        ("levels", [{**row, "review_months": 0} for row in METHOD["levels"]]),
    ],
)
def test_criteria_with_gaps_are_refused(part, wrong):
    with pytest.raises(ValidationError):
        methodology.validate({**METHOD, part: wrong})


def test_criteria_speak_the_language_of_the_reader():
    assert methodology.likelihood_name(METHOD, 0, "de") == "Nicht abschätzbar"
    assert methodology.level_name(METHOD, "high", "fr") == "High"
