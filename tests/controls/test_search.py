"""The global search finds controls by their title in the reader's language."""

from django.utils import translation

from controls.catalogue import catalogue
from core.queries import search
from core.scope import current


def found(house, words, language):
    with translation.override(language):
        return [(row.ref, search.title_of(row)) for row in search.matching(current(house.tenant.pk), words)]


def test_a_reader_in_german_finds_a_control_by_its_german_title(house):
    with translation.override("de"):
        title = str(catalogue().control("A.6.2.8").title)
    assert found(house, title, "de")[0] == ("A.6.2.8", f"A.6.2.8 {title}")
    assert ("A.6.2.8", f"A.6.2.8 {title}") in found(house, title.split()[0].upper(), "de")


def test_english_titles_are_found_in_both_and_nothing_else_is(house):
    with translation.override("en"):
        title = str(catalogue().control("A.6.2.8").title)
    assert [ref for ref, _title in found(house, title, "en")] == [ref for ref, _title in found(house, title, "de")]
    assert found(house, "Kontrollvorrichtungsverzeichnis", "de") == []
