"""What the core adds to the frame: places, addresses, the first step of the path."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core import agenda, outbox, places, registries, replay
from core.imports import members as _imports  # noqa: F401 (what can be imported makes itself known)
from core.lists import people as _people  # noqa: F401 (its registers make themselves known)
from core.lists import tokens as _tokens  # noqa: F401 (its registers make themselves known)
from core.lists import work as _work  # noqa: F401 (its registers make themselves known)
from core.models import ApiToken, Comment, Membership, OutboxEvent
from core.places import Creatable, Place
from core.queries.comments import unseen
from core.scope import Scope
from core.services import comments
from core.services import undoing as _undoing  # noqa: F401 (its job makes itself known)

places.register(
    Place("top", _("My work"), "my_work", "core.read", order=10),
    Place("top", _("Where we stand"), "where_we_stand", "core.read", order=20),
    Place("foot", _("History"), "history", "core.read", order=10),
    Place(
        "foot", _("Settings"), "settings", "core.read", order=20,
        children=(
            Place("foot", _("Management system"), "settings", "core.read"),
            Place("foot", _("People and roles"), "people", "core.read"),
            Place("foot", _("Tokens"), "tokens", "core.read"),
        ),
    ),
    Place("foot", _("Help"), "help", "core.read", order=30),
)  # fmt: skip
places.register_new(Creatable(_("Invitation"), "invite", "core.manage_people", order=90))
registries.address(Membership, "member", _("Membership"), by="pk")
registries.address(ApiToken, "token", _("Token"), by="pk")
registries.address(Comment, "comment", _("Comment"), by="pk")


def scope_described(scope: Scope) -> tuple[int, int]:
    """Count whether the scope is described (clause 4.3)."""
    return int(bool(scope.profile.scope_statement.strip())), 1


agenda.path_step("scope", 10, _("Scope"), "settings", scope_described)


@registries.agenda.add("*", "core.mentions")
def mentions(scope: Scope) -> agenda.Dues | tuple[()]:
    """Comments that name somebody, until they have seen them."""
    return unseen(scope)


@outbox.subscriber("core.mentions")
def tell_mentioned(event: OutboxEvent) -> None:
    """Comments that name somebody are mailed to them."""
    comments.mail_mentions(event)


@replay.upcaster("core.comment", 1)
def comment_of_old(state: dict[str, Any]) -> dict[str, Any]:
    """Comments once did not say what people call their record, and could not be taken back."""
    return {**state, "record_ref": "", "withdrawn_at": None}


@replay.upcaster("core.person", 1)
def person_of_old(state: dict[str, Any]) -> dict[str, Any]:
    """Everybody was once written to when a comment named them."""
    return {**state, "mention_mails": True}
