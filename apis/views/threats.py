"""Pages of threats: signals, one signal and its triage, the hours of a caller, mutes."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from apis import services
from apis.forms.threats import IncidentForm, MuteForm, SignalForm, StepForm
from apis.queries_of_threats import likely_risks, reasons_of, references, samples_of, timeline, why
from apis.threat_records import Mute, ThreatSignal, short
from apis.threat_registers import MuteRegister, ThreatRegister, members
from apis.threats import DETECTORS
from apis.views.posture import PostureView, found_or_404
from core import policy, workflow
from core.pages.comments import thread_of
from core.pages.fields import version_shown
from core.pages.registers import RegisterView
from core.pages.views import ConfirmPage, FormPage
from risks.models import Risk


def tabs(slug: str, current: str) -> list[tuple[Any, str, bool]]:
    """Return the tabs of threats: (label, address, is current)."""
    labels = {"threats": _("Signals"), "threat_mutes": _("Muted callers"), "detectors": _("Detectors")}
    return [(label, reverse(name, kwargs={"slug": slug}), name == current) for name, label in labels.items()]


class ThreatsPage(RegisterView):
    """The register of signals."""

    register = ThreatRegister
    template = "apis/threats.html"

    def page_context(self) -> dict[str, Any]:
        """Return the tabs."""
        return {"tabs": tabs(self.management_system.slug, "threats"), "tabs_label": _("Threats")}


class MutesPage(RegisterView):
    """The register of mutes."""

    register = MuteRegister
    template = "apis/threats.html"

    def page_context(self) -> dict[str, Any]:
        """Return the tabs."""
        return {"tabs": tabs(self.management_system.slug, "threat_mutes"), "tabs_label": _("Threats")}


class SignalView(PostureView):
    """A page about one signal."""

    @cached_property
    def signal(self) -> ThreatSignal:
        """Return the signal of the address. Raises Http404."""
        rows = ThreatSignal.objects.of(self.scope).with_mutes(self.scope.today)
        rows = rows.select_related("service", "service__owner", "assignee", "decided_by", "risk")
        return found_or_404(rows.filter(ref=self.kwargs["ref"]))


class ThreatPage(SignalView):
    """What fired and why, what is behind it, what was made of it."""

    template = "apis/threat.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        signal, writes = self.signal, not self.scope.past
        system = signal.service.systems.using(self.scope.alias).first()
        others = ThreatSignal.objects.of(self.scope).filter(consumer=signal.consumer).exclude(pk=signal.pk)
        return self.render(
            signal=signal,
            detector=DETECTORS[signal.detector],
            why=why(signal),
            reasons=reasons_of(signal),
            samples=samples_of(signal),
            refs=references(signal.detector),
            systems=list(signal.service.systems.using(self.scope.alias)),
            system=system,
            risks=likely_risks(signal.detector),
            others=others.count(),
            offered=[one for one in workflow.offers(signal, self.actor) if one.open] if writes else [],
            may_triage=writes and policy.allows(self.actor, "apis.triage", signal),
            may_mute=writes and policy.allows(self.actor, "apis.mute"),
            may_register=writes and policy.allows(self.actor, "risks.register"),
            changes=self.history(signal),
            thread=thread_of(self, signal),
        )


class SignalFormPage(SignalView, FormPage):
    """A form about a signal."""

    autosave = False
    needs = "apis.triage"

    def record(self) -> ThreatSignal:
        """Return the signal; only those who may get the form."""
        policy.require(self.actor, self.needs, self.signal)
        return self.signal

    def form_options(self) -> dict[str, Any]:
        """Carry the version."""
        return {"version": self.record_or_none().version}

    def words(self, signal: ThreatSignal) -> tuple[Any, Any]:
        """Return title and button."""
        raise NotImplementedError

    def page_context(self, form: Any) -> dict[str, Any]:
        """Return the words."""
        title, button = self.words(self.record_or_none())
        return {"title": title, "button": button, "back": self.back()}

    def back(self) -> str:
        """Return the signal's page."""
        return self.url("threat", ref=self.kwargs["ref"])


