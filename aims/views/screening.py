"""To screen: decide what is in scope, one after the other."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from aims import queries
from aims.views.base import AimsView
from core import policy, workflow
from core.errors import NotFound, Stale, StepRefused
from core.pages.fields import clean_text, version_shown

STEPS = ("take_in", "leave_out")


class ToScreen(AimsView):
    """Systems nobody has decided about, the longest waiting first; each row is a form of its own."""

    template = "aims/to_screen.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Decide about one. A refusal stands at its row with what was typed."""
        system = queries.system_by_ref(self.scope, clean_text(request.POST.get("ref", "")))
        step = request.POST.get("step", "")
        if system is None or step not in STEPS:
            raise NotFound
        reason = clean_text(request.POST.get("reason", "")).strip()
        try:
            workflow.take(
                step, system, actor=self.actor, reason=reason,
                expected_version=version_shown(request),
            )  # fmt: skip
        except StepRefused as refusal:
            said = " ".join(str(obstacle.reason) for obstacle in refusal.obstacles)
            return self._page(409, said, system.ref, reason)
        except Stale:
            return self._page(409, _("Somebody changed it meanwhile. Look again, then decide."), system.ref, reason)
        told = _("%(name)s is in scope.") if step == "take_in" else _("%(name)s is out of scope.")
        return self.done(request.get_full_path(), told % {"name": system.name})

    def _page(self, status: int = 200, said: str = "", ref: str = "", typed: str = "") -> HttpResponse:
        page = self.page_of(queries.systems_to_screen(self.scope), 25)
        context: dict[str, Any] = {
            "rows": [(system, queries.waiting_days(self.scope, system)) for system in page],
            "page": page,
            "may_screen": not self.scope.past and policy.allows(self.actor, "aims.screen"),
            "who": policy.who("aims.screen", None, self.management_system.pk),
        }
        return self.render(status=status, refused=said, refused_ref=ref, typed=typed, **context)
