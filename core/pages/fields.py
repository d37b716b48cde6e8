"""Fields and widgets of our forms: dates as people write them, segmented choices, ratings, text without surprises."""

import datetime as dt
import unicodedata
from collections.abc import Mapping
from html import escape
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core import when


def clean_text(text: str) -> str:
    """Return text as it is stored: no NUL, one kind of line end, composed characters."""
    return unicodedata.normalize("NFC", text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n"))


def version_in(text: str) -> int | None:
    """Return the version a page was opened with; None for none, 0 (no record's version) for what is no version."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def version_shown(request: HttpRequest) -> int:
    """Return the version of the record whose page sent a step; 0, which no record has, when it was lost."""
    return version_in(request.POST.get("version", "")) or 0


class DayField(forms.Field):
    """A date: "31 March 2027", "31.3.2027", "2027-03-31" or "31/03/2027" (day first)."""

    widget = forms.TextInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("Give a date, for example 31 March 2027"),
        "invalid": _("Write the date like 31 March 2027"),
        "year": _("Write the year with four digits between 1990 and 2200, like 31 March 2027"),
    }

    def prepare_value(self, value: Any) -> Any:
        """Show a date in the long spelling; leave what a person typed."""
        return when.day_text(value, long=True) if isinstance(value, dt.date) else value

    def to_python(self, value: Any) -> dt.date | None:
        """Return the date; raises ValidationError with the expected spelling."""
        if value in self.empty_values:
            return None
        if isinstance(value, dt.datetime):
            return value.date()
        if isinstance(value, dt.date):
            return value
        day = when.parse_day(str(value))
        if day is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if day.year not in when.YEARS:
            raise ValidationError(self.error_messages["year"], code="year")
        return day

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare dates, not spellings."""
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class Prose(forms.Textarea):
    """A textarea of few rows."""

    def __init__(self, rows: int = 3, **attrs: Any) -> None:
        super().__init__({"rows": rows, **attrs})


class Segments(forms.RadioSelect):
    """Radios in one row. ``captions``: small words below; ``apart`` stands off; ``muted`` is dashed when chosen.

    ``says`` maps a value to the sentence shown under the row while it is chosen.
    """

    template_name = "components/widgets/segments.html"
    layout = "seg"

    def __init__(
        self,
        captions: Mapping[str, Any] | None = None,
        *,
        apart: tuple[str, ...] = (),
        muted: tuple[str, ...] = (),
        says: Mapping[str, Any] | None = None,
        mini: bool = False,
    ) -> None:
        super().__init__()
        self.captions, self.apart, self.muted = captions or {}, apart, muted
        self.says, self.mini = says or {}, mini

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add what the template draws beside Django's own context."""
        context = super().get_context(name, value, attrs)
        chosen = ""
        for _group, options, _index in context["widget"]["optgroups"]:
            for option in options:
                key = str(option["value"])
                option["caption"] = self.captions.get(key, "")
                option["css"] = "apart" if key in self.apart else "na" if key in self.muted else ""
                option["says"] = self.says.get(key, "")
                option["attrs"].pop("aria-invalid", None)  # not allowed on a radio; the group's error says it
                chosen = option["says"] if option["selected"] else chosen
        context["widget"].update(mini=self.mini, has_says=bool(self.says), chosen_says=chosen)
        return context


class Rating(Segments):
    """A rating in a grid: not assessed, none, 1 to 5; its row head is its label."""

    NOT_ASSESSED, NONE = "", "0"
    SCALE: ClassVar[list[tuple[str, Any]]] = [
        (NOT_ASSESSED, _("Not assessed")),
        (NONE, _("None")),
        *((str(n), str(n)) for n in range(1, 6)),
    ]

    def __init__(self, says: Mapping[str, Any] | None = None) -> None:
        super().__init__(muted=(self.NOT_ASSESSED,), says=says, mini=True)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Name the group by its row head."""
        context = super().get_context(name, value, attrs)
        context["widget"]["labelled_by"] = f"{context['widget']['attrs'].get('id', '')}_label"
        return context


class RatingField(forms.TypedChoiceField):
    """One dimension of a consequence: None when not assessed, else 0 (none) to 5."""

    def __init__(self, *, says: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        options = {
            "choices": Rating.SCALE,
            "coerce": int,
            "empty_value": None,
            "required": False,
            "widget": Rating(says),
        }
        super().__init__(**{**options, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Show a stored None as "not assessed"."""
        return Rating.NOT_ASSESSED if value is None else value


class Boxes(forms.CheckboxSelectMultiple):
    """Several boxes; ``tall=True`` scrolls inside a frame."""

    layout = "boxes"

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = (), *, tall: bool = False) -> None:
        super().__init__(attrs, choices)
        self.tall = tall

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw all boxes at once: a register shows many, and a template for each takes longer than the rows do."""
        groups = self.get_context(name, value, attrs)["widget"]["optgroups"]
        inner = [
            part
            for group, options, _index in groups
            for part in (*([format_html('<p class="label">{}</p>', group)] if group else []), *map(_box, options))
        ]
        frame = SafeString(' scroll-list" tabindex="0" role="group' if self.tall else "")
        return format_html('<div class="boxes{}">{}</div>', frame, SafeString("".join(inner)))


def _box(option: dict[str, Any]) -> SafeString:
    told = SafeString(f' for="{escape(option["attrs"]["id"])}"') if "id" in option["attrs"] else ""
    marks = SafeString("".join(_mark(name, value) for name, value in option["attrs"].items()))
    box = option["name"], option["value"], marks, option["label"]
    return format_html('<div><label{}><input type="checkbox" name="{}" value="{}"{}> {}</label></div>\n', told, *box)


def _mark(name: str, value: Any) -> str:
    """Return one attribute of a box as ``flatatt`` writes it, without its trip through lazy texts."""
    if isinstance(value, bool) or value is None:
        return f" {name}" if value else ""
    return f' {name}="{escape(str(value))}"'
