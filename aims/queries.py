"""Reads of the inventory."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from aims.models import AISystem, AssessmentGroup, IntakeLink, SourceClaim
from core import when
from core.actor import LINK
from core.models import Entry, ExternalId, Membership, Person
from core.records import type_of
from core.scope import Scope


def system_by_ref(scope: Scope, ref: str) -> AISystem | None:
    """The AI system of a reference, with its owner, its group and what it was merged into."""
    rows = AISystem.objects.of(scope).select_related("owner", "group", "merged_into")
    return rows.filter(ref=ref.upper()).first()


def systems_to_screen(scope: Scope) -> QuerySet[AISystem]:
    """Systems nobody has decided about, the longest waiting first."""
    return AISystem.objects.of(scope).to_screen().select_related("owner").order_by("created_at", "pk")


def every_system(scope: Scope) -> QuerySet[AISystem]:
    """What the register lists, for the left navigation: its number is the rows behind it."""
    return AISystem.objects.of(scope)


def to_screen(scope: Scope) -> QuerySet[AISystem]:
    """Systems that wait to be screened."""
    return AISystem.objects.of(scope).to_screen()


def screened(scope: Scope) -> tuple[int, int]:
    """(systems screened, all systems)."""
    total = AISystem.objects.of(scope).count()
    return total - to_screen(scope).count(), total


def groups(scope: Scope) -> QuerySet[AssessmentGroup]:
    """Assessment groups by name, with how many systems each has."""
    inside = AISystem.objects.using(scope.alias).filter(group=OuterRef("pk")).order_by()
    count = inside.values("group").annotate(n=Count("pk")).values("n")
    return AssessmentGroup.objects.of(scope).annotate(systems=Coalesce(Subquery(count), 0)).order_by("name")


def group_by_ref(scope: Scope, ref: str) -> AssessmentGroup | None:
    """The assessment group of a reference."""
    return groups(scope).filter(ref=ref.upper()).first()


def systems_of_group(scope: Scope, group: AssessmentGroup) -> QuerySet[AISystem]:
    """The systems of a group, by name."""
    return AISystem.objects.of(scope).filter(group=group).select_related("owner").order_by("name", "pk")


def merged_into(scope: Scope, system: AISystem) -> list[AISystem]:
    """Systems that were merged into this one."""
    return list(AISystem.objects.of(scope).filter(merged_into=system).order_by("created_at"))


def intake_links(scope: Scope) -> QuerySet[IntakeLink]:
    """Intake links, the newest first."""
    return IntakeLink.objects.of(scope).select_related("created_by").order_by("-created_at")


def told_by_links(scope: Scope) -> dict[str, int]:
    """How many AI uses came in by each link, by its id."""
    came = Entry.objects.filter(
        chain__management_system=scope.management_system_id, actor_kind=LINK, record_type=type_of(AISystem),
        op=Entry.CREATE, at__lte=scope.moment,
    )  # fmt: skip
    return dict(came.order_by().values_list("actor_id").annotate(Count("pk")))


def members(scope: Scope, system: AISystem | None = None) -> QuerySet[Person]:
    """People who may own a system now, by name; the owner it has stays one, also after they left."""
    held = Membership.objects.of(scope).answerable_at(scope.moment)
    may = Q(pk__in=held.values("person_id")) | Q(pk=system.owner_id if system else None)
    return Person.objects.using(scope.alias).filter(may).order_by("name")


def external_ids(scope: Scope, system: AISystem) -> list[tuple[str, str]]:
    """(source, key) of everything that feeds a system; reports by link have no key that means anything to people."""
    rows = ExternalId.objects.using(scope.alias).filter(record_type=type_of(AISystem), record_id=system.pk)
    found = rows.order_by("source", "key").values_list("source", "key")
    return [(source, "" if source == IntakeLink.SOURCE else key) for source, key in found]


def sources(scope: Scope) -> list[tuple[str, int]]:
    """(source, systems it feeds), by name."""
    rows = ExternalId.objects.using(scope.alias).filter(
        management_system_id=scope.management_system_id, record_type=type_of(AISystem)
    )
    return list(rows.order_by("source").values_list("source").annotate(count=Count("record_id", distinct=True)))


def fed_by(scope: Scope, names: Sequence[str]) -> QuerySet[Any]:
    """Ids of the systems that any of the sources feeds."""
    rows = ExternalId.objects.using(scope.alias).filter(
        management_system_id=scope.management_system_id, record_type=type_of(AISystem), source__in=names
    )
    return rows.values("record_id")


def claims_waiting(scope: Scope) -> QuerySet[SourceClaim]:
    """Rows of sources that wait for a person to say whether they mean the system they seem to mean."""
    rows = SourceClaim.objects.of(scope).filter(state=SourceClaim.WAITING)
    return rows.select_related("system").order_by("created_at", "pk")


def claim(scope: Scope, claim_id: uuid.UUID) -> SourceClaim | None:
    """One claim, with its system."""
    return SourceClaim.objects.of(scope).select_related("system").filter(pk=claim_id).first()


def waiting_days(scope: Scope, system: AISystem) -> int:
    """Days since the system came in."""
    return (scope.today - when.local(system.created_at, scope.zone).date()).days


def ownership(scope: Scope, system: AISystem) -> dict[str, tuple[str, str, datetime.datetime | None]]:
    """Field to (kind, name, since): whose it is. Names of people are looked up once for all fields."""
    found = {}
    ids = [by.partition(":")[2] for by in (owner["by"] for owner in system.field_owners.values())]
    people = {str(p.pk): p.name for p in Person.objects.using(scope.alias).filter(pk__in=_uuids(ids))}
    for name, owner in system.field_owners.items():
        kind, _sep, who = owner["by"].partition(":")
        since = datetime.datetime.fromisoformat(owner["since"]) if owner.get("since") else None
        found[name] = (kind, people.get(who, who), since)
    return found


def _uuids(texts: Sequence[str]) -> list[uuid.UUID]:
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
