"""What data exposure adds elsewhere: its place, reviews of impact assessments that fall due, words of the history."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.models import AISystem
from apis import exposure_register as _register  # noqa: F401 (it makes itself known)
from apis.findings import Finding
from apis.models import ServiceSystem
from apis.posture_registers import TO_MODEL
from core import registries
from core.agenda import Due, Dues
from core.places import Place
from core.queries.history import say
from core.scope import Scope

PLACE = Place("ai", gettext_lazy("Data exposure"), "exposure")


def systems_to_review(scope: Scope) -> Any:
    """AI systems served by a service at which data reached a model and nobody said what that means (8.4)."""
    open_ones = Finding.objects.of(scope).open().filter(rule__startswith=TO_MODEL).order_by().values("service")
    links = ServiceSystem.objects.using(scope.alias).filter(service__in=open_ones).values("system")
    return AISystem.objects.of(scope).exclude(state=AISystem.RETIRED).filter(pk__in=links)


@registries.agenda.add("*", "apis.impact_reviews")
def impact_reviews(scope: Scope) -> Dues:
    """Impact assessments to be reviewed: for the owner of the AI system."""

    def due(one: AISystem) -> Due:
        return Due(
            _("Review the impact assessment of %(ref)s") % {"ref": one.ref}, "posture_findings",
            people=(one.owner_id,), ref=one.ref, minutes=20, query=f"state=open&flag=to_model&system={one.ref}",
            why=_("Data of a kind that was not seen before reached a model"),
        )  # fmt: skip

    return Dues(systems_to_review(scope).order_by("created_at"), "", "owner_id", due)


@registries.panels.add("aims.aisystem", "apis.impact_review")
def impact_review(record: Any, scope: Scope, actor: Any) -> tuple[str, dict[str, Any]] | None:
    """That its impact assessment is to be reviewed, on the page of an AI system."""
    rows = Finding.objects.of(scope).open().filter(rule__startswith=TO_MODEL)
    links = ServiceSystem.objects.using(scope.alias).filter(system=record.pk).values("service")
    number = rows.filter(service__in=links).count()
    if not number:
        return None
    return "apis/review_panel.html", {"number": number, "record": record}


say({"apis.finding.review": gettext_lazy("Impact assessment reviewed")})
