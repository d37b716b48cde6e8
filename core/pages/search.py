"""The global search: a reference jumps to its record, words list what holds them."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from core.pages.views import MemberView
from core.queries import search

SIZE = 30


class SearchPage(MemberView):
    """What holds the words, now or as it was."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Jump or list."""
        text, kind = request.GET.get("q", "").strip()[:200], request.GET.get("kind", "")
        slug = self.management_system.slug
        if text and " " not in text and (url := search.exact(self.scope, text, slug)):
            return HttpResponseRedirect(url + search.moment_of(self.scope))
        page = Paginator(search.matching(self.scope, text, kind), SIZE).get_page(request.GET.get("page"))
        hits = [search.hit(self.scope, row, text, slug) for row in page.object_list]
        kinds = search.kinds(self.scope, text) if text else []
        return self.render("core/search.html", text=text, kind=kind, kinds=kinds, page=page, hits=hits)
