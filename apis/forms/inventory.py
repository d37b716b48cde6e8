"""Shapes of what people type about services and bring in."""

from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from apis.kinds import ENVIRONMENTS, EXPOSURES
from core.pages.fields import Boxes, Prose
from core.pages.forms import PageForm, RecordForm

UNSAID = [("", _("Not known"))]


class BringForm(PageForm):
    """A log, recording or description."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "Access logs of Apache, nginx, Envoy, Traefik, Caddy, Kong, AWS, Cloudflare or LiteLLM, recordings (HAR), "
            "OpenAPI descriptions (JSON, YAML); also packed (gzip, zstd). At most 512 MB."
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

    def __init__(self, *args: Any, systems: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["systems"].choices = [(str(one.pk), f"{one.ref} {one.name}") for one in systems]  # type: ignore[attr-defined]
        if not systems:
            del self.fields["systems"]


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
