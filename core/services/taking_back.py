"""Undo of an import of people: what opened no door since is set back, by the services that do it for one of them."""

import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import clock, jobs, ledger, replay
from core.actor import Actor
from core.errors import NotFound, Stale
from core.models import ApiToken, Entry, Invitation, Membership
from core.records import from_state, type_of
from core.services.members import change_member, withdraw_invitation
from core.undo import DAYS, Inside, Kept, Report, Undone


def take_back(actor: Actor, change_id: str, *, step: str, inside: Inside, report: Report | None = None) -> Undone:
    """Withdraw the open invitations of a step and set its memberships back; what cannot be is named with its reason.

    What the step withdrew itself, because no mail went out, is passed over. Another try goes on where the first was
    lost. Raises NotFound for no such step in the last 30 days, Forbidden, ReauthenticationNeeded, JobFailed.
    """
    since = clock.now() - datetime.timedelta(days=DAYS)
    chain = ledger.chain_of(actor.management_system_id)  # type: ignore[arg-type]
    entries = list(Entry.objects.filter(chain=chain, change_id=change_id, at__gte=since).order_by("seq"))
    if not entries:
        raise NotFound
    last = {(entry.record_type, entry.record_id): entry.version for entry in entries}
    firsts: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        firsts.setdefault((entry.record_type, entry.record_id), entry)
    invitation = type_of(Invitation)
    firsts = {key: one for key, one in firsts.items() if key[0] != invitation or one.version == last[key]}
    result = Undone(change_id=step)
    done = set(Entry.objects.filter(chain=chain, change_id=step).values_list("record_type", "record_id"))
    for number, (key, first) in enumerate(firsts.items(), 1):
        invited = key[0] == invitation
        why = ""
        if key not in done:
            work = _withdraw if invited else _set_back
            with jobs.still_allowed(actor, inside()) as now:
                why = work(now, first, step, last[key])
        if why:
            result.kept.append(Kept(key[0], key[1], _name(key), "settled", why))
        elif invited:
            result.removed += 1
        else:
            result.restored += 1
        if report is not None:
            report(number, len(firsts))
    return result


def _name(key: tuple[str, str]) -> str:
    """Whom a row of an import was about, as people know them."""
    if key[0] == type_of(Invitation):
        return Invitation.objects.values_list("email", flat=True).get(pk=key[1])
    return Membership.objects.select_related("person").get(pk=key[1]).person.email


def _withdraw(actor: Actor, first: Entry, step: str, version: int) -> str:
    """Withdraw one invitation; returns why not, "" when it is done."""
    invitation = Invitation.objects.get(pk=first.record_id, management_system_id=actor.management_system_id)
    if invitation.withdrawn:
        return _("The invitation was withdrawn already.")
    try:
        withdraw_invitation(actor=actor, invitation=invitation, change_id=step)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _set_back(actor: Actor, first: Entry, step: str, version: int) -> str:
    """Give one member the roles and dates of before; returns why not, "" when it is done."""
    member = Membership.objects.get(pk=first.record_id, management_system_id=actor.management_system_id)
    earlier = Entry.objects.filter(chain=first.chain, record_type=first.record_type, record_id=first.record_id)
    before = earlier.filter(seq__lt=first.seq).order_by("-seq").first()
    if member.version != version or before is None or before.state is None:
        return _("Somebody changed this membership since.")
    if member.person_id == actor.person_id:
        return _("Nobody changes their own membership by an import.")
    state = replay.read_state(first.record_type, before.schema, before.state)
    was: Any = from_state(Membership, state)
    if member.valid_to is not None and member.valid_to <= clock.now():
        return _("Their membership has ended. Make them a member again on their own page.")
    if _gave(was, member) and _was_here(member, first.at):
        return _("They could use the new role already. Change it on their page.")
    terms = {name: getattr(was, name) for name in ("roles", "function", "valid_from", "valid_to")}
    try:
        change_member(actor=actor, member=member, expected_version=version, change_id=step, **terms)
    except Stale:
        return _("Somebody changed this membership since.")
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _gave(was: Membership, member: Membership) -> bool:
    """Whether the import gave a role, or more time."""
    longer = was.valid_to is not None and (member.valid_to is None or member.valid_to > was.valid_to)
    return longer or bool(set(member.roles) - set(was.roles))


def _was_here(member: Membership, at: datetime.datetime) -> bool:
    """Whether somebody was signed in when they got a role, or has been here since, at a page or by a token."""
    person = member.person
    lasts = datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)  # a session from before has the new role, too
    signed_in = person.last_login is not None and person.last_login + lasts >= at
    wrote = Entry.objects.filter(actor_id=str(person.pk), at__gte=at).exists()
    keys = UserSession.objects.filter(user=person).values("session_key")
    is_here = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now()).exists()
    return signed_in or is_here or wrote or ApiToken.objects.filter(person=person, last_used_at__gte=at).exists()
