"""Pages of the reports: what there is, ask for one, watch it being made, take it away."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, when
from core.pages.fields import Boxes
from core.pages.forms import PageForm
from core.pages.views import FormPage, MemberView
from core.queries.rest import jobs_of
from reports.definitions import DEFINITIONS, definition_of
from reports.files import attachment
from reports.issuing import KIND, ask_for_report, file_of
from reports.models import IssuedReport


class ReportsPage(MemberView):
    """What can be asked for, what is being made, what was issued."""

    permission = "reports.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Definitions above, work in the middle, issued reports below, newest first."""
        making = jobs_of(self.actor).filter(kind=KIND, state__in=("waiting", "working")).order_by("-requested_at")
        failed = jobs_of(self.actor).filter(
            kind=KIND, state="failed", finished_at__gte=clock.now() - datetime.timedelta(days=1)
        )
        issued = IssuedReport.objects.of(self.scope).select_related("asked_by").order_by("-created_at")
        return self.render(
            "reports/reports.html", definitions=list(DEFINITIONS.values()), making=making[:20],
            failed=failed.order_by("-requested_at")[:5], page=self.page_of(issued),
        )  # fmt: skip


class AskForm(PageForm):
    """Formats, moment, language, paper."""

    formats = forms.MultipleChoiceField(label=gettext_lazy("Formats"), widget=Boxes)
    as_of = forms.CharField(
        label=gettext_lazy("As it was on"),
        required=False,
        help_text=gettext_lazy("Leave empty for now. A date means its end; 2026-03-31T14:00 means that minute."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[("en", "English"), ("de", "Deutsch")])
    paper = forms.ChoiceField(label=gettext_lazy("Paper"), choices=[("A4", "A4"), ("Letter", "Letter")])

    def __init__(self, *args: Any, formats: tuple[str, ...] = (), zone: Any = None, **options: Any):
        super().__init__(*args, **options)
        self.zone = zone
        chosen: Any = self.fields["formats"]
        chosen.choices = [(name, name.upper()) for name in formats]

    def clean_as_of(self) -> datetime.datetime | None:
        """The moment, or None for now."""
        text = self.cleaned_data["as_of"].strip()
        if not text:
            return None
        moment = when.parse_moment(text, self.zone)
        if moment is None:
            raise ValidationError(_("Enter a date such as 31 March 2026, or 2026-03-31T14:00."))
        return min(moment, clock.now()) if moment - clock.now() < datetime.timedelta(days=1) else moment


class AskPage(FormPage):
    """Ask for a report."""

    permission = "reports.ask"
    form_class = AskForm
    autosave = False
    template = "reports/ask.html"

    def form_options(self) -> dict[str, Any]:
        """All formats, the management system's language and paper."""
        definition, profile = definition_of(self.kwargs["kind"]), self.scope.profile
        initial = {"formats": list(definition.formats), "language": profile.language, "paper": profile.paper}
        return {"initial": initial, "formats": definition.formats, "zone": self.scope.zone}

    def page_context(self, form: Any) -> dict[str, Any]:
        """The definition above the form."""
        definition = definition_of(self.kwargs["kind"])
        back = reverse("reports", args=[self.management_system.slug])
        return {"definition": definition, "title": definition.title, "button": _("Make it"), "back": back}

    def save(self, form: Any) -> str:
        """Enqueue and go to the job."""
        job = ask_for_report(actor=self.actor, kind=self.kwargs["kind"], **form.cleaned_data)
        return reverse("report_making", args=[self.management_system.slug, job.pk])


class MakingPage(MemberView):
    """A report being made; leads to it when it is ready."""

    permission = "reports.read"

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Progress, or where to take it."""
        job = get_object_or_404(jobs_of(self.actor).filter(kind=KIND), pk=pk)
        ref = job.result.get("report")
        if job.state == "ready" and ref and not request.headers.get("HX-Request"):
            return self.done(reverse("report", args=[self.management_system.slug, ref]))
        address = request.get_full_path()
        fragment = "#progress" if request.headers.get("HX-Request") else ""
        response = self.render(f"reports/making.html{fragment}", job=job, address=address)
        if job.state == "ready" and ref:
            response["HX-Redirect"] = reverse("report", args=[self.management_system.slug, ref])
        return response


class ReportPage(MemberView):
    """One issued report: what it shows, its fingerprint, its files."""

    permission = "reports.read"

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """The record and its files."""
        report = get_object_or_404(IssuedReport.objects.of(self.scope).select_related("asked_by"), ref=ref)
        definition = DEFINITIONS.get(report.kind)
        return self.render("reports/report.html", report=report, definition=definition)


class ReportFile(MemberView):
    """The bytes of one format, authorised each time."""

    permission = "reports.read"

    def get(self, request: HttpRequest, ref: str, wanted: str) -> StreamingHttpResponse:
        """An attachment that no browser runs."""
        report = get_object_or_404(IssuedReport.objects.visible_to(self.actor), ref=ref)
        if wanted not in {file["format"] for file in report.files}:
            raise Http404
        name = next(file["name"] for file in report.files if file["format"] == wanted)
        return attachment(file_of(report, wanted), name)
