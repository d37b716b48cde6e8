"""Claims: a source speaks of a system that another source or a person brought in."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from aims import queries
from aims.services import decide_claim
from aims.services.imports import field_label
from aims.views.base import AimsView
from core.pages.fields import version_shown
from core.pages.views import ConfirmPage


class Claims(AimsView):
    """All that wait."""

    template = "aims/claims.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        page = self.page_of(queries.claims_waiting(self.scope))
        return self.render(page=page)


class ClaimPage(AimsView, ConfirmPage):
    """The same system or another?"""

    permission = "aims.sync"
    template = "aims/claim.html"

    @property
    def claim(self) -> Any:
        """The claim. Raises Http404."""
        found = queries.claim(self.scope, self.kwargs["pk"])
        if found is None:
            raise Http404
        return found

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Both side by side."""
        return self.render(**self._context())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Decide."""
        answer = request.POST.get("answer", "")
        if answer not in {"same", "other"}:
            return self.render(status=422, **self._context())
        system = decide_claim(
            actor=self.actor, claim_id=self.claim.pk, same=answer == "same",
            expected_version=version_shown(request),
        )  # fmt: skip
        told = _("%(source)s feeds %(ref)s now.") % {"source": self.claim.source, "ref": system.ref}
        return self.done(self.address("systems_claims"), told)

    def _context(self) -> Mapping[str, Any]:
        claim = self.claim
        system = claim.system
        rows = [
            (field_label(name), str(getattr(system, name, "") or ""), value)
            for name, value in claim.values.items()
            if str(getattr(system, name, "") or "") != value
        ]
        return {"claim": claim, "system": system, "rows": rows, "back": self.address("systems_claims")}
