"""Registers of invitations and tokens."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import ApiToken, Invitation
from core.queries.people import role_words
from core.registers import Column, Register, State
from core.registers.filters import RegisterFilters, Text
from core.services.tokens import SCOPES


def invitation_state(invitation: Invitation) -> State:
    """Return whether an invitation is open, used, withdrawn or over."""
    if invitation.accepted_by_id:
        return State("accepted", _("Accepted"))
    if invitation.withdrawn:
        return State("withdrawn", _("Withdrawn"))
    return State("open", _("Open")) if invitation.expires_at > clock.now() else State("ended", _("Ran out"))


class InvitationFilters(RegisterFilters):
    """Filters of invitations."""

    email = Text("email", label=_("E-mail address"))


class InvitationRegister(Register):
    """Offers of roles: open, used, withdrawn, run out."""

    place = "invitations"
    key, model, title, noun, sort = "invitations", Invitation, _("Invitations"), _("invitations"), "-made"
    permission = "core.manage_people"
    filters = InvitationFilters
    search = ("email", "name")
    select = ("created_by", "accepted_by")
    columns = (
        Column("email", _("E-mail address"), kind="title"),
        Column("name", _("Name"), wide="p2"),
        Column("roles", _("Roles"), lambda i: [str(w) for w in role_words(i.roles)], kind="tags", sort="roles"),
        Column("state", _("State"), invitation_state, kind="state", sort=("withdrawn", "accepted_by", "expires_at")),
        Column("made", _("Invited"), "created_at", kind="date"),
        Column("by", _("By"), "created_by", kind="person"),
        Column("until", _("Link works until"), "expires_at", kind="date", wide="p2"),
    )
    blank_title = _("No invitations")
    blank_text = _("People join by a link that you hand them. It works once, for 14 days.")
    blank_url, blank_button, blank_permission, blank_minutes = "invite", _("Invite somebody"), "core.manage_people", 2

    def url_of(self, record: Invitation, slug: str) -> str:
        """Return the page of an invitation."""
        return reverse("invitation_withdraw", kwargs={"slug": slug, "pk": record.pk}) if is_open(record) else ""

    def name_of(self, record: Invitation) -> str:
        """Return the invited address."""
        return record.email


def is_open(invitation: Invitation) -> bool:
    """Return whether an invitation can still be used."""
    return invitation_state(invitation).code == "open"


def token_state(token: ApiToken) -> State:
    """Return whether a token works now."""
    if token.revoked_at:
        return State("withdrawn", _("Revoked"))
    return State("current", _("Works")) if token.expires_at > clock.now() else State("ended", _("Expired"))


class TokenFilters(RegisterFilters):
    """Filters of tokens."""

    source = Text("source", label=_("Source"))


class TokenRegister(Register):
    """Bearer tokens of the management system."""

    place = "tokens"
    key, model, title, noun, sort = "tokens", ApiToken, _("Tokens"), _("tokens"), "-made"
    filters = TokenFilters
    search = ("name", "prefix", "source")
    select = ("person", "created_by")
    columns = (
        Column("name", _("What it is for"), kind="title"),
        Column("prefix", _("Begins with"), lambda t: f"aims_{t.prefix}", sort="prefix"),
        Column("scopes", _("It may"), lambda t: [str(SCOPES.get(s, s)) for s in t.scopes], kind="tags", sort="scopes"),
        Column("person", _("Acts as"), lambda t: t.person.name if t.person else _("a service"), sort="person__name"),
        Column("source", _("Source"), wide="p2"),
        Column("state", _("State"), token_state, kind="state", sort=("revoked_at", "expires_at")),
        Column("expires", _("Expires"), "expires_at", kind="date"),
        Column("used", _("Last used"), "last_used_at", kind="moment", wide="p2"),
        Column("made", _("Made"), "created_at", kind="date", wide="p3"),
        Column("by", _("By"), "created_by", kind="person", wide="p3"),
    )
    blank_title = _("No tokens")
    blank_text = _("A token lets a program read or sync by the REST interface, within scopes and until a date.")
    blank_url, blank_button, blank_permission, blank_minutes = "token_new", _("Make a token"), "core.manage_tokens", 2

    def url_of(self, record: ApiToken, slug: str) -> str:
        """Return the page of a token."""
        return reverse("token", kwargs={"slug": slug, "pk": record.pk})

    def name_of(self, record: ApiToken) -> str:
        """Return what the token is for."""
        return record.name
