"""The registers of the room, the heat maps and the catalogue."""

import dataclasses
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from aims.catalogue import lifecycle
from core import policy
from core.pages.registers import RegisterView
from risks import queries
from risks.catalogue import risk_catalogue
from risks.models import Risk
from risks.registers import AcceptanceRegister, ActionRegister, RiskRegister
from risks.views.base import WHENS, RoomView, drawn, tabs


class RisksPage(RegisterView):
    """The risk register."""

    register = RiskRegister
    template = "risks/risks.html"

    def page_context(self) -> dict[str, Any]:
        """Return the tabs and whether new risks may be registered."""
        return {
            "tabs": tabs(self.management_system.slug, "risks"),
            "may_register": not self.scope.past and policy.allows(self.actor, "risks.register"),
        }


class ActionsPage(RegisterView):
    """The register of actions."""

    register = ActionRegister
    template = "risks/list.html"

    def page_context(self) -> dict[str, Any]:
        """Return the tabs."""
        return {"tabs": tabs(self.management_system.slug, "risk_actions")}


class AcceptancesPage(RegisterView):
    """The register of acceptances."""

    register = AcceptanceRegister
    template = "risks/list.html"

    def page_context(self) -> dict[str, Any]:
        """Return the tabs."""
        return {"tabs": tabs(self.management_system.slug, "risk_acceptances")}


class HeatPage(RoomView):
    """Before controls, today, target: each cell leads to its rows."""

    template = "risks/heat.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Draw three maps and say what lies on none of them."""
        register = self.url("risks")
        as_of = f"&as_of={request.GET['as_of']}" if self.scope.past else ""
        words = {"before": _("Before controls"), "today": _("Today"), "target": _("Target")}
        total = Risk.objects.of(self.scope).assessed().threats().count()
        maps = []
        for when in WHENS:
            counts = queries.heat_counts(self.scope, when)
            heat = drawn(
                self.criteria.content,
                counts=counts,
                url=lambda place, when=when: f"{register}?place={when}-{place[0]}x{place[1]}{as_of}",
                caption=_("%(when)s: consequence down, likelihood across; number of risks in each cell")
                % {"when": words[when]},
            )
            heat = dataclasses.replace(heat, key=when == WHENS[-1])
            placed = sum(counts.values())
            maps.append({"when": when, "title": words[when], "heat": heat, "placed": placed, "absent": total - placed})
        drafts = Risk.objects.of(self.scope).filter(state=Risk.DRAFT).count()
        return self.render(maps=maps, total=total, drafts=drafts, tabs=self.tabs("risk_heat"), register=register,
                           criteria=self.criteria, as_of=as_of)  # fmt: skip


class CataloguePage(RoomView):
    """45 risks to start from; those already in the register say so."""

    template = "risks/catalogue.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """List the entries, narrowed by words and stage."""
        text, stage = request.GET.get("q", "").strip(), request.GET.get("stage", "")
        cycle = lifecycle()
        used: dict[str, list[str]] = {}
        for code, ref in Risk.objects.of(self.scope).exclude(catalogue_code="").values_list("catalogue_code", "ref"):
            used.setdefault(code, []).append(ref)
        entries = [
            {
                "entry": entry,
                "stages": [str(cycle.stage(code).name) for code in entry.stages],
                "used": used.get(entry.code, []),
            }
            for entry in risk_catalogue().risks
            if (not stage or stage in entry.stages) and _matches(entry, text)
        ]
        return self.render(
            entries=entries, total=len(risk_catalogue().risks), text=text, stage=stage,
            stages=[(one.code, str(one.name)) for one in cycle.stages], tabs=self.tabs("risk_catalogue"),
            may_register=not self.scope.past and policy.allows(self.actor, "risks.register"),
            system=request.GET.get("system", ""), group=request.GET.get("group", ""),
        )  # fmt: skip


def _matches(entry: Any, text: str) -> bool:
    words = " ".join(
        (entry.code, str(entry.title), str(entry.cause), str(entry.event), str(entry.consequence), *entry.controls)
    ).casefold()
    return all(word in words for word in text.casefold().split())
