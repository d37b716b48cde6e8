"""What the room draws on Where we stand: the 38 at a glance, counted by area, and what contradicts them."""

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from controls import queries
from controls.catalogue import catalogue
from controls.models import Control
from controls.statement import RowView
from core import registries
from core.actor import Actor
from core.queries import standing
from core.scope import Scope

COLUMNS = ("applicable", "in_place", "excluded", "undecided")


@registries.panels.add("where-we-stand", "controls.areas")
def controls_by_area(record: Any, scope: Scope, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Annex A and own controls by mark; each number leads to the grid narrowed to it. Nothing before a decision."""
    rows = [RowView(control, ()) for control in Control.objects.of(scope).in_order()]
    if all(row.undecided for row in rows):
        return None
    slug = standing.slug_of(scope)
    page = standing.at(scope, slug, "soa")

    def figure(label: Any, number: int, query: str) -> standing.Figure:
        return standing.Figure(label, number, standing.at(scope, slug, "soa", query))

    titles = {area.code: str(area.title) for area in catalogue().areas} | {"O": _("Own controls")}
    areas = []
    for code, title in titles.items():
        inside = [row for row in rows if ("O" if row.control.own else row.control.area) == code]
        if inside:
            counted = Counter(mark for row in inside for mark in marks_of(row))
            found = [figure(title, counted[mark], f"area={code}&show={mark}") for mark in COLUMNS]
            areas.append((code, title, found))
    contradicted = standing.remembered(scope, "controls.contradictions", lambda: len(queries.contradicted(scope)))
    annex = [row for row in rows if not row.control.own]
    strip = [(code, [cell(row, page) for row in annex if row.control.area == code]) for code in titles if code != "O"]
    return "controls/standing.html", {
        "order": 30, "areas": areas, "page": page, "all": len(rows), "strip": strip,
        "decided": figure("", sum(not row.undecided for row in rows), "show=decided"),
        "own": figure("", len(rows) - len(annex), "area=O"),
        "contradictions": figure("", contradicted, "show=contradictions"),
    }  # fmt: skip


def marks_of(row: RowView) -> set[str]:
    """The columns a control counts in."""
    found = {row.mark}
    return found if row.undecided or row.excluded else found | {"applicable"}


def cell(row: RowView, page: str) -> dict[str, str]:
    """A control in the strip."""
    url = f"{page}#{row.code}"
    return {"ref": row.code, "title": row.title, "state": row.mark, "label": row.mark_label, "url": url}
