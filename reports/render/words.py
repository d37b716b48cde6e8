"""The words of a language, and the few ways in which printed texts are put together."""

import datetime
from typing import Any

from reports.documents.common import Figure, Name
from reports.render.words_de import WORDS as GERMAN
from reports.render.words_en import WORDS as ENGLISH

LANGUAGES: dict[str, dict[str, Any]] = {"en": ENGLISH, "de": GERMAN}


class Words:
    """The catalogue of one language; English serves languages that have none."""

    def __init__(self, language: str) -> None:
        self.t = LANGUAGES.get(language.split("-")[0], ENGLISH)

    def say(self, key: str, /, **values: Any) -> str:
        """The sentence behind a key, filled."""
        return self.t[key].format(**values)

    def word(self, group: str, code: str) -> str:
        """The word of a code; an unknown code is printed as it is."""
        return self.t[group].get(code, code)

    def number(self, value: int) -> str:
        """48213 as 48,213."""
        return f"{value:,}".replace(",", self.t["thousands"])

    def clauses(self, key: str, figures: dict[str, Figure], /, **values: str) -> str:
        """A paragraph from figures: a form for one, for many, and for none ("" says nothing)."""
        said = []
        for name, one, many, none in self.t[key]:
            n = figures[name].value
            text = one if n == 1 else many if n else none
            if text:
                said.append(text.format(n=self.number(n), **values))
        return " ".join(said)

    def count(self, value: int) -> str:
        """A number in a table; nothing is a dash."""
        return self.number(value) if value else self.t["dash"]

    def moment(self, iso: str) -> str:
        """2026-11-18T14:05:09Z as 2026-11-18 14:05 UTC."""
        return f"{iso[:10]} {iso[11:16]} UTC" if len(iso) >= 16 else iso

    def minute(self, iso: str) -> str:
        """2026-11-18T14:05:09Z as 2026-11-18 14:05, for columns that say UTC."""
        return f"{iso[:10]} {iso[11:16]}" if len(iso) >= 16 else iso or self.t["dash"]

    def long_day(self, iso: str) -> str:
        """2026-11-18… as 18 November 2026."""
        if len(iso) < 10:
            return iso
        day = datetime.date.fromisoformat(iso[:10])
        return self.say("long_day", day=day.day, month=self.t["months"][day.month - 1], year=day.year)

    def name(self, name: Name | None) -> str:
        """Name and function."""
        if name is None:
            return self.t["dash"]
        return f"{name.text}, {name.function}" if name.function else name.text

    def listed(self, refs: list[str], at_most: int = 12) -> str:
        """References, cut after a few with the number of the others."""
        if len(refs) <= at_most:
            return ", ".join(refs)
        return ", ".join(refs[:at_most]) + " " + self.say("and_more", n=self.number(len(refs) - at_most))

    def stacked(self, refs: list[str], width: int = 22) -> str:
        """References in lines that end between two of them: Pango would also break after the dot of "A.8.5"."""
        lines: list[str] = []
        for ref in self.listed(refs).split(", "):
            if lines and len(lines[-1]) + len(ref) + 3 <= width:
                lines[-1] += f", {ref}"
            else:
                lines.append(ref)
        return ",\n".join(lines)

    def risks(self, value: int) -> str:
        """1 risk, 5 risks."""
        return self.t["one_risk"] if value == 1 else self.say("n_risks", n=self.number(value))
