"""Which language somebody is spoken to in: their own choice, else the management system's, else the browser's."""

from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from core.models import Invitation, Membership, Person, Profile


def known(code: str) -> str:
    """Return the code if the interface speaks it, else ""."""
    return code if code in dict(settings.LANGUAGES) else ""


def of_person(person: Person | None, management_system_id: Any = None) -> str:
    """Return a person's choice, else the language of the management system, else the one spoken now."""
    chosen = known(person.language) if person is not None else ""
    if not chosen and management_system_id:
        profiles = Profile.objects.filter(management_system_id=management_system_id)
        chosen = known(profiles.values_list("language", flat=True).first() or "")
    return chosen or get_language() or settings.LANGUAGE_CODE


def of_address(email: str, management_system_id: Any = None) -> str:
    """Return the language to write to an address in: that of the person who signs in with it, if any."""
    return of_person(Person.objects.filter(email__iexact=email).first(), management_system_id)


def of_invitation(invitation: Invitation) -> str:
    """Return the language to write to who is invited: their own choice, else what the invitation says."""
    person = Person.objects.filter(email__iexact=invitation.email).first()
    chosen = known(person.language) if person is not None else ""
    return chosen or known(invitation.language) or of_person(person, invitation.management_system_id)


def of_member(membership: Membership) -> str:
    """Return the language of a page; the membership was fetched with ``speaks``, its management system's language."""
    return known(membership.person.language) or known(getattr(membership, "speaks", "") or "")
