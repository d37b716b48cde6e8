"""Error pages that Django itself asks for."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

PROBLEM = "application/problem+json"


def _answer(request: HttpRequest, status: int, title: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": title, "status": status}
        return JsonResponse(problem, status=status, content_type=PROBLEM)
    return render(request, f"errors/{status}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 for a body larger than this installation accepts."""
    if isinstance(exception, RequestDataTooBig):
        return _answer(request, 413, "Too large")
    return _answer(request, 400, "Bad request")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _answer(request, 403, "Forbidden")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, the same for strangers and for what does not exist."""
    return _answer(request, 404, "Not found")


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _answer(request, 500, "Internal error")
