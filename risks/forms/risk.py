"""The risk form: one page, five sections; every field may stay empty in a draft except the title."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.catalogue import lifecycle
from aims.models import AISystem
from controls.models import Control
from controls.words import title_of
from core.models import Person
from core.pages.fields import Boxes, DayField, Prose, RatingField, Segments
from core.pages.forms import RecordForm
from risks import methodology
from risks.models import DIMENSIONS, Action, Risk
from risks.services.actions import Planned

FEW = 40
"""Up to so many systems are boxes to tick; more are named by reference."""
BLANK_ACTIONS = 2
REDUCE = "reduce"
SHORT_OPTIONS = [
    (REDUCE, _("Reduce")),
    ("avoid", _("Avoid")),
    ("share", _("Share")),
    ("retain", _("Accept as it is")),
    ("pursue", _("Pursue")),
]
WAYS = [
    ("change_likelihood", _("by making it less likely")),
    ("change_consequence", _("by making it less harmful")),
    ("remove_source", _("by removing its source")),
]
REDUCING = {code for code, _label in WAYS}


@dataclass(frozen=True)
class Surroundings:
    """What the form chooses from: read once a request."""

    method: Mapping[str, Any]
    systems: Sequence[AISystem]
    controls: Sequence[Control]
    people: Sequence[Person]
    actions: Sequence[Action] = ()


class SystemRefs(forms.CharField):
    """Systems by reference, where there are too many to list: "SYS-4, SYS-17"."""

    def __init__(self, systems: Sequence[AISystem], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = {system.ref: str(system.pk) for system in systems}

    def prepare_value(self, value: Any) -> Any:
        """Show stored ids as references."""
        if isinstance(value, list | tuple):
            refs = {pk: ref for ref, pk in self.known.items()}
            return ", ".join(refs.get(str(pk), str(pk)) for pk in value)
        return value

    def clean(self, value: Any) -> list[str]:
        """Return ids; raises ValidationError naming what is not a reference of this inventory."""
        wanted = [part.strip().upper() for part in (value or "").replace(";", ",").split(",") if part.strip()]
        unknown = [ref for ref in wanted if ref not in self.known]
        if unknown:
            raise ValidationError(gettext("There is no AI system %(refs)s here") % {"refs": ", ".join(unknown)})
        return [self.known[ref] for ref in wanted]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare references."""
        return super().has_changed(self.prepare_value(initial), data)


