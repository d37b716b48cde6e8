"""Shapes of input for threats."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from apis.threat_records import LABELS
from apis.threats import DETECTORS
from core.pages.fields import DayField, Prose
from core.pages.forms import PageForm, RecordForm


class StepForm(RecordForm):
    """Why, or what was concluded."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=Prose(3), max_length=2000)


class SignalForm(RecordForm):
    """To whom a signal is assigned, and which risk it is treated as."""

    assignee = forms.ModelChoiceField(label=gettext_lazy("Assigned to"), queryset=None, required=False)
    risk = forms.ModelChoiceField(
        label=gettext_lazy("Risk"), queryset=None, required=False,
        help_text=gettext_lazy("The risk under which this is treated"),
    )  # fmt: skip

    def __init__(self, *args: Any, people: Any, risks: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = people  # type: ignore[attr-defined]
        self.fields["risk"].queryset = risks  # type: ignore[attr-defined]


class IncidentForm(RecordForm):
    """What happened, and since when."""

    what = forms.CharField(
        label=gettext_lazy("What happened"), widget=Prose(5), max_length=2000,
        help_text=gettext_lazy(
            "Who was affected, what was done at once, who was told. It is kept with the signal as a decision with its "
            "day; a room for incidents will begin with these."
        ),
    )  # fmt: skip
    since = DayField(label=gettext_lazy("Since"))


class MuteForm(PageForm):
    """For which detector, until when, why."""

    detector = forms.ChoiceField(
        label=gettext_lazy("Detector"), required=False, choices=[("", gettext_lazy("All detectors")), *LABELS]
    )
    until = DayField(label=gettext_lazy("Until"), help_text=gettext_lazy("A year ahead at most"))
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=Prose(3), max_length=2000)


class DetectorForm(RecordForm):
    """Thresholds of one detector, and whether it is used."""

    on = forms.BooleanField(label=gettext_lazy("In use"), required=False)
    reason = forms.CharField(label=gettext_lazy("Why"), widget=Prose(2), max_length=2000, required=False)

    def __init__(self, *args: Any, code: str, limits: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ranges = {one.code: one for one in limits}
        for one in DETECTORS[code].thresholds:
            shown = ranges.get(one.code)
            self.fields[one.code] = forms.FloatField(
                label=one.label, min_value=one.low, max_value=one.high, help_text=shown.range if shown else ""
            )
        self.order_fields([*(one.code for one in DETECTORS[code].thresholds), "on", "reason"])
        self.thresholds = [one.code for one in DETECTORS[code].thresholds]
