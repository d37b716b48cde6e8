"""What can be imported into the register of people (core.imports): whom to invite, whose roles to change (clause 5.3).

A row is the member, or the open invitation, with its e-mail address; any other address is invited. Rows are written by
the services of one invitation and of one member, under their rules. ``docs/developer/imports.md`` says what is refused.
"""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, when
from core.actor import ADMINISTRATOR, ROLES
from core.imports import CHOICE, CHOICES, DATE, LINE, Delivery, Importable, ImportField, importable
from core.imports.inviting import Inviting
from core.models import Invitation, Membership
from core.planner import Change, Create, CurrentRecord, Outcome, Owner, Refused, RowRefused, plan
from core.planner.model import PERSON
from core.services.members import is_bounded, with_terms
from core.services.taking_back import take_back

JOB, UNDO = "core.import-people", "core.undo-people-import"
TICK = "role_"
"""Begins the names of fields for files with a column for each role."""
YES = "yes"
CURRENT, PLANNED, ENDED = "current", "planned", "ended"
OWN = frozenset({"name", "language"})
"""What belongs to the person, here and elsewhere: no row changes it."""
LONGEST = {"email": 200, "name": 200, "function": 120}
VALUES: dict[str, Mapping[str, Any]] = {
    "roles": Membership.ROLE_NAMES, "language": dict(settings.LANGUAGES),
    "standing": {CURRENT: gettext_lazy("Member"), PLANNED: gettext_lazy("Begins later"), ENDED: gettext_lazy("Ended")},
    **{f"{TICK}{role}": {YES: gettext_lazy("yes"), "no": gettext_lazy("no")} for role in ROLES},
}  # fmt: skip
ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "administrator": ("admin", "administrators", "Administratorin", "Administration"),
    "manager": ("AIMS manager", "managers", "Managerin", "KI-Managerin", "KI-Manager"),
    "contributor": ("contributors", "Mitwirkend", "Mitwirkende", "Mitwirkender", "Mitarbeit"),
    "approver": ("approvers", "approves", "Freigeber", "Freigeberin", "Freigabe"),
    "internal_auditor": ("internal audit", "Interne Auditorin", "Interner Auditor", "Internes Audit"),
    "external_auditor": ("external audit", "Externe Auditorin", "Externer Auditor", "Externes Audit"),
}
TICKED = {YES: ("y", "x", "1", "true", "j", "wahr", "✓", "✔"), "no": ("n", "0", "false", "falsch")}
SPELLINGS: dict[str, Mapping[str, tuple[str, ...]]] = {
    "roles": ROLE_WORDS,
    "language": {"en": ("English", "Englisch", "en-GB", "en-US"), "de": ("German", "Deutsch", "de-DE", "de-AT")},
    **dict.fromkeys((f"{TICK}{role}" for role in ROLES), TICKED),
}
WORDS: dict[str, tuple[str, ...]] = {
    "email": (
        "E-mail", "Email", "Email address", "Mail", "Mail address", "User principal name", "UPN", "E-Mail",
        "E-Mail-Adresse", "Mailadresse",
    ),
    "name": ("Full name", "Display name", "Person", "Vollständiger Name", "Anzeigename", "Vor- und Nachname"),
    "roles": ("Role", "AIMS roles", "AIMS role", "Rolle", "Rollen", "Berechtigung"),
    "function": ("Job title", "Position", "Title", "Funktion", "Stelle", "Stellenbezeichnung"),
    "until": ("Until, that day included", "End date", "Ends on", "Valid until", "Bis", "Gültig bis", "Enddatum"),
    "language": ("Preferred language", "Locale", "Sprache", "Bevorzugte Sprache"),
    **{f"{TICK}{role}": (*words, role) for role, words in ROLE_WORDS.items()},
}  # fmt: skip
LABELS: dict[str, Any] = {
    "email": gettext_lazy("E-mail address"), "name": gettext_lazy("Name"), "roles": gettext_lazy("Roles"),
    "function": gettext_lazy("Function"), "until": gettext_lazy("Until"), "language": gettext_lazy("Language"),
    "standing": gettext_lazy("Membership"),
    **{f"{TICK}{role}": format_lazy("{}: {}", gettext_lazy("Role"), Membership.ROLE_NAMES[role]) for role in ROLES},
}  # fmt: skip
KINDS = {"roles": CHOICES, "until": DATE, **dict.fromkeys(VALUES.keys() - {"roles"}, CHOICE)}


