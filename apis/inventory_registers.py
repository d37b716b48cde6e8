"""Registers of services, endpoints and what was brought in: pages, exports and the API read these."""

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apis import queries
from apis.kinds import AI_KINDS, ENVIRONMENTS, EXPOSURES
from apis.models import Artefact, Endpoint, Service, in_state
from apis.words import label_of
from core.registers import Column, Register, State, View
from core.registers.filters import Choice, Conditions, People, Refs, RegisterFilters, Text
from core.scope import Scope

UNSAID = ("", _("Not known"))
SYNONYMS: dict[str, Any] = {
    Endpoint.UNDOCUMENTED: _("Also called shadow or rogue"),
    Endpoint.DEPRECATED: _("Also called zombie"),
    Endpoint.SILENT: _("Also called dormant, orphaned or zombie"),
    Endpoint.UNSEEN: _("Also called unused or inactive"),
}
"""What vendors call the states; the words mean different things to different ones."""


class ServiceFilters(RegisterFilters):
    """Typed filters of services."""

    environment = Choice("environment", label=_("Environment"), choices=[*ENVIRONMENTS.items(), UNSAID])
    exposure = Choice("exposure", label=_("Exposure"), choices=[*EXPOSURES.items(), UNSAID])
    owner = People("owner", label=_("Owner"))
    system = Refs("systems__ref", label=_("AI system"))
    provider = Text("provider", label=_("Provider"))
    flag = Conditions(
        label=_("Flag"),
        conditions={
            "no_owner": (_("No owner"), Q(owner=None)),
            "no_system": (_("Serves no AI system"), Q(systems=None)),
            "described": (_("Described"), ~Q(description_sha256="")),
            "not_described": (_("Not described"), Q(description_sha256="")),
            "provider": (_("A model provider's"), ~Q(provider="")),
        },
    )


class ServiceRegister(Register):
    """All services."""

    place = "api_services"
    key, model, title, noun = "api_services", Service, _("Services"), _("services")
    permission = "apis.read"
    columns = (
        Column("ref", _("Reference"), kind="ref", head=_("Ref")),
        Column("name", _("Service"), kind="title"),
        Column("host", _("Host")),
        Column("systems", _("AI systems"), lambda one: [each.name for each in one.systems.all()], kind="tags",
               sort="first_system"),
        Column("owner", _("Owner"), kind="person"),
        Column(
            "environment", _("Environment"), lambda one: one.get_environment_display(), sort="environment", wide="p2"
        ),
        Column("exposure", _("Exposure"), lambda one: one.get_exposure_display(), sort="exposure", wide="p2"),
        Column("provider", _("Provider"), wide="p3"),
        Column("endpoints", _("Endpoints"), lambda one: one.endpoints or 0, kind="number", sort="endpoints"),
        Column(
            "undocumented", _("Undocumented"), lambda one: one.undocumented or 0, kind="number", sort="undocumented"
        ),
        Column("last_seen", _("Last seen"), "last_seen", kind="date", sort="last_seen"),
        Column("described", _("Description"), "description_version", sort="description_version", shown=False),
    )  # fmt: skip
    filters = ServiceFilters
    search = ("ref", "name", "host", "provider", "description_title", "systems__name", "owner__name")
    sort = "name"
    select, prefetch = ("owner",), ("systems",)
    views = (
        View("all", _("All services")),
        View("mine", _("Mine"), {"owner": "me"}),
        View("no_owner", _("No owner"), {"flag": "no_owner"}),
        View("providers", _("Model providers"), {"flag": "provider"}),
    )
    blank_title = _("No API is known yet")
    blank_text = _(
        "Bring in what you have: access logs of a gateway, proxy or web server, recordings (HAR) or OpenAPI "
        "descriptions. Services and endpoints are found in them."
    )
    blank_url, blank_button, blank_permission, blank_minutes = "api_bring_in", _("Bring in a file"), "apis.bring_in", 2

    def rows(self, scope: Scope, actor: Any) -> QuerySet:
        """Services with their numbers."""
        return queries.counted(Service.objects.of(scope), scope.today)

    def url_of(self, record: Any, slug: str) -> str:
        """The page of a service."""
        return reverse("api_service", kwargs={"slug": slug, "ref": record.ref})


class EndpointFilters(RegisterFilters):
    """Typed filters of endpoints."""

    state = Conditions(
        label=_("State"),
        conditions={
            code: (label, lambda f, code=code: in_state(code, f.scope.today)) for code, label in Endpoint.STATES
        },
    )
    service = Refs("service__ref", label=_("Service"))
    ai_kind = Choice("ai_kind", label=_("AI kind"), choices=[*AI_KINDS.items(), ("", _("Not AI work"))])
    environment = Choice("service__environment", label=_("Environment"), choices=[*ENVIRONMENTS.items(), UNSAID])
    exposure = Choice("service__exposure", label=_("Exposure"), choices=[*EXPOSURES.items(), UNSAID])
    owner = People("service__owner", label=_("Owner"))
    system = Refs("service__systems__ref", label=_("AI system"))
    flag = Conditions(
        label=_("Flag"),
        conditions={
            "no_owner": (_("No owner"), Q(service__owner=None)),
            "ai": (_("AI work"), ~Q(ai_kind="")),
            "pinned": (_("Pinned"), Q(pinned=True)),
            "unsecured": (_("Described without credentials"), Q(secured=False)),
            "only_called": (_("Called and not described"), Q(described=False, last_seen__isnull=False)),
            "only_described": (_("Described and never seen"), Q(described=True, last_seen=None)),
            "deprecated_called": (
                _("Deprecated and still called"),
                Q(described=True, deprecated=True, last_seen__isnull=False),
            ),
        },
    )


