"""What every page knows: management system, person, places, what waits; read only when a template asks."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, get_language_info

from core import models, places, scope, when
from core.counting import counted, counted_along
from core.queries.people import memberships_of

THEMES = ("light", "dark")
DENSITIES = ("dense", "roomy")
YES_NO = ("yes", "no")
THEME_COOKIE = "theme"
DENSITY_COOKIE = "density"
OWN_JOBS = "own jobs"


class Shell:
    """The frame of a page for one request; templates know it as ``shell``."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.actor = getattr(request, "actor", None)
        self.management_system = getattr(request, "management_system", None) if self.actor else None
        self.request_id = getattr(request, "request_id", "")

    @cached_property
    def theme(self) -> str:
        """Return "light", "dark" or "" for as the system: known to the server, so that no page flashes."""
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @cached_property
    def density(self) -> str:
        """Return "roomy" or ""."""
        return "roomy" if self.request.COOKIES.get(DENSITY_COOKIE) == "roomy" else ""

    @cached_property
    def languages(self) -> list[tuple[str, str]]:
        """Return the languages to choose from, each by its own name."""
        return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]

    @cached_property
    def mention_mails(self) -> str:
        """Return "yes" or "no": mail about mentions; "" where no mail is sent, so that nothing is offered."""
        if self.person is None or not settings.MAIL_CONFIGURED:
            return ""
        return "yes" if self.person.mention_mails else "no"

    @cached_property
    def person(self) -> Any:
        """Return the signed-in person or None."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def person_name(self) -> str:
        """Return the printed name of the signed-in person."""
        return when.name_of(self.person)

    @cached_property
    def initials(self) -> str:
        """Return at most two letters."""
        return self.person.initials if self.person else ""

    @cached_property
    def scope(self) -> Any:
        """Return the scope the page reads in: the one its view chose, else the present."""
        chosen = getattr(self.request, "scope", None)
        if chosen is None and self.management_system is not None:
            return scope.current(self.management_system.pk)
        return chosen

    @cached_property
    def profile(self) -> Any:
        """Return how the management system describes itself, or None."""
        return self.scope.profile if self.scope is not None else None

    @cached_property
    def zone(self) -> Any:
        """Return the time zone dates are shown in."""
        return when.zone_named(self.profile.time_zone if self.profile else "")

    @cached_property
    def name(self) -> str:
        """Return the printed name of the management system, or ""."""
        if self.management_system is None:
            return ""
        return self.profile.name if self.profile else self.management_system.slug

    @cached_property
    def role(self) -> str:
        """Return the person's roles here, in words."""
        names = models.Membership.ROLE_NAMES
        return ", ".join(str(names[role]) for role in names if role in self.actor.roles) if self.actor else ""

    @cached_property
    def home(self) -> str:
        """Return where the brand leads."""
        return places.address("home", self.management_system.slug) if self.management_system else "/"

    @cached_property
    def systems(self) -> list[dict[str, Any]]:
        """Return the management systems of the person, for the switch in the bar."""
        if not self.person:
            return []
        here = self.management_system.pk if self.management_system else None
        found: list[Any] = getattr(self.request, "memberships", None) or memberships_of(self.person)
        memberships = {held.management_system_id: held for held in found}
        return [
            {
                "name": held.printed or held.management_system.slug,
                "role": ", ".join(map(str, held.role_names)),
                "url": places.address("home", held.management_system.slug),
                "current": pk == here,
            }
            for pk, held in memberships.items()
        ]

    @cached_property
    def systems_url(self) -> str:
        """Return the page that lists the person's management systems."""
        return _address("management_systems") + "?all=1"

    @cached_property
    def counts(self) -> dict[str, int]:
        """Return how many rows each place holds, by its page, and now the person's open jobs; counted together."""
        rows = places.counting(self.scope, self.actor)
        if self.person and not self.scope.past:
            own = models.Job.objects.filter(
                management_system=self.management_system, requested_by=self.person, parent=None
            )
            rows[OWN_JOBS] = own.filter(state__in=(models.Job.WAITING, models.Job.WORKING))
        views = getattr(self.request, "counted_views", None)
        return counted_along(rows, views) if views is not None else counted(rows)

    @cached_property
    def navigation(self) -> list[places.Section]:
        """Return the left navigation."""
        return places.navigation(self.request, self.counts) if self.management_system else []

    @cached_property
    def creatable(self) -> list[places.Item]:
        """Return the New menu; empty when looking at a past moment."""
        return places.creatable(self.request) if self.management_system and not self.as_of else []

    @cached_property
    def search_url(self) -> str:
        """Return the address of the search page."""
        return self._here("search")

    @cached_property
    def jobs_url(self) -> str:
        """Return the address of the list of jobs."""
        return self._here("jobs")

    @cached_property
    def notices_url(self) -> str:
        """Return the address of the notices."""
        return self._here("notices")

    @cached_property
    def jobs(self) -> int:
        """Return how many of the person's jobs are waiting or working; none when looking at a past moment."""
        return self.counts.get(OWN_JOBS, 0) if self.management_system else 0

    @cached_property
    def notices(self) -> int:
        """Return how many notices are unread."""
        return places.waiting("notices", self.scope, self.person)

    @cached_property
    def as_of(self) -> Any:
        """Return the past moment the page shows, or None for now."""
        return self.scope.moment if self.scope is not None and getattr(self.scope, "past", False) else None

    @cached_property
    def as_of_text(self) -> str:
        """Return the past moment in words, in the management system's zone."""
        return when.moment_text(self.as_of, self.zone) if self.as_of else ""

    @property
    def as_of_iso(self) -> str:
        """Return the past moment as addresses carry it, or ""."""
        return self.as_of.isoformat() if self.as_of else ""

    @cached_property
    def now_url(self) -> str:
        """Return this page without ``as_of``."""
        query = self.request.GET.copy()
        query.pop("as_of", None)
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    def _here(self, url_name: str) -> str:
        return places.address(url_name, self.management_system.slug) if self.management_system else ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give every template the frame of the page and the language."""
    frame = getattr(request, "_shell", None) or Shell(request)
    request._shell = frame  # type: ignore[attr-defined]
    return {"shell": frame, "language": get_language() or settings.LANGUAGE_CODE}


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
