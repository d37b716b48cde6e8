"""A language nobody speaks: letters accented, texts two fifths longer, places to fill and markup as they are."""

import re
from contextlib import contextmanager
from html.parser import HTMLParser

import pytest
from django.utils import translation
from django.utils.translation import trans_real

from core import spoken as memory
from core import when
from core.catalogue.reading import Text
from risks import methodology

LANGUAGE = "de"
"""The language whose place it takes, so that dates and the choice of a person work as they do for people."""
ACCENTED = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "áƀćđéƒğĥíĵķłḿńóṕɋŕśťúṽŵẋýžÁƁĆĐÉƑĞĤÍĴĶŁḾŃÓṔɊŔŚŤÚṼŴẊÝŽ",
        strict=True,
    )
)
KEPT = re.compile(r"%(?:%|\(\w+\)[a-z]|[sdrf])|<[^>]*>|&\w+;|\{\w*\}|%n")
EVERY = 5
"""Two letters more for each five."""


def pseudo(text):
    """The text as the language nobody speaks says it."""
    said, at = [], 0
    for kept in KEPT.finditer(text):
        said += [_accented(text[at : kept.start()]), kept.group()]
        at = kept.end()
    return "".join([*said, _accented(text[at:])])


def _accented(text):
    said, letters = [], 0
    for letter in text:
        said.append(ACCENTED.get(letter, letter))
        letters += letter in ACCENTED
        if letter in ACCENTED and letters % EVERY == 0:
            said.append("éé")
    return "".join(said)


@contextmanager
def spoken():
    """While this lasts, German says every text of the interface and of the catalogues as the language nobody speaks."""
    catalogue = trans_real.translation(LANGUAGE)._catalog
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            catalogue,
            "_catalogs",
            [{key: pseudo(said) if key else said for key, said in one.items()} for one in catalogue._catalogs],
        )
        real_text, real_say = Text.in_language, methodology.say

        def in_language(text, language):
            return pseudo(text.en) if (language or "").startswith(LANGUAGE) else real_text(text, language)

        def say(text, language=""):
            wanted = language or translation.get_language() or ""
            return pseudo(real_say(text, "en")) if wanted.startswith(LANGUAGE) else real_say(text, language)

        patch.setattr(Text, "in_language", in_language)
        patch.setattr(methodology, "say", say)
        memory.forget()
        yield
    memory.forget()
    when._months.cache_clear()


SILENT = {"script", "style", "code", "pre", "kbd", "samp"}
SPOKEN_ATTRIBUTES = ("title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label")


class Heard(HTMLParser):
    """What a page says to eyes and ears, text by text; not what is marked as another language, code or a key."""

    VOID = {"br", "hr", "img", "input", "link", "meta", "use", "path", "source", "wbr", "col"}

    def __init__(self, html):
        super().__init__()
        self.texts, self._open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.texts += [given[name] for name in SPOKEN_ATTRIBUTES if given.get(name)]
        self.texts += [value for name, value in given.items() if name.startswith("data-") and " " in value]
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self.texts.append(given.get("value", ""))
        if tag not in self.VOID:
            self._open.append((tag, tag in SILENT or ("lang" in given and tag != "html")))

    def handle_endtag(self, tag):
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at][0] == tag:
                del self._open[at:]
                return

    def handle_data(self, data):
        if data.strip() and not any(silent for _tag, silent in self._open):
            self.texts.append(" ".join(data.split()))


NAMES = {
    # the product, standards, laws, languages
    "AIMS", "ISO", "IEC", "SoA", "EU", "OWASP", "English", "Deutsch",
    # formats, algorithms, zones, units
    "CSV", "TSV", "XLSX", "Excel", "JSON", "NDJSON", "PDF", "json", "xlsx", "pdf", 
    "HAR", "SARIF", "OpenAPI", "LLM", "AML", "CWE", "GET", "POST", "PUT", "PATCH", "DELETE",
    "SHA", "UTC", "CET", "CEST", "Berlin", "Europe", "Letter", "MB", "kB", "KB", "API", "REST", "RPT", "SOA", "RISK",
}  # fmt: skip
"""Names that are the same in every language."""
CODE = re.compile(
    r"https?://\S+|\b[A-Z]\w+(?:/[\w+-]+)+|\S+@\S+|/[\w/-]+/|\?as_of=\S*"  # addresses, time zones
    r"|\b[A-Z]{3}(?:-[A-Z]{3})?-\d+\b|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{7,64}\b|\baims_\w+"  # references, ids
    r"|[\w-]*\.(?:csv|xlsx|json|ndjson|tsv|pdf)\b|\b(?:application|text)/\w+"  # files
    r"|\d{4}-\d\d-\d\dT[\d:.+Z]+"  # moments
    r"|\b[a-z]+[.:][a-z_]+\b"  # permissions and scopes
    r"|(?:\b[a-z_]+, ){3,}[a-z_]+\b|\b[a-z_]+ = [\w.-]+"  # what rules and field maps call their fields
)
"""References, addresses, fingerprints, names of files: data, or the same in every language."""
WORD = re.compile(r"[^\W\d_]+")


def plain_words(text):
    """The words of a text that the language nobody speaks did not say."""
    return [
        word for word in WORD.findall(CODE.sub(" ", text)) if len(word) > 1 and word.isascii() and word not in NAMES
    ]


def raw(html):
    """The texts of a page that hold plain words."""
    return [text for text in Heard(html).texts if plain_words(text)]