class EndpointRegister(Register):
    """All endpoints that stand."""

    place = "api_services"
    key, model, title, noun = "api_endpoints", Endpoint, _("Endpoints"), _("endpoints")
    permission = "apis.read"
    columns = (
        Column("ref", _("Reference"), kind="ref", head=_("Ref")),
        Column("line", _("Endpoint"), "line", kind="title", sort=("template", "method")),
        Column("service", _("Service"), lambda one: one.service.name, sort="service__name"),
        Column("state", _("State"), lambda one: state_of(one, one.as_of_day), kind="state", sort="state_rank"),
        Column("ai_kind", _("AI kind"), lambda one: one.get_ai_kind_display(), sort="ai_kind"),
        Column("owner", _("Owner"), "service.owner", kind="person", sort="service__owner__name"),
        Column("calls", _("Calls"), kind="number", sort="calls"),
        Column("first_seen", _("First seen"), kind="date", wide="p2"),
        Column("last_seen", _("Last seen"), kind="date"),
        Column("summary", _("Summary"), shown=False),
    )  # fmt: skip
    filters = EndpointFilters
    search = ("ref", "template", "method", "summary", "service__name", "service__host")
    sort = "line"
    select = ("service", "service__owner")
    views = (
        View("all", _("All endpoints")),
        View("undocumented", _("Undocumented"), {"state": Endpoint.UNDOCUMENTED}),
        View("deprecated", _("Deprecated, still called"), {"state": Endpoint.DEPRECATED}),
        View("silent", _("Silent"), {"state": Endpoint.SILENT}),
        View("ai", _("AI work"), {"flag": "ai"}),
        View("no_owner", _("No owner"), {"flag": "no_owner"}),
    )
    blank_title = ServiceRegister.blank_title
    blank_text = ServiceRegister.blank_text
    blank_url, blank_button, blank_permission, blank_minutes = "api_bring_in", _("Bring in a file"), "apis.bring_in", 2

    def rows(self, scope: Scope, actor: Any) -> QuerySet:
        """Endpoints that stand."""
        ranks = (When(in_state(code, scope.today), then=Value(at)) for at, (code, _label) in enumerate(Endpoint.STATES))
        rows = Endpoint.objects.of(scope).current().annotate(state_rank=Case(*ranks, output_field=IntegerField()))
        return queries.with_calls(rows, scope)

    def prepare(self, rows: Any, scope: Scope, slug: str) -> None:
        """Tell each row the day its state is told for."""
        for row in rows:
            row.as_of_day = scope.today

    def url_of(self, record: Any, slug: str) -> str:
        """The page of an endpoint."""
        return reverse("api_endpoint", kwargs={"slug": slug, "ref": record.ref})


class ArtefactFilters(RegisterFilters):
    """Typed filters of what was brought in."""

    kind = Choice("kind", label=_("Kind"), choices=Artefact.KINDS)
    flag = Conditions(label=_("Flag"), conditions={"unread": (_("Not read whole"), ~Q(unread=[]))})


class ArtefactRegister(Register):
    """Everything that was brought in."""

    place = "api_artefacts"
    key, model, title, noun = "api_artefacts", Artefact, _("Brought in"), _("files and batches")
    permission = "apis.read"
    columns = (
        Column("ref", _("Reference"), kind="ref", head=_("Ref")),
        Column("name", _("Name"), kind="title"),
        Column("kind", _("Kind"), lambda one: one.get_kind_display(), sort="kind"),
        Column("form", _("Format"), lambda one: str(label_of(one.form)), sort="form"),
        Column("lines", _("Lines"), kind="number"),
        Column("read", _("Read"), kind="number"),
        Column("first_at", _("First call"), kind="moment", wide="p2"),
        Column("last_at", _("Last call"), kind="moment", wide="p2"),
        Column("created", _("Brought in"), "created_at", kind="moment"),
    )
    filters = ArtefactFilters
    search = ("ref", "name")
    sort = "-created"
    views = (
        View("all", _("All")),
        View("unread", _("Not read whole"), {"flag": "unread"}),
    )
    blank_title = ServiceRegister.blank_title
    blank_text = ServiceRegister.blank_text
    blank_url, blank_button, blank_permission, blank_minutes = "api_bring_in", _("Bring in a file"), "apis.bring_in", 2

    def url_of(self, record: Any, slug: str) -> str:
        """The page of what was brought in."""
        return reverse("api_artefact", kwargs={"slug": slug, "ref": record.ref})


def state_of(endpoint: Endpoint, day: Any) -> State:
    """The state of an endpoint on a day, for a cell."""
    code = endpoint.state_on(day)
    return State(code, dict(Endpoint.STATES)[code])
