"""Bring in an inventory: choose a file for the wizard (core.pages.imports); sources and a template beside it."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from aims import queries
from aims.services.imports import SYSTEMS, template_file
from aims.views.base import AimsView
from core.pages import imports


class ImportStart(AimsView, imports.ImportStart):
    """Choose a file; sources heard from and earlier imports below."""

    permission = SYSTEMS.permission
    register = SYSTEMS.key
    template = "aims/import_start.html"

    def page_context(self, form: Any) -> dict[str, Any]:
        """As for any register, with the sources."""
        given = super().page_context(form)
        return {**given, "sources": queries.sources(self.scope)}


class Template(AimsView):
    """A CSV with our columns."""

    permission = "aims.read"

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        """Download."""
        return imports.download(template_file(), "ai-systems.csv")
