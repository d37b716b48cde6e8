"""Pages of posture: by rule and service, one service with its score, findings, exemptions, SARIF."""

from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apis import services
from apis.effects import THIS, Accepting
from apis.findings import SEVERITIES, Exemption, Finding, RuleChoice
from apis.forms.posture import AcceptForm, FindingForm, ReopenForm, ReviewForm
from apis.models import Service
from apis.posture.rules import UNITS
from apis.posture_registers import ExemptionRegister, FindingRegister, dress
from apis.queries_of_posture import groups, sarif_of, standings
from core import policy, workflow
from core.pages.comments import thread_of
from core.pages.fields import version_shown
from core.pages.registers import RegisterView
from core.pages.views import ConfirmPage, FormPage, MemberView
from core.queries.history import briefly, history_of
from core.wording import filled


def tabs(slug: str, current: str) -> list[tuple[Any, str, bool]]:
    """Return the tabs of posture: (label, address, is current)."""
    labels = {
        "posture": _("By rule"),
        "posture_findings": capfirst(_("findings")),
        "posture_exemptions": _("Exemptions"),
        "posture_rules": _("Rules"),
    }
    return [(label, reverse(name, kwargs={"slug": slug}), name == current) for name, label in labels.items()]


class PostureView(MemberView):
    """A page of posture."""

    permission = "apis.read"

    def url(self, name: str, **parts: Any) -> str:
        """Return the address of a page of this management system."""
        return reverse(name, kwargs={"slug": self.management_system.slug, **parts})

    def history(self, record: Any) -> list[Any]:
        """Return a record's history; the first entry says that it was added, not every field it was added with."""
        return briefly(history_of(self.scope, record, self.management_system.slug, limit=20))


class PosturePage(PostureView):
    """What is wrong, grouped by rule and service; how each service stands."""

    template = "apis/posture.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        found = standings(self.scope)
        return self.render(
            tabs=tabs(self.management_system.slug, "posture"),
            groups=groups(self.scope),
            standings=found,
            severities=[(code, label) for code, label in reversed(SEVERITIES)],
            judged=any(one.run for one in found),
            may_bring=not self.scope.past and policy.allows(self.actor, "apis.bring_in"),
        )


