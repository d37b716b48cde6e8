"""The words of the printed reports in each language."""

import string
from dataclasses import replace

import pytest

from reports.documents.common import Figure
from reports.render import front
from reports.render.words import LANGUAGES, Words
from tests.reports.samples import make_cover

ENGLISH = LANGUAGES["en"]


def _places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_language_has_every_word_with_the_same_places_to_fill(language):
    words = LANGUAGES[language]

    assert set(words) == set(ENGLISH)
    for key, english in ENGLISH.items():
        if isinstance(english, dict):
            assert set(words[key]) == set(english), key
        elif isinstance(english, str):
            assert _places(words[key]) == _places(english), key
        else:
            assert len(words[key]) == len(english), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lead_speaks_of_one_of_many_and_of_none(language):
    words = Words(language)
    names = [clause[0] for clause in ENGLISH["risk_lead"]]

    leads = {n: words.clauses("risk_lead", {name: Figure(n, "x") for name in names}) for n in (0, 1, 1234)}

    assert len(set(leads.values())) == 3
    assert words.number(1234) in leads[1234]


def test_an_unknown_language_is_printed_in_english_and_an_unknown_code_as_it_is():
    assert Words("xx").word("level", "high") == "High"
    assert Words("en").word("level", "extreme") == "extreme"


def test_days_and_moments_are_written_out():
    words = Words("en")

    assert words.moment("2026-11-18T14:05:09Z") == "2026-11-18 14:05 UTC"
    assert words.long_day("2026-11-18") == "18 November 2026"
    assert Words("de").long_day("2026-11-18") == "18. November 2026"
    assert words.minute("") == "–"


def test_references_break_between_two_of_them_only():
    stacked = Words("en").stacked(["A.10.2", "A.6.2.4", "A.8.5", "A.6.2.6"])

    assert stacked.splitlines() == ["A.10.2, A.6.2.4,", "A.8.5, A.6.2.6"]


@pytest.mark.parametrize(("paper", "title", "crowded"), [
    ("A4", "Statement of Applicability", False),
    ("A4", "Bericht über KI-Risikobeurteilung und -behandlung", False),
    ("Letter", "Bericht über KI-Risikobeurteilung und -behandlung", True),
])  # fmt: skip
def test_a_cover_whose_title_and_scope_would_run_into_its_band_is_set_closer(paper, title, crowded):
    cover = replace(make_cover(), paper=paper, scope_sentence="Purchase and use of AI systems. " * 6)
    assert front.is_crowded(title, cover) is crowded
