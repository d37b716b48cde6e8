"""Request id, headers, the actor of a page request, and refusals turned into pages in one place."""

import contextlib
import re
from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock, errors, languages
from core.actor import EXTERNAL_AUDITOR, PERSON, Actor
from core.frames import roomy
from core.ids import uuid7
from core.models import Membership, Reading
from core.queries.people import memberships_of

Answer = Callable[[HttpRequest], HttpResponse]
REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,80}$")
REAUTHENTICATED_S = 300


class RequestIdMiddleware:
    """Gives each request an id that pages, problems, logs and ledger entries carry."""

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    @roomy  # the first of ours that a request meets
    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Take a proxy's id when it looks like one, else make one."""
        given = request.headers.get("X-Request-Id", "")
        request.request_id = given if REQUEST_ID.match(given) else str(uuid7())  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class HeadersMiddleware:
    """Headers every answer carries besides Django's and the content policy's."""

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Forbid what the product never uses; pages with people's data are not cached."""
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "private, no-store")
        return response


class ActorMiddleware:
    """Sets ``request.actor`` and ``request.management_system`` for pages under ``/<slug>/``.

    Anonymous people get the same answer for any slug (sign in first); strangers and wrong slugs get 404.
    """

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nobody in particular until the address says where."""
        request.actor = None  # type: ignore[attr-defined]
        request.management_system = None  # type: ignore[attr-defined]
        request.membership = None  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        """Find the membership once per request."""
        if request.path.startswith("/api/"):
            return None
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404  # no record is named by a NUL, and Postgres refuses to look for one
        slug = kwargs.get("slug")
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path()) if slug is not None else None
        if chosen := languages.known(request.user.language):
            translation.activate(chosen)
        if slug is None:
            request.actor = person_actor(request, None)  # type: ignore[attr-defined]
            return None
        request.memberships = held = memberships_of(request.user)  # type: ignore[attr-defined]
        found = next((one for one in held if one.management_system.slug == slug), None)
        if found is None:
            raise Http404
        if chosen := languages.of_member(found):
            translation.activate(chosen)
        request.membership, request.management_system = found, found.management_system  # type: ignore[attr-defined]
        request.actor = person_actor(request, found)  # type: ignore[attr-defined]
        if EXTERNAL_AUDITOR in found.roles and not request.headers.get("HX-Request"):
            Reading.objects.create(
                management_system=found.management_system, person=request.user, path=request.get_full_path()[:400]
            )
        return None


def person_actor(request: HttpRequest, membership: Membership | None) -> Actor:
    """The actor behind a signed-in page request."""
    return Actor(
        kind=PERSON,
        management_system_id=membership.management_system_id if membership else None,
        person_id=request.user.pk,
        roles=frozenset(membership.roles) if membership else frozenset(),
        door="page",
        request_id=request.request_id,  # type: ignore[attr-defined]
        recently_authenticated=recently_authenticated(request),
    )


def recently_authenticated(request: HttpRequest) -> bool:
    """Whether the password or a second factor was given within the last five minutes."""
    given = [record.get("at", 0) for record in get_authentication_records(request, request.user)]
    return bool(given) and clock.now().timestamp() - max(given) < REAUTHENTICATED_S


class RefusalMiddleware:
    """Turns what a rule refuses into a page that says why and who can; htmx gets the same page as a fragment."""

    PAGES = (
        (errors.NotFound, 404, "errors/404.html"),
        (errors.Forbidden, 403, "errors/403.html"),
        (errors.Stale, 409, "errors/409.html"),
        (errors.ContentChanged, 409, "errors/409.html"),
        (errors.StepRefused, 409, "errors/409.html"),
        (ValidationError, 422, "errors/422.html"),
    )

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer refusals; everything else goes its way."""
        if request.path.startswith("/api/"):
            return None
        if isinstance(error, errors.ReauthenticationNeeded):
            from_page = request.headers.get("Referer") or request.get_full_path()
            with contextlib.suppress(Exception):
                request.session["reauthenticate_for"] = from_page
            return redirect_to_login(request.get_full_path(), login_url="account_reauthenticate")
        for kind, status, template in self.PAGES:
            if isinstance(error, kind):
                return render(request, template, {"error": error, "title": _("Not possible")}, status=status)
        return None
