"""What people do with findings, and with the rules behind them."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apis.effects import rested, show_again, used_again
from apis.findings import SEVERITIES, Exemption, Finding, OwnRule, RuleChoice
from apis.posture.own import OwnRuleRefused, parse
from apis.posture.rules import RULES
from apis.rules_in_use import own_code
from core import policy
from core.actor import Actor
from core.change import LARGEST, Change, change, chunks
from core.scope import current

ENDED = gettext_noop("The exemption was ended.")
RULE_FIELDS = ("code", "title", "severity", "unit", "where", "must", "why", "mend", "apr", "active")


def change_finding(*, actor: Actor, finding: Finding, expected_version: int | None = None, **fields: Any) -> Finding:
    """Set severity (with the reason) or the address of the ticket. Raises Forbidden, Stale, ValidationError."""
    policy.require(actor, "apis.change_findings", finding)
    with change(actor, "apis.findings.change") as unit:
        fresh = unit.fetch(Finding, finding.pk, expected_version)
        for name in ("severity", "severity_reason", "ticket"):
            if name in fields:
                setattr(fresh, name, fields.pop(name))
        if fields:
            raise ValidationError({name: _("This cannot be given.") for name in sorted(fields)})
        if fresh.severity not in dict(SEVERITIES):
            raise ValidationError({"severity": _("Choose a severity.")})
        if fresh.severity != finding.severity and not fresh.severity_reason.strip():
            raise ValidationError({"severity_reason": _("Say why it is not as severe as the rule says.")})
        if fresh.ticket and not fresh.ticket.startswith(("https://", "http://")):
            raise ValidationError({"ticket": _("Give an address that begins with https://.")})
        return unit.save(fresh)


def end_exemption(*, actor: Actor, exemption: Exemption, expected_version: int | None = None) -> Exemption:
    """End an exemption; what it covered is open again. Raises Forbidden, Stale, ValidationError."""
    policy.require(actor, "apis.accept_findings", exemption)
    with change(actor, "apis.exemptions.end") as unit:
        fresh = unit.fetch(Exemption, exemption.pk, expected_version)
        if fresh.ended_at is not None:
            raise ValidationError(_("This exemption has ended already."))
        fresh.ended_at = unit.now
        for part in chunks(list(Finding.objects.filter(exemption=fresh, state=Finding.ACCEPTED)), LARGEST):
            unit.save_many([show_again(one, ENDED, unit.now) for one in part])
        return unit.save(fresh)


def save_own_rule(
    *, actor: Actor, rule: OwnRule | None = None, expected_version: int | None = None, **fields: Any
) -> OwnRule:
    """Add or change a rule of one's own. Raises Forbidden, Stale, ValidationError naming field and condition."""
    policy.require(actor, "apis.change_rules", rule)
    with change(actor, "apis.rules.change" if rule else "apis.rules.add") as unit:
        fresh = unit.fetch(OwnRule, rule.pk, expected_version) if rule else OwnRule()
        if unknown := set(fields) - set(RULE_FIELDS):
            raise ValidationError({name: _("This cannot be given.") for name in sorted(unknown)})
        for name, value in fields.items():
            setattr(fresh, name, value)
        if rule is not None and fresh.code != rule.code:
            raise ValidationError({"code": _("Findings name the rule by its code, which stays.")})
        require_usable(fresh.data())
        follow_rule(unit, own_code(fresh), fresh.active)
        same = OwnRule.objects.filter(management_system_id=actor.management_system_id, code=fresh.code)
        if same.exclude(pk=fresh.pk).exists():
            raise ValidationError({"code": _("There is a rule of this code.")})
        return unit.save(fresh)


def require_usable(data: Mapping[str, Any]) -> None:
    """Raise ValidationError naming everything that is wrong with a rule."""
    try:
        parse(data)
    except OwnRuleRefused as refused:
        errors: dict[str, list[str]] = {}
        for where, what in refused.errors.items():
            name, _dot, number = where.partition(".")
            said = _("Condition %(number)s: %(what)s") % {"number": number, "what": what} if number else what
            errors.setdefault(name, []).append(said)
        raise ValidationError(errors) from refused


def choose_rule(
    *, actor: Actor, code: str, on: bool, reason: str = "", expected_version: int | None = None
) -> RuleChoice:
    """Use a rule of the product here, or not; before the first choice the version is 0.

    Raises Forbidden, Stale, ValidationError for a rule that is not there.
    """
    policy.require(actor, "apis.change_rules")
    if code not in RULES:
        raise ValidationError({"rule": _("There is no such rule.")})
    if not on and RULES[code].on and not reason.strip():
        raise ValidationError({"reason": _("Say why the rule is not used here.")})
    with change(actor, "apis.rules.choose", reason=reason.strip()) as unit:
        known = RuleChoice.objects.filter(management_system_id=actor.management_system_id, rule=code).first()
        chosen = known or RuleChoice(rule=code)
        unit.require_version(chosen, expected_version)
        chosen.on, chosen.reason = on, reason.strip()
        follow_rule(unit, code, on)
        return unit.save(chosen)


def follow_rule(unit: Change, code: str, on: bool) -> None:
    """Let the findings of a rule rest while it is not used, and bring them back as they were when it is."""
    mine = Finding.objects.filter(management_system_id=unit.management_system_id, rule=code)
    mine = mine.filter(state=Finding.RESTING) if on else mine.standing()
    today = current(unit.management_system_id).today
    for part in chunks(list(mine.select_related("exemption")), LARGEST):
        unit.save_many([used_again(one, today, unit.now) if on else rested(one) for one in part])
