"""Shapes of input for findings and rules."""

from typing import Any

import orjson
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis.effects import LEVELS
from apis.findings import SEVERITIES
from apis.posture.own import FIELDS, OPERATORS
from apis.posture.rules import UNITS
from core.pages.fields import DayField, Prose, Segments
from core.pages.forms import RecordForm

ROWS = 6
"""Conditions a form offers; more are written over REST."""


class AcceptForm(RecordForm):
    """Accept: until when, for what, why."""

    level = forms.ChoiceField(label=gettext_lazy("Holds for"), choices=LEVELS, widget=Segments())
    until = DayField(label=gettext_lazy("Accept until"), help_text=gettext_lazy("A year ahead at most"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=Prose(3), max_length=2000,
        help_text=gettext_lazy("Two sentences an auditor will understand"),
    )  # fmt: skip


class ReopenForm(RecordForm):
    """Why it is open again."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=Prose(3), max_length=2000)


class ReviewForm(RecordForm):
    """What the review of the impact assessment came to."""

    reason = forms.CharField(
        label=gettext_lazy("What the review came to"), widget=Prose(3), max_length=2000,
        help_text=gettext_lazy("Which assessment was looked at, and what follows for the people concerned"),
    )  # fmt: skip


class FindingForm(RecordForm):
    """Severity and ticket."""

    severity = forms.ChoiceField(label=gettext_lazy("Severity"), choices=SEVERITIES, widget=Segments())
    severity_reason = forms.CharField(
        label=gettext_lazy("Why it is not as severe as the rule says"), widget=Prose(2), max_length=2000, required=False
    )
    ticket = forms.URLField(
        label=gettext_lazy("Address of the ticket"), max_length=500, required=False, assume_scheme="https"
    )


class ChooseForm(RecordForm):
    """Why a rule is used here, or not."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=Prose(2), max_length=2000, required=False)


class ConditionField(forms.CharField):
    """One condition a line: field, operator, value; a value of several is written with commas in brackets."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=Prose(3), max_length=4000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show stored conditions as lines."""
        return "\n".join(map(_line, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """Return the conditions. Raises ValidationError naming the line."""
        return [_condition(number, line) for number, line in enumerate(super().clean(value).splitlines(), 1) if line]


def _line(condition: dict[str, Any]) -> str:
    value = condition.get("value")
    said = "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"{condition.get('field', '')} {condition.get('operator', '')} {said}".strip()


def _condition(number: int, line: str) -> dict[str, Any]:
    parts = line.split(maxsplit=2)
    if len(parts) < 2:
        raise ValidationError(_("Line %(number)d: write a field, a comparison and a value.") % {"number": number})
    found: dict[str, Any] = {"field": parts[0], "operator": parts[1]}
    if len(parts) > 2:
        found["value"] = _value(parts[2], parts[1])
    return found


def _value(text: str, operator: str) -> Any:
    takes = OPERATORS[operator].takes if operator in OPERATORS else "word"
    if takes == "words":
        return [word.strip().strip('"') for word in text.strip("[] ").split(",") if word.strip()]
    if takes == "number":
        try:
            return float(text) if "." in text else int(text)
        except ValueError:
            return text
    return text


class OwnRuleForm(RecordForm):
    """A rule of one's own."""

    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=60,
        help_text=gettext_lazy("Small letters, digits and dashes, such as owner-named; it stays."),
    )  # fmt: skip
    title = forms.CharField(label=gettext_lazy("What is wrong"), max_length=500)
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), choices=SEVERITIES, widget=Segments())
    unit = forms.ChoiceField(label=gettext_lazy("Judges"), choices=[(unit, UNITS[unit]) for unit in FIELDS])
    where = ConditionField(
        label=gettext_lazy("Where"), required=False,
        help_text=gettext_lazy("One condition a line, for example: method one_of POST, PUT. Empty: everywhere."),
    )  # fmt: skip
    must = ConditionField(
        label=gettext_lazy("What must hold"),
        help_text=gettext_lazy("One condition a line, for example: written.x-owner present"),
    )
    why = forms.CharField(label=gettext_lazy("Why"), widget=Prose(2), max_length=500, required=False)
    mend = forms.CharField(label=gettext_lazy("How to mend"), widget=Prose(2), max_length=500, required=False)
    apr = forms.CharField(
        label=gettext_lazy("API requirements"), max_length=200, required=False,
        help_text=gettext_lazy("Such as APR-01, APR-09"),
    )  # fmt: skip
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def clean_apr(self) -> list[str]:
        """The requirements as a list."""
        return [one.strip() for one in self.cleaned_data["apr"].split(",") if one.strip()]

    @staticmethod
    def guide() -> list[tuple[Any, str]]:
        """What can be asked about each kind of thing."""
        return [(UNITS[unit], ", ".join(fields)) for unit, fields in FIELDS.items()]

    @staticmethod
    def comparisons() -> list[tuple[str, Any]]:
        """The comparisons and what they mean."""
        return [(name, one.label) for name, one in OPERATORS.items()]