class TakeStep(SignalFormPage):
    """Take a step of triage, with its reason."""

    form_class = StepForm

    def step(self) -> Any:
        """Return the step of the address. Raises Http404 for one without a reason."""
        steps = {one.name: one for one in workflow.workflow_of(ThreatSignal).steps if one.reason_required}
        if self.kwargs["step"] not in steps:
            raise Http404
        return steps[self.kwargs["step"]]

    def words(self, signal: ThreatSignal) -> tuple[Any, Any]:
        """Return title and button."""
        step = self.step()
        return f"{step.label}: {signal.ref} {signal.get_detector_display()}", step.label

    def save(self, form: StepForm) -> str:
        """Take it."""
        workflow.take(
            self.step().name, self.record_or_none(), actor=self.actor, expected_version=form.expected_version,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        return self.back()


class Review(SignalView):
    """Take a signal under review, by one press."""

    writes = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the step."""
        workflow.take("review", self.signal, actor=self.actor, expected_version=version_shown(request))
        return self.done(self.url("threat", ref=self.signal.ref), _("Under review."))


class EditSignal(SignalFormPage):
    """Assign it, link a risk."""

    form_class = SignalForm

    def form_options(self) -> dict[str, Any]:
        """Return choices and what is stored."""
        signal = self.record_or_none()
        return {
            **super().form_options(), "people": members(self.scope),
            "risks": Risk.objects.of(self.scope).order_by("-created_at"),
            "initial": {"assignee": signal.assignee_id, "risk": signal.risk_id},
        }  # fmt: skip

    def words(self, signal: ThreatSignal) -> tuple[Any, Any]:
        """Return title and button."""
        return _("Assign %(ref)s, link a risk") % {"ref": signal.ref}, _("Save")

    def save(self, form: SignalForm) -> str:
        """Change it."""
        services.change_signal(
            actor=self.actor, signal=self.record_or_none(), expected_version=form.expected_version,
            assignee=form.cleaned_data["assignee"], risk=form.cleaned_data["risk"],
        )  # fmt: skip
        return self.back()


class ReportIncident(SignalFormPage):
    """Say what became an incident."""

    form_class = IncidentForm

    def form_options(self) -> dict[str, Any]:
        """Begin with what was said, or the first hour."""
        signal = self.record_or_none()
        since = signal.incident_on or signal.first_hour.date()
        return {**super().form_options(), "initial": {"what": signal.incident, "since": since}}

    def words(self, signal: ThreatSignal) -> tuple[Any, Any]:
        """Return title and button."""
        return _("%(ref)s is an incident") % {"ref": signal.ref}, _("Report it")

    def save(self, form: IncidentForm) -> str:
        """Keep it."""
        data = form.cleaned_data
        services.report_incident(
            actor=self.actor, signal=self.record_or_none(), what=data["what"], since=data["since"],
            expected_version=form.expected_version,
        )  # fmt: skip
        return self.back()


class MuteCaller(SignalFormPage):
    """Mute the caller of a signal."""

    form_class = MuteForm
    needs = "apis.mute"

    def form_options(self) -> dict[str, Any]:
        """Begin with the detector of the signal."""
        return {"initial": {"detector": self.record_or_none().detector}}

    def words(self, signal: ThreatSignal) -> tuple[Any, Any]:
        """Return title and button."""
        return _("Mute %(who)s") % {"who": signal.caller}, _("Mute")

    def save(self, form: MuteForm) -> str:
        """Mute."""
        signal = self.record_or_none()
        mute = services.mute_consumer(actor=self.actor, consumer=signal.consumer, **form.cleaned_data)
        return self.url("threat_mute", ref=mute.ref)


class MuteView(PostureView):
    """A page about one mute."""

    @cached_property
    def mute(self) -> Mute:
        """Return the mute of the address. Raises Http404."""
        return found_or_404(Mute.objects.of(self.scope).select_related("muted_by").filter(ref=self.kwargs["ref"]))


class MutePage(MuteView):
    """Who is muted, until when, by whom, why; the signals it is about."""

    template = "apis/mute.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        mute = self.mute
        rows = ThreatSignal.objects.of(self.scope).filter(mute.covered()).select_related("service")
        open_still = mute.ended_at is None and not self.scope.past
        return self.render(
            mute=mute, signals=list(rows.order_by("-last_hour")[:100]), expired=mute.until < self.scope.today,
            may_end=open_still and policy.allows(self.actor, "apis.mute", mute), changes=self.history(mute),
        )  # fmt: skip


class EndMute(MuteView, ConfirmPage):
    """End it before its day."""

    permission = "apis.mute"

    def question(self) -> str:
        """Ask."""
        return _("End %(ref)s?") % {"ref": self.mute.ref}

    def consequences(self) -> list[str]:
        """What follows."""
        return [_("Its open signals call people again.")]

    def back(self) -> str:
        """Return to the mute."""
        return self.url("threat_mute", ref=self.mute.ref)

    def about(self) -> Mute:
        """The mute."""
        return self.mute

    def act(self) -> str:
        """End it."""
        services.end_mute(actor=self.actor, mute=self.mute, expected_version=version_shown(self.request))
        return self.back()


class CallerPage(PostureView):
    """What a caller did, hour by hour, with the signals about it."""

    template = "apis/caller.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        consumer = self.kwargs["consumer"]
        rows = ThreatSignal.objects.of(self.scope).with_mutes(self.scope.today).filter(consumer=consumer)
        signals = list(rows.select_related("service").order_by("-last_hour")[:200])
        found = timeline(self.scope, consumer, signals)
        if not signals and not found.hours:
            raise Http404
        return self.render(
            caller=short(consumer), consumer=consumer, signals=signals, timeline=found, page=self.page_of(found.rows),
            may_mute=bool(signals) and not self.scope.past and policy.allows(self.actor, "apis.mute"),
        )  # fmt: skip
