"""Registers of findings, exemptions and own rules: pages, exports, bulk steps and the API read these."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis.effects import accept_one, require_fit
from apis.findings import SEVERITIES, Exemption, Finding, title_of
from apis.posture import places
from apis.posture.catalogue.flows import CODE
from apis.posture.rules import RULES
from apis.rules_in_use import known_rules
from core.pages.fields import DayField, Prose
from core.pages.forms import PageForm
from core.registers import BulkStep, Column, Register, View, number_of
from core.registers.filters import Choice, Conditions, Day, Refs, RegisterFilters, Text

OWASP_API: dict[str, Any] = {
    "API1": gettext_lazy("API1 object level"), "API2": gettext_lazy("API2 authentication"),
    "API3": gettext_lazy("API3 property level"), "API4": gettext_lazy("API4 resources"),
    "API5": gettext_lazy("API5 function level"), "API6": gettext_lazy("API6 business flows"),
    "API7": gettext_lazy("API7 fetched addresses"), "API8": gettext_lazy("API8 set-up"),
    "API9": gettext_lazy("API9 inventory"), "API10": gettext_lazy("API10 what others answer"),
}  # fmt: skip
TO_MODEL = CODE.partition("{")[0]
"""How codes of rules about data that reaches a model begin."""
REOPENED = Q(state=Finding.OPEN, reopened_at__isnull=False)


def _of_owasp(code: str) -> Q:
    return Q(rule__in=[rule.code for rule in RULES.values() if f"{code}:2023" in rule.owasp])


class FindingFilters(RegisterFilters):
    """Typed filters of findings."""

    state = Choice("state", label=gettext_lazy("State"), choices=list(Finding.STATES.items()))
    severity = Choice("severity", label=gettext_lazy("Severity"), choices=SEVERITIES)
    service = Refs("service__ref", label=gettext_lazy("Service"))
    system = Refs("service__systems__ref", label=gettext_lazy("AI system"))
    rule = Text("rule", "exact", label=gettext_lazy("Rule"))
    source = Choice("source", label=gettext_lazy("From"), choices=Finding.SOURCES)
    owasp = Conditions(
        label=gettext_lazy("OWASP API Top 10 (2023)"),
        conditions={code.lower(): (label, _of_owasp(code)) for code, label in OWASP_API.items()},
    )
    flag = Conditions(
        label=gettext_lazy("Flag"),
        conditions={
            "expired": (
                gettext_lazy("Acceptance expired"),
                lambda f: Q(state=Finding.ACCEPTED, accepted_until__lt=f.scope.today),
            ),
            "reopened": (gettext_lazy("Re-opened"), REOPENED),
            "to_model": (gettext_lazy("Data that reaches a model"), Q(rule__startswith=TO_MODEL)),
            "ticket": (gettext_lazy("Has a ticket"), ~Q(ticket="")),
            "no_ticket": (gettext_lazy("Open, without a ticket"), Q(ticket="", state=Finding.OPEN)),
        },
    )
    until = Day("accepted_until", "lte", label=gettext_lazy("Accepted until, at the latest"))


class AcceptManyForm(PageForm):
    """Until when, and why; whose word it is comes with the door."""

    until = DayField(label=gettext_lazy("Accept until"), help_text=gettext_lazy("A year ahead at most"))
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=Prose(3), max_length=2000)

    def __init__(self, *args: Any, person: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any]:
        """With the person who accepts."""
        return {**(super().clean() or {}), "person": self.person}


class WhyForm(PageForm):
    """Why they are open again."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=Prose(3), max_length=2000)


class TicketForm(PageForm):
    """Where the work is followed."""

    ticket = forms.URLField(
        label=gettext_lazy("Address of the ticket"), max_length=500, required=False, assume_scheme="https"
    )


def accept_many(finding: Finding, data: dict[str, Any]) -> None:
    """Accept one of many. Raises ValidationError to leave it alone."""
    if data["person"] is None:
        raise ValidationError(_("Only a person can do this."))
    if finding.state != Finding.OPEN:
        raise ValidationError(_("It is not open."))
    require_fit(finding, data["until"])
    accept_one(finding, data["until"], data["reason"], data["person"])


