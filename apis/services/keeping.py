"""How long traffic is kept: by hour and consumer for some days, then by day and endpoint, then by month.

Rolling up adds windows together, so that counters and percentiles stay what they are and doing it again changes
nothing. What comes in later for a day long past joins what is there, and is rolled up the next time.
"""

import datetime
import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apis.models import AlarmHour, Retention, SignalPack, WindowPack
from apis.packs import LATENCY_KEY, MONTH, WINDOW_KEY, coarse, packed, together, unpacked
from core import clock, heavy, ledger, policy
from core.actor import Actor
from core.change import change
from core.models import ManagementSystem

log = logging.getLogger(__name__)
DAYS, MONTHS = (7, 3660), (1, 1200)


@dataclass(frozen=True)
class RolledUp:
    """What rolling up did for a management system."""

    management_system: Any  # its id
    days: int  # packs that lost their consumers
    months: int  # months of a service that became one pack


def retention_of(management_system_id: Any) -> Retention:
    """What a management system chose, or the defaults, unsaved."""
    return Retention.objects.filter(management_system_id=management_system_id).first() or Retention(
        management_system_id=management_system_id
    )


def choose_retention(
    *, actor: Actor, detail_days: int, daily_months: int, expected_version: int | None = None, reason: str = ""
) -> Retention:
    """Choose how long traffic is kept in detail. Raises Forbidden, Stale, ValidationError."""
    policy.require(actor, "apis.choose_retention")
    for name, value, (least, most) in (("detail_days", detail_days, DAYS), ("daily_months", daily_months, MONTHS)):
        if not least <= value <= most:
            raise ValidationError({name: _("From %(least)d to %(most)d") % {"least": least, "most": most}})
    if detail_days > daily_months * 30:
        raise ValidationError({"daily_months": _("By day it is kept at least as long as by hour and caller")})
    with change(actor, "apis.choose_retention", reason=reason) as unit:
        before = Retention.objects.filter(management_system_id=actor.management_system_id).first()
        fresh = unit.fetch(Retention, before.pk, expected_version) if before else Retention()
        fresh.detail_days, fresh.daily_months = detail_days, daily_months
        return unit.save(fresh)


def edges(retention: Retention, today: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first day that is kept by hour and consumer, and the first of the month from which on days are kept."""
    months = today.year * 12 + today.month - 1 - retention.daily_months
    first = datetime.date(max(1, months // 12), months % 12 + 1, 1)
    return today - datetime.timedelta(days=retention.detail_days), first


def roll_up(today: datetime.date | None = None) -> list[RolledUp]:
    """Roll up what is old enough, in all management systems; says in the log what it did."""
    done = []
    for tenant in ManagementSystem.objects.order_by("pk").values_list("pk", flat=True):
        detail, daily = edges(retention_of(tenant), today or clock.now().date())
        one = RolledUp(tenant, _drop_consumers(tenant, detail), _months(tenant, daily))
        if one.days or one.months:
            done.append(one)
            log.info("traffic of %s rolled up: %d days without consumers, %d months", tenant, one.days, one.months)
    return done


def _drop_consumers(tenant: Any, before: datetime.date) -> int:
    """Empty the windows by hour and consumer of days before, and forget signals; sums by day stand beside them."""
    old = WindowPack.objects.filter(management_system_id=tenant, day__lt=before, detailed=True)
    SignalPack.objects.filter(management_system_id=tenant, day__lt=before).delete()  # hours of consumers, no more
    midnight = datetime.datetime.combine(before, datetime.time(), datetime.UTC)
    AlarmHour.objects.filter(management_system_id=tenant, hour__lt=midnight).delete()
    return old.update(windows=b"", detailed=False)


def _months(tenant: Any, before: datetime.date) -> int:
    """Join the packs of each month of each service before a day."""
    months: dict[tuple[Any, datetime.date], list[Any]] = defaultdict(list)
    rows = WindowPack.objects.filter(management_system_id=tenant, day__lt=before).order_by("day")
    for pk, service, day in rows.values_list("pk", "service_id", "day"):
        months[service, day.replace(day=1)].append((pk, day))
    todo = [packs for (_service, first), packs in months.items() if len(packs) > 1 or packs[0][1] != first]
    for packs in todo:
        with transaction.atomic():  # one at a time, since nobody brings in meanwhile
            ledger.lock_head(tenant)
            _one_month([pk for pk, _day in packs])
    return len(todo)


def _one_month(pks: list[Any]) -> None:
    packs = heavy.opened(WindowPack.objects.filter(pk__in=pks).order_by("day"))
    kept, rest = packs[0], packs[1:]
    kept.daily = packed(together(_coarse(packs, "daily", WINDOW_KEY), WINDOW_KEY))
    kept.latency = packed(together(_coarse(packs, "latency", LATENCY_KEY), LATENCY_KEY))
    kept.windows, kept.detailed, kept.day = b"", False, kept.day.replace(day=1)
    WindowPack.objects.filter(pk__in=[one.pk for one in rest]).delete()
    heavy.save(kept)


def _coarse(packs: list[WindowPack], name: str, key: tuple[str, ...]) -> Iterator[Any]:
    for one in packs:
        yield coarse(unpacked(getattr(one, name)), MONTH, key)
