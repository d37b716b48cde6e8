"""The answer to a form whose token does not fit: what was typed is kept where it can be."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.pages import expired


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show a form again to the person it belongs to (they signed in anew meanwhile); else 403 (settings.CSRF_FAILURE_VIEW)."""
    return expired.keep_and_return(request) or render(request, "errors/csrf.html", status=403)
