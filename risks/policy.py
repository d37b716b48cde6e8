"""Who may do what with risks. Separation of duties is not here: it is a need of the steps and binds everyone."""

from django.utils.translation import gettext_lazy as _

from core.actor import APPROVER, CONTRIBUTOR, MANAGER
from core.policy import ANYONE_INSIDE, Rule, any_of, owner, permission, role

permission("risks.read", Rule(ANYONE_INSIDE), scope="read", says=_("Members read the risks."))
permission(
    "risks.register",
    role(MANAGER, CONTRIBUTOR),
    scope="risks:write",
    says=_("Managers and contributors register risks."),
)
permission(
    "risks.change",
    any_of(role(MANAGER), owner("owner_id"), owner("draft_author_id")),
    scope="risks:write",
    says=_("Managers and the risk's owner change it; a draft also its author."),
)
permission(
    "risks.assess",
    any_of(role(MANAGER), owner("owner_id"), owner("draft_author_id")),
    scope="risks:write",
    says=_("Managers and the risk's owner assess it; a draft also its author."),
)
permission(
    "risks.act",
    any_of(role(MANAGER), owner("owner_id"), owner("risk_owner_id")),
    scope="risks:write",
    says=_("Managers, the action's owner and the risk's owner carry it out."),
)
permission(
    "risks.ask",
    any_of(role(MANAGER), owner("owner_id")),
    scope="risks:write",
    says=_("Managers and the risk's owner ask for acceptance."),
)
permission(
    "risks.accept",
    any_of(role(MANAGER, APPROVER), owner("owner_id")),
    scope="decide",
    says=_("The authority table says who may accept which level."),
)
permission(
    "risks.withdraw",
    any_of(role(MANAGER), owner("owner_id", "asked_by_id")),
    scope="risks:write",
    says=_("Managers, the risk's owner and who asked withdraw a request."),
)
permission(
    "risks.change_criteria",
    role(MANAGER),
    scope="risks:write",
    says=_("Managers prepare the risk criteria."),
)
permission(
    "risks.decide_criteria",
    role(APPROVER),
    scope="decide",
    says=_("Approvers decide the risk criteria."),
)
permission(
    "risks.consider_opportunities",
    role(MANAGER),
    scope="risks:write",
    says=_("Managers record that opportunities were considered."),
)
permission("risks.submit_plan", role(MANAGER), scope="risks:write", says=_("Managers submit the treatment plan."))
permission(
    "risks.withdraw_plan",
    owner("submitted_by_id"),
    scope="risks:write",
    says=_("Who submitted the treatment plan may withdraw it."),
)
permission("risks.decide_plan", role(APPROVER), scope="decide", says=_("Approvers decide the treatment plan."))
