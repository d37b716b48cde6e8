"""Shapes of what people type about AI systems."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from aims.models import AISystem, AssessmentGroup
from aims.services.fields import EDITABLE, LONG, names_of
from core.models import Person
from core.pages.fields import Boxes, DayField, Prose, Segments
from core.pages.forms import PageForm, RecordForm

HINTS: dict[str, Any] = {
    "name": _("What people here call it."),
    "purpose": _("What is it for, and what is expected of it? (A.6.2.2)"),
    "intended_use": _("Who uses it, for which tasks, within which limits? (A.9.4)"),
    "misuse": _("What could people do with it that it is not meant for?"),
    "outputs": _("What does it give: a score, a text, a decision, a picture?"),
    "unit": _("The part of the organisation that uses it."),
    "topic": _("A word to group by, such as Claims or Human resources."),
    "owner": _("Answers for it, and may change it. (A.3.2)"),
    "supplier": _("Who provides the product, model or service? (A.10.3)"),
    "model_name": _("Name and version of the model or product. (A.4.2)"),
    "datasets": _("Data to train, test and run it, and where they come from. (A.4.3, A.7)"),
    "affected": _("Whose rights, chances or safety depend on it? (A.5.4)"),
    "autonomy": _("What does it do without a person?"),
    "oversight": _("Who watches, what may they do, how fast? (A.9.2)"),
    "jurisdictions": _("Where it is used or where its outputs count, such as EU, CH."),
    "environment": _("Where and on what it runs: tools, infrastructure, interfaces. (A.4.4, A.4.5)"),
    "ai_act_class": _("Several may hold. A decision help, not legal advice."),
    "next_review": _("For example 31 March 2027"),
    "go_live": _("For example 1 September 2026"),
}


def _text(name: str, rows: int = 0, **more: Any) -> forms.CharField:
    column = AISystem._meta.get_field(name)
    options = {
        "label": capfirst(column.verbose_name),
        "help_text": HINTS.get(name, ""),
        "required": not column.blank,
    }  # type: ignore[union-attr]
    longest = getattr(column, "max_length", None) or LONG
    widget = Prose(rows) if rows else forms.TextInput()
    return forms.CharField(**{**options, "max_length": longest, "widget": widget, **more})


class SystemForm(RecordForm):
    """Everything a person may say about an AI system; states and stages change by steps."""

    name = _text("name")
    purpose = _text("purpose", 3)
    intended_use = _text("intended_use", 3)
    misuse = _text("misuse", 2)
    outputs = _text("outputs", 2)
    unit = _text("unit")
    topic = _text("topic")
    owner = forms.ModelChoiceField(
        Person.objects.none(), label=_("Owner"), required=False, empty_label=_("No one yet"), help_text=HINTS["owner"]
    )
    roles = forms.MultipleChoiceField(
        label=_("Our roles"), required=False, widget=Boxes(),
        help_text=_("What you are towards this system. Several may hold. (4.1)"),
    )  # fmt: skip
    development = forms.ChoiceField(label=_("Developed"), choices=AISystem.DEVELOPMENT, initial="unknown")
    supplier = _text("supplier")
    model_name = _text("model_name")
    datasets = _text("datasets", 3)
    personal_data = forms.ChoiceField(
        label=_("Personal data"), choices=AISystem.ANSWERS, initial="unknown", widget=Segments(apart=("unknown",))
    )
    affected = _text("affected", 2)
    autonomy = _text("autonomy", 2)
    oversight = _text("oversight", 2)
    jurisdictions = _text("jurisdictions")
    environment = _text("environment", 2)
    ai_act_class = forms.MultipleChoiceField(
        label=_("EU AI Act classes"), required=False, widget=Boxes(), help_text=HINTS["ai_act_class"]
    )
    go_live = DayField(label=_("Go-live"), required=False, help_text=HINTS["go_live"])
    next_review = DayField(label=_("Next review"), required=False, help_text=HINTS["next_review"])
    notes = _text("notes", 3)

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        for name in ("roles", "ai_act_class"):
            self.fields[name].choices = list(names_of(name).items())  # type: ignore[attr-defined]

    def clean_ai_act_class(self) -> str:
        """Codes as they are stored."""
        return " ".join(self.cleaned_data["ai_act_class"])

    @property
    def values(self) -> dict[str, Any]:
        """The fields for a service."""
        return {name: value for name, value in self.cleaned_data.items() if name in EDITABLE}


class NewSystemForm(SystemForm):
    """A new system also says where it stands already."""

    stage = forms.ChoiceField(
        label=_("Life-cycle stage"), choices=[pair for pair in AISystem.STAGES if pair[0] != "RET"], initial="INC",
        help_text=_("Where it stands today. Later it moves by dated steps."),
    )  # fmt: skip


def initial_of(system: AISystem) -> dict[str, Any]:
    """What the form shows of a stored system."""
    values = {name: getattr(system, name) for name in EDITABLE}
    return {**values, "owner": system.owner_id, "ai_act_class": system.ai_act_classes}


class StepForm(RecordForm):
    """Date and reason of a step."""

    date = DayField(label=_("When it happened"), required=False, help_text=_("Today if you leave it blank."))
    reason = forms.CharField(label=_("Reason"), required=False, max_length=4000, widget=Prose(3))

    def __init__(self, *args: Any, dated: bool, reasoned: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not dated:
            del self.fields["date"]
        self.fields["reason"].required = reasoned
        if reasoned:
            self.fields["reason"].error_messages["required"] = _("Say why")


class GiveBackForm(RecordForm):
    """Which fields the source may write again."""

    fields_taken = forms.MultipleChoiceField(label=_("Fields"), widget=Boxes())

    def __init__(self, *args: Any, taken: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fields_taken"].choices = taken  # type: ignore[attr-defined]


class GroupForm(RecordForm):
    """Name and words of an assessment group."""

    name = forms.CharField(label=_("Name"), max_length=200)
    purpose = forms.CharField(
        label=_("What its AI systems share"), max_length=4000, required=False, widget=Prose(4),
        help_text=_("For example one product used by many units: assessed once, for all of them."),
    )  # fmt: skip


class SystemGroupForm(RecordForm):
    """The assessment group of one system."""

    group = forms.ModelChoiceField(
        AssessmentGroup.objects.none(), label=_("Assessment group"), required=False, empty_label=_("In no group")
    )

    def __init__(self, *args: Any, groups: QuerySet[AssessmentGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = groups  # type: ignore[attr-defined]


class IntakeLinkForm(PageForm):
    """What an intake link is called and until when it works."""

    name = forms.CharField(
        label=_("Name"), max_length=120,
        help_text=_("Where you publish it, for example Intranet. The history names it as the one who reported."),
    )  # fmt: skip
    until = DayField(label=_("Until, that day included"), help_text=_("At most a year from today."))


class RenewLinkForm(RecordForm):
    """Until when a renewed link works."""

    until = DayField(label=_("Until, that day included"), help_text=_("At most a year from today."))


class IntakeForm(PageForm):
    """What somebody without an account tells of an AI use."""

    name = forms.CharField(
        label=_("What is it?"), max_length=400, help_text=_("The name of the tool, or what it does in a few words."),
        error_messages={"required": _("Say what it is called or what it does.")},
    )  # fmt: skip
    purpose = forms.CharField(label=_("What is it used for?"), max_length=4000, required=False, widget=Prose(4))
    unit = forms.CharField(label=_("Who uses it?"), max_length=300, required=False, help_text=_("Team or unit."))
    supplier = forms.CharField(
        label=_("Who supplies it?"), max_length=300, required=False, help_text=_("Leave it blank if you do not know.")
    )
    personal_data = forms.ChoiceField(
        label=_("Does it work with data about people?"), choices=AISystem.ANSWERS, initial="unknown",
        widget=Segments(),
    )  # fmt: skip
    affected = forms.CharField(
        label=_("Whose data, or who is affected?"), max_length=2000, required=False, widget=Prose(2)
    )
    contact = forms.CharField(
        label=_("Who are you, and how can we reach you?"), max_length=200, required=False,
        help_text=_("Only if you like. Those who decide about it see it, nobody else."),
    )  # fmt: skip
