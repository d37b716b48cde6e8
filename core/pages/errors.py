"""Error pages the frameworks ask for besides Django's four: a form whose token does not fit, too many tries."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.pages import expired


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show a form again to its person, who signed in anew meanwhile; else 403 (settings.CSRF_FAILURE_VIEW)."""
    return expired.keep_and_return(request) or render(request, "errors/csrf.html", status=403)


def too_many(request: HttpRequest) -> HttpResponse:
    """429 with the seconds to wait (config.urls.handler429)."""
    response = render(request, "errors/429.html", status=429)
    response["Retry-After"] = "300"
    return response
