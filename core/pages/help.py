"""Help: how to begin, the keys, sources and corrections."""

from django.http import HttpRequest, HttpResponse

from core.pages.sources import CAVEATS, CORRECTIONS, GROUPS
from core.pages.views import MemberView


class HelpPage(MemberView):
    """How to begin, words, keys."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.render("core/help.html", tab="help")


class SourcesPage(MemberView):
    """What the shipped content rests on, and where we correct what others say."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.render("core/sources.html", tab="sources", groups=GROUPS, corrections=CORRECTIONS, caveats=CAVEATS)
