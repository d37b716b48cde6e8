"""How long traffic is kept, and what is kept now."""

from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _

from apis import services
from apis.forms.inventory import RetentionForm
from apis.queries import kept
from apis.services import retention_of
from core.pages.views import FormPage


class RetentionPage(FormPage):
    """Choose how long traffic is kept by hour and consumer, and by day."""

    form_class = RetentionForm
    permission, below = "apis.choose_retention", "api_artefacts"
    autosave = False
    template = "apis/retention.html"

    def record(self) -> Any:
        """What was chosen; None for the defaults."""
        found = retention_of(self.management_system.pk)
        return found if found.version else None

    def form_options(self) -> dict[str, Any]:
        """What holds now."""
        found = retention_of(self.management_system.pk)
        initial = {"detail_days": found.detail_days, "daily_months": found.daily_months}
        return {"initial": initial, "version": found.version or None}

    def page_context(self, form: RetentionForm) -> dict[str, Any]:
        """Title, way back, what is kept now."""
        slug = self.management_system.slug
        return {
            "title": _("How long traffic is kept"), "back": reverse("api_artefacts", kwargs={"slug": slug}),
            "kept": kept(self.scope),
        }  # fmt: skip

    def save(self, form: RetentionForm) -> str:
        """Write it."""
        said = {name: form.cleaned_data[name] for name in ("detail_days", "daily_months", "reason")}
        try:
            services.choose_retention(actor=self.actor, expected_version=form.expected_version, **said)
        except ValidationError as error:
            raise ValidationError(error.message_dict) from error
        return reverse("api_artefacts", kwargs={"slug": self.management_system.slug})
