"""API tokens: made once, shown once, kept as a keyed hash (TRUST T08)."""

import datetime
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import CharField, DateTimeField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, policy
from core.actor import PERSON, SERVICE, Actor
from core.change import change
from core.models import ApiToken, Membership
from core.models.prepared import Given, Prepared

SCOPES: dict[str, Any] = {
    "read": gettext_lazy("Read every register"),
    "inventory:read": gettext_lazy("Read AI systems"),
    "inventory:write": gettext_lazy("Write and sync AI systems"),
    "intake:write": gettext_lazy("Make, renew and withdraw intake links"),
    "risks:write": gettext_lazy("Write risks and actions"),
    "controls:write": gettext_lazy("Write controls and applicability"),
    "reports:read": gettext_lazy("Ask for and download reports"),
    "comments:write": gettext_lazy("Comment on records"),
    "jobs:write": gettext_lazy("Cancel jobs"),
    "decide": gettext_lazy("Approve and accept as the person the token belongs to"),
    "people:write": gettext_lazy("Invite people, change roles and hand over as the administrator the token belongs to"),
    "settings:write": gettext_lazy("Change settings"),
    "views:write": gettext_lazy("Save views of registers for the person the token belongs to"),
    "undo": gettext_lazy("Undo whole steps"),
    "traffic:write": gettext_lazy("Push API traffic"),
    "apis:write": gettext_lazy("Write findings and rules of APIs"),
}
PERSONAL = frozenset({"decide", "people:write"})
"""Scopes of a person's token only; who makes such a token gives the password anew, which answers for its use."""
LONGEST = datetime.timedelta(days=366)
MARK = "aims_"


def create_token(
    *,
    actor: Actor,
    name: str,
    scopes: list[str],
    expires_at: datetime.datetime,
    source: str = "",
    as_person: bool = False,
) -> tuple[ApiToken, str]:
    """Make a token; returns it with its secret, which is never shown again. Raises Forbidden, ValidationError.

    ``as_person`` makes it act as the person who creates it, within the scopes; else it is a service account.
    """
    policy.require(actor, "core.manage_tokens")
    policy.require_recent(actor)
    _check(name, scopes, expires_at, as_person=as_person)
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    token = ApiToken(
        name=name.strip(), prefix=prefix, key_hash=_keyed(secret), scopes=sorted(set(scopes)), source=source,
        expires_at=expires_at, person_id=actor.person_id if as_person else None,
    )  # fmt: skip
    with change(actor, "tokens.create") as unit:
        unit.save(token)
    return token, f"{MARK}{prefix}_{secret}"


def revoke_token(*, actor: Actor, token: ApiToken) -> ApiToken:
    """End a token now."""
    policy.require(actor, "core.manage_tokens")
    with change(actor, "tokens.revoke") as unit:
        fresh = unit.fetch(ApiToken, token.pk)
        fresh.revoked_at = fresh.revoked_at or clock.now()
        return unit.save(fresh)


LIVING: Prepared[ApiToken] = Prepared(
    lambda _alias: ApiToken.objects.select_related("management_system").filter(
        prefix=Given("prefix", CharField()), revoked_at=None, expires_at__gt=Given("now", DateTimeField())
    )
)
"""Tokens that have neither ended nor been revoked, by their public part, with where they are of use."""


def living_token(text: str) -> ApiToken | None:
    """The token a bearer shows, with its management system; None when it is unknown, expired or revoked."""
    prefix, _sep, secret = text.removeprefix(MARK).partition("_")
    token = LIVING.first(prefix=prefix, now=clock.now())
    if token is None or not text.startswith(MARK) or not hmac.compare_digest(token.key_hash, _keyed(secret)):
        return None
    return token


def token_actor(token: ApiToken, request_id: str = "") -> Actor | None:
    """The actor behind a living token, or None when its person left."""
    roles: frozenset[str] = frozenset()
    if token.person_id:
        member = Membership.objects.filter(management_system_id=token.management_system_id, person_id=token.person_id)
        found = member.valid_at(clock.now()).first()
        if found is None:
            return None
        roles = frozenset(found.roles)
    _note_use(token)
    return Actor(
        kind=PERSON if token.person_id else SERVICE, management_system_id=token.management_system_id,
        person_id=token.person_id, roles=roles, door="api", request_id=request_id,
        scopes=frozenset(token.scopes), source=token.source, token_id=token.pk,
        recently_authenticated=bool(PERSONAL & set(token.scopes)),
    )  # fmt: skip


def _note_use(token: ApiToken) -> None:
    """Last used, to the minute, so that a busy client does not write at each call."""
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at > datetime.timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _check(name: str, scopes: list[str], expires_at: datetime.datetime, *, as_person: bool) -> None:
    problems: dict[str, Any] = {}
    if not name.strip():
        problems["name"] = _("Enter a name that says what the token is for.")
    if not scopes or set(scopes) - set(SCOPES):
        problems["scopes"] = _("Choose at least one scope.")
    if PERSONAL & set(scopes) and not as_person:
        problems["scopes"] = _("Only a token of a person can decide, or look after people.")
    if not clock.now() < expires_at <= clock.now() + LONGEST:
        problems["expires_at"] = _("Choose an expiry within the next 366 days.")
    if problems:
        raise ValidationError(problems)


def _keyed(secret: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), "sha256").hexdigest()
