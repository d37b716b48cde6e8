"""Where things are: sign-in, health, the REST interface, the rooms' pages."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path

from core.api.views import NowhereView
from core.views import health


def _of_rooms(module: str) -> list[URLPattern | URLResolver]:
    """URL patterns of every room that has the module, lowest room first."""
    found: list[URLPattern | URLResolver] = []
    for room in settings.ROOMS:
        if find_spec(f"{room}.{module}") is not None:
            found += import_module(f"{room}.{module}").urlpatterns
    return found


urlpatterns = [
    path("healthz/", health.healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include((_of_rooms("api_urls"), "api"))),
    re_path(r"^api/", NowhereView.as_view()),
    *_of_rooms("urls"),
]
handler400 = "core.views.refusals.bad_request"
handler403 = "core.views.refusals.forbidden"
handler404 = "core.views.refusals.not_found"
handler500 = "core.views.refusals.server_error"
handler429 = "core.pages.errors.too_many"
