"""What threats add elsewhere: places, addresses, what falls due, words of the history, names of fields."""

import datetime
from typing import Any

from django.db.models import F, OuterRef, Subquery, UUIDField, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis import threat_registers as _registers  # noqa: F401 (they make themselves known)
from apis import threat_words
from apis.models import ServiceSystem
from apis.threat_records import Mute, ThreatSignal, short
from core import registries
from core.actor import MANAGER
from core.agenda import Due, Dues
from core.models import Membership
from core.places import Place
from core.queries import fields
from core.queries.history import say
from core.scope import Scope

ANSWER_DAYS = 3
"""In which a severe signal is looked at."""
ENDING_DAYS = 14

PLACE = Place("ai", gettext_lazy("Threats"), "threats")
registries.commented(ThreatSignal)
registries.address(ThreatSignal, "threat", gettext_lazy("Threat signal"))
registries.address(Mute, "threat_mute", gettext_lazy("Mute"))
fields.read(
    ThreatSignal, consumer=lambda value, _state, _zone: str(short(value)), hours=threat_words.hours,
    counts=threat_words.measured, limits=threat_words.limits, reasons=threat_words.reasons,
    samples=threat_words.samples, endpoints=threat_words.endpoints,
)  # fmt: skip
fields.read(Mute, consumer=lambda value, _state, _zone: str(short(value)))


@registries.agenda.add("*", "apis.threats")
def severe_signals(scope: Scope) -> Dues:
    """Confirmed signals, and new ones of high or critical severity that nobody muted.

    For who it is assigned to, else the owner of the AI system, else of the service, else the first of the managers.
    """
    rows = ThreatSignal.objects.of(scope).with_mutes(scope.today).select_related("service").filter(is_muted=False)
    severe = rows.filter(state=ThreatSignal.NEW, severity__in=("high", "critical"))
    rows = (severe | rows.filter(state=ThreatSignal.CONFIRMED)).annotate(
        system_owner=Subquery(
            ServiceSystem.objects.using(scope.alias)
            .filter(service=OuterRef("service"), system__owner__isnull=False)
            .order_by("pk")
            .values("system__owner")[:1]
        ),
        whose=Coalesce(
            "assignee", "system_owner", "service__owner", Value(_manager(scope)), output_field=UUIDField()
        ),  # fmt: skip
    )

    def due(one: ThreatSignal) -> Due:
        confirmed = one.state == ThreatSignal.CONFIRMED
        words = _("Close %(ref)s: what was done?") if confirmed else _("Look at %(ref)s")
        return Due(
            words % {"ref": one.ref}, "threat", {"ref": one.ref}, people=(one.whose,),  # type: ignore[attr-defined]
            on=(one.created_at + datetime.timedelta(days=ANSWER_DAYS)).date(), ref=one.ref, minutes=10,
            why=one.get_detector_display(),
        )  # fmt: skip

    return Dues(rows.order_by("created_at"), "", F("whose"), due)


def _manager(scope: Scope) -> Any:
    """The id of the manager who has been one longest; None without any."""
    members = Membership.objects.of(scope).valid_at(scope.moment).order_by("created_at")
    return next((one.person_id for one in members if MANAGER in one.roles), None)


@registries.agenda.add("*", "apis.mutes")
def mutes_ending(scope: Scope) -> Dues:
    """Mutes that end within a fortnight: for who muted."""
    until = scope.today + datetime.timedelta(days=ENDING_DAYS)
    rows = Mute.objects.of(scope).filter(ended_at=None, until__range=(scope.today, until))

    def due(one: Mute) -> Due:
        return Due(
            _("%(ref)s ends: %(who)s") % {"ref": one.ref, "who": one.caller}, "threat_mute", {"ref": one.ref},
            people=(one.muted_by_id,), on=one.until, ref=one.ref, minutes=3, why=one.reason[:80],
        )  # fmt: skip

    return Dues(rows.order_by("until"), "until", "muted_by_id", due)


say(
    {
        "apis.threats.detect": gettext_lazy("Raised by a detector"),
        "apis.threats.change": gettext_lazy("Assigned, or a risk linked"),
        "apis.threats.incident": gettext_lazy("Called an incident"),
        "apis.threatsignal.review": gettext_lazy("Under review"),
        "apis.threatsignal.confirm": gettext_lazy("Confirmed"),
        "apis.threatsignal.harmless": gettext_lazy("Called harmless"),
        "apis.threatsignal.close": gettext_lazy("Closed"),
        "apis.threatsignal.reopen": gettext_lazy("Re-opened"),
        "apis.mutes.add": gettext_lazy("Muted"),
        "apis.mutes.end": gettext_lazy("Mute ended"),
        "apis.detectors.choose": gettext_lazy("Thresholds set"),
    }
)
