"""How printed reports look: colour and logo of the management system, each checked before it is kept."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import blobs, images, policy
from core.actor import Actor
from core.change import change
from core.errors import NotFound
from core.models import Blob, Profile

COLOUR = re.compile(r"#[0-9a-f]{6}")
LEAST_CONTRAST = 4.5
"""Of text on white and of white on the band, as WCAG 2.2 asks (1.4.3)."""


def dress_reports(
    *, actor: Actor, accent: str = "", logo: bytes | None = None, without_logo: bool = False,
    expected_version: int | None = None,
) -> Profile:  # fmt: skip
    """Set colour and logo; no ``logo`` keeps the one there is. Raises Forbidden, Stale, ValidationError by field."""
    policy.require(actor, "core.settings")
    accent = accent.strip().lower()
    _check_colour(accent)
    kept = _kept(actor, logo) if logo is not None else None
    with change(actor, "core.profile.dress") as unit:
        pk = Profile.objects.get(management_system_id=actor.management_system_id).pk
        profile = unit.fetch(Profile, pk, expected_version)
        profile.accent = accent
        if kept is not None or without_logo:
            profile.logo = kept.sha256 if kept is not None else ""
        return unit.save(profile)


def logo_of(profile: Profile) -> bytes:
    """The bytes of a profile's logo as a PNG; b"" for none. Raises NotFound when the file is gone."""
    if not profile.logo:
        return b""
    found = Blob.objects.filter(management_system_id=profile.management_system_id, sha256=profile.logo).first()
    if found is None:
        raise NotFound
    return blobs.read(found)


def contrast_with_white(colour: str) -> float:
    """Ratio of luminances between a colour #rrggbb and white, 1 to 21 (WCAG 2.2)."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 1.05 / (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] + 0.05)


def _check_colour(accent: str) -> None:
    if not accent:
        return
    if not COLOUR.fullmatch(accent):
        raise ValidationError({"accent": _("Write the colour as # and six digits, such as #0c4a57.")})
    found = contrast_with_white(accent)
    if found < LEAST_CONTRAST:
        says = _("Too light to be read on white: its contrast is %(found).1f to 1, at least %(least).1f is needed.")
        raise ValidationError({"accent": says % {"found": found, "least": LEAST_CONTRAST}})


def _kept(actor: Actor, data: bytes) -> Blob:
    try:
        picture = images.logo(data)
    except ValidationError as error:
        raise ValidationError({"logo": error.messages}) from error
    return blobs.store(actor.management_system_id, picture, name="logo.png", media_type="image/png")