def set_ticket(finding: Finding, data: dict[str, Any]) -> None:
    """Name the ticket of one of many."""
    finding.ticket = data["ticket"]


def flags_of(finding: Finding) -> list[Any]:
    """What stands out about a finding."""
    found: list[Any] = []
    if getattr(finding, "is_expired", False):
        found.append((_("Acceptance expired"), True))
    if finding.state == Finding.OPEN and finding.reopened_at:
        found.append(_("Re-opened"))
    if finding.ticket:
        found.append(_("Ticket"))
    return found


class FindingRegister(Register):
    """What is wrong, where, since when, and what was decided."""

    key, model, place = "posture_findings", Finding, "posture_findings"
    title, noun = gettext_lazy("Posture findings"), gettext_lazy("findings")
    permission = "apis.read"
    columns = (
        Column("ref", gettext_lazy("Reference"), kind="ref", head=gettext_lazy("Ref")),
        Column("title", gettext_lazy("What is wrong"), lambda f: str(f.said), kind="title", sort="title"),
        Column("place", gettext_lazy("Where"), lambda f: f.whereabouts, sort="place"),
        Column("service", gettext_lazy("Service"), "service.name", wide="p2"),
        Column("severity", gettext_lazy("Severity"), kind="level", export=lambda f: f.get_severity_display()),
        Column("state", gettext_lazy("State"), kind="state"),
        Column("owasp", gettext_lazy("OWASP"), lambda f: list(f.known.owasp) if f.known else [], kind="tags",
               sort="rule"),
        Column("until", gettext_lazy("Accepted until"), "accepted_until", kind="date", wide="p3"),
        Column("flags", gettext_lazy("Flags"), flags_of, kind="flags", wide="p2",
               sort=number_of(REOPENED, ~Q(ticket=""))),
        Column("found", gettext_lazy("First found"), "found_at", kind="moment", wide="p3"),
        Column("rule", gettext_lazy("Rule"), shown=False),
        Column("source", gettext_lazy("From"), lambda f: f.get_source_display(), sort="source", shown=False),
        Column("sentence", gettext_lazy("In words"), lambda f: f.sentence, sort="rule", shown=False),
        Column("times", gettext_lazy("Times"), kind="number", shown=False),
        Column("cwe", gettext_lazy("CWE"), lambda f: [f"CWE-{n}" for n in f.known.cwe] if f.known else [],
               kind="tags", sort="rule", shown=False),
        Column("apr", gettext_lazy("API requirements"), lambda f: list(f.known.apr) if f.known else [], kind="tags",
               sort="rule", shown=False),
        Column("annex", gettext_lazy("Annex A"), lambda f: list(f.known.annex) if f.known else [], kind="tags",
               sort="rule", shown=False),
        Column("ticket", gettext_lazy("Ticket"), shown=False),
        Column("fingerprint", gettext_lazy("Fingerprint"), shown=False),
    )  # fmt: skip
    filters = FindingFilters
    search = ("ref", "title", "place", "rule", "service__name")
    sort = "-severity"
    select = ("service",)
    views = (
        View("all", gettext_lazy("All findings")),
        View("open", gettext_lazy("Open"), {"state": "open"}),
        View("worst", gettext_lazy("Critical and high"), {"state": "open", "severity": ["critical", "high"]}),
        View("accepted", gettext_lazy("Accepted"), {"state": "accepted"}),
        View("expired", gettext_lazy("Acceptance expired"), {"flag": "expired"}),
        View("reopened", gettext_lazy("Re-opened"), {"flag": "reopened"}),
        View("mended", gettext_lazy("Mended"), {"state": "mended"}),
        View("resting", gettext_lazy("Rule not used"), {"state": "resting"}),
    )
    bulk = (
        BulkStep("accept", gettext_lazy("Accept"), "apis.accept_findings", "apis.finding.accept", accept_many,
                 AcceptManyForm, options=lambda scope, actor: {"person": actor.person_id}),
        BulkStep("reopen", gettext_lazy("Re-open"), "apis.change_findings", "apis.finding.reopen", None, WhyForm,
                 takes="reopen"),
        BulkStep("ticket", gettext_lazy("Set ticket"), "apis.change_findings", "apis.findings.change", set_ticket,
                 TicketForm),
    )  # fmt: skip
    blank_title = gettext_lazy("No findings yet")
    blank_text = gettext_lazy(
        "Findings come from API descriptions and traffic that were brought in, judged by the rules in use."
    )
    blank_url, blank_button, blank_permission, blank_minutes = (
        "api_bring_in", gettext_lazy("Bring in a file"), "apis.bring_in", 2,
    )  # fmt: skip

    def prepare(self, found: list[Any], scope: Any, slug: str) -> None:
        """Say each in the language of the reader, by its rule."""
        dress(found, scope)

    def url_of(self, record: Any, slug: str) -> str:
        """The finding's page."""
        return reverse("posture_finding", kwargs={"slug": slug, "ref": record.ref})


