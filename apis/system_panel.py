"""What this room shows on an AI system's page, and by which it narrows the register of AI systems."""

from typing import Any

from django.utils.translation import gettext_lazy

from aims.registers import SystemFilters
from apis import coverage
from apis.evidence_records import ServiceEvidence
from apis.models import Service
from apis.queries import counted
from apis.queries_of_posture import standings
from core import registries
from core.actor import Actor
from core.registers.filters import add_condition
from core.scope import Scope


@registries.panels.add("aims.aisystem", "apis.of_system")
def apis_of_system(record: Any, scope: Scope, actor: Actor) -> tuple[str, dict[str, Any]]:
    """Services that serve an AI system: endpoints, last traffic, open findings, the newest evidence."""
    rows = list(counted(Service.objects.of(scope).filter(systems=record.pk), scope.today).order_by("name"))
    told = ServiceEvidence.objects.of(scope).filter(service__in=rows).select_related("item").order_by("month")
    newest = {one.service_id: one.item for one in told}
    known = {one.service.pk: one for one in standings(scope, rows)}
    found = [(one, known[one.pk], sum(known[one.pk].counts.values()), newest.get(one.pk)) for one in rows]
    return "apis/of_system.html", {"rows": found, "record": record}


for _code, _words in {
    coverage.TRAFFIC: gettext_lazy("API: traffic of the last 32 days"),
    coverage.OLDER: gettext_lazy("API: older traffic only"),
    coverage.DESCRIBED: gettext_lazy("API: a description only"),
    coverage.NOTHING: gettext_lazy("API: nothing known"),
}.items():
    add_condition(SystemFilters, "flag", _code, _words, lambda f, code=_code: coverage.condition(f.scope, code))
