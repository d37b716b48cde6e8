"""The register of AI systems: list page, exports, bulk steps, filters of the API."""

from typing import Any

from django import forms
from django.db.models import DateField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from aims import queries
from aims.models import AISystem, AssessmentGroup
from aims.services.fields import SYNC_FIELDS, names_of
from aims.services.groups import set_group
from aims.services.systems import assign
from core import clock, sync
from core.actor import Actor
from core.models import ExternalId, Person
from core.pages.fields import DayField, Prose
from core.pages.forms import PageForm
from core.records import type_of
from core.registers import BulkStep, Column, Register, View, number_of
from core.registers.filters import Choice, Conditions, Day, People, RegisterFilters, Text
from core.scope import Scope


class Sources(Choice):
    """Sources that feed a system, by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("pk", choices=(), **kwargs)

    @property
    def field(self) -> Any:
        """The field with the sources of the management system."""
        parent = getattr(self, "parent", None)
        if parent is not None and parent.actor is not None:
            self.extra["choices"] = [
                (name, name) for name, _count in parent.look_up("sources", lambda: queries.sources(parent.scope))
            ]
        return super().field

    def condition(self, value: Any) -> Q:
        """Fed by one of these."""
        return Q(pk__in=queries.fed_by(self.parent.scope, value))


class Classes(Choice):
    """EU AI Act classes; a system can be in several. "none" are those nobody classified."""

    def condition(self, value: Any) -> Q:
        """In one of these."""
        found = Q(pk__in=())
        for code in value:
            if code == "none":
                found |= Q(ai_act_class="")
                continue
            found |= Q(ai_act_class=code) | Q(ai_act_class__startswith=f"{code} ")
            found |= Q(ai_act_class__endswith=f" {code}") | Q(ai_act_class__contains=f" {code} ")
        return found


def _class_choices() -> list[tuple[str, Any]]:
    return [("none", _("Not classified")), *names_of("ai_act_class").items()]


class Groups(Choice):
    """Assessment groups, by reference; "none" are systems in no group."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("group", choices=(), **kwargs)

    @property
    def field(self) -> Any:
        """The field with the groups of the management system."""
        parent = getattr(self, "parent", None)
        if parent is not None and parent.actor is not None:
            found = parent.look_up("groups", lambda: list(queries.groups(parent.scope)))
            self.extra["choices"] = [("none", _("In no group")), *((one.ref, one.name) for one in found)]
        return super().field

    def condition(self, value: Any) -> Q:
        """In one of these."""
        found = Q(group__ref__in=value)
        return found | Q(group=None) if "none" in value else found


class SystemFilters(RegisterFilters):
    """What the register narrows by."""

    state = Choice("state", label=_("Scope"), choices=AISystem.STATES)
    stage = Choice("stage", label=_("Stage"), choices=AISystem.STAGES)
    owner = People("owner", label=_("Owner"))
    unit = Text("unit", label=_("Unit"))
    topic = Text("topic", label=_("Topic"))
    source = Sources(label=_("Source"))
    group = Groups(label=_("Assessment group"))
    development = Choice("development", label=_("Developed"), choices=AISystem.DEVELOPMENT)
    personal_data = Choice("personal_data", label=_("Personal data"), choices=AISystem.ANSWERS)
    ai_act_class = Classes("ai_act_class", label=_("EU AI Act class"), choices=_class_choices)
    flag = Conditions(
        label=_("Flag"),
        conditions={
            "no_owner": (_("No owner"), Q(owner=None) & ~Q(state__in=(AISystem.OUT_OF_SCOPE, AISystem.RETIRED))),
            "review_due": (
                _("Review due"),
                lambda f: Q(next_review__lte=f.scope.today, state=AISystem.IN_SCOPE),
            ),
            "missing": (_("Missing at its source"), ~Q(missing={})),
        },
    )
    review_to = Day("next_review", "lte", label=_("Review by"))


