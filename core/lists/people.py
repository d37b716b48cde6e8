"""Registers of people, invitations and tokens."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Membership
from core.pages.forms import PageForm
from core.registers import BulkStep, Column, Register, State, View
from core.registers.filters import Choice as ChoiceOf
from core.registers.filters import Conditions, Moment, RegisterFilters, Text


def standing(member: Membership) -> State:
    """Return whether a membership holds now."""
    now = clock.now()
    if member.ended or not member.person.is_active or (member.valid_to and member.valid_to <= now):
        return State("ended", _("Ended"))
    if member.valid_from and member.valid_from > now:
        return State("planned", _("Begins later"))
    return State("current", _("Member"))


def holds(filters: RegisterFilters) -> Q:
    """Return the condition "is a member at the moment of the scope"."""
    moment = filters.scope.moment
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=moment)
    running = Q(valid_to__isnull=True) | Q(valid_to__gt=moment)
    return begun & running & Q(ended=False, person__is_active=True)


class RoleChoice(ChoiceOf):
    """Roles are a list on the membership: any of the chosen."""

    def condition(self, value: Any) -> Q:
        """Return "holds one of these roles"."""
        found = Q(pk__in=())
        for role in value:
            found |= Q(roles__icontains=f'"{role}"')
        return found


class MemberFilters(RegisterFilters):
    """Filters of the people register."""

    standing = Conditions(
        label=_("Membership"),
        conditions={"current": (_("Member"), holds), "other": (_("Ended or not begun"), lambda f: ~holds(f))},
    )
    role = RoleChoice("roles", label=_("Role"), choices=list(Membership.ROLE_NAMES.items()))
    function = Text("function", label=_("Function"))
    until = Moment("valid_to", "lte", label=_("Ends by"))


class FunctionForm(PageForm):
    """The function a bulk step sets."""

    function = forms.CharField(label=_("Function"), max_length=120, help_text=_("For example Head of claims."))


def set_function(member: Membership, data: dict[str, Any]) -> None:
    """Set the function of one member."""
    member.function = data["function"]


class MemberRegister(Register):
    """Everybody who belongs or belonged to the management system (clause 5.3)."""

    place = "people"
    key = "people"
    model = Membership
    title = _("People and roles")
    noun = _("people")
    sort = "name"
    select = ("person",)
    search = ("person__name", "person__email", "function")
    filters = MemberFilters
    columns = (
        Column("name", _("Name"), "person.name", kind="title"),
        Column("roles", _("Roles"), lambda m: ", ".join(str(n) for n in m.role_names), sort="roles"),
        Column("function", _("Function")),
        Column("email", _("E-mail address"), "person.email", wide="p2"),
        Column("standing", _("Membership"), standing, kind="state", sort=("ended", "valid_to")),
        Column("since", _("From"), lambda m: m.valid_from or m.created_at, kind="date", sort="created_at", wide="p2"),
        Column("until", _("Until"), "valid_to", kind="date", wide="p2"),
        Column("seen", _("Last here"), "person.last_seen_at", kind="date", shown=False),
    )
    views = (
        View("all", _("Everybody, ever")),
        View("members", _("Members"), {"standing": "current"}),
        View("auditors", _("Auditors"), {"role": ["internal_auditor", "external_auditor"], "standing": "current"}),
    )
    bulk: ClassVar = (
        BulkStep("function", _("Set function"), "core.manage_people", "people.change", set_function, FunctionForm),
    )

    def url_of(self, record: Membership, slug: str) -> str:
        """Return the page of a member."""
        return reverse("member", kwargs={"slug": slug, "pk": record.pk})

    def name_of(self, record: Membership) -> str:
        """Return the member's name."""
        return record.person.name
