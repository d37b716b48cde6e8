"""Home by role, My work, Where we stand, findings."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from core import agenda, checks, places, policy
from core.errors import NotFound
from core.pages.views import MemberView
from core.queries import people, search, standing


class Home(MemberView):
    """Where each role lands."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Go there."""
        slug = self.management_system.slug
        url = places.address(agenda.home_of(self.actor.roles), slug)
        return HttpResponseRedirect(url or reverse("where_we_stand", kwargs={"slug": slug}))


class MyWork(MemberView):
    """What waits for the reader, or for somebody whose link was copied."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List it."""
        who = self._asked(request.GET.get("of", ""))
        person = standing.member_named(self.scope, who)
        if person is None and who != self.actor.person_id:
            raise NotFound
        everything = standing.waiting(self.scope, self.management_system.slug, self.actor.person_id)
        given: dict[str, Any] = {"person": person, "own": who == self.actor.person_id, "people": everything.people}
        return self.render("core/my_work.html", waiting=everything.for_person(who), **given)

    def _asked(self, text: str) -> Any:
        try:
            return uuid.UUID(text) if text else self.actor.person_id
        except ValueError:
            return self.actor.person_id


class WhereWeStand(MemberView):
    """Everything drawn from what rooms registered; every number leads to its rows."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Draw it."""
        slug = self.management_system.slug
        found = standing.Findings(self.scope, slug)
        profile = people.profile(self.scope)
        audit = profile.next_audit_on
        path = standing.path(self.scope, slug)
        given: dict[str, Any] = {
            "profile": profile, "slug": slug, "days_to_audit": (audit - self.scope.today).days if audit else None,
            "next": found.most_urgent(),
            "next_steps": [one for one in path if not one.finished and one.recorded and one.url][:3],
            "findings": found, "rows": found.by_clause(), "tiers": checks.TIERS,
            "path": path, "path_done": sum(one.finished for one in path),
            "waiting": standing.waiting(self.scope, slug, self.actor.person_id),
            "panes": standing.panes(self.scope, self.actor),
            "changes": standing.newest(self.scope, slug), "checks_registered": bool(checks.registered()),
            "and_moment": search.moment_of(self.scope).replace("?", "&"),
            "may_settings": policy.allows(self.actor, "core.settings"), "members": standing.members(self.scope),
        }  # fmt: skip
        return self.render("core/where_we_stand.html", **given)


class FindingsPage(MemberView):
    """The findings behind a number of Where we stand: by chapter, tier, check."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        clause, tier, check = (request.GET.get(name, "") for name in ("clause", "tier", "check"))
        found = standing.Findings(self.scope, self.management_system.slug, clause, tier, check)
        given: dict[str, Any] = {
            "page": self.page_of(found, 100), "total": len(found), "clause": clause, "tier": tier, "check": check,
            "clauses": [(key, label if key == "A" else f"{key} {label}") for key, label in standing.CLAUSES.items()],
            "tiers": checks.TIERS,
        }  # fmt: skip
        return self.render("core/findings.html", **given)
