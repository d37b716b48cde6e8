"""Compliance checks over the inventory. Each reads a constant number of queries."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from core import when
from core.checks import BLOCKS, LIKELY, Rows, check
from core.models import Membership
from core.scope import Scope

LONGEST_WAIT_DAYS = 30
STOPPED = ("RET",)


@check(
    "CHK-CTX-01", tier=LIKELY, clause="4.1", minutes=1,
    message=_("%(name)s does not say in which role you act: producer, provider, user or partner."),
)  # fmt: skip
def role_not_set(scope: Scope) -> Iterator[Rows]:
    """A system in scope has no AI role of the organisation."""
    yield Rows(AISystem.objects.of(scope).in_scope().filter(roles=[]), "no-role", _name)


@check(
    "CHK-SCP-02", tier=LIKELY, clause="4.3", minutes=2,
    message=_("%(name)s is in use, but nobody decided whether it is in scope."),
)  # fmt: skip
def in_use_but_not_screened(scope: Scope) -> Iterator[Rows]:
    """A system in operation is neither in scope nor excluded with a reason."""
    in_use = AISystem.objects.of(scope).to_screen().filter(stage__in=("OM", "CV", "REV"))
    yield Rows(in_use, "in-use-not-screened", _name)


@check(
    "CHK-SCP-03", tier=LIKELY, clause="4.3", minutes=1,
    message=_("%(name)s has waited %(days)d days to be screened."),
)  # fmt: skip
def waits_to_be_screened(scope: Scope) -> Iterator[Rows]:
    """A system has waited to be screened for more than 30 days."""
    before = scope.moment - datetime.timedelta(days=LONGEST_WAIT_DAYS)
    today, zone = scope.today, scope.zone
    yield Rows(
        AISystem.objects.of(scope).to_screen().filter(created_at__lt=before), "waits-too-long",
        lambda system: {**_name(system), "days": (today - when.local(system.created_at, zone).date()).days},
    )  # fmt: skip


@check("CHK-ROL-01", tier=LIKELY, clause="5.3", minutes=1, message=_("%(name)s has no owner who has access."))
def without_owner(scope: Scope) -> Iterator[Rows]:
    """A system in scope has no owner, or its owner no longer has access."""
    here = Membership.objects.of(scope).valid_at(scope.moment).values("person_id")
    active = AISystem.objects.of(scope).in_scope()
    yield Rows(active.filter(owner=None), "no-owner", _name)
    yield Rows(active.exclude(owner=None).exclude(owner_id__in=here), "owner-without-access", _name)


@check(
    "CHK-LAW-01", tier=BLOCKS, clause="AI Act Art. 5, 6, 50", minutes=5,
    message=_("%(name)s has no EU AI Act class, or a prohibited one and is not retired."),
)  # fmt: skip
def no_class(scope: Scope) -> Iterator[Rows]:
    """A system in scope has no EU AI Act class, or falls under a prohibition and has not been stopped."""
    active = AISystem.objects.of(scope).in_scope().exclude(stage__in=STOPPED)
    yield Rows(active.filter(ai_act_class=""), "no-class", _name)
    yield Rows(active.filter(ai_act_class__contains="PROHIBITED"), "prohibited", _name)


def _name(system: Any) -> dict[str, Any]:
    return {"name": system.name}
