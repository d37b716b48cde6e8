"""The global search: a reference jumps to its record, words list what holds them; the palette asks the same door."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from core.pages.views import MemberView
from core.queries import palette, search

SIZE = 30


class SearchPage(MemberView):
    """What holds the words, now or as it was: as a page, as the part the palette shows, or as JSON."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Jump or list."""
        text, kind = request.GET.get("q", "").strip()[:200], request.GET.get("kind", "")
        if request.headers.get("HX-Request"):
            return self.render("core/palette_found.html", groups=self._groups(request, text), text=text)
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"q": text, "groups": [group.plain() for group in self._groups(request, text)]})
        slug = self.management_system.slug
        if text and " " not in text and (url := search.exact(self.scope, text, slug)):
            return HttpResponseRedirect(url + search.moment_of(self.scope))
        kinds, page = self._found(text, kind, request.GET.get("page"))
        hits = [search.hit(self.scope, row, text, slug) for row in page.object_list]
        found: dict[str, Any] = {"text": text, "kind": kind, "kinds": kinds, "page": page, "hits": hits}
        groups = [] if kind or page.number > 1 else self._groups(request, text, records=False)
        return self.render("core/search.html", groups=groups, **found)

    def _found(self, text: str, kind: str, number: str | None) -> tuple[list[tuple[str, str, int]], Page]:
        """Kinds of what was found, and a page of it. Texts are read once where all that is found fits on a page."""
        rows: Any = search.matching(self.scope, text, kind)
        first = list(rows[: SIZE + 1]) if text and not kind and not number else None
        whole = first is not None and len(first) <= SIZE
        kinds = search.kinds(self.scope, text, first if whole else None) if text else []
        paginator = Paginator(rows, SIZE)
        paginator.__dict__["count"] = sum(n for code, _label, n in kinds if kind in {"", code})
        page = paginator.get_page(number)
        if first is not None:
            page.object_list = first[:SIZE]
        return kinds, page

    def _groups(self, request: HttpRequest, text: str, *, records: bool = True) -> list[palette.Group]:
        return palette.groups(request, self.scope, self.actor, text, records=records)
