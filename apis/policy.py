"""Who may do what with APIs."""

from django.utils.translation import gettext_lazy as _

from core.actor import MANAGER
from core.policy import ANYONE_INSIDE, Rule, any_of, owner, permission, role

READ, WRITE = "apis:read", "traffic:write"

permission("apis.read", Rule(ANYONE_INSIDE), scope=READ, says=_("Members read the inventory of APIs."))
permission("apis.bring_in", role(MANAGER), scope=WRITE, says=_("Managers bring in traffic and descriptions."))
permission(
    "apis.change_service",
    any_of(role(MANAGER), owner("owner_id")),
    scope=WRITE,
    says=_("Managers and the owner change a service and its endpoints."),
)
