"""Intake links: people without an account tell of an AI use, which then waits to be screened."""

import datetime
import hashlib
import secrets
import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aims.models import AISystem, IntakeLink
from core import clock, policy
from core import scope as scopes
from core.actor import LINK, Actor
from core.change import change
from core.errors import NotFound, Refusal
from core.models import Entry
from core.planner.model import SOURCE
from core.sync import owner_now

PER_HOUR, PER_DAY = 20, 100
"""Reports one link takes in an hour and in a day; whoever comes later is asked to come back."""
LONGEST_DAYS = 366
ACTION = "aims.report_use"


class TooMany(Refusal):
    """The link took as many reports lately as it takes."""


@dataclass(frozen=True)
class Use:
    """What somebody says of an AI use, in their own words."""

    name: str
    purpose: str = ""
    unit: str = ""
    supplier: str = ""
    personal_data: str = "unknown"
    affected: str = ""
    contact: str = ""


def make_link(*, actor: Actor, name: str, expires_at: datetime.datetime) -> tuple[IntakeLink, str]:
    """Make a link and return it with its key, which is shown once and kept as a hash.

    Raises Forbidden, ValidationError.
    """
    policy.require(actor, "aims.intake")
    with change(actor, "aims.make_intake_link") as unit:
        link = IntakeLink(name=name.strip())
        key = _open(link, expires_at, unit.now)
        return unit.save(link), key


def renew_link(
    *, actor: Actor, link_id: uuid.UUID, expires_at: datetime.datetime, expected_version: int | None = None
) -> tuple[IntakeLink, str]:
    """Give a link another key, which is returned, and another end; the old address is worthless at once.

    A link that was withdrawn or expired works again. Raises NotFound, Forbidden, Stale, ValidationError.
    """
    with change(actor, "aims.renew_intake_link") as unit:
        link = unit.fetch(IntakeLink, link_id, expected_version)
        policy.require(actor, "aims.intake", link)
        key = _open(link, expires_at, unit.now)
        return unit.save(link), key


def withdraw_link(*, actor: Actor, link_id: uuid.UUID, expected_version: int | None = None) -> IntakeLink:
    """Make a link worthless at once; what came in by it stays. Raises NotFound, Forbidden, Stale."""
    with change(actor, "aims.withdraw_intake_link") as unit:
        link = unit.fetch(IntakeLink, link_id, expected_version)
        policy.require(actor, "aims.intake", link)
        link.revoked_at = link.revoked_at or unit.now
        return unit.save(link)


def _open(link: IntakeLink, expires_at: datetime.datetime, now: datetime.datetime) -> str:
    """Let a link work until then by a new key, which is returned. Raises ValidationError."""
    if not now < expires_at <= now + datetime.timedelta(days=LONGEST_DAYS):
        raise ValidationError({"until": _("Choose a day within the next year.")})
    key = secrets.token_urlsafe(24)
    link.key_hash, link.issued_at = _hash(key), now
    link.expires_at, link.revoked_at = expires_at, None
    return key


def link_by_key(key: str) -> IntakeLink:
    """The open link of a key. Raises NotFound when there is none, or it expired or was withdrawn."""
    found = IntakeLink.objects.select_related("management_system").filter(
        key_hash=_hash(key), revoked_at=None, expires_at__gt=clock.now()
    )
    link = found.first()
    if link is None:
        raise NotFound
    return link


def report_use(*, key: str, use: Use) -> AISystem:
    """Add what somebody told by a link to the inventory; it waits to be screened (4.3, A.4.2).

    The link is the actor. Raises NotFound, TooMany, ValidationError.
    """
    link = link_by_key(key)
    actor = Actor(LINK, link.management_system_id, door="link", scopes=frozenset(), token_id=link.pk)
    with change(actor, ACTION) as unit:
        fresh = unit.fetch(IntakeLink, link.pk)
        if fresh.revoked_at or fresh.expires_at <= unit.now:
            raise NotFound
        for hours, most in ((1, PER_HOUR), (24, PER_DAY)):
            if _told(actor, unit.now - datetime.timedelta(hours=hours)) >= most:
                raise TooMany(_("This link has taken many reports lately. Please come back later."))
        system = _system(use)
        system.stage_since = scopes.current(link.management_system_id).today
        given = [name for name in ("name", "purpose", "unit", "supplier", "affected") if getattr(system, name)]
        if system.personal_data != "unknown":
            given.append("personal_data")
        system.field_owners = dict.fromkeys(given, owner_now(SOURCE, IntakeLink.SOURCE, unit.now))
        return unit.save(system, external_ids=[f"{IntakeLink.SOURCE}:{system.pk}"])


def _told(actor: Actor, since: datetime.datetime) -> int:
    """How many reports a link took since then; counted in the history, which nobody forgets."""
    told = Entry.objects.filter(chain__management_system=actor.management_system_id, action=ACTION, at__gte=since)
    return told.filter(actor_kind=LINK, actor_id=actor.id).count()


def _system(use: Use) -> AISystem:
    name = " ".join(use.name.split())
    if not name:
        raise ValidationError({"name": _("Say what it is called or what it does.")})
    return AISystem(
        name=name[:400], purpose=use.purpose, unit=use.unit, supplier=use.supplier,
        personal_data=use.personal_data, affected=use.affected, contact=use.contact, stage="OM",
    )  # fmt: skip


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
