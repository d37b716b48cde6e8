"""Shapes of the import wizard."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.imports import Setup
from core.imports.wizard import ENCODINGS
from core.pages.forms import PageForm
from core.tables import Table
from core.tables.model import HEADER_WITHIN_ROWS

DELIMITERS: list[tuple[str, Any]] = [
    (",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Vertical bar")),
]  # fmt: skip
READABLE = ("utf-8", "utf-8-sig", "cp1252", "latin-1", "iso8859-15", "mac-roman", "cp850", "utf-16", "utf-32")


class UploadForm(PageForm):
    """A file to bring in."""

    file = forms.FileField(
        label=_("File"), help_text=_("CSV, Excel (.xlsx), JSON or NDJSON, at most 64 MB."),
        error_messages={"required": _("Choose a file"), "empty": _("This file is empty")},
    )  # fmt: skip


class FileForm(PageForm):
    """How a file is read; what is left as found stays found out for the next file."""

    encoding = forms.ChoiceField(label=_("Encoding"), required=False, help_text=_("Look at accented letters below."))
    delimiter = forms.ChoiceField(label=_("Columns are split by"), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_row = forms.IntegerField(
        label=_("Row with the column names"), required=False, min_value=1, max_value=HEADER_WITHIN_ROWS * 40,
    )  # fmt: skip

    def __init__(self, *args: Any, table: Table, setup: Setup, **kwargs: Any) -> None:
        initial = {
            "encoding": setup.encoding, "delimiter": setup.delimiter, "sheet": setup.sheet or table.sheet,
            "header_row": setup.header_row or table.header_row,
        }  # fmt: skip
        super().__init__(*args, initial=initial, **kwargs)
        self.found = table
        self._options("encoding", [(code, ENCODINGS.get(code, code.upper())) for code in READABLE], table.encoding)
        self._options("delimiter", DELIMITERS, table.delimiter)
        self.fields["sheet"].choices = [(name, name) for name in table.sheets]  # type: ignore[attr-defined]
        for name, there in (
            ("encoding", table.encoding), ("delimiter", table.delimiter), ("sheet", len(table.sheets) > 1),
            ("header_row", table.header_row),
        ):  # fmt: skip
            if not there:
                del self.fields[name]

    def _options(self, name: str, options: list[tuple[str, Any]], found: str) -> None:
        words = dict(options).get(found, ENCODINGS.get(found, found.upper()))
        self.fields[name].choices = [("", _("As found: %(found)s") % {"found": words}), *options]  # type: ignore[attr-defined]

    def clean_header_row(self) -> int:
        """0 where the found row is meant."""
        return self.cleaned_data["header_row"] or 0


class SettingsForm(PageForm):
    """Which source a file is, and what it means that something is not in it."""

    source = forms.SlugField(
        label=_("Name of the source"), max_length=60,
        help_text=_("Rows of one source are recognised when they come again. Letters, digits and hyphens."),
    )  # fmt: skip
    complete = forms.BooleanField(
        label=_("The file is all there is"), required=False,
        help_text=_("Systems of this source that it lacks are marked as missing. Nothing is retired."),
    )  # fmt: skip
    confirm_missing = forms.BooleanField(label=_("Mark them even if more than 20 % are missing"), required=False)


class KeepForm(PageForm):
    """The name of a mapping to keep."""

    name = forms.SlugField(
        label=_("Keep how this file is read as"), max_length=60,
        help_text=_("Offered again for files with these columns. A mapping of this name is replaced."),
    )  # fmt: skip
