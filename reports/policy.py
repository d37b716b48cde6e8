"""Who may ask for and download reports: every member, external auditors within their dates."""

from django.utils.translation import gettext_lazy as _

from core.policy import ANYONE_INSIDE, Rule, permission

permission("reports.read", Rule(ANYONE_INSIDE), scope="reports:read", says=_("Members read reports."))
permission("reports.ask", Rule(ANYONE_INSIDE), scope="reports:read", says=_("Members ask for reports."))
