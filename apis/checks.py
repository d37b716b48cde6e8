"""Compliance checks of APIs (CHK-APR-01 to 03): what is not described, open to anybody, accepted beyond its day."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apis.findings import Exemption, Finding
from apis.models import Endpoint, Service, in_state
from core.catalogue import checks
from core.checks import Rows, check
from core.scope import Scope

OPEN_TO_ANYBODY = (
    "aims:ai:inference-without-credentials", "aims:ai:models-changed-openly", "aims:ai:training-without-credentials",
    "aims:ai:feedback-without-credentials", "aims:ai:data-without-credentials", "aims:ai:tools-without-credentials",
    "aims:traffic:model-without-credentials",
)  # fmt: skip
"""Rules about operations of models."""
OPEN_BESIDE = (
    "owasp:api2:2023-write-restricted", "owasp:api2:2023-read-restricted", "aims:traffic:answered-without-credentials",
    "aims:traffic:description-not-kept", "aims:traffic:administration-without-credentials",
)  # fmt: skip
"""Rules that count where the service is known to serve an AI system."""


def _known(check_id: str, message: Any, minutes: int) -> Any:
    """Register a check under the tier and clause of the catalogue."""
    info = checks().check(check_id)
    return check(check_id, tier=info.tier, clause=info.clause, message=message, minutes=minutes)


@_known("CHK-APR-01", _("%(ref)s %(line)s is called, but no description contains it."), 10)
def undescribed_in_traffic(scope: Scope) -> Iterator[Rows]:
    """Seen lately and not described (APR-02); third parties describe their own."""
    rows = Endpoint.objects.of(scope).current().filter(in_state(Endpoint.UNDOCUMENTED, scope.today))
    rows = rows.exclude(service__exposure="third_party")
    yield Rows(rows, "undescribed", lambda one: {"ref": one.ref, "line": one.line})


@_known("CHK-APR-02", _("%(ref)s: %(place)s can be called without credentials, and no exception covers it."), 15)
def open_to_anybody(scope: Scope) -> Iterator[Rows]:
    """Open findings about missing credentials where an AI system is served, or accepted beyond their day (APR-09)."""
    about = Q(rule__in=OPEN_TO_ANYBODY) | Q(rule__in=OPEN_BESIDE, service__in=_serving(scope))
    uncovered = Q(state=Finding.OPEN) | Q(state=Finding.ACCEPTED, accepted_until__lt=scope.today)
    rows = Finding.objects.of(scope).filter(about, uncovered)
    yield Rows(rows, "open", lambda one: {"ref": one.ref, "place": one.place})


def _serving(scope: Scope) -> Any:
    """Services that serve an AI system, as a person said or as an endpoint shows."""
    systems = Service.objects.of(scope).filter(systems__isnull=False).values("pk")
    kinds = Endpoint.objects.of(scope).current().exclude(ai_kind="").values("service")
    return Service.objects.of(scope).filter(Q(pk__in=systems) | Q(pk__in=kinds)).values("pk")


@_known("CHK-APR-03", _("%(ref)s was accepted until a day that is past."), 5)
def accepted_beyond_its_day(scope: Scope) -> Iterator[Rows]:
    """Exemptions, and findings accepted by themselves, that nobody ended or renewed (APR-30)."""
    exemptions = Exemption.objects.of(scope).filter(ended_at=None, until__lt=scope.today)
    yield Rows(exemptions, "exemption-expired", lambda one: {"ref": one.ref})
    findings = Finding.objects.of(scope).expired(scope.today).filter(exemption=None)
    yield Rows(findings, "acceptance-expired", lambda one: {"ref": one.ref})
