"""The criteria page: the matrix drawn, scales, floors, authority; working copy, submission, approval, next version."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import policy, when, workflow
from core.errors import NotFound
from core.pages import steps
from core.pages.fields import version_shown
from core.pages.views import FormPage
from risks import methodology, queries, services
from risks.forms import CriteriaForm, OpportunityForm, ReasonForm
from risks.forms.decisions import ACCEPTS
from risks.models import Methodology, OpportunityReview, Risk
from risks.views.base import RoomView, drawn, found_or_404, history
from risks.workflow import CRITERIA

EDITABLE = (Methodology.WORKING, Methodology.RETURNED)


class CriteriaView(RoomView):
    """A page about one version of the criteria; without a number the newest."""

    def version(self) -> Methodology:
        """Return the version of the address. Raises Http404."""
        rows = Methodology.objects.of(self.scope).select_related("submitted_by").order_by("-number")
        number = self.kwargs.get("number")
        return found_or_404(rows.filter(number=number) if number else rows)


class CriteriaPage(CriteriaView):
    """Matrix, scales, floors, who may accept what, versions."""

    template = "risks/criteria.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a version."""
        criteria = self.version()
        method = criteria.content
        in_force = self.criteria
        writes = not self.scope.past
        may_change = writes and policy.allows(self.actor, "risks.change_criteria", criteria)
        return self.render(
            criteria=criteria,
            method=method,
            in_force=in_force,
            tabs=self.tabs("risk_criteria"),
            heat=drawn(method),
            sentence=methodology.say(method["criteria"]),
            above=[methodology.level_name(method, code) for code in methodology.levels_above(method)],
            floors=floor_sentences(method),
            likelihood=likelihood_rows(method),
            dimensions=dimension_rows(method),
            consequence=[(step["value"], methodology.say(step["name"])) for step in method["consequence"]],
            authority=authority_rows(method),
            versions=list(Methodology.objects.of(self.scope).order_by("-number")),
            signature=queries.criteria_signature(criteria, self.scope),
            approvers=policy.who("risks.decide_criteria", criteria),
            may_edit=may_change and criteria.state in EDITABLE,
            may_revise=may_change and criteria.state == Methodology.APPROVED and criteria.pk == in_force.pk,
            shown=CRITERIA.shown_hash(criteria),
            offered=steps.offered(criteria, self.actor, self._page_of, "approve") if writes else [],
            opportunities=self._opportunities(),
            may_consider=writes and policy.allows(self.actor, "risks.consider_opportunities"),
            changes=history(self, criteria),
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Submit, withdraw, approve, or begin the next version."""
        step = request.POST.get("step", "")
        if step == "revise":
            fresh = services.revise_criteria(actor=self.actor)
            self.tell(_("Version %(n)d is a working copy now.") % {"n": fresh.number})
            return self.done(self.url("risk_criteria"))
        if step not in ("submit", "withdraw", "approve"):
            raise NotFound
        workflow.take(
            step,
            self.version(),
            actor=self.actor,
            expected_version=version_shown(request),
            shown_hash=request.POST.get("shown", ""),
        )
        told = {"submit": _("Submitted for approval."), "withdraw": _("Withdrawn."), "approve": _("Approved.")}
        return self.done(self.url("risk_criteria"), told[step])

    def _page_of(self, step: workflow.Step) -> str:
        return self.url("risk_criteria_return") if step.name == "return" else ""

    def _opportunities(self) -> dict[str, Any]:
        rows = OpportunityReview.objects.of(self.scope).select_related("by").order_by("-on", "-created_at")
        count = Risk.objects.of(self.scope).open().filter(kind="opportunity").count()
        return {"count": count, "last": rows.first()}


class EditCriteria(CriteriaView, FormPage):
    """Change the working copy."""

    form_class = CriteriaForm
    template = "risks/criteria_form.html"

    def record(self) -> Methodology:
        """Return the working copy; only those who prepare criteria get the form."""
        criteria = self.version()
        policy.require(self.actor, "risks.change_criteria", criteria)
        return criteria

    def form_options(self) -> dict[str, Any]:
        """Return what is stored."""
        criteria = self.record_or_none()
        return {
            "content": criteria.content,
            "language": (get_language() or "en")[:2],
            "initial": CriteriaForm.initial_of(criteria.content),
            "version": criteria.version,
        }

    def page_context(self, form: CriteriaForm) -> dict[str, Any]:
        """Return the words and the scale heads."""
        criteria = self.record_or_none()
        return {
            "title": _("Change risk criteria v%(n)d") % {"n": criteria.number},
            "back": self.url("risk_criteria"),
            "likelihood": likelihood_rows(criteria.content),
        }

    def save(self, form: CriteriaForm) -> str:
        """Change; drafts follow at once."""
        services.change_criteria(
            actor=self.actor, criteria=self.record_or_none(), content=form.changed_content(),
            expected_version=form.expected_version,
        )  # fmt: skip
        self.tell(_("Saved. Drafts were looked up anew; assessed risks keep their level."))
        return self.url("risk_criteria")


class ReturnCriteria(CriteriaView, FormPage):
    """Return a submission with a comment."""

    form_class = ReasonForm
    autosave = False

    def record(self) -> Methodology:
        """Return the submitted version; only approvers get the form."""
        criteria = self.version()
        policy.require(self.actor, "risks.decide_criteria", criteria)
        return criteria

    def form_options(self) -> dict[str, Any]:
        """Carry the version."""
        return {"version": self.record_or_none().version}

    def page_context(self, form: ReasonForm) -> dict[str, Any]:
        """Return the words."""
        title = _("Return risk criteria v%(n)d") % {"n": self.record_or_none().number}
        return {"title": title, "button": _("Return with comment"), "back": self.url("risk_criteria")}

    def save(self, form: ReasonForm) -> str:
        """Return."""
        workflow.take(
            "return", self.record_or_none(), actor=self.actor, reason=form.cleaned_data["reason"],
            expected_version=form.expected_version,
        )  # fmt: skip
        return self.url("risk_criteria")


class ConsiderOpportunities(RoomView, FormPage):
    """Record what came of looking for opportunities (6.1.1)."""

    form_class = OpportunityForm

    def page_context(self, form: OpportunityForm) -> dict[str, Any]:
        """Return the words."""
        policy.require(self.actor, "risks.consider_opportunities")
        return {
            "title": _("Opportunities considered"),
            "button": _("Record it"),
            "back": self.url("risk_criteria"),
        }

    def save(self, form: OpportunityForm) -> str:
        """Record."""
        services.consider_opportunities(actor=self.actor, **form.cleaned_data)
        self.tell(_("Recorded on %(day)s.") % {"day": when.day_text(self.scope.today)})
        return self.url("risk_criteria")


def likelihood_rows(method: Any) -> list[dict[str, Any]]:
    """Return the likelihood scale, "?" last."""
    steps_ = sorted(method["likelihood"], key=lambda step: step["value"] or 99)
    return [
        {
            "value": step["value"] or "?",
            "name": methodology.say(step["name"]),
            "text": methodology.say(step["description"]),
        }
        for step in steps_
    ]


def dimension_rows(method: Any) -> list[dict[str, Any]]:
    """Return each party with its descriptions in the order of the scale."""
    return [
        {
            "name": methodology.say(one["name"]),
            "texts": [
                (cell["value"], methodology.say(cell["name"]), methodology.say(one["descriptions"][str(cell["value"])]))
                for cell in method["consequence"]
            ],
        }
        for one in method["dimensions"]
    ]


def authority_rows(method: Any) -> list[dict[str, Any]]:
    """Return who may accept which level, worst first."""
    words = dict(ACCEPTS)
    rows = []
    for one in methodology.worst_first(method):
        row = methodology.authority(method, one["code"])
        rows.append({**row, "who": words[row["accepts"]], "review": one["review_months"]})
    return rows


def floor_sentences(method: Any) -> list[str]:
    """Return the floors in words."""
    return [
        _("Consequence %(value)d for %(who)s is never below %(level)s, however unlikely.")
        % {
            "value": floor["consequence"],
            "who": ", ".join(methodology.dimension_name(method, code).lower() for code in floor["dimensions"]),
            "level": methodology.level_name(method, floor["level"]),
        }
        for floor in method["floors"]
    ]