# Members and invitations as rows see them -----------------------------------------------------------------------------


def address_of(text: str) -> str:
    """An e-mail address for comparing: the case of plain letters says nothing, others are never taken for them."""
    return text.strip().lower() if text.isascii() else text.strip()


def roles_text(roles: Any) -> str:
    """Roles in a fixed order, with semicolons between."""
    return "; ".join(role for role in ROLES if role in set(roles))


class _Known:
    """Members and open invitations of a management system, by address."""

    def __init__(self, management_system_id: uuid.UUID, source: str) -> None:
        self.now, self.zone = clock.now(), when.zone_for(management_system_id)
        rows = Membership.objects.filter(management_system_id=management_system_id).select_related("person")
        self.members = {str(member.pk): member for member in rows}
        self.rows: dict[str, CurrentRecord] = {}
        for one in Invitation.objects.filter(
            management_system_id=management_system_id, accepted_by=None, withdrawn=False, expires_at__gt=self.now
        ).order_by("created_at"):
            self._add(one, source, one.email, one.name, one.language, one.member_to)
        for member in self.members.values():
            person = member.person
            self._add(member, source, person.email, person.name, person.language, member.valid_to)

    def _add(self, record: Any, source: str, email: str, name: str, language: str, until: Any) -> None:
        values = {
            "email": address_of(email), "name": name, "language": language, "roles": roles_text(record.roles),
            "function": record.function, "until": self.day(until),
        }  # fmt: skip
        owners = dict.fromkeys(OWN, Owner(PERSON, "")) if isinstance(record, Membership) else {}
        known = CurrentRecord(str(record.pk), record.version, values, owners, frozenset({source}))
        self.rows[values["email"]] = known

    def day(self, moment: datetime.datetime | None) -> str:
        """The last day of a membership as text."""
        return when.local(moment, self.zone).date().isoformat() if moment else ""

    def end(self, text: str) -> datetime.datetime | None:
        """The moment a membership with this last day ends."""
        return when.day_end(datetime.date.fromisoformat(text), self.zone) if text else None

    def has_ended(self, known: CurrentRecord) -> bool:
        """Whether it is somebody who was a member and is none now."""
        member = self.members.get(known.id)
        return member is not None and (
            member.ended or not member.person.is_active or bool(member.valid_to and member.valid_to <= self.now)
        )

    def administrators(self) -> set[str]:
        """Ids of the memberships that administer now."""
        found = {pk for pk, one in self.members.items() if ADMINISTRATOR in one.roles}
        begun = {pk for pk in found if (one := self.members[pk]).valid_from is None or one.valid_from <= self.now}
        return {pk for pk in begun if not self.has_ended(self.rows[address_of(self.members[pk].person.email)])}


