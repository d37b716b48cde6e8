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

NAME = "intake"
"""The source of what comes in by links."""
PER_HOUR = 20
"""Reports one link takes in an hour; whoever comes later is asked to come back."""
LONGEST_DAYS = 366
ACTION = "aims.report_use"


class TooMany(Refusal):
    """The link took as many reports in this hour as it takes."""


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
    now = clock.now()
    if not now < expires_at <= now + datetime.timedelta(days=LONGEST_DAYS):
        raise ValidationError({"until": _("Choose a day within the next year.")})
    key = secrets.token_urlsafe(24)
    link = IntakeLink(name=name.strip(), key_hash=_hash(key), expires_at=expires_at)
    with change(actor, "aims.make_intake_link") as unit:
        return unit.save(link), key


def withdraw_link(*, actor: Actor, link_id: uuid.UUID) -> IntakeLink:
    """Make a link worthless at once; what came in by it stays. Raises NotFound, Forbidden."""
    with change(actor, "aims.withdraw_intake_link") as unit:
        link = unit.fetch(IntakeLink, link_id)
        policy.require(actor, "aims.intake", link)
        link.revoked_at = link.revoked_at or unit.now
        return unit.save(link)


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
        since = unit.now - datetime.timedelta(hours=1)
        told = Entry.objects.filter(chain=unit.chain, at__gte=since, actor_kind=LINK, actor_id=actor.id, action=ACTION)
        if told.count() >= PER_HOUR:
            raise TooMany(_("This link has taken many reports in the last hour. Please come back later."))
        system = _system(use)
        system.stage_since = scopes.current(link.management_system_id).today
        given = [name for name in ("name", "purpose", "unit", "supplier", "affected") if getattr(system, name)]
        if system.personal_data != "unknown":
            given.append("personal_data")
        system.field_owners = dict.fromkeys(given, owner_now(SOURCE, NAME, unit.now))
        return unit.save(system, external_ids=[f"{NAME}:{system.pk}"])


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
