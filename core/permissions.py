"""The core's own permissions."""

from django.utils.translation import gettext_lazy as _

from core.actor import ADMINISTRATOR, EXTERNAL_AUDITOR, MANAGER
from core.policy import ANYONE_INSIDE, Rule, any_of, permission, role

permission("core.read", Rule(ANYONE_INSIDE), scope="read", says=_("Members read this management system."))
permission(
    "core.manage_people",
    role(ADMINISTRATOR),
    scope="people:write",
    says=_("Administrators look after people and roles."),
)
permission("core.manage_tokens", role(ADMINISTRATOR), says=_("Administrators look after tokens."))
permission(
    "core.settings",
    role(ADMINISTRATOR, MANAGER),
    scope="settings:write",
    says=_("Administrators and managers change settings."),
)
permission(
    "core.hand_over",
    role(ADMINISTRATOR, MANAGER),
    scope="people:write",
    says=_("Administrators and managers hand over what somebody answers for."),
)
permission("core.undo", role(MANAGER), scope="undo", says=_("Managers undo whole steps."))
permission(
    "core.save_views",
    Rule(ANYONE_INSIDE - {EXTERNAL_AUDITOR}),
    scope="views:write",
    says=_("Members save views for themselves; external auditors change nothing here."),
)
permission("core.share_views", role(MANAGER), scope="views:write", says=_("Managers share views with everybody here."))
permission("core.verify", Rule(ANYONE_INSIDE), scope="read", says=_("Members check the history."))
permission(
    "core.comment",
    Rule(ANYONE_INSIDE - {EXTERNAL_AUDITOR}),
    scope="comments:write",
    says=_("Members comment; external auditors read comments and keep notes of their own."),
)
permission(
    "core.withdraw_comment",
    Rule(owners=("person_id",)),
    scope="comments:write",
    says=_("Authors take a comment back within 15 minutes."),
)
permission(
    "core.cancel_job",
    any_of(role(MANAGER, ADMINISTRATOR), Rule(owners=("requested_by_id",))),
    scope="jobs:write",
    says=_("Managers and the person who asked cancel a job."),
)
