"""Who may decide, describe, submit and approve (ISO/IEC 42001, 5.3 and 6.1.3)."""

from django.utils.translation import gettext_lazy as _

from core.actor import APPROVER, MANAGER
from core.policy import ANYONE_INSIDE, Rule, any_of, owner, permission, role

WRITE = "controls:write"

permission("controls.read", Rule(ANYONE_INSIDE), scope="read", says=_("Members read the Statement of Applicability."))
permission("controls.decide", role(MANAGER), scope=WRITE, says=_("Managers decide which controls apply."))
permission(
    "controls.describe",
    any_of(role(MANAGER), owner("owner_id")),
    scope=WRITE,
    says=_("Managers and the owner of a control say how it is done, how far it is and what proves it."),
)
permission("controls.submit", role(MANAGER), scope=WRITE, says=_("Managers submit the Statement of Applicability."))
permission("controls.withdraw", owner("submitted_by_id"), scope=WRITE, says=_("Who submitted it may withdraw it."))
permission(
    "controls.return", role(APPROVER), scope="decide", says=_("Approvers return the Statement of Applicability.")
)
permission(
    "controls.approve", role(APPROVER), scope="decide", says=_("Approvers approve the Statement of Applicability.")
)
