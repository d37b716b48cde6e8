"""AI work that no AI system stands for, and third parties whose models are called: people decide."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.models import AISystem
from apis import queries, services
from apis.queries_of_inventory import proposals, suppliers
from core import policy
from core.pages import repeat
from core.pages.fields import version_shown
from core.pages.views import MemberView

SHOWN = 6
"""Endpoints of a proposal that are listed; the rest is counted."""


class Unregistered(MemberView):
    """What was seen and nobody registered."""

    permission = "apis.read"
    template = "apis/unregistered.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.page()

    def page(self, status: int = 200, **context: Any) -> HttpResponse:
        """Both lists; says apart that nothing was brought in and that nothing is left to decide."""
        found = [
            {
                "service": one.service, "suggested": one.suggested, "endpoints": one.endpoints[:SHOWN],
                "more": max(0, len(one.endpoints) - SHOWN),
                "may": not self.scope.past and policy.allows(self.actor, "apis.change_service", one.service),
            }
            for one in proposals(self.scope)
        ]  # fmt: skip
        return self.render(
            status=status, proposals=found, suppliers=suppliers(self.scope),
            anything=queries.every_service(self.scope).exists(), ticket=repeat.ticket(),
            may_register=policy.allows(self.actor, "aims.register_system"),
            may_bring=policy.allows(self.actor, "apis.bring_in"), **context,
        )  # fmt: skip


class Claim(Unregistered):
    """Say which AI system a service serves, or register one."""

    writes = True
    http_method_names = ("post",)

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Do it and go to the AI system."""
        service = queries.service_by_ref(self.scope, ref)
        if service is None:
            raise Http404
        system = None
        if wanted := request.POST.get("system", ""):
            system = AISystem.objects.of(self.scope).filter(ref=wanted[:24]).first()
            if system is None:
                raise Http404
        try:
            with repeat.sending(request) as sent:
                url = sent.led_to or self._claim(service, system)
                sent.leads_to(url)
        except ValidationError as error:
            return self.page(422, refused=" ".join(error.messages))
        return self.done(url, _("%(name)s is tied to its AI system.") % {"name": service.name})

    def _claim(self, service: Any, system: AISystem | None) -> str:
        found = services.claim_service(
            actor=self.actor, service_id=service.pk, system=system, expected_version=version_shown(self.request)
        )
        return reverse("system", kwargs={"slug": self.management_system.slug, "ref": found.ref})