def flags_of(system: Any) -> list[Any]:
    """What somebody should see to, hot first. ``as_of_day`` is annotated by the register."""
    found: list[Any] = []
    active = system.state in (AISystem.TO_SCREEN, AISystem.IN_SCOPE)
    if active and system.next_review and system.next_review <= system.as_of_day:
        found.append((_("Review due"), True))
    if system.state == AISystem.IN_SCOPE and system.owner_id is None:
        found.append((_("No owner"), True))
    if system.missing:
        found.append((_("Missing at its source"), False))
    if system.state == AISystem.IN_SCOPE and not system.ai_act_class:
        found.append((_("No EU AI Act class"), False))
    return found


def labels_of(system: Any, name: str) -> list[str]:
    """The labels of a field that holds several codes."""
    codes = system.roles if name == "roles" else system.ai_act_classes
    labels = names_of(name)
    return [str(labels.get(code, code)) for code in codes]


def sources_of(system: Any) -> list[str]:
    """Sources that filled a field of it."""
    owners = (owner["by"].partition(":") for owner in system.field_owners.values())
    return sorted({name for kind, _sep, name in owners if kind == "source"})


class OwnerForm(PageForm):
    """Asks for the owner of many systems."""

    owner = forms.ModelChoiceField(Person.objects.none(), label=_("Owner"), required=False, empty_label=_("No one"))

    def __init__(self, *args: Any, people: QuerySet[Person], actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Who does it goes along: the edit takes the field over from its source."""
        return {**super().clean(), "actor": self.actor}


class UnitForm(PageForm):
    """Asks for the unit of many systems."""

    unit = forms.CharField(label=_("Unit"), max_length=300, required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor

    def clean(self) -> dict[str, Any]:
        """As above."""
        return {**super().clean(), "actor": self.actor}


class ReviewForm(UnitForm):
    """Asks for the next review of many systems."""

    unit = None  # type: ignore[assignment]
    next_review = DayField(label=_("Next review"), help_text=_("For example 31 March 2027"))


class LeaveOutForm(PageForm):
    """Asks why many systems are left out of scope."""

    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=Prose(3))


class GroupForm(PageForm):
    """Asks for the assessment group of many systems."""

    group = forms.ModelChoiceField(
        AssessmentGroup.objects.none(), label=_("Assessment group"), required=False, empty_label=_("In no group")
    )

    def __init__(self, *args: Any, groups: QuerySet[AssessmentGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = groups  # type: ignore[attr-defined]


def set_fields(record: AISystem, data: dict[str, Any]) -> None:
    """Set what a bulk form asked for; a person's edit takes the field over from its source."""
    actor = data["actor"]
    changed = assign(record, {name: value for name, value in data.items() if name != "actor"})
    sync.takes_over(record, changed, actor, clock.now(), fed=bool(record.field_owners))


def field_column(name: str, kind: str = "text", **more: Any) -> Column:
    """A column called as its field is, so that an export can be imported again."""
    return Column(name, capfirst(AISystem._meta.get_field(name).verbose_name), kind=kind, **more)  # type: ignore[union-attr,arg-type]


def choice_column(name: str, **more: Any) -> Column:
    """A column of labels."""
    value = f"get_{name}_display"
    return field_column(name, value=lambda system: getattr(system, value)(), sort=name, **more)


def codes_column(name: str, **more: Any) -> Column:
    """A column of several labels; files hold them with semicolons."""
    return field_column(
        name, "tags", value=lambda system: labels_of(system, name), sort=name,
        export=lambda system: "; ".join(labels_of(system, name)), **more,
    )  # fmt: skip


def first_source() -> Any:
    """What the sources of a system sort by: the first that feeds it."""
    fed = ExternalId.objects.filter(record_type=type_of(AISystem), record_id=OuterRef("pk"))
    return Subquery(fed.order_by("source").values("source")[:1])


HOT = (
    Q(state__in=(AISystem.TO_SCREEN, AISystem.IN_SCOPE), next_review__lte=F("as_of_day")),
    Q(state=AISystem.IN_SCOPE, owner=None),
)
MILD = (~Q(missing={}), Q(state=AISystem.IN_SCOPE, ai_act_class=""))
COLUMNS = (
    Column("ref", _("Reference"), kind="ref", head=_("Ref")),
    field_column("name", "title", head=_("AI system")),
    Column("state", _("Scope"), kind="state"),
    choice_column("stage", head=_("Stage")),
    field_column("owner", "person"),
    field_column("unit", wide="p2"),
    codes_column("ai_act_class", head=_("AI Act"), wide="p2"),
    field_column("next_review", "date", head=_("Review"), wide="p2"),
    Column("flags", _("Flags"), flags_of, kind="flags", sort=(number_of(*HOT), number_of(*HOT, *MILD))),
    Column("group", _("Assessment group"), "group.name", sort="group__name", shown=False),
    Column("source", _("Source"), sources_of, kind="tags", sort=first_source(), wide="p3"),
    field_column("topic", shown=False),
    choice_column("development", shown=False),
    choice_column("personal_data", shown=False),
    codes_column("roles", shown=False),
    *(
        field_column(name, "date" if name in ("go_live", "retired_on") else "text", shown=False)
        for name in SYNC_FIELDS
        if name
        not in {
            "name",
            "stage",
            "owner",
            "unit",
            "ai_act_class",
            "next_review",
            "topic",
            "development",
            "personal_data",
            "roles",
        }  # fmt: skip
    ),
    Column("state_reason", _("Reason for scope"), shown=False),
    Column("created", _("Came in"), "created_at", kind="moment", shown=False),
)


class SystemRegister(Register):
    """All AI systems of a management system (A.4.2)."""

    place = "systems"
    key, model, title, noun = "systems", AISystem, _("AI systems"), _("systems")
    permission = "aims.read"
    columns = COLUMNS
    filters = SystemFilters
    search = ("ref", "name", "purpose", "unit", "topic", "supplier", "owner__name")
    sort = "name"
    select = ("owner", "group")
    views = (
        View("all", _("All")),
        View("to_screen", _("To be screened"), {"state": AISystem.TO_SCREEN}),
        View("in_scope", _("In scope"), {"state": AISystem.IN_SCOPE}),
        View("no_owner", _("No owner"), {"flag": "no_owner"}),
        View("mine", _("Mine"), {"owner": "me"}),
    )
    bulk = (
        BulkStep("owner", _("Set owner"), "aims.change_systems", "aims.change_systems", set_fields, OwnerForm,
                 options=lambda scope, actor: {"actor": actor, "people": queries.members(scope)}),
        BulkStep("unit", _("Set unit"), "aims.change_systems", "aims.change_systems", set_fields, UnitForm,
                 options=lambda scope, actor: {"actor": actor}),
        BulkStep("review", _("Set next review"), "aims.change_systems", "aims.change_systems", set_fields, ReviewForm,
                 options=lambda scope, actor: {"actor": actor}),
        BulkStep("group", _("Set assessment group"), "aims.group_systems", "aims.group_system", set_group, GroupForm,
                 options=lambda scope, actor: {"groups": queries.groups(scope)}),
        BulkStep("take_in", _("Take into scope"), "aims.screen", "aims.aisystem.take_in", takes="take_in"),
        BulkStep("leave_out", _("Leave out of scope"), "aims.screen", "aims.aisystem.leave_out", form=LeaveOutForm,
                 takes="leave_out"),
    )  # fmt: skip
    blank_title = _("No AI systems yet")
    blank_text = _(
        "The inventory is where everything starts: risks, impacts and controls speak of the systems in it. "
        "Register the first one by hand, or bring in a list you already have."
    )
    blank_url, blank_button, blank_permission, blank_minutes = (
        "system_new",
        _("Register an AI system"),
        "aims.register_system",
        4,
    )

    def rows(self, scope: Scope, actor: Actor) -> QuerySet[Any]:
        """All systems, with the day they are looked at."""
        return super().rows(scope, actor).annotate(as_of_day=Value(scope.today, output_field=DateField()))

    def url_of(self, record: Any, slug: str) -> str:
        """The page of a system."""
        return reverse("system", kwargs={"slug": slug, "ref": record.ref})