class ServicePosturePage(PostureView):
    """The posture of one service: the score with the rules behind it, and how it went."""

    template = "apis/service_posture.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        service = self.service()
        [standing] = standings(self.scope, [service])
        score = standing.score
        return self.render(
            service=service,
            standing=standing,
            score=score,
            parts=[part for part in score.parts if part.broken] if score else [],
            in_order=[part for part in score.parts if not part.broken] if score else [],
            runs=list(service.posture_runs.using(self.scope.alias).order_by("-at")[:20]),
            may_judge=not self.scope.past and policy.allows(self.actor, "apis.judge", service),
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Judge it now."""
        service = self.service()
        run = services.judge_again(actor=self.actor, service=service)
        told = _("Judged: %(new)d new, %(mended)d mended, %(reopened)d re-opened.")
        figures = {"new": run.new, "mended": run.mended, "reopened": run.reopened}
        return self.done(self.url("service_posture", ref=service.ref), filled(told, figures))

    def service(self) -> Service:
        """Return the service of the address. Raises Http404."""
        return found_or_404(Service.objects.of(self.scope).filter(ref=self.kwargs["ref"]))


def found_or_404(rows: Any) -> Any:
    """Return the only row. Raises Http404."""
    record = rows.first()
    if record is None:
        raise Http404
    return record


class FindingsPage(RegisterView):
    """The register of findings."""

    register = FindingRegister
    template = "apis/findings.html"

    def page_context(self) -> dict[str, Any]:
        """Return the tabs, and where the same rows are as SARIF."""
        sarif_url = reverse("posture_sarif", kwargs={"slug": self.management_system.slug})
        query = self.request.GET.urlencode()
        return {
            "tabs": tabs(self.management_system.slug, "posture_findings"),
            "sarif": f"{sarif_url}?{query}" if query else sarif_url,
        }


class SarifDownload(PostureView):
    """The findings that the register's address lists, as SARIF 2.1.0."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Hand it over."""
        filters = FindingRegister().filtered(self.scope, self.actor, request.GET)
        rows = filters.qs if filters.is_valid() else Finding.objects.of(self.scope).none()
        slug = self.management_system.slug

        def address(one: Finding) -> str:
            return request.build_absolute_uri(reverse("posture_finding", kwargs={"slug": slug, "ref": one.ref}))

        content = orjson.dumps(sarif_of(self.scope, rows, address), option=orjson.OPT_INDENT_2)
        answer = HttpResponse(content, content_type="application/sarif+json")
        answer["Content-Disposition"] = f'attachment; filename="{slug}-posture.sarif"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


class FindingView(PostureView):
    """A page about one finding."""

    @cached_property
    def finding(self) -> Finding:
        """Return the finding of the address. Raises Http404."""
        rows = Finding.objects.of(self.scope).select_related("service", "exemption", "accepted_by")
        found = found_or_404(rows.filter(ref=self.kwargs["ref"]))
        dress([found], self.scope)
        return found


class FindingPage(FindingView):
    """What is wrong, where, why it matters, how to mend it, what was decided."""

    template = "apis/finding.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        finding = self.finding
        rests = finding.state == Finding.RESTING
        others = Finding.objects.of(self.scope).filter(rule=finding.rule).exclude(pk=finding.pk)
        others = others.filter(state=Finding.RESTING) if rests else others.standing()
        writes = not self.scope.past
        return self.render(
            finding=finding,
            rule=finding.known,
            unit=UNITS.get(finding.known.unit, "") if finding.known else "",
            offered={offer.step.name: offer for offer in workflow.offers(finding, self.actor)} if writes else {},
            may_change=writes and policy.allows(self.actor, "apis.change_findings", finding),
            others=others.filter(service=finding.service).count(),
            elsewhere=others.exclude(service=finding.service).count(),
            rests=rests,
            choice=RuleChoice.objects.of(self.scope).filter(rule=finding.rule).first(),
            changes=self.history(finding),
            thread=thread_of(self, finding),
        )


class FindingFormPage(FindingView, FormPage):
    """A form about a finding."""

    autosave = False
    needs = "apis.change_findings"

    def record(self) -> Finding:
        """Return the finding; only those who may get the form."""
        policy.require(self.actor, self.needs, self.finding)
        return self.finding

    def form_options(self) -> dict[str, Any]:
        """Carry the version."""
        return {"version": self.record_or_none().version}

    def words(self, finding: Finding) -> tuple[str, str]:
        """Return title and button."""
        raise NotImplementedError

    def page_context(self, form: Any) -> dict[str, Any]:
        """Return the words."""
        title, button = self.words(self.record_or_none())
        return {"title": title, "button": button, "back": self.back()}

    def back(self) -> str:
        """Return the finding's page."""
        return self.url("posture_finding", ref=self.kwargs["ref"])


class AcceptFinding(FindingFormPage):
    """Accept it, alone or with others of the rule."""

    form_class = AcceptForm
    needs = "apis.accept_findings"

    def form_options(self) -> dict[str, Any]:
        """Begin with this one only."""
        return {**super().form_options(), "initial": {"level": THIS}}

    def words(self, finding: Finding) -> tuple[str, str]:
        """Return title and button."""
        return _("Accept %(ref)s: %(what)s") % {"ref": finding.ref, "what": finding.said}, _("Accept")

    def save(self, form: AcceptForm) -> str:
        """Take the step."""
        data = form.cleaned_data
        workflow.take(
            "accept", self.record_or_none(), actor=self.actor, inputs=Accepting(data["until"], data["level"]),
            expected_version=form.expected_version, reason=data["reason"],
        )  # fmt: skip
        return self.back()


class ReopenFinding(FindingFormPage):
    """Open it again."""

    form_class = ReopenForm

    def words(self, finding: Finding) -> tuple[str, str]:
        """Return title and button."""
        return _("Re-open %(ref)s: %(what)s") % {"ref": finding.ref, "what": finding.said}, _("Re-open")

    def save(self, form: ReopenForm) -> str:
        """Take the step."""
        workflow.take(
            "reopen", self.record_or_none(), actor=self.actor, expected_version=form.expected_version,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        return self.back()


class ReviewFinding(FindingFormPage):
    """Say that the impact assessment was reviewed."""

    form_class = ReviewForm

    def words(self, finding: Finding) -> tuple[str, str]:
        """Return title and button."""
        return _("Impact assessment reviewed for %(ref)s: %(what)s") % {"ref": finding.ref, "what": finding.said}, _(
            "Reviewed"
        )

    def save(self, form: ReviewForm) -> str:
        """Take the step."""
        workflow.take(
            "review", self.record_or_none(), actor=self.actor, expected_version=form.expected_version,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        return self.back()


class EditFinding(FindingFormPage):
    """Severity and ticket."""

    form_class = FindingForm

    def form_options(self) -> dict[str, Any]:
        """Return what is stored."""
        finding = self.record_or_none()
        names = ("severity", "severity_reason", "ticket")
        return {"version": finding.version, "initial": {name: getattr(finding, name) for name in names}}

    def words(self, finding: Finding) -> tuple[str, str]:
        """Return title and button."""
        return _("Change %(ref)s: %(what)s") % {"ref": finding.ref, "what": finding.said}, _("Save")

    def save(self, form: FindingForm) -> str:
        """Change."""
        names = ("severity", "severity_reason", "ticket")
        services.change_finding(
            actor=self.actor, finding=self.record_or_none(), expected_version=form.expected_version,
            **{name: form.cleaned_data[name] for name in names},
        )  # fmt: skip
        return self.back()


class ExemptionsPage(RegisterView):
    """The register of exemptions."""

    register = ExemptionRegister
    template = "apis/list.html"

    def page_context(self) -> dict[str, Any]:
        """Return the tabs."""
        return {"tabs": tabs(self.management_system.slug, "posture_exemptions")}


class ExemptionView(PostureView):
    """A page about one exemption."""

    @cached_property
    def exemption(self) -> Exemption:
        """Return the exemption of the address. Raises Http404."""
        rows = Exemption.objects.of(self.scope).select_related("service", "accepted_by")
        return found_or_404(rows.filter(ref=self.kwargs["ref"]))


class ExemptionPage(ExemptionView):
    """What is accepted, for what, until when, by whom; the findings under it."""

    template = "apis/exemption.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        exemption = self.exemption
        found = list(Finding.objects.of(self.scope).filter(exemption=exemption).select_related("service")[:200])
        dress(found, self.scope)
        writes = not self.scope.past and exemption.ended_at is None
        return self.render(
            exemption=exemption,
            findings=found,
            expired=exemption.until < self.scope.today,
            may_end=writes and policy.allows(self.actor, "apis.accept_findings", exemption),
            changes=self.history(exemption),
        )


class EndExemption(ExemptionView, ConfirmPage):
    """End it before its day."""

    permission = "apis.accept_findings"

    def question(self) -> str:
        """Ask."""
        return _("End exemption %(ref)s?") % {"ref": self.exemption.ref}

    def consequences(self) -> list[str]:
        """What follows."""
        return [_("The findings it covers are open again.")]

    def back(self) -> str:
        """Return to the exemption."""
        return self.url("posture_exemption", ref=self.exemption.ref)

    def about(self) -> Exemption:
        """The exemption."""
        return self.exemption

    def act(self) -> str:
        """End it."""
        services.end_exemption(actor=self.actor, exemption=self.exemption, expected_version=version_shown(self.request))
        return self.back()
