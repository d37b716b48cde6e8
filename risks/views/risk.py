"""The page of one risk, and its small steps: still right, treat, reopen, close, delete a draft."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core import policy, workflow
from core.errors import NotFound
from core.pages import steps
from core.pages.comments import thread_of
from core.pages.fields import version_shown
from core.pages.views import ConfirmPage, FormPage
from core.scope import Scope
from risks import methodology, queries, rating, services
from risks.forms import ConfirmForm, ReasonForm
from risks.models import Action, Assessment, Risk
from risks.registers import flags_of, state_words
from risks.views.base import RoomView, drawn, history, pins_of, system_links

PAGES = {"assess": "risk_edit", "still_right": "risk_confirm", "reopen": "risk_reopen", "close": "risk_close"}


class RiskPage(RoomView):
    """Statement, three levels, assessments, controls relied on, actions, acceptances, history, steps."""

    template = "risks/risk.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the risk."""
        risk = self.risk()
        criteria = risk.methodology or self.criteria
        method = criteria.content
        controls = list(risk.controls.in_order())
        actions = list(risk.actions.select_related("owner", "control").order_by("state", "due", "created_at"))
        places = {
            when: (getattr(risk, f"{when}_likelihood"), getattr(risk, f"{when}_consequence"))
            for when in ("before", "today", "target")
        }
        return self.render(
            risk=risk,
            method=method,
            criteria=criteria,
            state_words=state_words(risk),
            flags=flags_of(risk),
            unknown=any(risk.likelihood(when) == 0 for when in ("before", "today", "target")),
            systems=system_links(self, risk.systems.order_by("ref")),
            levels=levels_of(risk),
            level_name=methodology.level_name(method, risk.today_level),
            dimensions=dimensions_of(risk, method),
            heat=drawn(method, pins=pins_of(places)),
            controls=controls,
            working=rating.working(controls),
            lower_without=rating.lower_without_control(risk, method, controls),
            actions=[(action, is_overdue(action, self.scope)) for action in actions],
            open_actions=sum(action.state == Action.OPEN for action in actions),
            assessments=assessments_of(self.scope, risk, method),
            acceptances=list(risk.acceptances.select_related("asked_by", "decided_by").order_by("-asked_at")),
            changes=history(self, risk),
            thread=thread_of(self, risk),
            offered=self._offered(risk),
            may_change=not self.scope.past and policy.allows(self.actor, "risks.change", risk),
            urls={"risks": self.url("risks"), "copy": f"{self.url('risk_new')}?copy={risk.ref}"},
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take a step that asks nothing: start treatment, ask for acceptance."""
        risk, step = self.risk(), request.POST.get("step", "")
        version = version_shown(request)
        if step == "treat":
            services.start_treatment(actor=self.actor, risk=risk, expected_version=version)
            return self.done(self.url("risk", ref=risk.ref), _("Treatment has started."))
        if step == "ask_for_acceptance":
            acceptance = services.ask_for_acceptance(actor=self.actor, risk=risk, expected_version=version)
            told = _("Acceptance is asked for: %(ref)s.") % {"ref": acceptance.ref}
            return self.done(self.url("risk", ref=risk.ref), told)
        raise NotFound

    def _offered(self, risk: Risk) -> list[steps.StepButton]:
        if self.scope.past:
            return []

        def page_of(step: workflow.Step) -> str:
            return self.url(PAGES[step.name], ref=risk.ref) if step.name in PAGES else ""

        primary = "assess" if risk.state == Risk.DRAFT else "still_right" if risk.is_review_due else ""
        return steps.offered(risk, self.actor, page_of, primary)


def is_overdue(action: Action, scope: Any) -> bool:
    """Whether an action is open past its day."""
    return action.state == Action.OPEN and action.due is not None and action.due < scope.today


def levels_of(risk: Risk) -> list[dict[str, Any]]:
    """Return the three levels for the box beside."""
    found = []
    for when in ("before", "today", "target"):
        rated = methodology.Rated(
            getattr(risk, f"{when}_likelihood"), getattr(risk, f"{when}_consequence"), getattr(risk, f"{when}_level")
        )
        date = risk.target_date if when == "target" else None
        found.append({"when": when, "level": rated.level, "rate": rated.text, "date": date})
    return found


def dimensions_of(risk: Risk, method: Any) -> list[dict[str, Any]]:
    """Return each party's consequence before and today, in words."""
    rows = []
    for dimension in method["dimensions"]:
        code = dimension["code"]
        rows.append(
            {
                "name": methodology.say(dimension["name"]),
                "before": consequence_words(method, risk.consequences("before").get(code)),
                "today": consequence_words(method, risk.consequences("today").get(code)),
            }
        )
    return rows


def consequence_words(method: Any, value: int | None) -> str:
    """Return "4 Major", "None", "Not assessed"."""
    if value is None:
        return _("Not assessed")
    return f"{value} {methodology.consequence_name(method, value)}" if value else _("None")


def assessments_of(scope: Scope, risk: Risk, method: Any) -> list[dict[str, Any]]:
    """Return the assessments over time, newest first, with their levels."""
    rows = Assessment.objects.of(scope).filter(risk=risk).select_related("assessed_by", "methodology")
    found = []
    for one in rows.order_by("-number"):
        lines = [{"when": when, **_rating(one.ratings.get(when) or {})} for when in ("before", "today", "target")]
        found.append({"record": one, "levels": lines, "on": one.on or one.at})
    return found


def _rating(stored: dict[str, Any]) -> dict[str, Any]:
    rated = methodology.Rated(stored.get("likelihood"), stored.get("consequence"), stored.get("level") or "")
    return {"level": rated.level, "rate": rated.text}


class StillRight(RoomView, FormPage):
    """One sentence and a new date, for those who come twice a quarter."""

    form_class = ConfirmForm
    template = "risks/confirm.html"

    def record(self) -> Risk:
        """Return the risk; only those who may assess it get the form."""
        risk = self.risk()
        policy.require(self.actor, "risks.assess", risk)
        return risk

    def form_options(self) -> dict[str, Any]:
        """Offer the latest day the level allows."""
        risk = self.record_or_none()
        method = (risk.methodology or self.criteria).content
        latest = methodology.next_review(method, risk.today_level, self.scope.today)
        return {"initial": {"next_review": latest}, "version": risk.version}

    def page_context(self, form: ConfirmForm) -> dict[str, Any]:
        """Return what is being confirmed."""
        risk = self.record_or_none()
        method = (risk.methodology or self.criteria).content
        return {
            "risk": risk,
            "title": _("Is %(ref)s still right?") % {"ref": risk.ref},
            "button": _("Still right"),
            "back": self.url("risk", ref=risk.ref),
            "levels": levels_of(risk),
            "controls": list(risk.controls.in_order()),
            "months": methodology.review_months(method, risk.today_level),
            "level_name": methodology.level_name(method, risk.today_level),
            "last": queries.last_assessment(risk),
        }

    def save(self, form: ConfirmForm) -> str:
        """Confirm."""
        risk = services.still_right(
            actor=self.actor, risk=self.record_or_none(), expected_version=form.expected_version,
            sentence=form.cleaned_data["sentence"], next_review=form.cleaned_data["next_review"],
        )  # fmt: skip
        return self.done(self.url("risk", ref=risk.ref), _("Confirmed.")).url


class ReasonPage(RoomView, FormPage):
    """A step of a risk that asks why."""

    form_class = ReasonForm
    autosave = False

    def record(self) -> Risk:
        """Return the risk; only those who may change it get the form."""
        risk = self.risk()
        policy.require(self.actor, "risks.change", risk)
        return risk

    def form_options(self) -> dict[str, Any]:
        """Carry the version."""
        return {"version": self.record_or_none().version}

    def words(self, risk: Risk) -> tuple[str, str]:
        """Return title and button."""
        raise NotImplementedError

    def act(self, risk: Risk, reason: str, version: int | None) -> None:
        """Take the step."""
        raise NotImplementedError

    def page_context(self, form: ReasonForm) -> dict[str, Any]:
        """Return title and button."""
        title, button = self.words(self.record_or_none())
        return {"title": title, "button": button, "back": self.url("risk", ref=self.record_or_none().ref)}

    def save(self, form: ReasonForm) -> str:
        """Take the step and go back to the risk."""
        risk = self.record_or_none()
        self.act(risk, form.cleaned_data["reason"], form.expected_version)
        return self.url("risk", ref=risk.ref)


class Reopen(ReasonPage):
    """Back to Assessed."""

    def words(self, risk: Risk) -> tuple[str, str]:
        """Return title and button."""
        return _("Reopen %(ref)s %(title)s") % {"ref": risk.ref, "title": risk.title}, _("Reopen")

    def act(self, risk: Risk, reason: str, version: int | None) -> None:
        """Reopen."""
        services.reopen(actor=self.actor, risk=risk, reason=reason, expected_version=version)


class Close(ReasonPage):
    """The risk is gone."""

    def words(self, risk: Risk) -> tuple[str, str]:
        """Return title and button."""
        return _("Close %(ref)s %(title)s") % {"ref": risk.ref, "title": risk.title}, _("Close")

    def act(self, risk: Risk, reason: str, version: int | None) -> None:
        """Close."""
        services.close(actor=self.actor, risk=risk, reason=reason, expected_version=version)


class DeleteDraft(RoomView, ConfirmPage):
    """Delete a risk that was never assessed."""

    def draft(self) -> Risk:
        """Return the draft."""
        risk = self.risk()
        policy.require(self.actor, "risks.change", risk)
        return risk

    def question(self) -> str:
        """Ask."""
        risk = self.draft()
        return _("Delete the draft %(ref)s %(title)s?") % {"ref": risk.ref, "title": risk.title}

    def consequences(self) -> list[str]:
        """Name the actions that go along."""
        return [_("Its action is deleted too: %(what)s") % {"what": one.what} for one in self.draft().actions.all()]

    def back(self) -> str:
        """Return the risk's page."""
        return self.url("risk", ref=self.kwargs["ref"])

    def about(self) -> Risk:
        """Return the draft."""
        return self.draft()

    def act(self) -> str:
        """Delete."""
        services.delete_draft(actor=self.actor, risk=self.draft(), expected_version=self.expected_version)
        return self.done(self.url("risks"), _("The draft is deleted.")).url
