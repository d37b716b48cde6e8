"""Shapes of what people type about services and bring in."""

from typing import Any, Self

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apis.kinds import ENVIRONMENTS, EXPOSURES
from core.pages.fields import Boxes, Prose
from core.pages.forms import PageForm, RecordForm

UNSAID = [("", _("Not known"))]


class ManyFiles(forms.FileInput):
    """A control that takes several files, also dropped onto it."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All files, not the last."""
        return files.getlist(name) if hasattr(files, "getlist") else list(filter(None, [files.get(name)]))


class Files(forms.FileField):
    """Several files; cleaned to a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each of them."""
        return [super(Files, self).clean(one, initial) for one in data or [None]]


class BringForm(PageForm):
    """Logs, recordings or descriptions."""

    file = Files(
        label=_("Files"),
        help_text=_(
            "Access logs of Apache, nginx, Envoy, Traefik, Caddy, Kong, AWS, Cloudflare or LiteLLM, recordings (HAR), "
            "OpenAPI descriptions (JSON, YAML); also packed (gzip, zstd). At most 512 MB. Several can be chosen or "
            "dropped here. The same file again changes nothing; a log that has grown since, or is packed otherwise, "
            "counts with what is new in it alone."
        ),
        error_messages={"required": _("Choose a file"), "empty": _("This file is empty")},
    )
    host = forms.CharField(
        label=_("Host"), required=False, max_length=255,
        help_text=_("For logs that name none, such as those of nginx. For example api.example.org"),
    )  # fmt: skip
    systems = forms.MultipleChoiceField(
        label=_("AI systems it serves"), required=False, widget=Boxes, help_text=_("Can be said later, too.")
    )

    fields_of = forms.ChoiceField(
        label=_("Field map"),
        required=False,
        help_text=_("For lines of your own; other formats are told by themselves."),
    )

    def __init__(self, *args: Any, systems: Any = (), maps: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: list = [("", _("None")), *((str(one.pk), f"{one.ref} {one.name}") for one in maps)]
        self.fields["fields_of"].choices = chosen  # type: ignore[attr-defined]
        if not maps:
            del self.fields["fields_of"]
        self.fields["systems"].choices = [(str(one.pk), f"{one.ref} {one.name}") for one in systems]  # type: ignore[attr-defined]
        if not systems:
            del self.fields["systems"]


class RetentionForm(RecordForm):
    """How long traffic is kept."""

    detail_days = forms.IntegerField(
        label=_("Days by hour and caller"), min_value=7, max_value=3660,
        help_text=_("Then by day and endpoint, without callers. Posture looks back 7 days."),
    )  # fmt: skip
    daily_months = forms.IntegerField(
        label=_("Months by day"), min_value=1, max_value=1200, help_text=_("Then by month and endpoint.")
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)


class ServiceForm(RecordForm):
    """What a person may say about a service."""

    name = forms.CharField(label=_("Name"), max_length=300)
    owner = forms.ChoiceField(label=_("Owner"), required=False, help_text=_("Answers for it, and may change it."))
    systems = forms.MultipleChoiceField(label=_("AI systems it serves"), required=False, widget=Boxes)
    environment = forms.ChoiceField(label=_("Environment"), required=False, choices=[*UNSAID, *ENVIRONMENTS.items()])
    exposure = forms.ChoiceField(label=_("Exposure"), required=False, choices=[*UNSAID, *EXPOSURES.items()])
    notes = forms.CharField(label=_("Notes"), required=False, max_length=20_000, widget=Prose(3))

    def __init__(self, *args: Any, people: Any = (), systems: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nobody = [("", _("No owner"))]
        self.fields["owner"].choices = [*nobody, *((str(one.pk), one.name) for one in people)]  # type: ignore[attr-defined]
        self.fields["systems"].choices = [(str(one.pk), f"{one.ref} {one.name}") for one in systems]  # type: ignore[attr-defined]


class PathForm(RecordForm):
    """The path of an endpoint, and the path whose effect was shown."""

    template = forms.CharField(
        label=_("Path"), max_length=2000,
        help_text=_(
            "Parts that vary stand in braces. A path that covers other endpoints makes them one; a path that is part "
            "of this one is taken out of it."
        ),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)
    shown = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def showing(self, template: str) -> Self:
        """The form with a path whose effect is shown."""
        self.data = self.data.copy()
        self.data["template"] = self.data["shown"] = template
        return self


class FieldMapForm(RecordForm):
    """A field map: a line for each field, with the dotted paths where it may stand."""

    name = forms.CharField(label=_("Name"), max_length=100)
    fields_text = forms.CharField(
        label=_("Fields"), max_length=10_000, widget=Prose(10),
        help_text=_(
            "A line for each: field = where it stands, with dots for objects in objects; several places, the first "
            "that is there counts. For example: method = req.verb"
        ),
    )  # fmt: skip

    def clean_fields_text(self) -> dict[str, str]:
        """Field → places."""
        found: dict[str, str] = {}
        for number, line in enumerate(self.cleaned_data["fields_text"].splitlines(), start=1):
            name, equals, places = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not (equals and name and places):
                raise forms.ValidationError(gettext("Line %(n)d is not: field = place") % {"n": number})
            found[name] = places
        return found
