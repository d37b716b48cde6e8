"""The interface speaks each language wholly: every text translated, with the same places to fill."""

import re
from collections import Counter

import polib
import pytest
from django.conf import settings

from core import records, translations
from core.management.commands.texts import tidy
from core.queries import fields
from core.queries.history import TECHNICAL
from tests.catalogues.texts import PLACES, ROOT, of_product

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
PLACE = re.compile(r"%(?:%|\(\w+\)[a-z]|[sdrf])")
TAG = re.compile(r"<[^>]*>")


def path_of(language):
    return translations.FOLDER / language / "LC_MESSAGES" / "django.po"


def catalogue_of(language):
    return polib.pofile(str(path_of(language)), wrapwidth=0)


def key_of(entry):
    return (entry.msgid, entry.msgid_plural) if entry.msgid_plural else (entry.msgid,)


def pairs(entry):
    """(English, translation) of an entry; of one with a plural, each form with its own."""
    if entry.msgid_plural:
        return [(entry.msgid, entry.msgstr_plural[0]), (entry.msgid_plural, entry.msgstr_plural[1])]
    return [(entry.msgid, entry.msgstr)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_the_texts_of_the_product_and_no_others(language):
    said, kept = of_product(), {key_of(entry) for entry in catalogue_of(language) if not entry.obsolete}
    # gettext keeps one entry for a text that is said both alone and with a plural.
    alone = {key[0] for key in kept}
    missing = {key: where for key, where in said.items() if key not in kept and (len(key) > 1 or key[0] not in alone)}
    assert not missing, f"run `make messages` and translate: {missing}"
    assert not kept - set(said), f"run `make messages`, nobody says this any more: {kept - set(said)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_a_guess(language):
    found = catalogue_of(language)
    assert not [entry.msgid for entry in found.untranslated_entries()]
    assert not [entry.msgid for entry in found if entry.fuzzy or "fuzzy" in entry.flags]


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_to_fill_and_markup_are_the_same_in_both(language):
    for entry in catalogue_of(language):
        for said, translated in pairs(entry):
            assert Counter(PLACE.findall(said)) == Counter(PLACE.findall(translated)), said
            assert Counter(TAG.findall(said)) == Counter(TAG.findall(translated)), said
            for edge in (0, -1):
                assert said[edge].isspace() == translated[edge].isspace(), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_can_be_filled_as_the_english_texts_are(language):
    for entry in catalogue_of(language):
        if "python-format" not in entry.flags:
            continue
        for said, translated in pairs(entry):
            named = dict.fromkeys(re.findall(r"%\((\w+)\)", said), 7)
            filling = named or tuple(7 for place in PLACE.findall(said) if place != "%%")
            assert translated % filling


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_lies_sorted_so_that_branches_seldom_meet(language, tmp_path):
    copy = tmp_path / language / "LC_MESSAGES" / "django.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(path_of(language).read_bytes())
    tidy(copy)
    assert copy.read_text() == path_of(language).read_text(), "run `make messages`"


def test_a_catalogue_is_compiled_when_its_words_change_and_only_then(tmp_path):
    copy = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(path_of("de").read_bytes())
    compiled = copy.with_suffix(".mo")
    assert translations.compile_changed(tmp_path) == [compiled]
    assert translations.compile_changed(tmp_path) == []
    assert polib.mofile(str(compiled)).find("Sign in").msgstr == "Anmelden"


def test_german_is_spelled_as_in_germany_and_addresses_people_formally():
    swiss = re.compile(
        r"\b(?:Mass?nahm|[Aa]usse[rn]|[Gg]ross|[Hh]eiss|[Ss]chliess|[Gg]emäss|Strasse)\w*|\b[Dd](?:u|ein\w*)\b"
    )
    printed = (ROOT / "reports/render/words_de.py").read_text()
    assert not swiss.search(printed), swiss.search(printed)
    for entry in catalogue_of("de"):
        for _said, translated in pairs(entry):
            assert not swiss.search(translated), translated
            assert "“" not in translated or "„" in translated, f"quotation marks: {translated}"


def test_gettext_is_called_by_names_that_are_collected():
    for place in PLACES:
        for path in (ROOT / place).rglob("*.py"):
            assert not re.search(r"n?gettext\w* as (?!_\b)\w", path.read_text()), path


def test_every_field_of_a_record_has_a_name_for_the_history():
    unnamed = {
        (kind, field.name)
        for kind, model in records.record_models().items()
        for field in model._meta.concrete_fields
        if field.name not in TECHNICAL and not fields.is_named(model, field.name)
    }
    assert not unnamed, f"give a verbose name, or call it in the room's contributions: {unnamed}"
