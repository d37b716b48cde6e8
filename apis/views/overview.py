"""The overview of APIs: what is covered first, then each capability; the API requirements with their evidence."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from apis import coverage, observing, queries
from apis.evidence_records import CONTRADICTS, IN_LINE, NO_DATA, OBSERVED
from apis.overview import cards
from apis.posture.requirements import CAPABILITIES, JUDGED, PILLARS
from apis.views.inventory import ApiView
from controls import words
from controls.catalogue import catalogue
from core import policy


class OverviewPage(ApiView):
    """Coverage of AI systems, then what each capability shows."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it; where nothing was brought in, the ways to do so."""
        scope, slug = self.scope, self.management_system.slug
        shares = coverage.shares(scope)
        systems = reverse("systems", kwargs={"slug": slug})
        return self.render(
            "apis/overview.html",
            empty=not queries.every_service(scope).exists(),
            total=shares[0].total,
            shares=[(one, f"{systems}?state=in_scope&flag={one.code}") for one in shares],
            segments=_segments(shares),
            cards=[self._drawn(card) for card in cards()],
            may_bring=not scope.past and policy.allows(self.actor, "apis.bring_in"),
        )

    def _drawn(self, card: Any) -> dict[str, Any]:
        slug = self.management_system.slug
        found = card.draw(self.scope, slug)
        context = {"card": card, "drawn": found, "slug": slug}
        body = render_to_string(card.template, context, self.request) if found is not None else ""
        return {
            "code": card.code,
            "title": card.title,
            "empty": card.empty,
            "body": body,
            "url": self.url(card.url_name),
        }


def _segments(shares: list[coverage.Share]) -> list[tuple[str, float, float]]:
    """Code, left edge and width of each share in a bar 100 wide."""
    found, left = [], 0.0
    for one in shares:
        if one.number:
            width = round(100 * one.number / one.total, 2)
            found.append((one.code, round(left, 2), width))
            left += width
    return found


class RequirementsPage(ApiView):
    """The API requirements, each with what evidence says of it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show them, all or those of one state."""
        rows = observing.lines(self.scope)
        asked = request.GET.get("state", "")
        counts = [(state, OBSERVED[state], sum(one.state == state for one in rows)) for state in STATES]
        return self.render(
            "apis/requirements.html",
            counts=counts,
            asked=asked if asked in STATES else "",
            total=len(rows),
            shown=any(asked in (*_NOT_ASKED, one.state) for one in rows),
            groups=[
                (label, [one for one in rows if one.requirement.pillar == code and asked in (*_NOT_ASKED, one.state)])
                for code, label in PILLARS.items()
            ],
        )


STATES = (CONTRADICTS, IN_LINE, NO_DATA)
_NOT_ASKED = ("",)


class RequirementPage(ApiView):
    """One API requirement: what it asks, what evidence of each service says, which controls it supports."""

    def get(self, request: HttpRequest, code: str, **kwargs: Any) -> HttpResponse:
        """Show it."""
        line = next((one for one in observing.lines(self.scope) if one.requirement.code == code), None)
        if line is None:
            raise Http404
        one = line.requirement
        known = catalogue()
        return self.render(
            "apis/requirement.html",
            line=line,
            one=one,
            pillar=PILLARS[one.pillar],
            capability=CAPABILITIES[one.capability],
            judged=JUDGED[one.judged],
            may_bring=not self.scope.past and policy.allows(self.actor, "apis.bring_in"),
            controls=[(each, words.title_of(each, known.control(each).title.en)) for each in one.annex],
        )
