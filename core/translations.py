"""The words of each language: catalogues in config/locale, compiled without the gettext programs of the system."""

import os
from pathlib import Path

import polib

FOLDER = Path(__file__).resolve().parent.parent / "config" / "locale"


def compile_changed(folder: Path = FOLDER) -> list[Path]:
    """Write the .mo of every catalogue that has none or an older one; return what was written."""
    written = []
    for words in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        compiled = words.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns > words.stat().st_mtime_ns:
            continue
        fresh = compiled.with_suffix(f".{os.getpid()}.new")
        polib.pofile(str(words)).save_as_mofile(str(fresh))
        fresh.replace(compiled)
        written.append(compiled)
    return written


if __name__ == "__main__":
    compile_changed()
