import re

import pytest
import yaml

from controls.catalogue import catalogue
from risks.catalogue import default_method, risk_catalogue
from tests.data import domain

RISKS = risk_catalogue().risks
ids = [risk.code for risk in RISKS]


def test_there_are_45_risks():
    assert len(RISKS) == 45


@pytest.mark.parametrize("risk", RISKS, ids=ids)
def test_its_three_parts_read_as_one_sentence(risk):
    for part in (risk.cause.en, risk.event.en, risk.consequence.en):
        assert 12 <= len(part.split()) <= 35, part
        assert part[0].islower() or part.split()[0] in {"AI"}, part
        assert part[-1] not in ".;,", part


def test_no_two_risks_share_a_phrase():
    """Seven words in a row that occur twice would be boilerplate."""
    seen: dict[tuple[str, ...], str] = {}
    for risk in RISKS:
        for part in (risk.cause.en, risk.event.en, risk.consequence.en):
            words = re.findall(r"\w+", part.lower())
            for start in range(len(words) - 6):
                phrase = tuple(words[start : start + 7])
                assert seen.setdefault(phrase, risk.code) == risk.code, " ".join(phrase)


def test_every_suggested_control_exists():
    codes = {control.code for control in catalogue().controls}
    assert {code for risk in RISKS for code in risk.controls} <= codes


def test_all_controls_but_four_are_suggested_by_some_risk():
    suggested = {code for risk in RISKS for code in risk.controls}
    left = {control.code for control in catalogue().controls} - suggested
    assert left == {"A.2.3", "A.2.4", "A.5.3", "A.6.2.7"}


@pytest.mark.parametrize(
    ("kind", "name", "lists"),
    [
        ("nist_ai_600_1", "nist_ai_600_1.yaml", ["risks"]),
        ("mit", "mit_domain_taxonomy.yaml", ["subdomains"]),
        ("owasp_llm", "owasp_ids.yaml", ["llm_2026"]),
        ("owasp_api", "owasp_ids.yaml", ["api_2023"]),
        ("atlas", "atlas_all_ids.yaml", ["techniques"]),
    ],
)
def test_every_reference_exists_at_its_source(kind, name, lists):
    source = yaml.safe_load(domain(f"ids/{name}").read_text(encoding="utf-8"))
    known = {entry["id"] for key in lists for entry in source[key]}
    used = {code for risk in RISKS for code in risk.references.get(kind, ())}
    assert used and used <= known, used - known


def test_api_requirements_named_exist():
    source = yaml.safe_load(domain("api_requirements.yaml").read_text(encoding="utf-8"))
    known = {entry["id"] for entry in source["requirements"]}
    assert {code for risk in RISKS for code in risk.references.get("api_requirements", ())} <= known


def product_rule(likelihood, consequence):
    product = likelihood * consequence
    return "low" if product < 5 else "medium" if product < 10 else "high" if product < 17 else "critical"


@pytest.mark.parametrize("likelihood", range(1, 6))
@pytest.mark.parametrize("consequence", range(1, 6))
def test_the_default_matrix_follows_the_product(likelihood, consequence):
    assert default_method().matrix[likelihood, consequence] == product_rule(likelihood, consequence)


def test_the_column_for_what_cannot_be_estimated():
    column = [default_method().matrix[None, consequence] for consequence in range(1, 6)]
    assert column == ["low", "medium", "high", "high", "critical"]


@pytest.mark.parametrize("dimension", ["individuals", "groups", "society"])
@pytest.mark.parametrize("likelihood", [1, 2])
def test_the_worst_for_people_is_never_below_high(dimension, likelihood):
    assert default_method().level_of(likelihood, {"organisation": 1, dimension: 5}) == "high"


@pytest.mark.parametrize("dimension", ["organisation", "environment"])
def test_the_floor_is_for_people_only(dimension):
    assert default_method().level_of(1, {dimension: 5}) == "medium"


def test_a_floor_never_lowers_a_level():
    assert default_method().level_of(5, {"individuals": 5}) == "critical"
    assert default_method().level_of(None, {"society": 5}) == "critical"


def test_the_worst_dimension_decides():
    assert default_method().level_of(3, {"organisation": 1, "groups": 4, "environment": 2}) == "high"


def test_reviews_come_sooner_for_worse_levels():
    assert {level.code: level.review_months for level in default_method().levels} == {
        "low": 12, "medium": 12, "high": 6, "critical": 3,
    }  # fmt: skip


def test_the_authority_grows_with_the_level():
    rows = {row.level: (row.accepts, row.at_most_months, row.conditions_required) for row in default_method().authority}
    assert rows["low"][0] == "risk_owner" and rows["medium"][0] == "manager" and rows["high"][0] == "approver"
    assert rows["critical"] == ("approver", 6, True)


def test_every_consequence_is_described_in_every_dimension_and_language():
    for dimension in default_method().dimensions:
        texts = [text for line in dimension.descriptions.values() for text in (line.en, line.de)]
        assert len(texts) == 10 and all(texts) and len(set(texts)) == 10, dimension.code


def test_seven_options_have_five_short_names():
    method = default_method()
    assert len(method.treatment) == 7
    assert [option.name.en for option in method.treatment_short] == [
        "Reduce", "Avoid", "Share", "Accept as it is", "Pursue",
    ]  # fmt: skip
