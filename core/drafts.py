"""Text somebody typed and did not send: parked per person and form, shown to that person alone, never sent by itself.

Drafts are encrypted at rest: they may quote restricted records. What an expired session posts is kept for one hour.
"""

import base64
import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.models import Draft

LARGEST = 256 * 1024
"""Bytes of one draft."""
EXPIRED_KEPT = dt.timedelta(hours=1)
KEPT = dt.timedelta(days=30)
TICKET_HOLDS = dt.timedelta(days=7)
TICKET = "draft_ticket"
NOT_TYPED = frozenset({"csrfmiddlewaretoken", TICKET, "step"})
EXPIRED = "!"
RECORD_LENGTH = 60


@dataclass(frozen=True)
class Place:
    """Whose draft of which form: ``record`` is the address of the form, so that a list of drafts can lead to it."""

    person_id: str
    management_system_id: str
    form: str
    record: str

    @classmethod
    def of(cls, actor: Actor, form: str, address: str) -> "Place":
        """Return the place of an actor's draft; a long address is shortened to its fingerprint."""
        record = (
            address if len(address) <= RECORD_LENGTH else hashlib.sha256(address.encode()).hexdigest()[:RECORD_LENGTH]
        )
        return cls(str(actor.person_id), str(actor.management_system_id or ""), form[:79], record)

    def key(self, suffix: str = "") -> dict[str, Any]:
        """Return the natural key of the row."""
        return {
            "person_id": self.person_id,
            "management_system_id": self.management_system_id or None,
            "form": self.form + suffix,
            "record": self.record,
        }


@dataclass(frozen=True)
class Parked:
    """A parked draft: fields by name, each a list of strings."""

    fields: dict[str, list[str]]
    saved_at: dt.datetime
    version: int | None
    from_expired_session: bool

    @property
    def data(self) -> QueryDict:
        """Return the fields as if they had just been posted."""
        query = QueryDict(mutable=True)
        for name, values in self.fields.items():
            query.setlist(name, values)
        if self.version is not None:
            query["version"] = str(self.version)
        return query


def ticket(place: Place) -> str:
    """Return the proof a form carries: whose draft it is, new with every showing. It allows parking, nothing else."""
    showing = secrets.token_urlsafe(6)
    return signing.dumps([place.person_id, place.management_system_id, place.form, place.record, showing], salt=TICKET)


def place_of(proof: str) -> Place | None:
    """Return the place a ticket names, None when it is forged or older than a week."""
    try:
        *named, _showing = signing.loads(proof, salt=TICKET, max_age=TICKET_HOLDS)
        return Place(*named)
    except (signing.BadSignature, TypeError, ValueError):
        return None


def typed_in(post: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what a person typed in a posted form: no tokens, no passwords, no buttons."""
    lists = post.lists() if isinstance(post, QueryDict) else ((name, list(values)) for name, values in post.items())
    return {name: values for name, values in lists if name not in NOT_TYPED | {"version"} and "password" not in name}


def park(place: Place, fields: Mapping[str, list[str]], version: int | None = None, *, expired: bool = False) -> Draft:
    """Keep what was typed, replacing what was kept before. Raises ValidationError when it is larger than 256 kB."""
    text = json.dumps(fields, ensure_ascii=False)
    if len(text.encode()) > LARGEST:
        raise ValidationError(_("This text is too long to be kept as a draft (256 kB). Save it to keep it."))
    values = {"fields": _box().encrypt(text.encode()).decode(), "version": version, "saved_at": clock.now()}
    draft, _created = Draft.objects.update_or_create(**place.key(EXPIRED if expired else ""), defaults=values)
    return draft


def find(place: Place) -> Parked | None:
    """Return the newest draft of this place, None when there is none that still counts."""
    kept = Q(**place.key()) | Q(**place.key(EXPIRED))
    rows = Draft.objects.filter(kept).order_by("-saved_at")
    for row in rows:
        expired = row.form.endswith(EXPIRED)
        if clock.now() - row.saved_at > (EXPIRED_KEPT if expired else KEPT):
            continue
        try:
            fields = json.loads(_box().decrypt(row.fields.encode()))
        except (InvalidToken, ValueError):
            continue
        return Parked(fields, row.saved_at, row.version, expired)
    return None


def discard(place: Place) -> None:
    """Forget the drafts of this place."""
    for suffix in ("", EXPIRED):
        Draft.objects.filter(**place.key(suffix)).delete()


def tidy() -> int:
    """Delete drafts past their time and return how many; called hourly."""
    now = clock.now()
    gone, _rows = Draft.objects.filter(saved_at__lt=now - KEPT).delete()
    stale, _rows = Draft.objects.filter(form__endswith=EXPIRED, saved_at__lt=now - EXPIRED_KEPT).delete()
    return gone + stale


def _box() -> Fernet:
    """Return the cipher of drafts, derived from the installation's secret."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"aims42 drafts" + settings.SECRET_KEY.encode()).digest()))