def dress(findings: Any, scope: Any) -> None:
    """Give each its rule (`known`), its title (`said`), its sentence, its place in words and whether it expired."""
    rules = known_rules(scope)
    for one in findings:
        one.known = rules.get(one.rule)
        one.said = title_of(one.known)
        one.sentence = one.known.sentence(one.params) if one.known else ""
        one.whereabouts = places.say(one.place)
        one.is_expired = one.state == Finding.ACCEPTED and not one.is_accepted_on(scope.today)


class ExemptionFilters(RegisterFilters):
    """Typed filters of exemptions."""

    level = Choice("level", label=gettext_lazy("Holds for"), choices=Exemption.LEVELS)
    service = Refs("service__ref", label=gettext_lazy("Service"))
    flag = Conditions(
        label=gettext_lazy("Flag"),
        conditions={
            "in_force": (gettext_lazy("In force"), lambda f: Q(ended_at=None, until__gte=f.scope.today)),
            "expired": (gettext_lazy("Expired"), lambda f: Q(ended_at=None, until__lt=f.scope.today)),
            "ended": (gettext_lazy("Ended early"), Q(ended_at__isnull=False)),
        },
    )


class ExemptionRegister(Register):
    """What is accepted at more than one place, until when, by whom and why (APR-30)."""

    key, model, place = "posture_exemptions", Exemption, "posture_exemptions"
    title, noun = gettext_lazy("Exemptions from rules"), gettext_lazy("exemptions")
    permission = "apis.read"
    columns = (
        Column("ref", gettext_lazy("Reference"), kind="ref", head=gettext_lazy("Ref")),
        Column("title", gettext_lazy("Rule"), lambda e: str(e.said), kind="title", sort="rule"),
        Column("level", gettext_lazy("Holds for"), lambda e: e.get_level_display(), sort="level"),
        Column("place", gettext_lazy("Where"), lambda e: f"{e.method} {e.path}".strip(), sort="path"),
        Column("service", gettext_lazy("Service"), "service.name"),
        Column("until", gettext_lazy("Until"), kind="date"),
        Column("who", gettext_lazy("Accepted by"), "accepted_by", kind="person"),
        Column("reason", gettext_lazy("Reason"), wide="p2"),
        Column("ended", gettext_lazy("Ended"), "ended_at", kind="moment", wide="p3"),
    )
    filters = ExemptionFilters
    search = ("ref", "rule", "reason", "path", "service__name")
    sort = "until"
    select = ("service", "accepted_by")
    views = (
        View("all", gettext_lazy("All exemptions")),
        View("in_force", gettext_lazy("In force"), {"flag": "in_force"}),
        View("expired", gettext_lazy("Expired"), {"flag": "expired"}),
    )
    blank_title = gettext_lazy("No exemptions yet")
    blank_text = gettext_lazy(
        "When a finding is accepted for an endpoint, a service or everywhere, the exemption stands here with its end."
    )
    blank_url, blank_button = "posture_findings", gettext_lazy("See the findings")

    def prepare(self, found: list[Any], scope: Any, slug: str) -> None:
        """Say each rule in the language of the reader."""
        rules = known_rules(scope)
        for one in found:
            one.said = title_of(rules.get(one.rule))

    def url_of(self, record: Any, slug: str) -> str:
        """The page that ends it."""
        return reverse("posture_exemption", kwargs={"slug": slug, "ref": record.ref})