class RiskForm(RecordForm):
    """Everything a person says about a risk."""

    starred = ("title", "systems", "owner", "before_likelihood", "rationale")
    title = forms.CharField(label=_("Title"), max_length=300, required=False)
    cause = forms.CharField(
        label=_("Because"), help_text=_("The cause"), required=False, max_length=4000, widget=Prose(2)
    )
    event = forms.CharField(
        label=_("it may happen that"), help_text=_("The event"), required=False, max_length=4000, widget=Prose(2)
    )
    consequence = forms.CharField(
        label=_("Leading to"), help_text=_("The consequence"), required=False, max_length=4000, widget=Prose(2)
    )
    whole_system = forms.BooleanField(label=_("The whole management system"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Risk.KINDS, initial="threat")
    affected = forms.CharField(label=_("Who is affected"), required=False, max_length=1000)
    not_estimable_reason = forms.CharField(
        label=_("Why it cannot be estimated"),
        help_text=_("No history, new technology, intentional acts: what is missing"),
        required=False,
        max_length=4000,
        widget=Prose(2),
    )
    rationale = forms.CharField(
        label=_("Why"),
        help_text=_("What you know, not what you fear; name your source"),
        required=False,
        max_length=4000,
        widget=Prose(2),
    )
    confidence = forms.ChoiceField(
        label=_("Confidence"), required=False, choices=[("", _("Not said")), *Risk.CONFIDENCE]
    )
    assessed_on = DayField(label=_("Assessed on"), required=False, help_text=_("Today, if left empty"))
    assessed_with = forms.CharField(
        label=_("Together with"), required=False, max_length=300, help_text=_("People or panels asked")
    )
    trigger = forms.ChoiceField(label=_("Trigger"), required=False, choices=[("", _("Not said")), *Risk.TRIGGERS])
    today_reason = forms.CharField(
        label=_("Why today is higher than before controls"), required=False, max_length=4000, widget=Prose(2)
    )
    today_follows = forms.CharField(required=False, widget=forms.HiddenInput)
    option = forms.ChoiceField(label=_("Option"), required=False, choices=SHORT_OPTIONS, widget=Segments())
    way = forms.ChoiceField(label=_("Reduce it"), required=False, choices=WAYS, initial="change_likelihood")
    option_reason = forms.CharField(label=_("Reason"), required=False, max_length=4000, widget=Prose(2))
    target_date = DayField(label=_("Target by"), required=False, help_text=_("For example 31 March 2027"))
    next_review = DayField(label=_("Next review"), required=False)
    note = forms.CharField(
        label=_("Note"), help_text=_("For the next person who opens this"), required=False, max_length=4000
    )
    catalogue_code = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, around: Surroundings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.around = around
        self._choose_links()
        for when in ("before", "today"):
            self.fields[f"{when}_likelihood"] = _likelihood(around.method)
            for dimension in around.method["dimensions"]:
                self.fields[f"{when}_{dimension['code']}"] = _consequence(around.method, dimension)
        self.fields["target_likelihood"] = _likelihood(around.method, says=False)
        self.fields["target_consequence"] = _highest(around.method)
        self.action_count = len(around.actions) + BLANK_ACTIONS
        for number in range(1, self.action_count + 1):
            self._add_action(number)
        self.order_fields(self._page_order())

    def _page_order(self) -> list[str]:
        """Return the fields as they stand on the page, so that errors are listed in that order."""
        parts = [dimension["code"] for dimension in self.around.method["dimensions"]]
        rows = range(1, self.action_count + 1)
        plan = [f"action_{number}_{part}" for number in rows for part in ("what", "owner", "due", "control", "effect")]
        return [
            "title", "cause", "event", "consequence", "systems", "whole_system", "owner", "kind", "stage", "objective",
            "source", "affected", "before_likelihood", "not_estimable_reason", *(f"before_{part}" for part in parts),
            "rationale", "confidence", "assessed_on", "assessed_with", "trigger", "controls", "today_likelihood",
            *(f"today_{part}" for part in parts), "today_reason", "option", "way", "option_reason", *plan,
            "target_likelihood", "target_consequence", "target_date", "next_review", "note",
        ]  # fmt: skip

    def _choose_links(self) -> None:
        around = self.around
        named = [(str(one.pk), f"{one.ref} {one.name}") for one in around.systems]
        if len(named) <= FEW:
            self.fields["systems"] = forms.MultipleChoiceField(
                label=_("AI systems"), required=False, choices=named, widget=Boxes(tall=len(named) > 4)
            )
        else:
            self.fields["systems"] = SystemRefs(
                around.systems, label=_("AI systems"), required=False, help_text=_("References, such as SYS-4, SYS-17")
            )
        given = self.data.getlist("controls") if self.is_bound else self.initial.get("controls") or ()
        chosen = {str(pk) for pk in given}
        self.fields["controls"] = forms.MultipleChoiceField(
            label=_("Controls relied on"),
            required=False,
            choices=[
                (str(one.pk), f"{one.code} {title_of(one.code, one.title)} · {one.get_status_display()}")
                for one in sorted(around.controls, key=lambda one: str(one.pk) not in chosen)
            ],
            widget=Boxes(tall=True),
        )
        self.fields["owner"] = _person(around.people, _("Owner"))
        self.fields["stage"] = forms.ChoiceField(
            label=_("Life-cycle stage"), required=False, choices=[("", _("Any")), *AISystem.STAGES]
        )
        cycle = lifecycle()
        for name, label, rows in (
            ("objective", _("Objective at stake"), cycle.objectives),
            ("source", _("Risk source"), cycle.sources),
        ):
            choices = [("", _("Not said")), *((one.code, str(one.name)) for one in rows)]
            self.fields[name] = forms.ChoiceField(label=label, required=False, choices=choices)

    def _add_action(self, number: int) -> None:
        at = {"number": number}
        name = f"action_{number}"
        self.fields[f"{name}_pk"] = forms.UUIDField(required=False, widget=forms.HiddenInput)
        self.fields[f"{name}_version"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
        self.fields[f"{name}_what"] = forms.CharField(
            label=_("Action %(number)d") % at, required=False, max_length=400, help_text=_("What is done")
        )
        self.fields[f"{name}_owner"] = _person(self.around.people, _("Who carries out action %(number)d") % at)
        self.fields[f"{name}_due"] = DayField(label=_("Action %(number)d is due") % at, required=False)
        self.fields[f"{name}_control"] = forms.ChoiceField(
            label=_("Control it builds"),
            required=False,
            choices=[
                ("", _("None")),
                *((str(one.pk), f"{one.code} {title_of(one.code, one.title)}") for one in self.around.controls),
            ],
        )
        self.fields[f"{name}_effect"] = forms.CharField(label=_("Expected effect"), required=False, max_length=400)
        self.fields[f"{name}_gone"] = forms.BooleanField(
            label=_("Take action %(number)d out of the plan") % at, required=False
        )

    # For the template -----------------------------------------------------------------------------------------------

    def consequences(self, when: str) -> list[Any]:
        """Return the bound rating fields of "before" or "today"."""
        return [self[f"{when}_{dimension['code']}"] for dimension in self.around.method["dimensions"]]

    @property
    def before_grid(self) -> list[Any]:
        """Return the grid of section 2."""
        return self.consequences("before")

    @property
    def today_grid(self) -> list[Any]:
        """Return the grid of section 3."""
        return self.consequences("today")

    @property
    def action_rows(self) -> list[dict[str, Any]]:
        """Return the action fields, a row each."""
        parts = ("pk", "version", "what", "owner", "due", "control", "effect", "gone")
        return [
            {
                "number": number,
                "known": number <= len(self.around.actions),
                **{part: self[f"action_{number}_{part}"] for part in parts},
            }
            for number in range(1, self.action_count + 1)
        ]

    # For the service ------------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Let today follow before while nobody rated it apart."""
        data = super().clean() or self.cleaned_data
        if data.get("today_follows") == "yes" and self._only_before_changed(data):
            data["today_likelihood"] = data.get("before_likelihood")
            for code in DIMENSIONS:
                data[f"today_{code}"] = data.get(f"before_{code}")
        return data

    def _only_before_changed(self, data: Mapping[str, Any]) -> bool:
        """Whether today still is what the form was opened with."""
        names = ["today_likelihood", *(f"today_{code}" for code in DIMENSIONS)]
        return all(data.get(name) == self.get_initial_for_field(self.fields[name], name) for name in names)

    def risk_fields(self) -> dict[str, Any]:
        """Return what the services take."""
        data = self.cleaned_data
        same = (
            "title", "cause", "event", "consequence", "whole_system", "kind", "affected", "not_estimable_reason",
            "rationale", "confidence", "assessed_on", "assessed_with", "trigger", "today_reason", "option_reason",
            "target_date", "next_review", "note", "systems", "controls", "stage", "objective", "source",
            "before_likelihood", "today_likelihood", "target_likelihood", "catalogue_code",
        )  # fmt: skip
        fields = {name: data.get(name) for name in same}
        fields["owner"] = data.get("owner") or None
        for when in ("before", "today"):
            rated = {code: data.get(f"{when}_{code}") for code in DIMENSIONS}
            fields[f"{when}_consequences"] = {code: value for code, value in rated.items() if value is not None}
        fields["target_consequences"] = self._target(fields["today_consequences"])
        option = data.get("option") or ""
        fields["option"] = (data.get("way") or "change_likelihood") if option == REDUCE else option
        return fields

    def _target(self, today: dict[str, int]) -> dict[str, int]:
        """The page asks for the highest alone: untouched, the parties keep what is stored for each."""
        names, has = ("target_consequence", *(f"today_{code}" for code in DIMENSIONS)), self.initial
        if has.get("target_consequences") and all(has.get(name) == self.cleaned_data.get(name) for name in names):
            return has["target_consequences"]
        return at_most(today, self.cleaned_data.get("target_consequence"))

    def planned(self) -> list[Planned]:
        """Return the actions as typed."""
        data, found = self.cleaned_data, []
        for number in range(1, self.action_count + 1):
            at = f"action_{number}_"
            found.append(
                Planned(
                    what=data.get(f"{at}what") or "",
                    control=data.get(f"{at}control") or None,
                    owner=data.get(f"{at}owner") or None,
                    due=data.get(f"{at}due"),
                    expected_effect=data.get(f"{at}effect") or "",
                    pk=data.get(f"{at}pk"),
                    version=(data.get(f"{at}version") or 0) if data.get(f"{at}pk") else None,
                    gone=bool(data.get(f"{at}gone")),
                )
            )
        return found

    def require_plan(self) -> None:
        """Add the errors of actions without a person or a day, which only marking as assessed asks for."""
        for number, action in enumerate(self.planned(), start=1):
            if action.gone or not action.what:
                continue
            if not action.owner:
                self.add_error(f"action_{number}_owner", gettext("Choose who carries out action %(n)d") % {"n": number})
            if not action.due and f"action_{number}_due" not in self.errors:
                says = gettext("Give action %(n)d a due date, for example 31 March 2027") % {"n": number}
                self.add_error(f"action_{number}_due", says)


def initial_of(risk: Risk, around: Surroundings) -> dict[str, Any]:
    """Return the form's values of a stored risk and its open actions."""
    same = (
        "title", "cause", "event", "consequence", "whole_system", "kind", "affected", "not_estimable_reason",
        "rationale", "confidence", "assessed_on", "assessed_with", "trigger", "today_reason", "option_reason",
        "target_date", "next_review", "note", "stage", "objective", "source", "before_likelihood", "today_likelihood",
        "target_likelihood", "target_consequence", "target_consequences", "catalogue_code",
    )  # fmt: skip
    found = {name: getattr(risk, name) for name in same}
    found["owner"] = str(risk.owner_id or "")
    if risk.version:
        found["systems"] = [str(pk) for pk in risk.systems.values_list("pk", flat=True)]
        found["controls"] = [str(pk) for pk in risk.controls.values_list("pk", flat=True)]
    found["option"] = REDUCE if risk.option in REDUCING else risk.option
    found["way"] = risk.option if risk.option in REDUCING else "change_likelihood"
    for when in ("before", "today"):
        for code in DIMENSIONS:
            found[f"{when}_{code}"] = risk.consequences(when).get(code)
    same_ratings = (risk.today_likelihood, risk.today_consequences) == (
        risk.before_likelihood,
        risk.before_consequences,
    )
    found["today_follows"] = "yes" if same_ratings and risk.state == Risk.DRAFT else ""
    for number, action in enumerate(around.actions, start=1):
        at = f"action_{number}_"
        found |= {
            f"{at}pk": str(action.pk),
            f"{at}version": action.version,
            f"{at}what": action.what,
            f"{at}owner": str(action.owner_id or ""),
            f"{at}due": action.due,
            f"{at}control": str(action.control_id or ""),
            f"{at}effect": action.expected_effect,
        }
    return found


def at_most(consequences: Mapping[str, int], highest: int | None) -> dict[str, int]:
    """Today's consequences as the target has them: the highest party at ``highest``, no party above it."""
    if highest is None:
        return {}
    worst = methodology.worst(consequences)
    if worst is None:
        return {"organisation": highest}
    return {code: highest if value == worst else min(value, highest) for code, value in consequences.items()}


def _likelihood(method: Mapping[str, Any], *, says: bool = True) -> forms.TypedChoiceField:
    steps = method["likelihood"]
    words = {str(step["value"]): methodology.say(step["name"]) for step in steps}
    described = {
        str(step["value"]): f"{step['value'] or '?'} {methodology.say(step['name'])}. "
        + methodology.say(step["description"])
        for step in steps
    }
    return forms.TypedChoiceField(
        label=_("Likelihood"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(str(step["value"]), str(step["value"] or "?")) for step in steps],
        widget=Segments(words, apart=("0",), says=described if says else None),
    )


def _consequence(method: Mapping[str, Any], dimension: Mapping[str, Any]) -> RatingField:
    described = {
        value: f"{value} {methodology.consequence_name(method, int(value))}. {methodology.say(text)}"
        for value, text in dimension["descriptions"].items()
    }
    return RatingField(label=methodology.say(dimension["name"]), says=described)


def _highest(method: Mapping[str, Any]) -> forms.TypedChoiceField:
    steps = method["consequence"]
    return forms.TypedChoiceField(
        label=_("Consequence, highest"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(str(step["value"]), str(step["value"])) for step in steps],
        widget=Segments({str(step["value"]): methodology.say(step["name"]) for step in steps}),
    )


def _person(people: Iterable[Person], label: Any) -> forms.ChoiceField:
    choices = [("", _("Choose a person")), *((str(one.pk), one.name) for one in people)]
    return forms.ChoiceField(label=label, required=False, choices=choices)
