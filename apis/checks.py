"""Compliance checks of APIs: not described, open to anybody, accepted too long; event logs; retired and called."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from apis.findings import Exemption, Finding
from apis.models import SILENT_AFTER, Endpoint, Service, ServiceSystem, in_state
from apis.posture import places
from core import when
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


def _known(check_id: str, message: Any, minutes: int, **words: Any) -> Any:
    """Register a check under the tier and clause of the catalogue; ``words`` say parameters."""
    info = checks().check(check_id)
    return check(check_id, tier=info.tier, clause=info.clause, message=message, minutes=minutes, words=words)


@_known("CHK-APR-01", _("%(ref)s %(line)s is called, but no description contains it."), 10)
def undescribed_in_traffic(scope: Scope) -> Iterator[Rows]:
    """Seen lately and not described (APR-02); third parties describe their own."""
    rows = Endpoint.objects.of(scope).current().filter(in_state(Endpoint.UNDOCUMENTED, scope.today))
    rows = rows.exclude(service__exposure="third_party")
    yield Rows(rows, "undescribed", lambda one: {"ref": one.ref, "line": one.line})


@_known(
    "CHK-APR-02", _("%(ref)s: %(place)s can be called without credentials, and no exception covers it."), 15,
    place=places.say,
)  # fmt: skip
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


RUNNING = ("OM", "CV", "REV")
"""Stages in which an AI system is in operation."""
LONGEST_GAP = datetime.timedelta(days=1)
"""Of event logs: a day without one is a gap of more than 24 hours."""


def _day(text: str) -> str:
    return when.day_text(datetime.date.fromisoformat(text))


def _gap(text: str) -> str:
    """What is missing: any log, or one since a day."""
    if not text:
        return gettext("no source of event logs is known")
    return gettext("no call was brought in after %(day)s") % {"day": _day(text)}


@_known("CHK-LCY-04", _("%(ref)s is in operation, but %(last)s."), 30, last=_gap)
def event_logs_off_or_with_a_gap(scope: Scope) -> Iterator[Rows]:
    """In operation without any traffic that tells of it, or none since before yesterday (A.6.2.8)."""
    rows = AISystem.objects.of(scope).in_scope().filter(stage__in=RUNNING).annotate(last_seen=_last_seen(scope))
    yield Rows(rows.filter(last_seen=None), "no-logs", lambda one: {"ref": one.ref, "last": ""})
    stale = rows.filter(last_seen__lt=scope.today - LONGEST_GAP)
    yield Rows(stale, "gap", lambda one: {"ref": one.ref, "last": one.last_seen.isoformat()})


def _last_seen(scope: Scope) -> Subquery:
    """The last day on which an AI system's services were called."""
    services = ServiceSystem.objects.using(scope.alias).filter(system=OuterRef(OuterRef("pk"))).values("service")
    rows = Endpoint.objects.using(scope.alias).filter(service__in=services, last_seen__isnull=False)
    return Subquery(rows.order_by("-last_seen").values("last_seen")[:1])


@_known("CHK-LCY-06", _("%(ref)s is retired, but was called on %(day)s."), 30, day=_day)
def retired_and_still_called(scope: Scope) -> Iterator[Rows]:
    """Retired, and called after that day, within the last 32 days."""
    gone = AISystem.objects.of(scope).filter(state=AISystem.RETIRED, merged_into=None)
    since = Q(retired_on=None) | Q(last_seen__gt=F("retired_on"))
    lately = Q(last_seen__gte=scope.today - SILENT_AFTER)
    rows = gone.annotate(last_seen=_last_seen(scope)).filter(since, lately)
    yield Rows(rows, "still-called", lambda one: {"ref": one.ref, "day": one.last_seen.isoformat()})
