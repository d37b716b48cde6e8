"""People and their names."""

import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.translation import gettext as _

from core.actor import Actor
from core.change import change
from core.models import Person, PersonName


def create_person(*, actor: Actor, email: str, name: str, password: str | None = None, language: str = "") -> Person:
    """Add somebody who can sign in; without a password they set one by invitation. Raises ValidationError."""
    email = email.strip().lower()
    if Person.objects.filter(email__iexact=email).exists():
        raise ValidationError({"email": _("Somebody with this e-mail address exists.")})
    person = Person(email=email, name=_printed(name), language=language)
    if password:
        person.set_password(password)
    else:
        person.set_unusable_password()
    with change(actor, "people.create", instance=True) as unit:
        unit.save(person)
        PersonName.objects.create(person=person, number=1, name=person.name, valid_from=person.created_at)
    return person


def rename_person(*, actor: Actor, person: Person, name: str) -> Person:
    """Give somebody another printed name from now on; earlier documents keep the earlier one."""
    with change(actor, "people.rename", instance=True) as unit:
        fresh = unit.fetch(Person, person.pk)
        if fresh.name == _printed(name):
            return fresh
        fresh.name, fresh.name_number = _printed(name), fresh.name_number + 1
        unit.save(fresh)
        since = fresh.updated_at
        fresh.names.filter(valid_to=None).update(valid_to=since)
        PersonName.objects.create(person=fresh, number=fresh.name_number, name=fresh.name, valid_from=since)
    return fresh


def choose_language(*, actor: Actor, person: Person, language: str) -> Person:
    """Speak to somebody in this language from now on. Raises ValidationError."""
    if language not in dict(settings.LANGUAGES):
        raise ValidationError({"language": _("Choose English or German.")})
    with change(actor, "people.language", instance=True) as unit:
        fresh = unit.fetch(Person, person.pk)
        fresh.language = language
        return unit.save(fresh)


def choose_mention_mails(*, actor: Actor, person: Person, wanted: bool) -> Person:
    """Write to somebody when a comment names them, or leave it to My work from now on."""
    with change(actor, "people.mails", instance=True) as unit:
        fresh = unit.fetch(Person, person.pk)
        fresh.mention_mails = wanted
        return unit.save(fresh)


def set_active(*, actor: Actor, person: Person, active: bool) -> Person:
    """Disable somebody everywhere (sessions and tokens die with the next request) or let them in again."""
    with change(actor, "people.enable" if active else "people.disable", instance=True) as unit:
        fresh = unit.fetch(Person, person.pk)
        fresh.is_active = active
        return unit.save(fresh)


def names_at(person_ids: list, moment: datetime.datetime, alias: str = "default") -> dict:
    """Person id → the name borne at a moment: what a signature or a past report prints."""
    rows = PersonName.objects.using(alias).filter(person_id__in=person_ids, valid_from__lte=moment)
    rows = rows.exclude(valid_to__lte=moment).order_by(F("valid_from").asc())
    return {row.person_id: row.name for row in rows}


def _printed(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise ValidationError({"name": _("Enter a name.")})
    return cleaned