class _Reader:
    """Reads rows beside the members and invitations they mean; what is blank says nothing of them."""

    def __init__(self, given: Delivery, known: _Known) -> None:
        self.file, self.known = given.reader, known
        self.name, self.by_step = given.reader.name, given.reader.by_step

    def column_of(self, field: str) -> str:
        """The column a field is read from; of roles the first that ticks one where they have a column each."""
        found = self.file.column_of(field)
        ticks = (self.file.column_of(f"{TICK}{role}") for role in ROLES)
        return next((c for c in ticks if not c.startswith(TICK)), found) if found == "roles" else found

    def identify(self, row: Any) -> tuple[int, str, str]:
        """Row number, address and fingerprint. Raises RowRefused."""
        number, key, row_hash = self.file.identify(row)
        return number, address_of(key), row_hash

    def read(self, row: Any) -> tuple[dict[str, str], tuple[Any, ...]]:
        """The fields that the row says something of. Raises RowRefused."""
        values, remarks = self.file.read(row)
        known = self.known.rows.get(address_of(values.get("email", "")))
        values["email"] = address_of(values.get("email", ""))
        self._tick(values, known)
        standing = values.pop("standing", "")
        if known is not None and self.known.has_ended(known):
            if standing != ENDED:
                says = _("Their membership has ended. Make them a member again on their own page.")
                raise RowRefused(self.column_of("email"), "ended", says)
        elif standing == ENDED:
            says = _("An import ends no membership. End it on the member's page.")
            raise RowRefused(self.column_of("standing"), "ended", says)
        if values.get("roles"):
            values["roles"] = self._roles(values["roles"])
        return {name: text for name, text in values.items() if text}, remarks

    def _tick(self, values: dict[str, str], known: CurrentRecord | None) -> None:
        """Roles from a column each; a role without a column stays as it is. Raises RowRefused where none is left."""
        ticks = {role: values.pop(f"{TICK}{role}") for role in ROLES if f"{TICK}{role}" in values}
        if not ticks:
            return
        if "roles" in values:
            says = _("Roles stand in one column or in a column each: leave out one of them.")
            raise RowRefused(self.file.column_of("roles"), "two-ways", says)
        had = known.values["roles"].split("; ") if known is not None else []
        held = [role for role in ROLES if (ticks[role] == YES if role in ticks else role in had)]
        if not held:
            raise RowRefused(self.column_of("roles"), "no-role", _("Choose at least one role."))
        values["roles"] = "; ".join(held)

    def _roles(self, text: str) -> str:
        """Roles as they are stored. Raises RowRefused for one that is none."""
        given = text.split("; ")
        if strange := next((role for role in given if role not in ROLES), ""):
            says = _("“%s” is not in the list of values.") % strange[:60]
            raise RowRefused(self.column_of("roles"), "unclear", says)
        return roles_text(given)


# Judging rows ---------------------------------------------------------------------------------------------------------


def _faults(values: Mapping[str, str]) -> dict[str, str]:
    """Field to reason, for values that cannot be stored. An address with foreign letters may pass for another's."""
    for name, most in LONGEST.items():
        if (count := len(values.get(name, ""))) > most:
            return {name: _("At most %(most)d characters; there are %(count)d.") % {"most": most, "count": count}}
    if "email" not in values:
        return {}
    try:
        validate_email(values["email"])
    except ValidationError:
        return {"email": _("This is not an e-mail address.")}
    if not values["email"].isascii():
        return {"email": _("Only addresses in plain letters are invited: others may pass for somebody else's.")}
    return {}


class _Judge:
    """Says of each outcome why its row cannot be used, by the rules of the pages and stricter ones for many at once."""

    def __init__(self, given: Delivery, known: _Known, reader: _Reader) -> None:
        self.given, self.known, self.reader = given, known, reader
        self.administrators = known.administrators()
        self.today = when.local(known.now, known.zone).date().isoformat()

    def judged(self, outcome: Outcome) -> Outcome:
        """The outcome, or why its row cannot be used."""
        name, says = "", ""
        if isinstance(outcome, Refused) and outcome.code == "key-collision":
            return replace(outcome, column=self.reader.column_of("email"), reason=_(
                "This address stands in several rows, which say different things. Keep one of them."))  # fmt: skip
        if isinstance(outcome, Create):
            name, says = self._new(outcome)
        elif isinstance(outcome, Change):
            name, says = self._changed(outcome)
        return Refused(outcome.row, self.reader.column_of(name), "settled", says, outcome.key) if says else outcome

    def _new(self, outcome: Create) -> tuple[str, str]:
        if not settings.MAIL_CONFIGURED:
            return "email", _("Mail is not set up here, so nobody would get the link. Invite one by one.")
        return self._terms(Membership(), outcome.values)

    def _changed(self, outcome: Change) -> tuple[str, str]:
        member = self.known.members.get(outcome.record.id)
        if member is None:
            return "email", _("An invitation that says otherwise is open. Withdraw it first.")
        if member.person_id == self.given.actor.person_id:
            return "roles", _("Nobody changes their own membership by an import.")
        if self.known.has_ended(outcome.record):
            return "email", _("Their membership has ended. Make them a member again on their own page.")
        values = {**outcome.record.values, **{name: new for name, (_old, new) in outcome.changes.items()}}
        name, says = self._terms(member, values)
        return (name, says) if says else self._last(outcome.record.id, values)

    def _terms(self, member: Membership, values: Mapping[str, str]) -> tuple[str, str]:
        """What nobody can hold, as the page of a member says it."""
        until = values.get("until", "")
        if until and until < self.today:
            return "until", _("This day is over. An import ends no membership.")
        roles = values["roles"].split("; ") if values.get("roles") else []
        trial = Membership(person_id=member.person_id)
        try:
            with_terms(trial, roles, values.get("function", ""), member.valid_from, self.known.end(until))
        except ValidationError as error:
            name, says = next(iter(error.message_dict.items()))
            return {"valid_to": "until"}.get(name, name), " ".join(says)
        return "", ""

    def _last(self, pk: str, values: Mapping[str, str]) -> tuple[str, str]:
        """Whether nobody would be administrator after this row and those before it."""
        stays = ADMINISTRATOR in values["roles"].split("; ") and not is_bounded(None, self.known.end(values["until"]))
        if stays or pk not in self.administrators:
            return "", ""
        if self.administrators == {pk}:
            return "roles", _("Someone must stay administrator. Make somebody else one first.")
        self.administrators.discard(pk)
        return "", ""


