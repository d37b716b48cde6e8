"""Somebody who follows the numbers of Where we stand in the demo to their rows."""

import html
import re

from django.http import QueryDict
from django.urls import reverse

from core import scope, when
from core.models import Person
from core.registers import registers
from reports.demo import MAIL
from tests.makers import actor_for
from tests.pages.conftest import browser

FIGURE = re.compile(r'<a (?:class="fig" )?href="([^"]+)"(?: aria-label="[^"]*")?>(\d+)(?: records)?</a>')


class Reader:
    """Somebody who follows numbers to their rows: lists by what their page counts, other places by their page."""

    def __init__(self, tenant, name):
        person = Person.objects.get_by_natural_key(f"{name}@{MAIL}")
        self.tenant, self.client, self.actor = tenant, browser(person), actor_for(person, tenant)
        self.lists = {reverse(one.place, kwargs={"slug": tenant.slug}): one for one in registers().values()}

    def figures(self, asked=None):
        """(address, number) of everything Where we stand counts."""
        body = self.client.get(f"/{self.tenant.slug}/where-we-stand/", asked or {}).content.decode()
        inside = body[body.index('<main class="sheet"') :]
        return [(html.unescape(url), int(number)) for url, number in FIGURE.findall(inside)]

    def rows(self, address):
        """How many rows the place behind a number shows."""
        page, _sharp, part = address.partition("#")
        path, _mark, query = page.partition("?")
        if path in self.lists:
            params = QueryDict(query)
            moment = when.parse_moment(params.get("as_of", ""), when.UTC)
            where = scope.as_of(self.tenant.pk, moment) if moment else scope.current(self.tenant.pk)
            listing = self.lists[path].listing(where, self.actor, params, path, self.tenant.slug)
            assert listing.total is not None and not listing.ignored, address
            return listing.total
        context = self.client.get(page).context
        if "areas" in context:
            return sum(len(area.rows) for area in context["areas"])
        return len(getattr(context["waiting"], part)) if "waiting" in context else context["total"]

    def wrong(self, found):
        """(address, number, rows) of the numbers that say something else than their rows."""
        return [(url, number, rows) for url, number in found if (rows := self.rows(url)) != number]
