"""Pages of the inventory: services, endpoints, what was brought in, and the door to bring in more."""

import uuid
from collections import Counter
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.models import AISystem
from apis import queries, services
from apis.forms.inventory import ServiceForm
from apis.inventory_registers import SYNONYMS, ArtefactRegister, EndpointRegister, ServiceRegister, state_of
from apis.models import Artefact, Endpoint, Service
from apis.queries_of_exposure import exposed
from apis.queries_of_inventory import differences
from apis.words import label_of, reason_of
from core import policy
from core.models import Membership
from core.pages.comments import thread_of
from core.pages.registers import RegisterView
from core.pages.views import FormPage, MemberView
from core.queries.history import briefly, history_of

DIFFERENCES = 20
"""Endpoints of each kind of difference that a page names; the register has all."""


class ApiView(MemberView):
    """A page of the inventory."""

    permission = "apis.read"

    def url(self, name: str, **parts: Any) -> str:
        """The address of a page of this management system."""
        return reverse(name, kwargs={"slug": self.management_system.slug, **parts})


class _Listing(RegisterView):
    permission = "apis.read"
    template = "apis/inventory.html"

    def page_context(self) -> dict[str, Any]:
        """Whether this person may bring in more."""
        return {"may_bring": policy.allows(self.actor, "apis.bring_in")}


class Services(_Listing):
    """All services."""

    register = ServiceRegister


class Endpoints(_Listing):
    """All endpoints."""

    register = EndpointRegister


class Artefacts(_Listing):
    """What was brought in."""

    register = ArtefactRegister


class ServicePage(ApiView):
    """One service: what it serves, what it answers, what traffic tells, and how that differs from its description."""

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show it."""
        service = queries.service_by_ref(self.scope, ref)
        if service is None:
            raise Http404
        today = self.scope.today
        rows = list(queries.with_calls(queries.endpoints_of(self.scope, service), self.scope))
        lines = [(one, state_of(one, today), SYNONYMS.get(one.state_on(today), "")) for one in rows]
        states = Counter(state.code for _one, state, _also in lines)
        return self.render(
            "apis/service.html",
            service=service,
            systems=list(service.systems.all()),
            lines=lines,
            counts=[(label, states[code], code) for code, label in Endpoint.STATES if states[code]],
            told=None if self.scope.past else queries.told(service),
            **self._differences(service, rows),
            **exposed(self.scope, service),
            artefacts=[(one, label_of(one.form)) for one in queries.artefacts_of(self.scope, service.host)[:20]],
            may_edit=not self.scope.past and policy.allows(self.actor, "apis.change_service", service),
            thread=thread_of(self, service),
            history=briefly(history_of(self.scope, service, self.management_system.slug)),
        )

    def _differences(self, service: Service, rows: list[Endpoint]) -> dict[str, Any]:
        found = differences(service, rows)
        groups = [] if found is None else [
            (_("Called and not described"), found.only_seen, "only_called"),
            (_("Described and never seen"), found.only_described, "only_described"),
            (_("Deprecated and still called"), found.deprecated_called, "deprecated_called"),
        ]  # fmt: skip
        shown = [
            (label, rows[:DIFFERENCES], len(rows), max(0, len(rows) - DIFFERENCES), flag)
            for label, rows, flag in groups if rows
        ]  # fmt: skip
        return {"differs": found, "differing": shown}


class EndpointPage(ApiView):
    """One endpoint: state, description and what traffic tells."""

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show it."""
        endpoint = queries.endpoint_by_ref(self.scope, ref)
        if endpoint is None:
            raise Http404
        return self.render(
            "apis/endpoint.html",
            endpoint=endpoint,
            state=state_of(endpoint, self.scope.today),
            also=SYNONYMS.get(endpoint.state_on(self.scope.today), ""),
            told=None if self.scope.past else queries.told(endpoint.service, endpoint),
            **exposed(self.scope, endpoint.service, (endpoint.method, endpoint.template)),
            may_edit=(
                not self.scope.past
                and endpoint.replaced_by_id is None
                and policy.allows(self.actor, "apis.change_service", endpoint.service)
            ),
            history=briefly(history_of(self.scope, endpoint, self.management_system.slug)),
        )


class ArtefactPage(ApiView):
    """What was brought in: what was understood, and what was not."""

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show it."""
        artefact = queries.artefact_by_ref(self.scope, ref)
        if artefact is None:
            raise Http404
        hosts = {one.host: one for one in queries.every_service(self.scope).filter(host__in=list(artefact.hosts))}
        return self.render(
            "apis/artefact.html",
            artefact=artefact,
            form=label_of(artefact.form),
            hosts=[(host, hosts.get(host), number) for host, number in sorted(artefact.hosts.items())],
            unread=[(reason_of(one["reason"]), one["lines"], one["samples"]) for one in artefact.unread],
            is_traffic=artefact.kind == Artefact.TRAFFIC,
            undone=None if self.scope.past else services.left_undone(artefact),
            history=briefly(history_of(self.scope, artefact, self.management_system.slug)),
        )


class EditService(FormPage):
    """What people say about a service."""

    form_class = ServiceForm
    permission = "apis.read"

    @cached_property
    def service(self) -> Service:
        """The service. Raises Http404."""
        found = queries.service_by_ref(self.scope, self.kwargs["ref"])
        if found is None:
            raise Http404
        return found

    def record(self) -> Service:
        """The service afresh, for the form."""
        self.__dict__.pop("service", None)
        policy.require(self.actor, "apis.change_service", self.service)
        return self.service

    def form_options(self) -> dict[str, Any]:
        """What is stored, and who and what can be chosen."""
        one = self.service
        initial = {
            "name": one.name, "owner": str(one.owner_id or ""), "environment": one.environment,
            "exposure": one.exposure, "notes": one.notes, "systems": [str(each.pk) for each in one.systems.all()],
        }  # fmt: skip
        members = Membership.objects.of(self.scope).answerable_at(self.scope.moment).select_related("person")
        people = {member.person_id: member.person for member in members}
        if one.owner is not None:
            people[one.owner_id] = one.owner
        systems = AISystem.objects.of(self.scope).exclude(state=AISystem.RETIRED).order_by("name")
        named = sorted(people.values(), key=lambda person: person.name.casefold())
        return {"initial": initial, "version": one.version, "people": named, "systems": list(systems)}

    def page_context(self, form: ServiceForm) -> dict[str, Any]:
        """Title, words, way back."""
        return {
            "title": _("Change %(name)s") % {"name": self.service.name},
            "button": _("Save"),
            "back": reverse("api_service", kwargs={"slug": self.management_system.slug, "ref": self.service.ref}),
        }

    def save(self, form: ServiceForm) -> str:
        """Write it."""
        data = dict(form.cleaned_data)
        owner = data.pop("owner")
        services.change_service(
            actor=self.actor, service_id=self.service.pk, expected_version=form.expected_version,
            owner_id=uuid.UUID(owner) if owner else None, **data,
        )  # fmt: skip
        return reverse("api_service", kwargs={"slug": self.management_system.slug, "ref": self.service.ref})
