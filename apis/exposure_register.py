"""The register of flows: which class of sensitive data was met where, in which direction, on the way to which model."""

from typing import Any

from django.db.models import Case, F, FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apis.exposure.classes import CLASSES, KINDS
from apis.exposure_records import DIRECTION_LABELS, TO_MODEL, WHERE_LABELS, FlowTally
from apis.findings import SEVERITIES
from apis.queries_of_exposure import endpoints_at
from core.registers import Column, Register, View
from core.registers.filters import Choice, Conditions, Refs, RegisterFilters, Text
from core.scope import Scope

LEVELS = {1: "low", 2: "medium", 3: "high", 4: "critical"}


def _of_kind(kind: str) -> Q:
    return Q(code__in=[one.code for one in CLASSES.values() if one.kind == kind])


class FlowFilters(RegisterFilters):
    """Typed filters of flows."""

    data_class = Choice("code", label=_("Data class"), choices=[(one.code, one.label) for one in CLASSES.values()])
    kind = Conditions(
        label=_("Kind of data"), conditions={code: (label, _of_kind(code)) for code, label in KINDS.items()}
    )
    direction = Choice("direction", label=_("Direction"), choices=list(DIRECTION_LABELS.items()))
    where = Choice("where", label=_("Where"), choices=list(WHERE_LABELS.items()))
    service = Refs("service__ref", label=_("Service"))
    system = Refs("service__systems__ref", label=_("AI system"))
    model = Text("model", label=_("Model"))
    provider = Text("service__provider", label=_("Provider"))
    flag = Conditions(
        label=_("Flag"),
        conditions={
            "to_model": (_("Goes to a model"), TO_MODEL),
            "provider": (_("Goes to a model provider"), ~Q(service__provider="") & TO_MODEL),
            "unconfirmed": (_("None confirmed"), Q(validated=0)),
        },
    )


class FlowRegister(Register):
    """All flows of sensitive data; values are never kept."""

    key, model, place = "exposure_flows", FlowTally, "exposure"
    title, noun = _("Data exposure"), _("flows")
    permission = "apis.read"
    columns = (
        Column("data_class", _("Data class"), lambda one: str(one.shown_class), kind="title", sort="code"),
        Column("severity", _("If it leaks"), lambda one: LEVELS[CLASSES[one.code].severity], kind="level",
               sort="severity", export=lambda one: str(dict(SEVERITIES)[LEVELS[CLASSES[one.code].severity]])),
        Column("line", _("Endpoint"), "line", sort=("template", "method")),
        Column("service", _("Service"), "service.name", wide="p2"),
        Column("direction", _("Direction"), lambda one: str(DIRECTION_LABELS[one.direction]), sort="direction"),
        Column("where", _("Where"), lambda one: one.get_where_display(), sort="where"),
        Column("model", _("Model"), "model"),
        Column("provider", _("Provider"), "service.provider", wide="p3"),
        Column("count", _("Times"), kind="number"),
        Column("confirmed", _("Confirmed"), lambda one: f"{one.percent} %", sort="confirmed_share",
               export=lambda one: one.percent),
        Column("examples", _("Looks like"), lambda one: list(one.examples), kind="tags", sort="code", wide="p2"),
        Column("first", _("First seen"), "first_at", kind="moment", wide="p3"),
        Column("last", _("Last seen"), "last_at", kind="moment", wide="p2"),
        Column("kind", _("Kind of data"), lambda one: str(KINDS[CLASSES[one.code].kind]), sort="code", shown=False),
        Column("to_model", _("Goes to a model"), lambda one: [_("Goes to a model")] if one.reaches else [],
               kind="flags", sort="to_model", shown=False),
    )  # fmt: skip
    filters = FlowFilters
    search = ("template", "method", "model", "service__name", "service__host", "code")
    sort = "-severity"
    ties = ("template", "pk")
    select = ("service",)
    views = (
        View("all", _("All flows")),
        View("to_models", _("To models"), {"flag": "to_model"}),
        View("secrets", _("Secrets"), {"kind": "secret"}),
        View("special", _("Special categories"), {"kind": "special"}),
        View("answers", _("In answers"), {"direction": "response"}),
    )
    blank_title = _("No sensitive data was met yet")
    blank_text = _(
        "Addresses of every call are looked at; prompts, answers and headers where a format carries them: recordings "
        "(HAR), LiteLLM spend logs, Kong and Caddy logs, and own lines with request_body and response_body. What is "
        "found is counted by data class, and no value is kept. Nothing met is not the same as nothing there."
    )
    blank_url, blank_button, blank_permission, blank_minutes = "api_bring_in", _("Bring in a file"), "apis.bring_in", 2

    def rows(self, scope: Scope, actor: Any) -> QuerySet:
        """Flows with how grave a leak would be, and their confirmed share."""
        ranks = (When(code=one.code, then=Value(one.severity)) for one in CLASSES.values())
        rows = super().rows(scope, actor)
        return rows.annotate(
            severity=Case(*ranks, default=Value(0), output_field=IntegerField()),
            confirmed_share=Cast(F("validated"), FloatField()) / Cast(F("count"), FloatField()),
        )

    def prepare(self, found: list[Any], scope: Scope, slug: str) -> None:
        """Tell each row the endpoint it is at."""
        known = endpoints_at({one.service_id for one in found})
        for one in found:
            one.endpoint = known.get((one.service_id, one.method, one.template))
            one.reaches = one.to_model and one.direction == "request" and one.where != "header"

    def url_of(self, record: Any, slug: str) -> str:
        """The page of its endpoint."""
        if record.endpoint is None:
            return reverse("api_service", kwargs={"slug": slug, "ref": record.service.ref})
        return reverse("api_endpoint", kwargs={"slug": slug, "ref": record.endpoint.ref}) + "#exposure"

    def name_of(self, record: Any) -> str:
        """Class and endpoint."""
        return f"{record.shown_class} {record.line}"
