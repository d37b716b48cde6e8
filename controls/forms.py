"""Shapes of input for the Statement of Applicability."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import Control
from controls.services import OWNER_FIELDS
from controls.statement import RowView, SystemRef
from core.models import Person
from core.pages.fields import Boxes, DayField, Prose, Segments
from core.pages.forms import PageForm, RecordForm

ONLY = "only"
"""Names the fields a partial save sends; everything else stays as stored."""
DAYS = ("last_review", "next_review")


def _ids(choices: Iterable[Any], missing: Any = None) -> dict[str, Any]:
    return {"choices": choices, "coerce": uuid.UUID, "empty_value": missing, "required": False}


class RowForm(RecordForm):
    """One control: what applies where and why, how it is done, by whom.

    ``editable`` names the fields the person may change; the others show what is stored. Data with "only" is completed
    from what is stored, so that one cell of the grid can be saved, or restored from a draft, by itself.
    """

    title = forms.CharField(label=gettext_lazy("Title"), max_length=300)
    applies = forms.ChoiceField(
        label=gettext_lazy("Applies"), choices=Control.APPLIES, widget=Segments(muted=(Control.UNDECIDED,))
    )
    where = forms.ChoiceField(label=gettext_lazy("Where"), choices=Control.WHERE, widget=Segments())
    systems = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Systems"), widget=Boxes(tall=True), help_text=gettext_lazy("When only or except some."),
        coerce=uuid.UUID, required=False,
    )  # fmt: skip
    drivers = forms.MultipleChoiceField(
        label=gettext_lazy("Because of"), choices=Control.DRIVERS, widget=Boxes(), required=False,
        help_text=gettext_lazy("What asks for the control."),
    )  # fmt: skip
    grounds = forms.MultipleChoiceField(
        label=gettext_lazy("If it does not apply"), choices=Control.EXCLUSION_GROUNDS, widget=Boxes(), required=False,
        help_text=gettext_lazy("Both, as a rule: neither our own assessment nor anybody outside asks for it."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=Prose(4), max_length=4000, required=False,
        help_text=gettext_lazy("Why it applies, or why not. At least 20 characters before submission."),
    )  # fmt: skip
    implementation = forms.CharField(
        label=gettext_lazy("How it is done"), widget=Prose(4), max_length=4000, required=False
    )
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=Control.STATUS, widget=Segments())
    owner = forms.TypedChoiceField(label=gettext_lazy("Owner"), coerce=uuid.UUID, empty_value=None, required=False)
    proof = forms.CharField(
        label=gettext_lazy("Proof"), widget=Prose(2), max_length=2000, required=False,
        help_text=gettext_lazy("What shows that it works: documents, records, where they are."),
    )  # fmt: skip
    last_review = DayField(label=gettext_lazy("Last review"), required=False)
    next_review = DayField(label=gettext_lazy("Next review"), required=False)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        row: RowView,
        choices: "RowChoices",
        editable: frozenset[str],
        **more: Any,
    ) -> None:
        self.named = frozenset(data.getlist(ONLY)) if data is not None and data.get(ONLY) else None
        if self.named is not None:
            data = completed(data, stored_values(row))
        initial = {**stored_values(row), **more.pop("initial", {})}
        super().__init__(data, files, version=row.control.version, initial=initial, **more)
        self.fields["systems"].choices = choices.systems_for(row)  # type: ignore[attr-defined]
        self.fields["owner"].choices = choices.owners_for(row)  # type: ignore[attr-defined]
        if not row.control.own:
            del self.fields["title"]
        for name, field in self.fields.items():
            field.disabled = name != "version" and name not in editable

    def decision(self) -> dict[str, Any]:
        """What the service takes: grounds stand in for drivers when the control does not apply."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in {"version", "grounds"}}
        because = "grounds" if given["applies"] == Control.NO else "drivers"
        given["drivers"] = self.cleaned_data[because]
        if self.named is not None and because not in self.named:
            del given["drivers"]  # not said: it stays, and comes back with an answer that is taken back
        if given["where"] == Control.ALL:
            given["systems"] = []
        if self.fields["applies"].disabled:
            return {name: given[name] for name in OWNER_FIELDS}
        return given


class RowChoices:
    """People and systems a row can name, read once for many rows."""

    def __init__(self, people: Sequence[Person], systems: Callable[[], Sequence[SystemRef]]) -> None:
        self.people = [(str(person.pk), person.name) for person in people]
        self._systems = systems

    @cached_property
    def systems(self) -> list[tuple[str, str]]:
        """Systems in scope as choices; read when asked for."""
        return [(str(system.id), f"{system.ref} {system.name}") for system in self._systems()]

    def owners_for(self, row: RowView) -> list[tuple[str, str]]:
        """Nobody, the members, and the present owner even when they left."""
        owner = row.control.owner
        gone = [(str(owner.pk), owner.name)] if owner and str(owner.pk) not in dict(self.people) else []
        return [("", _("No one")), *self.people, *gone]

    def systems_for(self, row: RowView) -> list[tuple[str, str]]:
        """Systems in scope, and those the row names already."""
        gone = [(str(one.id), f"{one.ref} {one.name}") for one in row.systems if str(one.id) not in dict(self.systems)]
        return [*self.systems, *gone]


def stored_values(row: RowView) -> dict[str, Any]:
    """The row's fields as a form shows them."""
    control = row.control
    values = {name: getattr(control, name) for name in ("title", "applies", "where", "reason", "implementation")}
    return {
        **values,
        "systems": [str(system.id) for system in row.systems],
        "drivers": row.drivers,
        "grounds": row.grounds,
        "status": control.status,
        "owner": str(control.owner_id or ""),
        "proof": control.proof,
        "last_review": control.last_review,
        "next_review": control.next_review,
    }


def completed(data: Any, stored: dict[str, Any]) -> QueryDict:
    """Posted data with the fields it does not name taken from what is stored."""
    full = QueryDict(mutable=True)
    for name, value in stored.items():
        many = value if isinstance(value, list) else [value.isoformat() if hasattr(value, "isoformat") else value or ""]
        full.setlist(name, [str(one) for one in many])
    named = set(data.getlist(ONLY))
    for name in {*named, "version"}:
        full.setlist(name, data.getlist(name))
    return full


class OwnControlForm(PageForm):
    """A control of one's own; the rest is decided in its row."""

    title = forms.CharField(
        label=gettext_lazy("What the control asks for"), max_length=300,
        help_text=gettext_lazy("In one line, such as: Model cards for every system sold"),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why Annex A is not enough"), widget=Prose(4), max_length=4000, required=False
    )


class SubmitForm(RecordForm):
    """Who is asked to decide."""

    to = forms.TypedChoiceField(label=gettext_lazy("Submit to"), coerce=uuid.UUID)

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(str(person.pk), person.name) for person in people]  # type: ignore[attr-defined]


class ReturnForm(RecordForm):
    """A comment on the whole, and one for each line that needs it."""

    reason = forms.CharField(
        label=gettext_lazy("What has to change"), widget=Prose(4), max_length=4000,
        help_text=gettext_lazy("The person who submitted it reads this first."),
    )  # fmt: skip

    def __init__(self, *args: Any, lines: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in lines:
            self.fields[f"line-{code}"] = forms.CharField(label=label, widget=Prose(1), max_length=4000, required=False)

    @property
    def lines(self) -> dict[str, str]:
        """Comments by control code."""
        given = {
            name.partition("line-")[2]: text for name, text in self.cleaned_data.items() if name.startswith("line-")
        }
        return {code: text for code, text in given.items() if text.strip()}
