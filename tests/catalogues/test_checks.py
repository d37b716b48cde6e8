import re

import pytest
from django.utils import translation

from controls.catalogue import catalogue
from core.catalogue import checks
from core.catalogue.reading import CatalogueError, Node, Text, in_order, known, unique


def test_there_are_66_checks_in_four_tiers():
    assert len(checks().checks) == 66
    assert dict(checks().count_by_tier()) == {"blocks": 12, "likely": 28, "fix": 25, "tidy": 1}


def test_every_clause_named_exists():
    numbers = {clause.number for clause in catalogue().clauses}
    codes = {control.code for control in catalogue().controls}
    for check in checks().checks:
        for clause in check.clauses:
            bare = re.sub(r" [a-z]\)$", "", clause)
            assert clause.startswith("AI Act Art. ") or bare in numbers | codes, (check.id, clause)


def test_ids_are_spelt_alike():
    assert all(re.fullmatch(r"CHK-[A-Z]{3}-\d\d", check.id) for check in checks().checks)


def test_rules_are_whole_sentences_and_titles_in_both_languages():
    for check in checks().checks:
        assert check.rule.en[0].isupper() and check.rule.en.endswith("."), check.id
        assert check.title.en and check.title.de, check.id


def test_a_check_is_found_by_its_id():
    assert checks().check("CHK-RSK-06").clause == "6.1.3"
    with pytest.raises(KeyError):
        checks().check("CHK-XXX-01")


def test_a_text_prints_in_the_language_of_the_reader():
    text = Text("Suppliers", "Lieferanten")
    with translation.override("de"):
        assert str(text) == "Lieferanten"
    with translation.override("en"):
        assert str(text) == "Suppliers"
    assert Text("only English").in_language("de-ch") == "only English"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"a": 1}, lambda node: node.word("a")),
        ({}, lambda node: node.word("a")),
        ({"a": ""}, lambda node: node.word("a")),
        ({"a": True}, lambda node: node.take("a", int)),
        ({"a": ["x", "x"]}, lambda node: node.words("a")),
        ({"a": [1]}, lambda node: node.words("a")),
        ({"a": [1]}, lambda node: list(node.nodes("a"))),
        ({"a": {"en": "x", "fr": "y"}}, lambda node: node.text("a")),
        ({"a": "x", "mispelt": 1}, lambda node: (node.word("a"), node.done())),
    ],
)
def test_a_file_that_is_not_what_it_must_be_is_refused(value, read):
    with pytest.raises(CatalogueError):
        read(Node("file", value))


def test_doubled_strange_and_misplaced_codes_are_refused():
    with pytest.raises(CatalogueError, match="twice"):
        unique("x", ["a", "a"])
    with pytest.raises(CatalogueError, match="unknown b"):
        known("x", ["a", "b"], ["a"])
    with pytest.raises(CatalogueError, match="order"):
        in_order("x", ["A.10.2", "A.9.2"])
    in_order("x", ["A.9.2", "A.10.2", "A.10.10"])
