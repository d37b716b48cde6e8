"""Pages of detectors: the eight as they are set here, their thresholds, how well they were measured."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apis import services
from apis.forms.threats import DetectorForm
from apis.models import DetectorChoice
from apis.queries_of_threats import Standing, detectors, references
from apis.threats import DETECTORS
from apis.views.posture import PostureView
from apis.views.threats import tabs
from core import policy
from core.pages.views import ConfirmPage, FormPage


class DetectorsPage(PostureView):
    """The eight detectors."""

    template = "apis/detectors.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show them."""
        found = detectors(self.scope)
        return self.render(
            tabs=tabs(self.management_system.slug, "detectors"),
            detectors=[(one, references(one.code)) for one in found],
            may_change=not self.scope.past and policy.allows(self.actor, "apis.change_detectors"),
        )


class DetectorView(PostureView):
    """A page about one detector."""

    permission = "apis.change_detectors"

    def standing(self) -> Standing:
        """Return the detector of the address. Raises Http404."""
        if self.kwargs["code"] not in DETECTORS:
            raise Http404
        return next(one for one in detectors(self.scope) if one.code == self.kwargs["code"])

    def back(self) -> str:
        """Return to the detectors."""
        return self.url("detectors")


class EditDetector(DetectorView, FormPage):
    """Thresholds, and whether it is used."""

    form_class = DetectorForm
    template = "apis/detector.html"
    autosave = False

    def record(self) -> DetectorChoice:
        """Return what was chosen; before the first choice one of version 0."""
        return self.standing().choice or DetectorChoice(detector=self.kwargs["code"])

    def form_options(self) -> dict[str, Any]:
        """Return what is set."""
        found = self.standing()
        values = {one.code: float(one.value) for one in found.limits}
        whole = {code: int(value) if value == int(value) else value for code, value in values.items()}
        return {
            "code": found.code, "limits": found.limits, "initial": {**whole, "on": found.on, "reason": found.reason},
            "version": found.choice.version if found.choice else 0,
        }  # fmt: skip

    def page_context(self, form: Any) -> dict[str, Any]:
        """Return the words and the history."""
        found = self.standing()
        return {
            "title": found.detector.label, "button": _("Save"), "back": self.back(), "detector": found,
            "refs": references(found.code), "changes": self.history(found.choice) if found.choice else [],
        }  # fmt: skip

    def save(self, form: DetectorForm) -> str:
        """Set them."""
        data = form.cleaned_data
        services.choose_detector(
            actor=self.actor, code=self.kwargs["code"], on=data["on"], reason=data["reason"],
            thresholds={name: data[name] for name in form.thresholds}, expected_version=form.expected_version,
        )  # fmt: skip
        return self.back()


class ResetDetector(DetectorView, ConfirmPage):
    """Set a detector as it comes."""

    def question(self) -> str:
        """Ask."""
        return _("Set %(name)s as it comes?") % {"name": self.standing().detector.label}

    def consequences(self) -> list[str]:
        """What follows."""
        return [_("Its thresholds are those it comes with, and it is in use.")]

    def act(self) -> str:
        """Reset it."""
        services.choose_detector(actor=self.actor, code=self.standing().code)
        return self.back()
