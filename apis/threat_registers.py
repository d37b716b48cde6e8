"""Registers of threat signals and mutes: pages, exports, bulk steps and the API read these."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis.findings import SEVERITIES
from apis.threat_records import LABELS, Mute, ThreatSignal, covering
from apis.threats import DETECTORS
from core.models import Membership, Person
from core.pages.fields import Prose
from core.pages.forms import PageForm
from core.registers import BulkStep, Column, Register, View, number_of
from core.registers.filters import Choice, Conditions, Moment, People, Refs, RegisterFilters, Text

OPEN = Q(state__in=ThreatSignal.OPEN)


class ThreatFilters(RegisterFilters):
    """Typed filters of threat signals."""

    state = Choice("state", label=gettext_lazy("State"), choices=list(ThreatSignal.STATES.items()))
    severity = Choice("severity", label=gettext_lazy("Severity"), choices=SEVERITIES)
    detector = Choice("detector", label=gettext_lazy("Detector"), choices=LABELS)
    service = Refs("service__ref", label=gettext_lazy("Service"))
    system = Refs("service__systems__ref", label=gettext_lazy("AI system"))
    consumer = Text("consumer", "icontains", label=gettext_lazy("Caller"))
    assignee = People("assignee", label=gettext_lazy("Assigned to"))
    since = Moment("last_hour", "gte", label=gettext_lazy("Seen since"))
    flag = Conditions(
        label=gettext_lazy("Flag"),
        conditions={
            "open": (gettext_lazy("Open"), OPEN),
            "muted": (gettext_lazy("Muted"), lambda f: Q(Exists(covering(f.scope.today)))),
            "not_muted": (gettext_lazy("Not muted"), lambda f: ~Q(Exists(covering(f.scope.today)))),
            "incident": (gettext_lazy("Called an incident"), ~Q(incident="")),
            "risk": (gettext_lazy("Treated as a risk"), Q(risk__isnull=False)),
            "nobody": (gettext_lazy("Open, assigned to nobody"), OPEN & Q(assignee=None)),
        },
    )


class WhyForm(PageForm):
    """The reason for a step of many."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=Prose(3), max_length=2000)


