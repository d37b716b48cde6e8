"""Pages of evidence: the register, an item with its versions, a version as a file."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property

from core.pages.comments import thread_of
from core.pages.registers import RegisterView
from core.pages.views import MemberView
from core.places import address_with
from core.queries.history import history_of
from evidence import kinds, queries
from evidence.models import Evidence, EvidenceVersion
from evidence.registers import EvidenceRegister


class EvidencePage(RegisterView):
    """All evidence."""

    register = EvidenceRegister


class ItemView(MemberView):
    """A page about one item."""

    permission = "evidence.read"

    @cached_property
    def item(self) -> Evidence:
        """The item of the address. Raises Http404."""
        found = queries.evidence_by_ref(self.scope, self.kwargs["ref"])
        if found is None:
            raise Http404
        return found

    def version(self) -> EvidenceVersion:
        """The version of the address, else the newest. Raises Http404."""
        found = queries.version_of(self.scope, self.item, self.kwargs.get("number"))
        if found is None:
            raise Http404
        return found


class ItemPage(ItemView):
    """An item: what was looked at, what was found, what it speaks for, its versions."""

    template = "evidence/item.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the newest version, or the one of the address."""
        version, kind, slug = self.version(), kinds.kind_of(self.item.kind), self.management_system.slug
        supports = [
            (one, address_with(one.url_name, slug, **({one.by: one.code} if one.by else {})) if one.url_name else "")
            for one in kind.supports(version.content)
        ]
        return self.render(
            item=self.item,
            shown=version,
            kind=kind,
            parts=kind.parts(version.content),
            supports=supports,
            versions=queries.versions_of(self.scope, self.item),
            thread=thread_of(self, self.item),
            history=history_of(self.scope, self.item, slug),
        )


class Download(ItemView):
    """A version as the bytes that were hashed."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Hand it over."""
        version = self.version()
        answer = HttpResponse(version.text, content_type="application/json")
        name = f"{self.management_system.slug}-{self.item.ref}-v{version.number}.json"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
