"""Memberships and invitations."""

import datetime
import hashlib
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, languages, policy
from core.actor import ADMINISTRATOR, EXTERNAL_AUDITOR, ROLES, Actor, system
from core.change import change
from core.errors import NotFound
from core.models import Invitation, Membership, Person
from core.services.people import create_person

INVITATION_DAYS = 14


def add_member(
    *,
    actor: Actor,
    person: Person,
    roles: list[str],
    function: str = "",
    valid_from: datetime.datetime | None = None,
    valid_to: datetime.datetime | None = None,
) -> Membership:
    """Make somebody a member, or a former member one again. External auditors need an end date (clause 5.3)."""
    policy.require(actor, "core.manage_people")
    policy.require_recent(actor)
    with change(actor, "people.join") as unit:
        member = Membership.objects.filter(management_system_id=actor.management_system_id, person=person).first()
        member = member or Membership(person=person)
        return unit.save(with_terms(member, roles, function, valid_from, valid_to))


def change_member(
    *,
    actor: Actor,
    member: Membership,
    expected_version: int | None = None,
    reason: str = "",
    change_id: str = "",
    **values: Any,
) -> Membership:
    """Change roles, function or dates. The last administrator stays one.

    ``change_id`` joins it to a step of many. Raises Forbidden, ReauthenticationNeeded, Stale, ValidationError.
    """
    policy.require(actor, "core.manage_people")
    policy.require_recent(actor)
    with change(actor, "people.change", reason=reason, change_id=change_id) as unit:
        fresh = unit.fetch(Membership, member.pk, expected_version)
        merged = {
            name: values.get(name, getattr(fresh, name)) for name in ("roles", "function", "valid_from", "valid_to")
        }
        if ADMINISTRATOR not in merged["roles"] or is_bounded(merged["valid_from"], merged["valid_to"]):
            _keep_an_administrator(fresh)
        return unit.save(with_terms(fresh, **merged))


def end_membership(
    *, actor: Actor, member: Membership, expected_version: int | None = None, reason: str = ""
) -> Membership:
    """Somebody leaves; they lose access with their next request, their records keep their name."""
    policy.require(actor, "core.manage_people")
    policy.require_recent(actor)
    with change(actor, "people.leave", reason=reason) as unit:
        fresh = unit.fetch(Membership, member.pk, expected_version)
        _keep_an_administrator(fresh)
        fresh.ended = True
        return unit.save(fresh)


def invite(  # noqa: PLR0913 (what an invitation says, all by keyword)
    *,
    actor: Actor,
    email: str,
    roles: list[str],
    name: str = "",
    function: str = "",
    member_from: datetime.datetime | None = None,
    member_to: datetime.datetime | None = None,
    language: str = "",
    change_id: str = "",
) -> tuple[Invitation, str]:
    """Offer roles to an e-mail address; returns the invitation and its key, which is shown once and kept as a hash.

    ``language`` is the one to write in, and of somebody new; ``change_id`` joins it to a step of many.
    Raises Forbidden, ReauthenticationNeeded, ValidationError.
    """
    policy.require(actor, "core.manage_people")
    policy.require_recent(actor)
    if language and not languages.known(language):
        raise ValidationError({"language": _("Choose English or German.")})
    key = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email.strip().lower(), name=name.strip(), function=function, key_hash=_hash(key),
        member_from=member_from, member_to=member_to, expires_at=clock.now() + datetime.timedelta(days=INVITATION_DAYS),
        language=language,
    )  # fmt: skip
    with_terms(Membership(), roles, function, member_from, member_to)
    invitation.roles = sorted(set(roles))
    with change(actor, "people.invite", change_id=change_id) as unit:
        unit.save(invitation)
    return invitation, key


