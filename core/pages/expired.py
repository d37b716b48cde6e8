"""A form sent after the session ended: what was typed is parked for its person and shown again after sign-in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from core import drafts
from core.pages.fields import version_in


class ExpiredPostMiddleware:
    """Parks what a signed-out person posts with a valid ticket; stands between authentication and actor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; the work is done once the CSRF check has passed."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Answer for a signed-out form with a ticket; leave everything else alone."""
        if request.path.startswith("/api/") or request.user.is_authenticated:
            return None
        sent = request.method == "POST" and drafts.TICKET in request.POST
        kept = keep(request) if sent else None
        if request.headers.get("HX-Request") and "slug" in kwargs:
            return _whole_page_to_sign_in(request, kept)
        if not sent:
            return None
        told = _(
            "You were signed out meanwhile. Nothing was saved. "
            "What you typed is kept for one hour and comes back after you sign in."
        )
        lost = _("You were signed out meanwhile and nothing was saved.")
        messages.warning(request, told if kept else lost)
        return redirect_to_login(f"{request.path}?{urlencode({'draft': 1})}" if kept else request.path)


def _whole_page_to_sign_in(request: HttpRequest, kept: drafts.Place | None) -> HttpResponse:
    """Answer a part of a page: the whole page goes to sign-in, not the part of it, and finds what was typed after."""
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path or request.path
    if kept is not None and kept.record == here:
        here = f"{here}?{urlencode({'draft': 1})}"
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = redirect_to_login(here)["Location"]
    return answer


def keep(request: HttpRequest) -> drafts.Place | None:
    """Park what the request posted for the person its ticket names; return where, None when it could not be kept."""
    place = drafts.place_of(request.POST.get(drafts.TICKET, ""))
    if place is None:
        return None
    version = request.POST.get("version", "")
    try:
        drafts.park(place, drafts.typed_in(request.POST), version_in(version), expired=True)
    except ValidationError:
        return None
    return place


def keep_and_return(request: HttpRequest) -> HttpResponse | None:
    """Park a form whose token is stale but whose person is signed in, and show it again; None when not that case."""
    place = drafts.place_of(request.POST.get(drafts.TICKET, "")) if request.method == "POST" else None
    user = getattr(request, "user", None)
    if place is None or user is None or str(user.pk) != place.person_id or keep(request) is None:
        return None
    messages.warning(
        request, _("You signed in again meanwhile, so this was not saved yet. Look it over and save once more.")
    )
    return HttpResponseRedirect(f"{request.path}?{urlencode({'draft': 1})}")
