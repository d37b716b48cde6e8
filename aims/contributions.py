"""What this room adds elsewhere: places, addresses, what falls due, a step on the path, words of the history."""

import uuid
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from aims import queries
from aims import standing as _standing  # noqa: F401 (its pane makes itself known)
from aims.models import AISystem, AssessmentGroup, IntakeLink, SourceClaim
from aims.services import imports as _imports  # noqa: F401 (what can be imported makes itself known)
from core import agenda, clock, places, registries, sync
from core.actor import LINK, Actor
from core.agenda import Due, Dues
from core.belongings import Belonging
from core.models import Membership, Person
from core.places import Creatable, Place
from core.queries import fields
from core.queries.history import say
from core.scope import Scope
from core.wording import filled

places.register(
    Place(
        "ai", gettext_lazy("AI systems"), "systems", "aims.read", count=queries.every_system, order=10,
        children=(
            Place("ai", gettext_lazy("Register"), "systems"),
            Place("ai", gettext_lazy("To screen"), "systems_to_screen", count=queries.to_screen),
            Place("ai", gettext_lazy("Imports and sources"), "systems_import", "aims.sync"),
        ),
    )
)  # fmt: skip
places.register_new(Creatable(gettext_lazy("AI system"), "system_new", "aims.register_system", order=10))
registries.commented(AISystem)
registries.address(AISystem, "system", gettext_lazy("AI system"))
registries.address(AssessmentGroup, "system_group", gettext_lazy("Assessment group"))
registries.address(SourceClaim, "system_claim", gettext_lazy("Claim of a source"), by="pk", dated=False)
say(
    {
        "aims.register_system": gettext_lazy("Registered"),
        "aims.change_system": gettext_lazy("Changed"),
        "aims.change_systems": gettext_lazy("Changed together"),
        "aims.give_back_to_source": gettext_lazy("Given back to the source"),
        "aims.sync": gettext_lazy("Brought in by a source"),
        "aims.decide_claim": gettext_lazy("Claim of a source decided"),
        "aims.merge_systems": gettext_lazy("Merged"),
        "aims.keep_apart": gettext_lazy("Said to be different systems"),
        "aims.group_systems": gettext_lazy("Assessment group written"),
        "aims.group_system": gettext_lazy("Put into an assessment group"),
        "aims.dissolve_group": gettext_lazy("Assessment group dissolved"),
        "aims.make_intake_link": gettext_lazy("Intake link made"),
        "aims.renew_intake_link": gettext_lazy("Intake link renewed"),
        "aims.withdraw_intake_link": gettext_lazy("Intake link withdrawn"),
        "aims.report_use": gettext_lazy("Reported by an intake link"),
    }
)


@registries.actors.add(LINK, "aims.intake")
def names_of_links(management_system_id: uuid.UUID, ids: list[uuid.UUID]) -> dict[str, str]:
    """What intake links are called, for the history."""
    rows = IntakeLink.objects.filter(management_system_id=management_system_id, pk__in=ids)
    return {str(pk): name for pk, name in rows.values_list("pk", "name")}


@registries.belongings.add("*", "aims.systems")
def systems_of(scope: Scope, person_id: uuid.UUID) -> Iterator[Belonging]:
    """AI systems a person owns; the new owner's word stands against sources."""
    rows = AISystem.objects.of(scope).filter(owner=person_id).exclude(state=AISystem.RETIRED)

    def give(system: AISystem, to: Person, actor: Actor) -> None:
        system.owner = to
        sync.takes_over(system, {"owner"}, actor, clock.now(), fed=bool(system.field_owners))

    yield Belonging("systems", gettext_lazy("AI systems"), list(rows.order_by("created_at")), give)


@registries.agenda.add("*", "aims.reviews")
def reviews(scope: Scope) -> Dues:
    """Reviews of systems in scope: for their owners, on the day that was set."""
    rows = AISystem.objects.of(scope).in_scope().exclude(next_review=None).order_by("next_review")
    return Dues(
        rows, "next_review", "owner_id",
        lambda system: Due(
            _("Review %(name)s") % {"name": system.name}, "system", {"ref": system.ref}, people=(system.owner_id,),
            on=system.next_review, ref=system.ref, minutes=6,
        ),
    )  # fmt: skip


@registries.agenda.add("*", "aims.to_screen")
def to_screen(scope: Scope) -> Iterator[Due]:
    """Systems nobody has screened: one line for the managers, however many there are."""
    first = queries.systems_to_screen(scope).first()
    if first is None:
        return
    count = queries.to_screen(scope).count()
    yield Due(
        filled(ngettext("Screen %(n)d AI system", "Screen %(n)d AI systems", count), {"n": count}), "systems_to_screen",
        people=managers(scope), since=first.created_at.astimezone(scope.zone).date(), minutes=min(count, 60),
    )  # fmt: skip


@registries.agenda.add("*", "aims.claims")
def claims(scope: Scope) -> Iterator[Due]:
    """Systems that two sources speak of."""
    count = queries.claims_waiting(scope).count()
    if count:
        text = ngettext(
            "Say whether %(n)d row of a source means a system you have",
            "Say whether %(n)d rows of a source mean systems you have",
            count,
        )
        yield Due(filled(text, {"n": count}), "systems_claims", people=managers(scope), minutes=min(count, 60))


def managers(scope: Scope) -> tuple:
    """Ids of the managers."""
    rows = Membership.objects.of(scope).valid_at(scope.moment)
    return tuple(row.person_id for row in rows if "manager" in row.roles)


def screened(scope: Scope) -> tuple[int, int]:
    """Systems screened of all."""
    return queries.screened(scope)


SCREENED = "&".join(f"state={code}" for code, _label in AISystem.STATES if code != AISystem.TO_SCREEN)
agenda.path_step(
    "systems", 30, gettext_lazy("AI systems screened"), "systems_to_screen", screened,
    rows=("systems", SCREENED, "view=all"),
)  # fmt: skip
fields.call(
    {
        "screened_at": gettext_lazy("Screened"),
    }
)
