"""Collects the texts of the product into the catalogues; needs the system's xgettext."""

from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.management.commands import makemessages

from config.catalogues import FOLDER, compile_changed

NOT_OURS = (".tools", ".venv", "node_modules", "static/vendor", "tests", "var")


class Collect(makemessages.Command):
    """Django's own collecting, which never guesses: a text is translated or it is empty."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]


class Command(BaseCommand):
    help = "Collect the texts of the product into config/locale, sorted by text, and say what is not translated."

    def handle(self, *args: Any, **options: Any) -> None:
        """Collect, sort so that two branches that add texts seldom meet, compile, and name what is open."""
        languages = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        call_command(
            Collect(), locale=languages, ignore_patterns=list(NOT_OURS), no_location=True, no_obsolete=True, verbosity=0
        )
        for language in languages:
            path = FOLDER / language / "LC_MESSAGES" / "django.po"
            found = tidy(path)
            for entry in found.untranslated_entries():
                self.stdout.write(f"{language}: {entry.msgid}")
            self.stdout.write(f"{language}: {found.percent_translated()} % of {len(found)} texts")
        compile_changed()


def tidy(path: Path) -> polib.POFile:
    """Write the catalogue sorted by text, a line for each, without the dates that make branches conflict."""
    found = polib.pofile(str(path), wrapwidth=0)
    found.metadata = {
        "Project-Id-Version": "AIMS 42",
        "Language": found.metadata.get("Language") or path.parts[-3],
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    found.metadata_is_fuzzy = False
    found.header = "The words of AIMS 42. Collected by `make messages`; docs/developer/languages.md says how."
    found.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    found.save(str(path))
    return found
