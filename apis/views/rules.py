"""Pages of rules: those of the product and one's own."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apis import services
from apis.findings import Finding, OwnRule, RuleChoice
from apis.forms.posture import ChooseForm, OwnRuleForm
from apis.posture.rules import RULES, SEVERITIES, UNITS, Rule
from apis.rules_in_use import own_code
from apis.views.posture import PostureView, found_or_404, tabs
from core import policy
from core.pages.views import FormPage
from core.scope import Scope


class RulesPage(PostureView):
    """Every rule with what it judges, what it is for, and whether it is used here."""

    template = "apis/rules.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show them by unit."""
        chosen = {one.rule: one for one in RuleChoice.objects.of(self.scope)}
        by_unit: dict[str, list[tuple[Rule, bool, Any]]] = {}
        for rule in sorted(RULES.values(), key=lambda one: (SEVERITIES.index(one.severity), one.code)):
            choice = chosen.get(rule.code)
            by_unit.setdefault(rule.unit, []).append((rule, choice.on if choice else rule.on, choice))
        return self.render(
            tabs=tabs(self.management_system.slug, "posture_rules"),
            units=[(unit, UNITS[unit], by_unit[unit]) for unit in UNITS if unit in by_unit],
            own=list(OwnRule.objects.of(self.scope).order_by("created_at")),
            total=len(RULES),
            used=sum(on for rules in by_unit.values() for _rule, on, _choice in rules),
            may_change=not self.scope.past and policy.allows(self.actor, "apis.change_rules"),
        )


def follows(scope: Scope, code: str, *, on: bool) -> str:
    """What becomes of the findings of a rule when it is used no more, or again; "" where there is none."""
    found = Finding.objects.of(scope).filter(rule=code)
    number = found.standing().count() if on else found.filter(state=Finding.RESTING).count()
    if not number:
        return ""
    if not on:
        told = ngettext("Used again, it brings back %(n)d finding, as it was.",
                        "Used again, it brings back %(n)d findings, as they were.", number)  # fmt: skip
        return told % {"n": number}
    still_open = found.open().count()
    told = ngettext(
        "Used no more, it takes %(n)d finding off the list, %(open)d of them open; used again, it brings it back.",
        "Used no more, it takes %(n)d findings off the list, %(open)d of them open; used again, it brings them back.",
        number,
    )  # fmt: skip
    return told % {"n": number, "open": still_open}


class ChooseRule(PostureView, FormPage):
    """Use a rule here, or not."""

    permission = "apis.change_rules"
    form_class = ChooseForm
    template = "apis/choose_rule.html"
    autosave = False

    @property
    def rule(self) -> Rule:
        """Return the rule of the address. Raises Http404."""
        found = RULES.get(self.kwargs["code"])
        if found is None:
            raise Http404
        return found

    def record(self) -> RuleChoice:
        """Return what was chosen; before the first choice one of version 0."""
        choice = RuleChoice.objects.of(self.scope).filter(rule=self.rule.code).first()
        return choice or RuleChoice(rule=self.rule.code, on=self.rule.on)

    @property
    def is_on(self) -> bool:
        """Whether it is used now."""
        return self.record().on

    def form_options(self) -> dict[str, Any]:
        """Carry the version, so that pressing twice does not turn it back."""
        return {"version": self.record().version}

    def page_context(self, form: Any) -> dict[str, Any]:
        """Return the words."""
        says = _("Stop using this rule: %(title)s") if self.is_on else _("Use this rule: %(title)s")
        button = _("Stop using it") if self.is_on else _("Use it")
        return {
            "title": says % {"title": self.rule.title}, "button": button, "back": self.url("posture_rules"),
            "follows": follows(self.scope, self.rule.code, on=self.is_on),
        }  # fmt: skip

    def save(self, form: ChooseForm) -> str:
        """Choose."""
        reason = form.cleaned_data["reason"]
        services.choose_rule(
            actor=self.actor, code=self.rule.code, on=not self.is_on, reason=reason,
            expected_version=form.expected_version,
        )  # fmt: skip
        return self.url("posture_rules")


class OwnRulePage(PostureView, FormPage):
    """Add or change a rule of one's own."""

    permission = "apis.change_rules"
    form_class = OwnRuleForm
    template = "apis/own_rule.html"

    def record(self) -> OwnRule | None:
        """Return the rule of the address, None for a new one. Raises Http404."""
        if "ref" not in self.kwargs:
            return None
        return found_or_404(OwnRule.objects.of(self.scope).filter(ref=self.kwargs["ref"]))

    def form_options(self) -> dict[str, Any]:
        """Return what is stored."""
        rule = self.record_or_none()
        if rule is None:
            return {"initial": {"severity": "medium", "unit": "operation", "active": True}}
        initial = {**rule.data(), "apr": ", ".join(rule.apr), "active": rule.active}
        return {"initial": initial, "version": rule.version}

    def page_context(self, form: OwnRuleForm) -> dict[str, Any]:
        """Return the words, and what can be asked."""
        rule = self.record_or_none()
        title = _("Change %(ref)s: %(what)s") % {"ref": rule.ref, "what": rule.title} if rule else _("New rule")
        return {
            "title": title, "back": self.url("posture_rules"), "guide": form.guide(),
            "comparisons": form.comparisons(),
            "follows": follows(self.scope, own_code(rule), on=rule.active) if rule else "",
        }  # fmt: skip

    def save(self, form: OwnRuleForm) -> str:
        """Save."""
        data = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        services.save_own_rule(
            actor=self.actor, rule=self.record_or_none(), expected_version=form.expected_version, **data
        )
        return self.url("posture_rules")