class AssignForm(PageForm):
    """To whom."""

    assignee = forms.ModelChoiceField(label=gettext_lazy("Assigned to"), queryset=None, required=False)

    def __init__(self, *args: Any, people: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = people  # type: ignore[attr-defined]


def assign(signal: ThreatSignal, data: dict[str, Any]) -> None:
    """Assign one of many. Raises ValidationError to leave it alone."""
    if signal.state not in ThreatSignal.OPEN:
        raise ValidationError(_("It is not open."))
    signal.assignee = data["assignee"]


def flags_of(signal: ThreatSignal) -> list[Any]:
    """What stands out about a signal."""
    found: list[Any] = []
    if getattr(signal, "is_muted", False):
        found.append(_("Muted"))
    if signal.incident:
        found.append((_("Incident"), True))
    if signal.risk_id:
        found.append(_("Risk"))
    return found


class ThreatRegister(Register):
    """What detectors said, of whom, where, since when, and what was made of it."""

    key, model, place = "threat_signals", ThreatSignal, "threats"
    title, noun = gettext_lazy("Threats"), gettext_lazy("signals")
    permission = "apis.read"
    columns = (
        Column("ref", gettext_lazy("Reference"), kind="ref", head=gettext_lazy("Ref")),
        Column("detector", gettext_lazy("Detector"), lambda s: s.get_detector_display(), kind="title", sort="detector"),
        Column("consumer", gettext_lazy("Caller"), lambda s: str(s.caller), sort="consumer",
               export=lambda s: s.consumer),
        Column("service", gettext_lazy("Service"), "service.name"),
        Column("severity", gettext_lazy("Severity"), kind="level", export=lambda s: s.get_severity_display()),
        Column("state", gettext_lazy("State"), kind="state"),
        Column("hours", gettext_lazy("Hours"), "hour_count", kind="number"),
        Column("last", gettext_lazy("Last hour"), "last_hour", kind="moment"),
        Column("first", gettext_lazy("First hour"), "first_hour", kind="moment", wide="p3"),
        Column("assignee", gettext_lazy("Assigned to"), kind="person", wide="p2"),
        Column("flags", gettext_lazy("Flags"), flags_of, kind="flags", wide="p2",
               sort=number_of(~Q(incident=""), Q(risk__isnull=False))),
        Column("line", gettext_lazy("Endpoint"), "line", sort=("service__name", "detector"), shown=False),
        Column("systems", gettext_lazy("AI systems"), lambda s: [one.name for one in s.service.systems.all()],
               kind="tags", sort="service__name", shown=False),
        Column("conclusion", gettext_lazy("Conclusion"), shown=False),
        Column("atlas", gettext_lazy("ATLAS"), lambda s: list(DETECTORS[s.detector].atlas), kind="tags",
               sort="detector", shown=False),
        Column("owasp", gettext_lazy("OWASP"), lambda s: list(DETECTORS[s.detector].owasp), kind="tags",
               sort="detector", shown=False),
    )  # fmt: skip
    filters = ThreatFilters
    search = ("ref", "detector", "consumer", "service__name", "service__host")
    sort = "-last"
    select, prefetch = ("service", "assignee"), ("service__systems",)
    views = (
        View("all", gettext_lazy("All signals")),
        View("new", gettext_lazy("New"), {"state": "new", "flag": "not_muted"}),
        View("open", gettext_lazy("Open"), {"flag": "open"}),
        View("mine", gettext_lazy("Mine"), {"assignee": "me", "flag": "open"}),
        View("worst", gettext_lazy("Critical and high"), {"flag": "open", "severity": ["critical", "high"]}),
        View("muted", gettext_lazy("Muted"), {"flag": "muted"}),
        View("decided", gettext_lazy("Decided"), {"state": ["harmless", "closed"]}),
        View("withdrawn", gettext_lazy("Withdrawn"), {"state": "withdrawn"}),
    )
    bulk = (
        BulkStep("review", gettext_lazy("Take under review"), "apis.triage", "apis.threatsignal.review", None,
                 takes="review"),
        BulkStep("confirm", gettext_lazy("Confirm"), "apis.triage", "apis.threatsignal.confirm", None, WhyForm,
                 takes="confirm"),
        BulkStep("harmless", gettext_lazy("Call harmless"), "apis.triage", "apis.threatsignal.harmless", None, WhyForm,
                 takes="harmless"),
        BulkStep("close", gettext_lazy("Close"), "apis.triage", "apis.threatsignal.close", None, WhyForm,
                 takes="close"),
        BulkStep("assign", gettext_lazy("Assign"), "apis.triage", "apis.threats.change", assign, AssignForm,
                 options=lambda scope, actor: {"people": members(scope)}),
    )  # fmt: skip
    blank_title = gettext_lazy("No signals yet")
    blank_text = gettext_lazy(
        "Eight detectors look at every hour of traffic that is brought in. What they find stands here, to be looked at."
    )
    blank_url, blank_button, blank_permission, blank_minutes = (
        "api_bring_in", gettext_lazy("Bring in a file"), "apis.bring_in", 2,
    )  # fmt: skip

    def rows(self, scope: Any, actor: Any) -> Any:
        """All signals, muted ones included."""
        return super().rows(scope, actor).with_mutes(scope.today)

    def url_of(self, record: Any, slug: str) -> str:
        """The signal's page."""
        return reverse("threat", kwargs={"slug": slug, "ref": record.ref})


def members(scope: Any) -> Any:
    """People who can be assigned."""
    rows = Membership.objects.of(scope).valid_at(scope.moment)
    return Person.objects.using(scope.alias).filter(pk__in=rows.values("person")).order_by("name")


class MuteFilters(RegisterFilters):
    """Typed filters of mutes."""

    detector = Choice("detector", label=gettext_lazy("Detector"), choices=LABELS)
    consumer = Text("consumer", "icontains", label=gettext_lazy("Caller"))
    flag = Conditions(
        label=gettext_lazy("Flag"),
        conditions={
            "in_force": (gettext_lazy("In force"), lambda f: Q(ended_at=None, until__gte=f.scope.today)),
            "expired": (gettext_lazy("Expired"), lambda f: Q(ended_at=None, until__lt=f.scope.today)),
            "ended": (gettext_lazy("Ended early"), Q(ended_at__isnull=False)),
        },
    )


class MuteRegister(Register):
    """Whose signals call nobody, until when, by whom and why."""

    key, model, place = "threat_mutes", Mute, "threat_mutes"
    title, noun = gettext_lazy("Muted callers"), gettext_lazy("mutes")
    permission = "apis.read"
    columns = (
        Column("ref", gettext_lazy("Reference"), kind="ref", head=gettext_lazy("Ref")),
        Column("title", gettext_lazy("Caller"), lambda m: str(m.caller), kind="title", sort="consumer"),
        Column("detector", gettext_lazy("Detector"), lambda m: m.get_detector_display(), sort="detector"),
        Column("until", gettext_lazy("Until"), kind="date"),
        Column("who", gettext_lazy("Muted by"), "muted_by", kind="person"),
        Column("reason", gettext_lazy("Reason"), wide="p2"),
        Column("ended", gettext_lazy("Ended"), "ended_at", kind="moment"),
    )
    filters = MuteFilters
    search = ("ref", "consumer", "reason")
    sort = "until"
    select = ("muted_by",)
    views = (
        View("all", gettext_lazy("All mutes")),
        View("in_force", gettext_lazy("In force"), {"flag": "in_force"}),
        View("expired", gettext_lazy("Expired"), {"flag": "expired"}),
    )
    blank_title = gettext_lazy("Nobody is muted")
    blank_text = gettext_lazy(
        "A caller that is known and harmless, such as your own load test, is muted from one of its signals. It is "
        "counted all the same."
    )
    blank_url, blank_button = "threats", gettext_lazy("See the signals")

    def url_of(self, record: Any, slug: str) -> str:
        """The mute's page."""
        return reverse("threat_mute", kwargs={"slug": slug, "ref": record.ref})
