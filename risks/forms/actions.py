"""Shapes of actions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from controls.models import Control
from controls.words import title_of
from core.models import Person
from core.pages.fields import DayField, Prose, Segments
from core.pages.forms import RecordForm
from risks.models import Action


class ActionForm(RecordForm):
    """What is done, by whom, until when."""

    what = forms.CharField(label=_("What is done"), max_length=400, widget=Prose(2))
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    due = DayField(label=_("Due"), required=False, help_text=_("For example 31 March 2027"))
    control = forms.ChoiceField(label=_("Control it builds"), required=False)
    expected_effect = forms.CharField(label=_("Expected effect"), required=False, max_length=400)

    def __init__(
        self, *args: Any, people: Sequence[Person] = (), controls: Sequence[Control] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose a person")), *((str(one.pk), one.name) for one in people)
        ]  # fmt: skip
        self.fields["control"].choices = [  # type: ignore[attr-defined]
            ("", _("None")), *((str(one.pk), f"{one.code} {title_of(one.code, one.title)}") for one in controls)
        ]  # fmt: skip

    def values(self) -> dict[str, Any]:
        """Return what the services take."""
        data = self.cleaned_data
        names = ("what", "due", "expected_effect")
        return {
            **{name: data[name] for name in names},
            "owner": data["owner"] or None,
            "control": data["control"] or None,
        }


class DoneForm(RecordForm):
    """It is done."""

    done_on = DayField(label=_("Done on"), required=False, help_text=_("Today, if left empty"))
    outcome = forms.CharField(label=_("What came out"), widget=Prose(3), max_length=4000)


class DropForm(RecordForm):
    """It is given up."""

    outcome = forms.CharField(label=_("Why it is not needed any more"), widget=Prose(3), max_length=4000)


class CheckForm(RecordForm):
    """Whether it worked."""

    effectiveness = forms.ChoiceField(
        label=_("Did it work"), choices=[pair for pair in Action.EFFECTS if pair[0]], widget=Segments()
    )
    outcome = forms.CharField(label=_("How you know"), widget=Prose(3), max_length=4000, required=False)
