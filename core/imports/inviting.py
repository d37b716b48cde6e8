"""Many invitations and changes of roles, carried out one by one by the services that do one of them."""

import datetime
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse

from core import jobs, mail
from core.actor import Actor
from core.errors import NotFound, Stale
from core.ids import uuid7
from core.models import Entry, Invitation, Membership, Person, Profile
from core.planner import Change, Create, Plan
from core.records import type_of
from core.services.members import change_member, invite, withdraw_invitation
from core.sync import GONE, SETTLED, UNSENT, Applied

Inside = Callable[[], AbstractContextManager[Any]]


@dataclass
class Inviting:
    """A plan of invitations and changes of members, with everything needed to carry it out.

    Mail goes out after an invitation is written: what no mail server takes is withdrawn at once, because nobody would
    have the link. ``end`` answers the moment at which a membership with a last day ends.
    """

    actor: Actor
    plan: Plan
    end: Callable[[str], datetime.datetime | None]

    def execute(
        self,
        change_id: str = "",
        *,
        inside: Inside = nullcontext,
        report: Callable[[int, int], None] = lambda done, total: None,
    ) -> Applied:
        """Write it row by row. Raises Forbidden, ReauthenticationNeeded, JobFailed."""
        applied, writes = Applied(change_id or str(uuid7())), self.plan.writes
        self._send_again(applied, inside)
        report(0, len(writes))
        for done, outcome in enumerate(writes, 1):
            try:
                self._write(outcome, applied, inside)
            except NotFound:
                applied.meanwhile[outcome.key] = GONE
            except (ValidationError, Stale):
                applied.meanwhile[outcome.key] = SETTLED
            report(done, len(writes))
        return applied

    def _write(self, outcome: Create | Change, applied: Applied, inside: Inside) -> None:
        if isinstance(outcome, Create):
            self._invite(outcome.key, self._offer(outcome.values), applied, inside)
            return
        values = {name: new for name, (_old, new) in outcome.changes.items()}
        given: dict[str, Any] = {"function": values["function"]} if "function" in values else {}
        given |= {"roles": values["roles"].split("; ")} if "roles" in values else {}
        given |= {"valid_to": self.end(values["until"])} if "until" in values else {}
        with jobs.still_allowed(self.actor, inside()) as actor:
            found = Membership.objects.filter(management_system_id=self.actor.management_system_id)
            member = found.filter(pk=outcome.record.id).first()
            if member is None:
                raise NotFound
            version, step = outcome.record.version, applied.change_id
            written = change_member(
                actor=actor, member=member, expected_version=version, change_id=step, **given
            )  # fmt: skip
        applied.changed += 1
        applied.ids[outcome.key] = (str(written.pk), "", written.version)

    def _offer(self, values: Mapping[str, str]) -> dict[str, Any]:
        """What a row offers, as the service of one invitation takes it."""
        plain = {name: values.get(name, "") for name in ("email", "name", "function", "language")}
        return {**plain, "roles": values["roles"].split("; "), "member_to": self.end(values.get("until", ""))}

    def _invite(self, key: str, offer: Mapping[str, Any], applied: Applied, inside: Inside) -> None:
        """Invite an address and send the link. Raises ValidationError for one that came in by another way meanwhile."""
        tenant = self.actor.management_system_id
        with jobs.still_allowed(self.actor, inside()) as actor:
            if Membership.objects.filter(management_system_id=tenant, person__email__iexact=offer["email"]).exists():
                raise ValidationError("joined meanwhile")
            invitation, link_key = invite(actor=actor, change_id=applied.change_id, **offer)
        link = settings.SITE_URL + reverse("join", kwargs={"key": link_key})
        if not mail.send_invitation(invitation, link, *self._names()):
            with inside():
                withdraw_invitation(actor=self.actor, invitation=invitation, change_id=applied.change_id)
            applied.meanwhile[key] = UNSENT
            return
        applied.created += 1
        applied.ids[key] = (str(invitation.pk), "", invitation.version)

    def _names(self) -> tuple[str, str]:
        """Who invites to what."""
        place = Profile.objects.get(management_system_id=self.actor.management_system_id).name
        inviter = Person.objects.filter(pk=self.actor.person_id).first() if self.actor.person_id else None
        return place, inviter.name if inviter is not None else place

    def _send_again(self, applied: Applied, inside: Inside) -> None:
        """Replace the invitation with which an earlier try broke off: nobody knows whether its mail went out."""
        entries = Entry.objects.filter(
            chain__management_system_id=self.actor.management_system_id, change_id=applied.change_id
        )
        last = entries.order_by("-seq").first()
        if last is None or last.op != Entry.CREATE or last.record_type != type_of(Invitation):
            return
        lost = Invitation.objects.filter(pk=last.record_id, accepted_by=None, withdrawn=False).first()
        if lost is None:
            return
        with jobs.still_allowed(self.actor, inside()) as actor:
            withdraw_invitation(actor=actor, invitation=lost, change_id=applied.change_id)
        names = ("email", "name", "function", "language", "roles", "member_from", "member_to")
        with suppress(ValidationError):  # they came in by another way, which the plan knows
            self._invite(lost.email, {name: getattr(lost, name) for name in names}, applied, inside)
