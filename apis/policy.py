"""Who may do what with APIs and what is wrong with them."""

from django.utils.translation import gettext_lazy as _

from core.actor import APPROVER, CONTRIBUTOR, MANAGER
from core.policy import ANYONE_INSIDE, Rule, any_of, owner, permission, role

permission("apis.read", Rule(ANYONE_INSIDE), scope="read", says=_("Members read the APIs."))
permission(
    "apis.judge",
    role(MANAGER, CONTRIBUTOR),
    scope="traffic:write",
    says=_("Managers and contributors have posture judged."),
)
permission(
    "apis.change_findings",
    any_of(role(MANAGER, CONTRIBUTOR), owner("service_owner_id")),
    scope="apis:write",
    says=_("Managers, contributors and the owner of the service work on findings."),
)
permission(
    "apis.accept_findings",
    role(MANAGER, APPROVER),
    scope="decide",
    says=_("Managers and approvers accept what is wrong, with a reason and an end."),
)
permission("apis.change_rules", role(MANAGER), scope="apis:write", says=_("Managers choose and add rules of posture."))
permission("apis.bring_in", role(MANAGER), scope="traffic:write", says=_("Managers bring in traffic and descriptions."))
permission(
    "apis.choose_retention", role(MANAGER), scope="apis:write", says=_("Managers choose how long traffic is kept.")
)
permission(
    "apis.change_service",
    any_of(role(MANAGER), owner("owner_id")),
    scope="apis:write",
    says=_("Managers and the owner change a service and its endpoints."),
)
permission(
    "apis.triage",
    any_of(role(MANAGER, CONTRIBUTOR), owner("service_owner_id", "assignee_id")),
    scope="apis:write",
    says=_("Managers, contributors, the owner of the service and who it is assigned to work on threat signals."),
)
permission("apis.mute", role(MANAGER), scope="apis:write", says=_("Managers mute callers, with a reason and an end."))
permission(
    "apis.change_detectors",
    role(MANAGER),
    scope="apis:write",
    says=_("Managers set thresholds of detectors and switch them on and off."),
)