def invitation_by_key(key: str) -> Invitation:
    """The open invitation of a key; raises NotFound when it is used, withdrawn or expired."""
    found = (
        Invitation.objects.filter(key_hash=_hash(key), accepted_by=None, withdrawn=False, expires_at__gt=clock.now())
        .select_related("management_system")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def accept_invitation(*, key: str, person: Person | None = None, name: str = "", password: str = "") -> Membership:
    """Join by a link: signed in as the one invited, or as a new person with name and password.

    Raises NotFound, ValidationError.
    """
    with transaction.atomic():
        invitation = invitation_by_key(key)
        actor = system(invitation.management_system_id, door="page")
        if person is None:
            if Person.objects.filter(email__iexact=invitation.email).exists():
                raise ValidationError(_("Sign in first, then open the link again."))
            given = {"name": name or invitation.name, "password": password, "language": invitation.language}
            person = create_person(actor=actor, email=invitation.email, **given)
        if person.email.lower() != invitation.email:
            raise ValidationError(
                _("This invitation is for %(email)s. Sign in as that person, or ask for one to your own address.")
                % {"email": invitation.email}
            )
        acting = Actor("person", invitation.management_system_id, person.pk, door="page")
        with change(acting, "people.accept-invitation") as unit:
            fresh = unit.fetch(Invitation, invitation.pk)
            if fresh.accepted_by_id or fresh.withdrawn:
                raise NotFound
            member = Membership.objects.filter(
                management_system_id=invitation.management_system_id, person=person
            ).first()
            member = member or Membership(person=person)
            kept = set(member.roles) if _holds(member) else set()
            roles, begin, end = sorted(kept | set(fresh.roles)), fresh.member_from, fresh.member_to
            if ADMINISTRATOR in kept and is_bounded(begin, end):
                _keep_an_administrator(member)
            with_terms(member, roles, fresh.function, begin, end)
            unit.save(member)
            fresh.accepted_by = person
            unit.save(fresh)
    return member


def withdraw_invitation(*, actor: Actor, invitation: Invitation, change_id: str = "") -> Invitation:
    """Make an unused link worthless; ``change_id`` joins it to a step of many.

    Raises Forbidden, ValidationError for an invitation that was accepted.
    """
    policy.require(actor, "core.manage_people")
    with change(actor, "people.withdraw-invitation", change_id=change_id) as unit:
        fresh = unit.fetch(Invitation, invitation.pk)
        if fresh.accepted_by_id:
            raise ValidationError(_("They have joined already. End the membership instead."))
        fresh.withdrawn = True
        return unit.save(fresh)


def with_terms(
    member: Membership,
    roles: list[str],
    function: str,
    valid_from: datetime.datetime | None,
    valid_to: datetime.datetime | None,
) -> Membership:
    """The membership with roles, function and dates. Raises ValidationError for what nobody can hold (clause 5.3)."""
    unknown = set(roles) - set(ROLES)
    if unknown or not roles:
        raise ValidationError({"roles": _("Choose at least one role.")})
    if EXTERNAL_AUDITOR in roles:
        if len(set(roles)) > 1:
            raise ValidationError({"roles": _("An external auditor holds no other role.")})
        if valid_to is None:
            raise ValidationError({"valid_to": _("Say until when the external auditor may read.")})
    if valid_from and valid_to and valid_to <= valid_from:
        raise ValidationError({"valid_to": _("The end must come after the beginning.")})
    member.roles, member.function, member.ended = sorted(set(roles)), function, False
    member.valid_from, member.valid_to = valid_from, valid_to
    return member


def _holds(member: Membership) -> bool:
    """Whether a membership lets its person in now; roles of one that ran out do not come back by an invitation."""
    return Membership.objects.valid_at(clock.now()).filter(pk=member.pk).exists()


def is_bounded(begin: datetime.datetime | None, end: datetime.datetime | None) -> bool:
    """Whether these dates leave a time, from now on, without the member."""
    return end is not None or (begin is not None and begin > clock.now())


def _keep_an_administrator(leaving: Membership) -> None:
    others = Membership.objects.filter(management_system_id=leaving.management_system_id).valid_at(clock.now())
    if ADMINISTRATOR in leaving.roles and not any(ADMINISTRATOR in m.roles for m in others.exclude(pk=leaving.pk)):
        raise ValidationError(_("Someone must stay administrator. Make somebody else one first."))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
