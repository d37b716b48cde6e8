"""What the pages of the room share."""

import dataclasses
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.models import AISystem
from controls.models import Control
from core import registries
from core.pages.heat import HeatCell, HeatMap, Pin, heat_map
from core.pages.views import MemberView
from core.queries import fields
from core.queries.history import history_of
from risks import methodology, queries
from risks.forms.risk import Surroundings
from risks.models import Action, Methodology, Risk

WHENS = ("before", "today", "target")
BULKY = {"frozen", "content", "ratings", "submitted hash"}
"""Columns whose value is a document; a page of their own shows them."""
MANY = 5


class RoomView(MemberView):
    """A page of the risks room."""

    permission = "risks.read"

    def url(self, name: str, **parts: Any) -> str:
        """Return the address of a page of this management system."""
        return reverse(name, kwargs={"slug": self.management_system.slug, **parts})

    def tell(self, words: Any) -> None:
        """Leave a message for the next page."""
        messages.success(self.request, words)

    def tabs(self, current: str) -> list[tuple[Any, str, bool]]:
        """Return the tabs of the room."""
        return tabs(self.management_system.slug, current)

    def risk(self) -> Risk:
        """Return the risk of the address. Raises Http404."""
        rows = Risk.objects.of(self.scope).with_flags(self.scope.today).select_related("owner", "methodology")
        return found_or_404(rows.filter(ref=self.kwargs["ref"]))

    @property
    def criteria(self) -> Methodology:
        """Return the criteria in force. Raises Http404 in a past without any."""
        if not hasattr(self, "_criteria"):
            self._criteria = queries.criteria_in_force(self.scope)
        if self._criteria is None:
            raise Http404
        return self._criteria


def history(view: RoomView, record: Any, limit: int = 20) -> list[Any]:
    """Return a record's history; the first entry says that it was added, not every field it was added with."""
    shown, bulky = [], {fields.label(None, name) for name in BULKY}
    for one in history_of(view.scope, record, view.management_system.slug, limit=limit):
        rows = [row for row in one.rows if row[0] not in bulky]
        added = len(one.rows) > MANY and not any(old for _field, old, _new in one.rows)
        shown.append(dataclasses.replace(one, rows=() if added else rows))
    return shown


def tabs(slug: str, current: str) -> list[tuple[Any, str, bool]]:
    """Return the tabs of the room: (label, address, is current)."""
    labels = {
        "risks": _("Register"),
        "risk_heat": _("Heat map"),
        "risk_actions": _("Actions"),
        "risk_plan": _("Treatment plan"),
        "risk_acceptances": _("Acceptances"),
        "risk_catalogue": _("Catalogue"),
        "risk_criteria": _("Criteria"),
    }
    return [(label, reverse(name, kwargs={"slug": slug}), name == current) for name, label in labels.items()]


def found_or_404(rows: Any) -> Any:
    """Return the only row. Raises Http404."""
    record = rows.first()
    if record is None:
        raise Http404
    return record


def surroundings(view: RoomView, risk: Risk | None) -> Surroundings:
    """Read what the risk form chooses from; systems in scope, and those already chosen."""
    systems = list(AISystem.objects.of(view.scope).in_scope().select_related("group").order_by("name"))
    actions: list[Action] = []
    controls = list(Control.objects.of(view.scope).in_order())
    if risk is not None:
        known = {one.pk for one in systems}
        systems += [one for one in risk.systems.all() if one.pk not in known]
        actions = list(risk.actions.filter(state=Action.OPEN).select_related("owner").order_by("created_at"))
    chosen = {one.pk for one in risk.controls.all()} if risk is not None else set()
    controls = [one for one in controls if one.applies != Control.NO or one.pk in chosen]
    people = queries.people_of(view.scope, *actions, *([risk] if risk is not None else []))
    return Surroundings(view.criteria.content, systems, controls, people, actions)


def system_links(view: RoomView, systems: Any) -> list[tuple[str, str]]:
    """Return (words, address) of systems; the address is "" where they have no page."""
    address = registries.address_of("aims.aisystem")
    found = []
    for one in systems:
        url = view.url(address.url_name, **{address.by: one.ref}) if address else ""
        found.append((f"{one.ref} {one.name}", url))
    return found


def scales(method: Any) -> tuple[list[tuple[Any, str]], list[tuple[int, str]]]:
    """Return the scales of a map: likelihood with "?" last, consequence."""
    steps = sorted(method["likelihood"], key=lambda step: step["value"] or 99)
    likelihoods = [(step["value"] or "?", methodology.say(step["name"])) for step in steps]
    return likelihoods, [(cell["value"], methodology.say(cell["name"])) for cell in method["consequence"]]


def level_at(method: Any, likelihood: Any, consequence: int) -> str:
    """Return the matrix's level of a cell, before any floor."""
    return method["matrix"]["0" if likelihood == "?" else str(likelihood)][consequence - 1]


def drawn(method: Any, *, pins: Any = None, counts: Any = None, url: Any = None, caption: Any = "") -> HeatMap:
    """Return a map of a method with pins {(likelihood, consequence): [Pin]} or counts that lead to ``url(cell)``."""
    likelihoods, consequences = scales(method)

    def cell(consequence: int, likelihood: Any) -> HeatCell:
        place = (0 if likelihood == "?" else likelihood, consequence)
        count = (counts or {}).get(place, 0)
        level = level_at(method, likelihood, consequence)
        return HeatCell(
            level,
            count,
            url(place) if url and count else "",
            _("%(n)d risks: likelihood %(likelihood)s, consequence %(consequence)d")
            % {"n": count, "likelihood": likelihood, "consequence": consequence},
            (pins or {}).get(place, ()),
            unknown=likelihood == "?",
        )

    return heat_map(caption or _("Consequence down, likelihood across"), likelihoods, consequences, cell)


def pins_of(places: dict[str, tuple[int | None, int | None]]) -> dict[tuple[int, int], list[Pin]]:
    """Return pins Before, Today, Target by cell."""
    looks = {"before": (_("Before"), ""), "today": (_("Today"), "now"), "target": (_("Target"), "goal")}
    found: dict[tuple[int, int], list[Pin]] = {}
    for when, (likelihood, consequence) in places.items():
        if likelihood is not None and consequence:
            label, css = looks[when]
            found.setdefault((likelihood, consequence), []).append(Pin(label, css))
    return found
