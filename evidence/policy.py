"""Who may see evidence; it is written by what collects it."""

from django.utils.translation import gettext_lazy as _

from core.policy import ANYONE_INSIDE, Rule, permission

permission("evidence.read", Rule(ANYONE_INSIDE), scope="read", says=_("Members read the evidence."))