def _prepare(given: Delivery) -> Inviting:
    tenant: uuid.UUID = given.actor.management_system_id  # type: ignore[assignment]
    known = _Known(tenant, given.source)
    reader = _Reader(given, known)
    made = plan(given.rows, known.rows, reader, given.source, given.rules, _faults)
    judge = _Judge(given, known, reader)
    outcomes = tuple(map(judge.judged, made.outcomes))
    return Inviting(given.actor, replace(made, missing=(), outcomes=outcomes), known.end)


# Fields ---------------------------------------------------------------------------------------------------------------


def _values(name: str, _management_system_id: uuid.UUID) -> Mapping[str, Any]:
    return VALUES[name]


def _field(name: str) -> ImportField:
    opens = name == "roles" or name.startswith(TICK)
    return ImportField(
        name, LABELS[name], KINDS.get(name, LINE), required=name == "email", words=WORDS.get(name, ()),
        values=partial(_values, name) if name in VALUES else None, spellings=SPELLINGS.get(name, {}), exact=opens,
    )  # fmt: skip


def _next_steps(result: Mapping[str, Any]) -> list[tuple[Any, str]]:
    found = [(_("See who was invited"), "invitations")] if result.get("create") else []
    return [*found, (_("See who can do what now"), "who_can")] if result.get("change") else found


FIELDS: Mapping[str, ImportField] = {name: _field(name) for name in LABELS}
PEOPLE = importable(
    Importable(
        key="people", title=gettext_lazy("People and roles"), permission="core.manage_people", job=JOB, undo_job=UNDO,
        model=Membership, writes=(Invitation,), fields=tuple(FIELDS.values()), identity=("email",), find_by=("email",),
        prepare=_prepare, next_steps=_next_steps, referenced=False, told="roles", asks_again=True, confidential=True,
        undo_permission="core.manage_people", take_back=take_back,
        words={
            "create": gettext_lazy("Invited"), "kept": gettext_lazy("Name or language stays"),
            "removed": gettext_lazy("Invitations withdrawn"), "restored": gettext_lazy("Memberships as before"),
            "kept_count": gettext_lazy("Left as they are"),
        },
        notes=(
            gettext_lazy("Whom the register does not know is invited by mail; the link works once, for 14 days."),
            gettext_lazy("Your own membership, names and languages are not changed, and no membership is ended."),
        ),
        consequences=lambda: (
            _("Invitations that nobody accepted are withdrawn; roles are as they were before."),
            _("Who joined, signed in with a new role or was changed since stays as they are and is named."),
        ),
    )
)  # fmt: skip

__all__ = ["FIELDS", "JOB", "PEOPLE", "UNDO"]
