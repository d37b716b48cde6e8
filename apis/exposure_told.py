"""What data exposure adds to the evidence of a service and to the overview."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis import evidence_sections, overview
from apis.evidence_sections import Lines, Looked, Section, Speaks, number
from apis.exposure.classes import CLASSES
from apis.exposure_records import FlowLooked, FlowTally
from apis.findings import Finding
from apis.overview import Card, Drawn, bars, listed
from apis.posture.catalogue.flows import code_of
from core.scope import Scope

ABOUT = ("APR-13", "APR-28")
"""Requirements that looking into bodies speaks to; what reached a model is told by findings."""


def _bodies(rows: Any) -> dict[str, int]:
    told = rows.aggregate(requests=Sum("requests"), responses=Sum("responses"))
    return {name: value or 0 for name, value in told.items()}


def _read(looked: Looked) -> dict[str, Any]:
    rows = FlowTally.objects.of(looked.scope).filter(service=looked.service)
    to_models = {one["code"]: one for one in _by_class(rows.to_models())}
    return {
        "bodies_looked_at": _bodies(FlowLooked.objects.of(looked.scope).filter(service=looked.service)),
        "classes": {
            one["code"]: {
                "flows": one["flows"],
                "times": one["times"],
                "validated_per_mille": one["sure"] * 1000 // one["times"] if one["times"] else 0,
                "flows_to_models": to_models.get(one["code"], {}).get("flows", 0),
            }
            for one in _by_class(rows)
        },
        "models": sorted(rows.to_models().exclude(model="").values_list("model", flat=True).distinct()),
    }


def _by_class(rows: Any) -> Any:
    found = rows.order_by().values("code").annotate(flows=Count("pk"), times=Sum("count"), sure=Sum("validated"))
    return found.order_by("code")


def _lines(content: dict[str, Any]) -> Lines:
    bodies = content["bodies_looked_at"]
    looked = _("%(requests)s requests, %(responses)s answers") % {
        "requests": number(bodies["requests"]), "responses": number(bodies["responses"]),
    }  # fmt: skip
    met = [
        (
            CLASSES[code].label if code in CLASSES else code,
            _("%(flows)s flows, %(models)s of them to a model")
            % {"flows": number(one["flows"]), "models": number(one["flows_to_models"])},
        )
        for code, one in content["classes"].items()
    ]
    return [(_("Bodies that could be looked at"), looked), *met]


def _speaks(looked: Looked) -> Iterator[Speaks]:
    bodies = _bodies(FlowLooked.objects.of(looked.scope).filter(service=looked.service))
    judged = bodies["requests"] + bodies["responses"]
    for code in ABOUT if judged else ():
        yield Speaks(code, judged=judged)


def _draw(scope: Scope, slug: str) -> Drawn | None:
    """Open findings about classes that reached a model, each leading to them; None where no body was looked at."""
    if not FlowLooked.objects.of(scope).exists() and not FlowTally.objects.of(scope).exists():
        return None
    classes = {code_of(code): one for code, one in CLASSES.items()}
    rows = Finding.objects.of(scope).open().filter(rule__in=classes).order_by()
    found = sorted(rows.values_list("rule").annotate(n=Count("pk")), key=lambda one: (-one[1], one[0]))
    bodies = _bodies(FlowLooked.objects.of(scope))
    note = _("Bodies looked at: %(requests)s of requests, %(responses)s of answers.") % {
        "requests": number(bodies["requests"]), "responses": number(bodies["responses"]),
    }  # fmt: skip
    drawn = bars(
        [(classes[rule].label, n, listed("posture_findings", slug, state="open", rule=rule), "") for rule, n in found]
    )
    nothing = _("No sensitive data was met on its way to a model.")
    return Drawn(drawn, note if drawn else f"{nothing} {note}")


evidence_sections.register(
    Section("exposure", gettext_lazy("Data exposure"), _read, _lines, _speaks,
            gettext_lazy("Classes and counts only; values are never kept."))
)  # fmt: skip
overview.register(
    Card("exposure", gettext_lazy("Sensitive data that reaches models"), "exposure", _draw,
         gettext_lazy("No body of a call could be looked at yet. That is not the same as: no sensitive data flows."),
         order=30)
)  # fmt: skip
