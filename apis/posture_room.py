"""What posture adds elsewhere: places, addresses, what falls due, words of the history, names of fields."""

import datetime
from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis import posture_registers as _registers  # noqa: F401 (they make themselves known)
from apis.findings import Exemption, Finding, OwnRule
from apis.posture import places
from apis.posture.rules import RULES, Rule
from core import registries
from core.agenda import Due, Dues
from core.places import Place
from core.queries import fields
from core.queries.history import say
from core.scope import Scope

ENDING_DAYS = 30


PLACE = Place("ai", gettext_lazy("Posture"), "posture")
registries.commented(Finding)
registries.address(Finding, "posture_finding", gettext_lazy("Posture finding"))
registries.address(Exemption, "posture_exemption", gettext_lazy("Exemption"))
registries.address(OwnRule, "posture_rule_edit", gettext_lazy("Own rule"), dated=False)


@registries.agenda.add("*", "apis.exemptions")
def exemptions_ending(scope: Scope) -> Dues:
    """Exemptions that have expired or end within 30 days: for who accepted."""
    until = scope.today + datetime.timedelta(days=ENDING_DAYS)
    rows = Exemption.objects.of(scope).filter(ended_at=None, until__lte=until)

    def due(one: Exemption) -> Due:
        words = _("Exemption %(ref)s expired") if one.until < scope.today else _("Exemption %(ref)s ends")
        return Due(
            words % {"ref": one.ref}, "posture_exemption", {"ref": one.ref}, people=(one.accepted_by_id,),
            on=one.until, ref=one.ref, minutes=5, why=one.rule,
        )  # fmt: skip

    return Dues(rows.order_by("until"), "until", "accepted_by_id", due)


say(
    {
        "apis.judge": gettext_lazy("Judged by the rules"),
        "apis.findings.change": gettext_lazy("Severity or ticket changed"),
        "apis.finding.accept": gettext_lazy("Accepted"),
        "apis.finding.reopen": gettext_lazy("Re-opened"),
        "apis.exemptions.end": gettext_lazy("Exemption ended"),
        "apis.rules.add": gettext_lazy("Rule added"),
        "apis.rules.change": gettext_lazy("Rule changed"),
        "apis.rules.choose": gettext_lazy("Rule chosen"),
    }
)


@registries.titles.add("apis.finding", "apis.posture")
def title_in_the_language_of_the_reader(stored: str) -> str:
    """What the rule of a finding is called; rules of one's own keep theirs."""
    return next((str(rule.title) for english, rule in _by_title() if english == stored), stored)


@registries.said_titles.add("apis.finding", "apis.posture")
def titles_that_say(word: str) -> list[str]:
    """Stored titles of the rules that are called so in the language of the reader."""
    return [english for english, rule in _by_title() if word.casefold() in str(rule.title).casefold()]


@lru_cache(1)
def _by_title() -> tuple[tuple[str, Rule], ...]:
    with translation.override("en"):
        return tuple((str(rule.title)[:400], rule) for rule in RULES.values())


fields.read(
    Finding,
    place=lambda value, _state, _zone: places.say(value),
    title=lambda value, state, _zone: str(RULES[state["rule"]].title) if state.get("rule") in RULES else value,
)
fields.call(
    {
        "service": gettext_lazy("Service"),
    }
)
