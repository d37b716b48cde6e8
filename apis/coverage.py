"""Which AI systems in scope are covered by evidence of traffic, which by a description only, which by nothing."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from apis.models import SILENT_AFTER, Endpoint, ServiceSystem
from core.scope import Scope

TRAFFIC, OLDER, DESCRIBED, NOTHING = "api_traffic", "api_older", "api_described", "api_nothing"
LABELS: dict[str, Any] = {
    TRAFFIC: _("Traffic of the last 32 days"),
    OLDER: _("Older traffic only"),
    DESCRIBED: _("A description only"),
    NOTHING: _("Nothing"),
}
"""Code of the condition in the register of AI systems → what is known of their APIs."""


def condition(scope: Scope, code: str) -> Q:
    """The condition that AI systems are covered so, whatever their state."""
    links = ServiceSystem.objects.using(scope.alias).filter(system=OuterRef("pk"))
    seen = Endpoint.objects.using(scope.alias).filter(service__in=_services(scope), last_seen__isnull=False)
    lately = Q(Exists(seen.filter(last_seen__gte=scope.today - SILENT_AFTER)))
    ever, described = Q(Exists(seen)), Q(Exists(links.exclude(service__description_sha256="")))
    return {
        TRAFFIC: lately,
        OLDER: ever & ~lately,
        DESCRIBED: described & ~ever,
        NOTHING: ~described & ~ever,
    }[code]


def _services(scope: Scope) -> QuerySet:
    links = ServiceSystem.objects.using(scope.alias).filter(system=OuterRef(OuterRef("pk")))
    return links.values("service")


@dataclass(frozen=True)
class Share:
    """How many AI systems in scope are covered in one way, of all."""

    code: str
    label: Any
    number: int
    total: int

    @property
    def percent(self) -> int:
        """The share in whole percent, at least 1 where there is one."""
        return max(round(100 * self.number / self.total), 1) if self.number else 0


def shares(scope: Scope) -> list[Share]:
    """Every way of being covered with its number, the best first."""
    rows = AISystem.objects.of(scope).in_scope()
    total = rows.count()
    return [Share(code, label, rows.filter(condition(scope, code)).count(), total) for code, label in LABELS.items()]
