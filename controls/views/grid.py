"""The grid of 38, the page of one control, the two confirmations."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from controls import queries
from controls.models import Control
from controls.services import OWNER_FIELDS, confirm_annex_a, confirm_annex_b
from controls.statement import AreaView, RowView
from controls.views.base import StatementView
from core import policy, registries
from core.pages.comments import thread_of
from core.pages.history import Change
from core.queries.history import at_moment

DOORS = {"page": "", "api": "API", "command": "", "job": "", "import": ""}
FILTERS: dict[str, Callable[[RowView], bool]] = {
    "undecided": lambda row: row.undecided,
    "decided": lambda row: not row.undecided,
    "no-reason": lambda row: not row.undecided and len(row.control.reason.strip()) < queries.SHORTEST_REASON,
    "excluded": lambda row: row.excluded,
    "contradictions": lambda row: bool(row.contradictions),
    "differs": lambda row: row.differs,
    "comments": lambda row: bool(row.comments),
    "in_place": lambda row: row.mark == "in_place",
    "partly_in_place": lambda row: row.mark == "partly_in_place",
    "planned": lambda row: row.mark == "planned",
    "not_started": lambda row: row.mark == "not_started",
    "applicable": lambda row: not row.undecided and not row.excluded,
}


def filter_words() -> dict[str, str]:
    """What the grid shows when filtered."""
    return {
        "undecided": _("not decided"),
        "decided": _("decided"),
        "no-reason": _("without a sufficient reason"),
        "excluded": _("excluded"),
        "contradictions": _("excluded, though records speak for them"),
        "differs": _("that differ from the last version"),
        "comments": _("with a comment"),
        "in_place": _("in place"),
        "partly_in_place": _("partly in place"),
        "planned": _("planned"),
        "not_started": _("not started"),
        "applicable": _("that apply"),
        "mine": _("you own"),
    }


class Grid(StatementView):
    """The 38 controls by area, own controls below; every number leads to its rows."""

    template = "controls/grid.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the grid, filtered by ``show`` and ``area``, with drafted reasons when ``drafts`` is asked for."""
        show, area = request.GET.get("show", ""), request.GET.get("area", "")
        words = filter_words()
        every = (*self.statement.areas, self.statement.own)
        if (show and show not in words) or (area and area not in {one.code for one in every}):
            raise Http404
        live = {row.code for row in self.statement.rows if self.editable(row.control)}
        areas = [self._filtered(one, show) for one in every if area in {"", one.code}]
        return self.render(
            **self.shared(),
            **head_of(self),
            areas=[area for area in areas if area.rows],
            show=show or area,
            show_words=" ".join(filter(None, (words.get(show, ""), _("in %(area)s") % {"area": area} if area else ""))),
            proposals=bool(request.GET.get("drafts")) and not self.scope.past,
            rows_editable=live,
            live=bool(live),
            fields="" if policy.allows(self.actor, "controls.decide") else " ".join(sorted(OWNER_FIELDS)),
            parked=parked_rows(self),
            choices=self.choices,
            statuses=Control.STATUS,
            drivers=Control.DRIVERS,
            grounds=Control.EXCLUSION_GROUNDS,
            strip=[strip_area(self, area) for area in self.statement.areas],
        )

    def _filtered(self, area: AreaView, show: str) -> AreaView:
        if not show:
            return area
        holds = FILTERS.get(show) or (lambda row: row.control.owner_id == self.actor.person_id)
        return AreaView(area.code, area.title, area.objective, tuple(row for row in area.rows if holds(row)))


def head_of(view: StatementView) -> dict[str, Any]:
    """What the head says and offers; the same for the page and for a saved row."""
    statement, past = view.statement, view.scope.past
    manages = policy.allows(view.actor, "controls.decide") and not past
    undecided = sum(row.undecided for row in statement.rows)
    short = sum(FILTERS["no-reason"](row) for row in statement.rows)
    confirmed = bool(view.soa.annex_a_compared_on and view.soa.annex_b_considered_on)
    open_ones = undecided + short
    return {
        "manages": manages,
        "can_edit": manages and not view.submitted,
        "can_submit": manages and view.soa.state in {"working", "returned"},
        "submit_ready": not open_ones and confirmed,
        "can_decide": view.submitted and not past and policy.allows(view.actor, "controls.approve", view.soa),
        "can_withdraw": view.submitted and not past and policy.allows(view.actor, "controls.withdraw", view.soa),
        "short": short,
        "contradicted": sum(bool(row.contradictions) for row in statement.rows),
        "excluded": sum(row.excluded for row in statement.rows),
        "commented": sum(bool(row.comments) for row in statement.rows),
    }


def parked_rows(view: StatementView) -> set[str]:
    """Codes of the rows whose typed text was never saved."""
    if view.scope.past or view.actor.person_id is None:
        return set()
    addresses = {view.address("control_edit", code=row.code): row.code for row in view.statement.rows}
    return queries.parked(view.actor, "control_edit", addresses)


def strip_area(view: StatementView, area: AreaView) -> tuple[str, list[dict[str, str]]]:
    """An area for the strip of 38."""
    page = view.address("soa")
    cells = [
        {"ref": row.code, "title": row.title, "state": row.mark, "label": row.mark_label, "url": f"{page}#{row.code}"}
        for row in area.rows
    ]
    return area.code, cells


class ControlPage(StatementView):
    """One control: what it is for, its decision, systems and risks concerned, history."""

    template = "controls/control.html"

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show the control; with ``HX-Request`` the part for the side panel of the grid."""
        row = self.statement.row(code)
        steps = [self._change(step) for step in queries.history_of(self.scope, row.control)]
        found = queries.catalogue_entry(code)
        undecided = [other.code for other in self.statement.rows if other.undecided and other.code != code]
        context = {
            **self.shared(), "row": row, "entry": found, "history": steps, "editable": bool(self.editable(row.control)),
            "concerned": queries.concerned(row, self.statement.systems), "next": undecided[0] if undecided else "",
            "removable": row.control.own and row.undecided and "title" in self.editable(row.control),
        }  # fmt: skip
        if request.headers.get("HX-Request") or request.GET.get("panel"):
            return self.render("controls/inspect.html", **context)
        panels = [
            render_to_string(shown[0], {"scope": self.scope, "actor": self.actor, **shown[1]}, request)
            for _name, panel in registries.panels.get(queries.CONTROL_TYPE)
            if (shown := panel(row.control, self.scope, self.actor)) is not None
        ]
        return self.render(**context, panels=panels, thread=thread_of(self, row.control, row.comments))

    def _change(self, step: queries.Step) -> Change:
        return Change(
            what=queries.action_in_words(step.entry), who=step.who or _("the product"), at=step.entry.at,
            door=DOORS.get(step.entry.door, step.entry.door), reason=step.entry.reason, rows=step.rows,
            then=at_moment(step.entry.at),
        )  # fmt: skip


class Confirm(StatementView):
    """One of the two dated confirmations."""

    writes = True
    WAYS: ClassVar = {"annex_a": confirm_annex_a, "annex_b": confirm_annex_b}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Lead to the buttons: nothing is confirmed by an address."""
        return HttpResponseRedirect(f"{self.address('soa')}#confirmations")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Confirm today and go back to the grid."""
        way = self.WAYS.get(request.POST.get("which", ""))
        if way is None:
            raise Http404
        way(actor=self.actor)
        return self.done(f"{self.address('soa')}#confirmations", _("Confirmed today."))
