"""To screen: decide what is in scope, one after the other or several at once, by keys or buttons."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from aims import duplicates, queries, screening
from aims.models import AISystem
from aims.views.base import AimsView, tabs
from core import policy, workflow
from core.errors import NotFound, Stale, StepRefused
from core.pages import repeat
from core.pages.fields import clean_text, version_shown
from core.registers import bulk, registers
from core.services.undoing import undo_step

STEPS = ("take_in", "leave_out")
SHOWN = 25
MANY = (*STEPS, "group")


class ToScreen(AimsView):
    """Systems nobody has decided about, the longest waiting first; each row is a form of its own."""

    template = "aims/to_screen.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Decide about one or about those picked, or take the last decision back; once, however often it is sent."""
        with repeat.sending(request) as sent:
            if sent.led_to:
                return HttpResponseRedirect(sent.led_to)
            answer = self._decided(request)
            if isinstance(answer, HttpResponseRedirect):
                sent.leads_to(answer.url)
            return answer

    def _decided(self, request: HttpRequest) -> HttpResponse:
        if change_id := request.POST.get("undo", ""):
            return self._undone(change_id)
        if request.POST.get("many", "") in MANY:
            return self._many(request.POST["many"])
        return self._one(request)

    # One ------------------------------------------------------------------------------------------------------------

    def _one(self, request: HttpRequest) -> HttpResponse:
        """A refusal stands at its row with what was typed."""
        system = queries.system_by_ref(self.scope, clean_text(request.POST.get("ref", "")))
        step = request.POST.get("step", "")
        if system is None or step not in STEPS:
            raise NotFound
        reason = self._reason()
        try:
            workflow.take(step, system, actor=self.actor, reason=reason, expected_version=version_shown(request))
        except StepRefused as refusal:
            said = " ".join(str(obstacle.reason) for obstacle in refusal.obstacles)
            return self._page(409, said, system.ref, reason)
        except Stale:
            return self._page(409, _("Somebody changed it meanwhile. Look again, then decide."), system.ref, reason)
        return self.done(request.get_full_path())

    # Several --------------------------------------------------------------------------------------------------------

    def _many(self, key: str) -> HttpResponse:
        """Take the register's bulk step to the rows picked; what was left alone is named."""
        register = registers()["systems"]
        step = register.step(key)
        if step is None:
            raise NotFound
        policy.require(self.actor, step.permission)
        try:
            versions, data = self._picked(), self._data(key)
            outcome = bulk.apply(step, self.actor, register, versions, data)
        except ValidationError as error:
            return self._page(422, many_error=" ".join(error.messages), many_reason=self._reason())
        if outcome.kept:
            return self._page(422, kept=outcome.kept)
        return self.done(self.request.get_full_path())

    def _picked(self) -> dict[str, int]:
        """Id → version of the rows picked. Raises ValidationError for none."""
        versions = {}
        for pick in self.request.POST.getlist("pick")[: bulk.MOST]:
            pk, _sep, version = pick.partition(":")
            if version.isdecimal() and len(version) < 10:
                versions[pk] = int(version)
        if not versions:
            raise ValidationError(_("Choose at least one row."))
        known = AISystem.objects.visible_to(self.actor)
        try:
            found = {str(pk) for pk in known.filter(pk__in=list(versions)).values_list("pk", flat=True)}
        except (ValueError, ValidationError) as error:
            raise NotFound from error
        return {pk: version for pk, version in versions.items() if pk in found}

    def _data(self, key: str) -> dict[str, Any]:
        """What the bulk step is told. Raises ValidationError."""
        if key == "leave_out" and not self._reason():
            raise ValidationError(_("Say why they are out of scope."))
        if key != "group":
            return {"reason": self._reason()}
        group = queries.group_by_ref(self.scope, clean_text(self.request.POST.get("group", "")))
        if group is None:
            raise ValidationError(_("Choose a group."))
        return {"group": group}

    # Back -----------------------------------------------------------------------------------------------------------

    def _undone(self, change_id: str) -> HttpResponse:
        """Take the last decision of this person back."""
        last = screening.last(self.scope, self.actor)
        if last is None or last.change_id != change_id:
            return self._page(409, _("You decided something else meanwhile. Look again."))
        undone = undo_step(actor=self.actor, change_id=change_id)
        if undone.kept:
            told = [(one.ref, _("Somebody changed it meanwhile.")) for one in undone.kept]
            return self._page(422, kept=told)
        return self.done(self.request.get_full_path())

    # The page -------------------------------------------------------------------------------------------------------

    def _reason(self) -> str:
        return clean_text(self.request.POST.get("reason", "")).strip()[:4000]

    def _page(self, status: int = 200, said: str = "", ref: str = "", typed: str = "", **told: Any) -> HttpResponse:
        if status == 409 and self.request.headers.get("HX-Request"):
            status = 422  # a part that is swapped says it at its row
        listed = screening.listing(self.scope, self.actor, self.request.GET, self.management_system.slug)
        page = self.page_of(screening.waiting(listed), SHOWN)
        systems = list(page)
        last = None if self.scope.past else screening.last(self.scope, self.actor)
        done, total = queries.screened(self.scope)
        context: dict[str, Any] = {
            "rows": self._rows(systems), "ticket": repeat.ticket(),
            "page": page,
            "filters": {name: self.request.GET.get(name, "") for name in screening.FILTERS},
            "narrowed": any(self.request.GET.get(name, "").strip() for name in screening.FILTERS),
            "done": done, "total": total,
            "may_screen": not self.scope.past and policy.allows(self.actor, "aims.screen"),
            "who": policy.who("aims.screen", None, self.management_system.pk),
            "may_undo": last is not None and policy.allows(self.actor, "core.undo"),
            "last": last, "last_told": screening.told(last) if last else "",
            "units": screening.units(self.scope), "sources": queries.sources(self.scope),
            "reasons": screening.reasons(self.scope), "groups": list(queries.groups(self.scope)),
            "all_url": f"{self.address('systems')}?{listed.params.urlencode()}",
            "tabs": tabs(self, "systems_to_screen"),
        }  # fmt: skip
        return self.render(status=status, refused=said, refused_ref=ref, typed=typed, **told, **context)

    def _rows(self, systems: list[AISystem]) -> list[dict[str, Any]]:
        near = duplicates.of_systems(self.scope, systems)
        likest = {pk: pairs[0].other for pk, pairs in near.items()}
        picked = set(self.request.POST.getlist("pick"))
        names = AISystem.objects.of(self.scope).in_bulk(list(likest.values()))
        return [
            {
                "system": system,
                "picked": f"{system.pk}:{system.version}" in picked,
                "days": queries.waiting_days(self.scope, system),
                "like": names.get(likest.get(system.pk)),
                "likes": len(near.get(system.pk, ())),
            }
            for system in systems
        ]
