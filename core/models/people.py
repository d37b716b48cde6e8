"""People, their names over time, memberships, invitations, tokens."""

from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import actor, clock
from core.ids import uuid7
from core.models.base import TenantModel, TenantQuerySet


class PersonManager(BaseUserManager["Person"]):
    """Finds people by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """Return the person who signs in with this address."""
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """A human being who signs in. No superuser exists; what someone may do follows from memberships."""

    ledger_schema: ClassVar[int] = 2
    ledger_private: ClassVar[frozenset[str]] = frozenset({"email", "name", "password", "last_login", "last_seen_at"})

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=200, help_text=_("As it is printed on approvals and reports."))
    name_number = models.PositiveIntegerField(default=1, editable=False)
    language = models.CharField(_("language"), max_length=8, default="", blank=True)
    mention_mails = models.BooleanField(_("mail about mentions in comments"), default=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PersonManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Up to two letters for the small round mark."""
        parts = self.name.split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()


class PersonName(models.Model):
    """A name somebody bore between two moments; erasable, which ledger entries are not."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="names")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "number"], name="core_personname_number")]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(TenantQuerySet):
    """Memberships that hold at a moment."""

    def valid_at(self, moment) -> Self:
        """Begun, not ended, of an active person."""
        begun = Q(valid_from__isnull=True) | Q(valid_from__lte=moment)
        running = Q(valid_to__isnull=True) | Q(valid_to__gt=moment)
        return self.filter(begun & running, ended=False, person__is_active=True)

    def answerable_at(self, moment) -> Self:
        """Those who can be given something to answer for: not who is here as external auditor only."""
        return self.valid_at(moment).exclude(roles=[actor.EXTERNAL_AUDITOR])


class Membership(TenantModel):
    """A person's roles in a management system, between two moments for external auditors (clause 5.3)."""

    ROLE_NAMES: ClassVar[dict] = {
        actor.ADMINISTRATOR: _("administrator"),
        actor.MANAGER: _("manager"),
        actor.CONTRIBUTOR: _("contributor"),
        actor.APPROVER: _("approver"),
        actor.INTERNAL_AUDITOR: _("internal auditor"),
        actor.EXTERNAL_AUDITOR: _("external auditor"),
    }

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    roles = models.JSONField(_("roles"), default=list)
    function = models.CharField(_("function"), max_length=120, blank=True, help_text=_("For example Head of claims."))
    valid_from = models.DateTimeField(_("from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("until"), null=True, blank=True)
    ended = models.BooleanField(default=False)

    objects = MembershipQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(fields=["management_system", "person"], name="core_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({', '.join(self.roles)})"

    @property
    def role_names(self) -> list:
        """The roles as people say them."""
        return [self.ROLE_NAMES[role] for role in actor.ROLES if role in self.roles]


class Invitation(TenantModel):
    """An open offer of roles to an e-mail address; its link is shown once and kept as a hash."""

    ledger_private: ClassVar[frozenset[str]] = frozenset({"email", "name", "key_hash", "language"})

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=8, default="", blank=True)
    roles = models.JSONField(_("roles"), default=list)
    function = models.CharField(_("function"), max_length=120, blank=True)
    member_from = models.DateTimeField(_("member from"), null=True, blank=True)
    member_to = models.DateTimeField(_("member until"), null=True, blank=True)
    key_hash = models.CharField(max_length=64, db_index=True)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("invitation")

    def __str__(self) -> str:
        return self.email


class ApiToken(TenantModel):
    """A bearer token: shown once, stored as a keyed hash, with scopes and an expiry (TRUST T08).

    With ``person`` it acts as that person, limited by its scopes; without, it is a service account bound to one source.
    """

    ledger_private: ClassVar[frozenset[str]] = frozenset({"key_hash", "last_used_at"})

    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    key_hash = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    source = models.SlugField(_("source"), max_length=60, blank=True, help_text=_("Names the system it syncs from."))
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("token")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
