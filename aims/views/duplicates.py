"""Look-alikes: systems that may be one, beside each other; merged, or told apart for good."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from aims import duplicates, queries, sheet
from aims.models import AISystem
from aims.services import keep_apart, merge_systems
from aims.services.imports import field_label
from aims.services.merging import TAKEN
from aims.views.base import AimsView, OneSystem, tabs
from core import policy
from core.errors import Stale
from core.pages import repeat
from core.pages.fields import clean_text, version_in

MOST = 20
"""Look-alikes of one system that are named."""
LATER = {AISystem.IN_SCOPE: 0, AISystem.OUT_OF_SCOPE: 1, AISystem.TO_SCREEN: 2, AISystem.RETIRED: 3}


@dataclass(frozen=True)
class Twin:
    """One field of two systems side by side."""

    name: str
    label: str
    kept: str
    other: str
    take: bool

    @property
    def differs(self) -> bool:
        """Whether there is something to choose."""
        return self.kept != self.other


class Duplicates(AimsView):
    """All pairs that look alike, the likest first."""

    template = "aims/duplicates.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        page = self.page_of(duplicates.pairs(self.scope), 25)
        pairs = list(page)
        rows = AISystem.objects.of(self.scope).select_related("owner")
        known = rows.in_bulk([pk for pair in pairs for pk in (pair.one, pair.other)])
        shown = [sorted((known[pair.one], known[pair.other]), key=_weight) for pair in pairs]
        return self.render(page=page, pairs=shown, tabs=tabs(self, "systems_duplicates"))


class DuplicatesOf(OneSystem):
    """One system beside those that look like it; one of them at a time."""

    template = "aims/twins.html"

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show it beside the likest, or the one asked for."""
        return self._page()

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Merge, or remember that they are two; once, however often it is sent."""
        with repeat.sending(request) as sent:
            if sent.led_to:
                return HttpResponseRedirect(sent.led_to)
            answer = self._decided(request)
            if isinstance(answer, HttpResponseRedirect):
                sent.leads_to(answer.url)
            return answer

    def _decided(self, request: HttpRequest) -> HttpResponse:
        other = self._other(request.POST.get("other", ""))
        if other is None:
            raise Http404
        reason = clean_text(request.POST.get("reason", "")).strip()[:4000]
        if request.POST.get("answer") == "apart":
            keep_apart(actor=self.actor, one_id=self.system.pk, other_id=other.pk, reason=reason)
            told = _("%(one)s and %(other)s are not the same; nobody is asked again.")
            return self.done(self._next(), told % {"one": self.system.ref, "other": other.ref})
        try:
            merge_systems(
                actor=self.actor, keep_id=self.system.pk, drop_id=other.pk, reason=reason,
                take=[name for name in TAKEN if request.POST.get(f"take_{name}") == "other"],
                keep_version=version_in(request.POST.get("version", "")),
                drop_version=version_in(request.POST.get("other_version", "")),
            )  # fmt: skip
        except ValidationError as error:
            return self._page(422, other, " ".join(error.messages))
        except Stale:
            self.record()
            return self._page(409, other, _("Somebody changed one of them meanwhile. Look again, then decide."))
        told = _("%(other)s was merged into %(one)s.")
        return self.done(self.url, told % {"one": self.system.ref, "other": other.ref})

    def _next(self) -> str:
        """The next look-alike of the system, else the inbox."""
        more = duplicates.of_systems(self.scope, [self.system])
        if more:
            return self.address("system_duplicates", ref=self.system.ref)
        return self.address("systems_duplicates")

    def _other(self, ref: str) -> AISystem | None:
        found = queries.system_by_ref(self.scope, clean_text(ref))
        return found if found is not None and found.pk != self.system.pk else None

    def _page(self, status: int = 200, other: AISystem | None = None, fault: str = "") -> HttpResponse:
        near = duplicates.of_systems(self.scope, [self.system]).get(self.system.pk, [])
        known = AISystem.objects.of(self.scope).in_bulk([pair.other for pair in near[:MOST]])
        likes = [known[pair.other] for pair in near[:MOST]]
        asked = self.request.GET.get("with", "")
        unknown = ""
        if other is None and asked:
            other = self._other(asked)
            if other is None:
                unknown, status = _("There is no other AI system with this reference."), 404
        other = other or (None if unknown else next(iter(likes), None))
        may = not self.scope.past and policy.allows(self.actor, "aims.merge_systems", self.system)
        context: dict[str, Any] = {
            "system": self.system, "other": other, "likes": likes, "may_merge": may, "fault": fault,
            "twins": self._twins(other) if other else [],
            "links": self._links(other) if other else [],
            "asked": asked, "unknown": unknown, "ticket": repeat.ticket(),
            "merged": [one for one in (self.system, other) if one and one.merged_into_id],
        }  # fmt: skip
        return self.render(status=status, **context)

    def _twins(self, other: AISystem) -> list[Twin]:
        """Every field that one of them has, with the value that is proposed."""
        found = []
        for name in TAKEN:
            kept, given = sheet.words(self.system, name), sheet.words(other, name)
            chosen = self.request.POST.get(f"take_{name}")
            if kept or given:
                take = chosen == "other" if chosen else not kept
                found.append(Twin(name, str(field_label(name)), kept, given, take))
        return found

    def _links(self, other: AISystem) -> list[tuple[str, str, str]]:
        """What is not chosen but shown: scope, stage, sources."""

        def row(label: str, say: Callable[[AISystem], Any]) -> tuple[str, str, str]:
            return label, str(say(self.system)), str(say(other))

        return [
            row(_("Scope"), lambda one: one.get_state_display()),
            row(_("Life-cycle stage"), lambda one: one.get_stage_display()),
            row(
                _("Sources"),
                lambda one: ", ".join(": ".join(filter(None, pair)) for pair in queries.external_ids(self.scope, one)),
            ),
        ]


def _weight(system: AISystem) -> tuple[int, Any]:
    """Which of two is proposed to stay: the one that is decided about, then the older one."""
    return LATER[system.state], system.created_at
