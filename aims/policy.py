"""Who may do what with AI systems."""

from django.utils.translation import gettext_lazy as _

from core.actor import CONTRIBUTOR, MANAGER
from core.policy import ANYONE_INSIDE, Rule, any_of, owner, permission, role

SCOPE = "inventory:write"

permission("aims.read", Rule(ANYONE_INSIDE), scope="inventory:read", says=_("Members read the inventory."))
permission(
    "aims.register_system",
    role(MANAGER, CONTRIBUTOR),
    scope=SCOPE,
    says=_("Managers and contributors register AI systems."),
)
permission(
    "aims.change_system",
    any_of(role(MANAGER), owner("owner_id")),
    scope=SCOPE,
    says=_("Managers and the owner change an AI system."),
)
permission("aims.change_systems", role(MANAGER), scope=SCOPE, says=_("Managers change many AI systems at once."))
permission(
    "aims.merge_systems",
    role(MANAGER),
    scope=SCOPE,
    says=_("Managers merge AI systems that are the same."),
)
permission("aims.group_systems", role(MANAGER), scope=SCOPE, says=_("Managers make assessment groups."))
permission("aims.intake", role(MANAGER), scope="intake:write", says=_("Managers make intake links."))
permission("aims.screen", role(MANAGER), scope=SCOPE, says=_("Managers decide what is in scope."))
permission(
    "aims.move_stage",
    any_of(role(MANAGER), owner("owner_id")),
    scope=SCOPE,
    says=_("Managers and the owner move an AI system to another life-cycle stage."),
)
permission("aims.sync", role(MANAGER), scope=SCOPE, says=_("Managers bring in inventories."))
