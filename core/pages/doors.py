"""Small doors of the shell: parking a draft, the look of pages."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import context, drafts, languages, when
from core.pages.fields import version_in
from core.services.people import choose_language, choose_mention_mails

YEAR = 365 * 24 * 3600
SIGNED_OUT = 401


@require_POST
def park(request: HttpRequest) -> JsonResponse:
    """Park a form's fields; answers {"told": "Saved 12:03"}; 401 signed out, 400 bad ticket, 413 too large.

    What is typed on after the session ended is kept for an hour, as is what an ended session posts.
    """
    place = drafts.place_of(request.POST.get("ticket", ""))
    fields = _fields(request.POST.get("fields", ""))
    expired = not request.user.is_authenticated
    if place is None or fields is None or (not expired and place.person_id != str(request.user.pk)):
        told = _("Not saved: you are signed out") if expired else _("Not saved")
        return JsonResponse({"told": told}, status=SIGNED_OUT if expired else 400)
    version = request.POST.get("version", "")
    try:
        draft = drafts.park(place, drafts.typed_in(fields), version_in(version), expired=expired)
    except ValidationError as error:
        return JsonResponse({"told": " ".join(error.messages)}, status=413)
    if expired:
        return JsonResponse({"told": _("You are signed out. What you typed is kept.")}, status=SIGNED_OUT)
    clock = when.clock_text(draft.saved_at, when.zone_for(draft.management_system_id))
    return JsonResponse({"told": _("Saved %(time)s") % {"time": clock}})


@require_POST
@login_required
def discard(request: HttpRequest) -> HttpResponse:
    """Forget a parked draft and go back to its form."""
    place = drafts.place_of(request.POST.get("ticket", ""))
    if place is not None and place.person_id == str(request.user.pk):
        drafts.discard(place)
    return HttpResponseRedirect(_safe(request, request.POST.get("next", "/")))


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Remember light or dark, dense or roomy and the language in this browser; language and mails for the person."""
    response = HttpResponseRedirect(_safe(request, request.POST.get("next", "/")))
    choices = (
        (context.THEME_COOKIE, (*context.THEMES, "system")),
        (context.DENSITY_COOKIE, context.DENSITIES),
        (settings.LANGUAGE_COOKIE_NAME, tuple(dict(settings.LANGUAGES))),
    )
    for name, allowed in choices:
        chosen = request.POST.get(name, "")
        if chosen in allowed:
            response.set_cookie(name, chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    if request.user.is_authenticated:
        _remember(request)
    return response


def _remember(request: HttpRequest) -> None:
    """Keep what holds for the person wherever they sign in."""
    known: Any = {"actor": request.actor, "person": request.user}  # type: ignore[attr-defined]
    chosen = languages.known(request.POST.get(settings.LANGUAGE_COOKIE_NAME, ""))
    if chosen:
        choose_language(language=chosen, **known)
    wanted = request.POST.get("mention_mails", "")
    if wanted in context.YES_NO:
        choose_mention_mails(wanted=wanted == "yes", **known)


def _safe(request: HttpRequest, url: str) -> str:
    """Return the address if it stays here, else the start."""
    return url if url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()) else "/"


def _fields(text: str) -> dict[str, Any] | None:
    """Return the posted fields when they are names with lists of strings."""
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # escapes may hide half a character
    except (ValueError, RecursionError):
        return None
    fine = isinstance(found, dict) and all(
        isinstance(values, list) and all(isinstance(value, str) for value in values) for values in found.values()
    )
    return found if fine else None
