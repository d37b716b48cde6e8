"""Dates, moments and names in words: dates in the management system's zone, names as printed today."""

import datetime as dt
import re
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings
from django.utils import dates, timezone, translation
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _

from core.models import Profile

UTC = dt.UTC
SPELLINGS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %m %Y")
"""The ways a date may be typed, once the name of a month is its number."""
NAMED_DAY = re.compile(r"(\d{1,2})\.? ([^\W\d_]+)\.? (\d{4})")
YEARS = range(1990, 2201)
"""Years a moment may be asked for."""


@cache
def zones() -> tuple[str, ...]:
    """Every time zone the machine knows, by name; found once, because each look walks hundreds of files."""
    return tuple(sorted(available_timezones()))


def zone_named(name: str) -> dt.tzinfo:
    """Return the zone of this name, UTC where there is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def zone_for(management_system_id: Any) -> dt.tzinfo:
    """Return the zone of a management system, UTC for none."""
    if not management_system_id:
        return UTC
    profiles = Profile.objects.filter(management_system_id=management_system_id)
    return zone_named(profiles.values_list("time_zone", flat=True).first() or "")


def name_of(person: Any) -> str:
    """Return a person's printed name, else the e-mail address, else nothing."""
    if not person:
        return ""
    return str(getattr(person, "name", "") or getattr(person, "email", "") or person)


def short_name(person: Any) -> str:
    """Return "L. Aster" for "Leonie Aster"."""
    first, _space, rest = name_of(person).partition(" ")
    return f"{first[0]}. {rest}" if rest else first


def local(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Return the moment in the zone."""
    return timezone.localtime(moment, zone)


def day_text(day: dt.date | dt.datetime, zone: dt.tzinfo = UTC, *, long: bool = False) -> str:
    """Return "20 Nov 2026", or "20 November 2026" when long, as the language writes it; a moment goes into the zone."""
    if isinstance(day, dt.datetime):
        day = local(day, zone).date()
    return date_format(day, "DATE_FORMAT" if long else "SHORT_DATE_FORMAT")


def moment_text(moment: dt.datetime, zone: dt.tzinfo = UTC) -> str:
    """Return "20 Nov 2026, 12:03 CET"."""
    here = local(moment, zone)
    return f"{date_format(here, 'SHORT_DATETIME_FORMAT')} {here.tzname() or ''}".rstrip()


def tight_text(day: dt.date) -> str:
    """Return "20 Nov 26" for tables; a moment with its time."""
    kind = "SHORT_DATETIME_FORMAT" if isinstance(day, dt.datetime) else "SHORT_DATE_FORMAT"
    return date_format(day, get_format(kind).replace("Y", "y"))


def clock_text(moment: dt.datetime, zone: dt.tzinfo = UTC) -> str:
    """Return "12:03"."""
    return f"{local(moment, zone):%H:%M}"


def parse_day(text: str) -> dt.date | None:
    """Return the date a person typed in any of SPELLINGS, or None."""
    cleaned = " ".join(text.replace(",", " ").split())
    if named := NAMED_DAY.fullmatch(cleaned):
        day, month, year = named.groups()
        cleaned = f"{day} {_months().get(month.casefold(), month)} {year}"
    for spelling in SPELLINGS:
        try:
            return dt.datetime.strptime(cleaned, spelling).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


@cache
def _months() -> dict[str, int]:
    """Name, or short name, of a month in any language we speak → its number."""
    found: dict[str, int] = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for names in (dates.MONTHS, dates.MONTHS_3, dates.MONTHS_AP):
                found |= {str(name).strip(".").casefold(): number for number, name in names.items()}
    return found


def days_text(count: int) -> str:
    """Return "1 day", "9 days"."""
    return _("1 day") if count == 1 else _("%(n)d days") % {"n": count}


def parse_moment(text: str, zone: dt.tzinfo = UTC) -> dt.datetime | None:
    """Return the moment of an ISO time, or the end of a day a person typed, in the zone.

    None for anything else, and for years outside YEARS, which no calendar here can be asked about.
    """
    day = parse_day(text)
    if day is not None:
        if day.year not in YEARS:
            return None
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone) - dt.timedelta(microseconds=1)
    try:
        moment = dt.datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    if moment.year not in YEARS:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def day_start(day: dt.date, zone: dt.tzinfo = UTC) -> dt.datetime:
    """Return the first moment of a day in the zone."""
    return dt.datetime.combine(day, dt.time(), zone)


def day_end(day: dt.date, zone: dt.tzinfo = UTC) -> dt.datetime:
    """Return the last moment of a day in the zone."""
    return dt.datetime.combine(day, dt.time.max, zone)
