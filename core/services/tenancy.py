"""Management systems: start one, describe it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core import policy, when
from core.actor import ADMINISTRATOR, MANAGER, Actor
from core.change import Change, change, open_chain
from core.models import RESERVED_SLUGS, ManagementSystem, Membership, Person, Profile

_starters: list[Callable[[Change, ManagementSystem], None]] = []
FIELDS = (
    "name",
    "organisation",
    "scope_statement",
    "time_zone",
    "language",
    "paper",
    "classification",
    "next_audit_on",
)


def starter(function: Callable[[Change, ManagementSystem], None]) -> Callable[[Change, ManagementSystem], None]:
    """Register what a room adds to every new management system (controls, methodology), inside its first change."""
    _starters.append(function)
    return function


def create_management_system(
    *,
    actor: Actor,
    slug: str,
    name: str,
    administrator: Person,
    roles: tuple[str, ...] = (ADMINISTRATOR, MANAGER),
    **profile: Any,
) -> ManagementSystem:
    """Start a management system; its creator becomes administrator and manager (clause 4.3). Raises ValidationError."""
    tenant = ManagementSystem(slug=slug.strip().lower())
    _check_slug(tenant)
    _check_profile({"name": name, **profile})
    with transaction.atomic():
        with change(actor, "management-systems.create", instance=True) as unit:
            _check_slug(tenant)  # again: somebody may have taken it, and nobody creates another while this one does
            tenant.is_demo = bool(profile.pop("is_demo", False))
            unit.save(tenant)
        open_chain(tenant)
        inside = actor.within(tenant.pk)
        with change(inside, "management-systems.create") as unit:
            unit.save(Profile(name=name.strip(), **{**_usual(profile), **profile}))
            unit.save(Membership(person=administrator, roles=sorted(roles)))
            for start in _starters:
                start(unit, tenant)
    return tenant


def _usual(profile: dict[str, Any]) -> dict[str, str]:
    """What a new management system says until somebody says otherwise, in its language."""
    with translation.override(profile.get("language") or settings.LANGUAGE_CODE):
        return {"classification": _("Internal")}


def describe(*, actor: Actor, expected_version: int | None = None, reason: str = "", **values: Any) -> Profile:
    """Change name, scope sentence, time zone and the like. Raises Forbidden, Stale, ValidationError."""
    policy.require(actor, "core.settings")
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValidationError({name: _("There is no such setting.") for name in unknown})
    _check_profile(values)
    with change(actor, "core.profile.change", reason=reason) as unit:
        pk = Profile.objects.get(management_system_id=actor.management_system_id).pk
        profile = unit.fetch(Profile, pk, expected_version)
        for name, value in values.items():
            setattr(profile, name, value)
        return unit.save(profile)


def _check_slug(tenant: ManagementSystem) -> None:
    tenant.clean_fields(exclude={"created_at", "updated_at"})
    if tenant.slug in RESERVED_SLUGS:
        raise ValidationError({"slug": _("This address is reserved; choose another.")})
    if ManagementSystem.objects.filter(slug=tenant.slug).exists():
        raise ValidationError({"slug": _("This address is taken; choose another.")})


def _check_profile(values: dict[str, Any]) -> None:
    if "name" in values and not str(values["name"]).strip():
        raise ValidationError({"name": _("Enter a name.")})
    if values.get("time_zone", "UTC") not in when.zones():
        raise ValidationError({"time_zone": _("Choose a time zone such as Europe/Berlin.")})
