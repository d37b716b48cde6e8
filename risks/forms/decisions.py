"""Shapes of confirmations, decisions and criteria."""

import copy
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.pages.fields import Boxes, DayField, Prose
from core.pages.forms import PageForm, RecordForm
from risks import methodology

ACCEPTS = [
    (methodology.RISK_OWNER, _("The risk owner, if somebody else assessed it")),
    ("manager", _("A manager")),
    ("approver", _("An approver")),
]


class ConfirmForm(RecordForm):
    """Still right: one sentence, a new date."""

    sentence = forms.CharField(
        label=_("Why it is still right"),
        help_text=_("One sentence, for example: no complaint since March, tests of the last release passed"),
        widget=Prose(2),
        max_length=1000,
    )
    next_review = DayField(label=_("Next review"), required=False)


class ReasonForm(RecordForm):
    """A step that asks why."""

    reason = forms.CharField(label=_("Reason"), widget=Prose(3), max_length=4000)


class AcceptForm(RecordForm):
    """The decision about residual risk; returning needs a question only."""

    starred = ("valid_until", "reason")
    conditions = forms.CharField(
        label=_("Conditions"),
        help_text=_("What must stay true while this is accepted"),
        required=False,
        widget=Prose(2),
        max_length=4000,
    )
    valid_until = DayField(label=_("Valid until"), required=False)
    reason = forms.CharField(
        label=_("Reason, or your question"),
        help_text=_("Two sentences an auditor will understand"),
        required=False,
        widget=Prose(3),
        max_length=4000,
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, needs_conditions: bool = False, at_most: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_until"].help_text = at_most
        if needs_conditions:
            self.starred = (*self.starred, "conditions")  # type: ignore[misc]


class OpportunityForm(PageForm):
    """What came of looking for opportunities."""

    conclusion = forms.CharField(
        label=_("Conclusion"),
        help_text=_("Who looked where, and why nothing is worth pursuing now"),
        widget=Prose(4),
        max_length=4000,
    )


class CriteriaForm(RecordForm):
    """The parts of the criteria that are edited on the page: matrix, line, floor, authority, intervals."""

    criteria = forms.CharField(label=_("The criteria in one sentence"), widget=Prose(2), max_length=600)

    def __init__(self, *args: Any, content: Mapping[str, Any], language: str = "en", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.content, self.language = content, language
        levels = [(one["code"], methodology.say(one["name"])) for one in content["levels"]]
        self.fields["acceptable"] = forms.MultipleChoiceField(
            label=_("Levels within the criteria"), choices=levels, widget=Boxes()
        )
        self.fields["floor"] = forms.ChoiceField(
            label=_("Severe consequence for individuals, groups or society is never below"), choices=levels
        )
        for step in content["likelihood"]:
            for cell in content["consequence"]:
                label = f"{methodology.say(step['name'])} × {methodology.say(cell['name'])}"
                self.fields[f"cell_{step['value']}_{cell['value']}"] = forms.ChoiceField(label=label, choices=levels)
        for code, name in levels:
            self.fields[f"review_{code}"] = forms.IntegerField(
                label=_("%(level)s: review every … months") % {"level": name}, min_value=1, max_value=36
            )
            self.fields[f"accepts_{code}"] = forms.ChoiceField(
                label=_("%(level)s is accepted by") % {"level": name}, choices=ACCEPTS
            )
            self.fields[f"months_{code}"] = forms.IntegerField(
                label=_("%(level)s: for at most … months") % {"level": name}, min_value=1, max_value=36
            )
            self.fields[f"conditions_{code}"] = forms.BooleanField(
                label=_("%(level)s: only with conditions") % {"level": name}, required=False
            )

    @staticmethod
    def initial_of(content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the form's values of stored criteria."""
        found: dict[str, Any] = {
            "criteria": methodology.say(content["criteria"]),
            "acceptable": content["acceptable"],
            "floor": content["floors"][0]["level"] if content["floors"] else methodology.lowest(content),
        }
        for value, row in content["matrix"].items():
            found |= {f"cell_{value}_{at}": code for at, code in enumerate(row, start=1)}
        found |= {f"review_{one['code']}": one["review_months"] for one in content["levels"]}
        for row in content["authority"]:
            found |= {
                f"accepts_{row['level']}": row["accepts"],
                f"months_{row['level']}": row["at_most_months"],
                f"conditions_{row['level']}": row["conditions_required"],
            }
        return found

    def changed_content(self) -> dict[str, Any]:
        """Return the criteria with what was typed."""
        data, content = self.cleaned_data, copy.deepcopy(dict(self.content))
        if data["criteria"] != methodology.say(self.content["criteria"]):
            content["criteria"] = {"en": data["criteria"]}
        content["acceptable"] = data["acceptable"]
        content["matrix"] = {
            str(step["value"]): [data[f"cell_{step['value']}_{cell['value']}"] for cell in content["consequence"]]
            for step in content["likelihood"]
        }
        for floor in content["floors"]:
            floor["level"] = data["floor"]
        for one in content["levels"]:
            one["review_months"] = data[f"review_{one['code']}"]
        for row in content["authority"]:
            code = row["level"]
            note = {} if row["accepts"] == data[f"accepts_{code}"] else {"note": {"en": ""}}
            row.update(
                accepts=data[f"accepts_{code}"],
                at_most_months=data[f"months_{code}"],
                conditions_required=data[f"conditions_{code}"],
                **note,
            )
        return content

    @property
    def matrix_rows(self) -> list[dict[str, Any]]:
        """Return the cells by consequence, severest first."""
        return [
            {
                "label": f"{methodology.say(cell['name'])} {cell['value']}",
                "cells": [self[f"cell_{step['value']}_{cell['value']}"] for step in self.content["likelihood"]],
            }
            for cell in sorted(self.content["consequence"], key=lambda one: -one["value"])
        ]

    @property
    def level_rows(self) -> list[dict[str, Any]]:
        """Return what is said per level, worst first."""
        return [
            {
                "level": one["code"],
                **{part: self[f"{part}_{one['code']}"] for part in ("accepts", "months", "conditions", "review")},
            }
            for one in methodology.worst_first(self.content)
        ]
