"""Which rules hold in a management system: those of the product as chosen, and its own."""

from apis.findings import OwnRule, RuleChoice
from apis.posture.engine import rules_on
from apis.posture.own import PREFIX, OwnRuleRefused, parse
from apis.posture.rules import RULES, Rule
from core.scope import Scope


def own_rules(scope: Scope, *, active_only: bool = True) -> list[Rule]:
    """The organisation's own rules; one that no longer fits the product is left out."""
    rows = OwnRule.objects.of(scope).order_by("created_at")
    found = []
    for row in rows.filter(active=True) if active_only else rows:
        try:
            found.append(parse(row.data()))
        except OwnRuleRefused:
            continue
    return found


def rules_in_use(scope: Scope) -> list[Rule]:
    """The rules a run judges by."""
    chosen = dict(RuleChoice.objects.of(scope).values_list("rule", "on"))
    return rules_on(chosen, own_rules(scope))


def used_rules(scope: Scope) -> dict[str, Rule]:
    """The same by code."""
    return {rule.code: rule for rule in rules_in_use(scope)}


def resting_rules(scope: Scope) -> frozenset[str]:
    """Codes of rules that are there and not used."""
    return frozenset(known_rules(scope).keys() - used_rules(scope).keys())


def known_rules(scope: Scope) -> dict[str, Rule]:
    """Every rule by code, in use or not."""
    return RULES | {rule.code: rule for rule in own_rules(scope, active_only=False)}


def own_code(row: OwnRule) -> str:
    """The code by which findings name an own rule."""
    return PREFIX + row.code
