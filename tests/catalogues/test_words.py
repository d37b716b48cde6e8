"""One German word for one thing: what docs/developer/languages.md decides holds in the whole catalogue."""

import re

import polib
import pytest

from tests.catalogues.test_interface import pairs, path_of
from tests.catalogues.texts import ROOT

#: What the English says → a German word that then stands for something else.
MIXED = (
    (r"consumer", r"\bNutzer|Consumer|Verbraucher|Konsument"),
    (r"\bcaller", r"\bNutzer|Verbraucher"),
    (r"\baccept", r"[Hh]inn[ae]h|hinge?nomm|[Aa]kzept"),
    (r"\bservices?\b", r"\bServices?\b"),
    (r"endpoint", r"[Ee]ndpoint"),
    (r"signal", r"Alarm|Warnung"),
    (r"detector", r"Erkenner"),
    (r"recording", r"Aufzeichnung"),
    (r"\bbring(s|ing)? in\b|brought in", r"[Ee]inbring|[Ee]ingebracht"),
    (r"traffic", r"Datenverkehr|Traffic"),
    (r"credential", r"Anmeldedaten"),
    (r"posture finding", r"Feststellung"),
)
FOLDERS = ("aims", "controls", "core", "risks", "apis")


@pytest.mark.parametrize(("said", "other"), MIXED)
def test_a_thing_has_one_german_word(said, other):
    entries = [pair for entry in polib.pofile(str(path_of("de"))) for pair in pairs(entry)]
    about = [(english, german) for english, german in entries if re.search(said, english, re.IGNORECASE)]
    assert about, "nothing says this any more"
    assert [pair for pair in about if re.search(other, pair[1])] == []


def test_what_rules_of_posture_find_is_a_befund_and_what_checks_find_is_a_feststellung():
    found = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path_of("de")))}
    assert (found["findings"], found["Findings"]) == ("Befunde", "Feststellungen")
    assert not [german for german in found.values() if "Feststellung" in german and "Befund" in german]


def test_catalogues_in_files_say_annehmen_as_the_interface_does():
    lines = {f"{path}: {line}" for folder in FOLDERS for path in (ROOT / folder).rglob("*.yaml")
             for line in path.read_text().splitlines() if re.search(r"\b[Aa]kzept|\b[Hh]inn[ae]hm", line)}  # fmt: skip
    assert not lines
