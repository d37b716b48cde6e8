"""Compliance checks over the inventory. Each reads a constant number of queries."""

import datetime
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from core import when
from core.checks import BLOCKS, LIKELY, Finding, check
from core.models import Membership
from core.scope import Scope

LONGEST_WAIT_DAYS = 30
STOPPED = ("RET",)


@check(
    "CHK-CTX-01", tier=LIKELY, clause="4.1", minutes=1,
    message=_("%(name)s does not say in which role you act: producer, provider, user or partner."),
)  # fmt: skip
def role_not_set(scope: Scope) -> Iterator[Finding]:
    """A system in scope has no AI role of the organisation."""
    for system in AISystem.objects.of(scope).in_scope().filter(roles=[]):
        yield Finding(system, "no-role", {"name": system.name})


@check(
    "CHK-SCP-02", tier=LIKELY, clause="4.3", minutes=2,
    message=_("%(name)s is in use, but nobody decided whether it is in scope."),
)  # fmt: skip
def in_use_but_not_screened(scope: Scope) -> Iterator[Finding]:
    """A system in operation is neither in scope nor excluded with a reason."""
    for system in AISystem.objects.of(scope).to_screen().filter(stage__in=("OM", "CV", "REV")):
        yield Finding(system, "in-use-not-screened", {"name": system.name})


@check(
    "CHK-SCP-03", tier=LIKELY, clause="4.3", minutes=1,
    message=_("%(name)s has waited %(days)d days to be screened."),
)  # fmt: skip
def waits_to_be_screened(scope: Scope) -> Iterator[Finding]:
    """A system has waited to be screened for more than 30 days."""
    before = scope.moment - datetime.timedelta(days=LONGEST_WAIT_DAYS)
    for system in AISystem.objects.of(scope).to_screen().filter(created_at__lt=before):
        days = (scope.today - when.local(system.created_at, scope.zone).date()).days
        yield Finding(system, "waits-too-long", {"name": system.name, "days": days})


@check("CHK-ROL-01", tier=LIKELY, clause="5.3", minutes=1, message=_("%(name)s has no owner who has access."))
def without_owner(scope: Scope) -> Iterator[Finding]:
    """A system in scope has no owner, or its owner no longer has access."""
    here = Membership.objects.of(scope).valid_at(scope.moment).values("person_id")
    active = AISystem.objects.of(scope).in_scope()
    for system in active.filter(owner=None):
        yield Finding(system, "no-owner", {"name": system.name})
    for system in active.exclude(owner=None).exclude(owner_id__in=here):
        yield Finding(system, "owner-without-access", {"name": system.name})


@check(
    "CHK-LAW-01", tier=BLOCKS, clause="AI Act Art. 5, 6, 50", minutes=5,
    message=_("%(name)s has no EU AI Act class, or a prohibited one and is not retired."),
)  # fmt: skip
def no_class(scope: Scope) -> Iterator[Finding]:
    """A system in scope has no EU AI Act class, or falls under a prohibition and has not been stopped."""
    active = AISystem.objects.of(scope).in_scope().exclude(stage__in=STOPPED)
    for system in active.filter(ai_act_class=""):
        yield Finding(system, "no-class", {"name": system.name})
    for system in active.filter(ai_act_class__contains="PROHIBITED"):
        yield Finding(system, "prohibited", {"name": system.name})
