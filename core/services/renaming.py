"""Who may give somebody another printed name."""

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import Forbidden
from core.models import Membership
from core.queries.people import may_rename
from core.services.people import rename_person


def rename_member(*, actor: Actor, member: Membership, name: str) -> None:
    """Rename a member from now on; earlier documents keep the earlier name. Raises Forbidden, ValidationError."""
    if not may_rename(actor, member.person):
        says = _("People change their own name; an administrator may for people who belong to this place alone.")
        raise Forbidden("core.rename", says, [member.person])
    rename_person(actor=actor, person=member.person, name=name)
