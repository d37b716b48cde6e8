"""The treatment plan: what is going to be done about the risks, submitted, decided and frozen as one (6.1.3, 8.3)."""

import datetime
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from controls.forms import SubmitForm
from controls.queries import people_named
from core import approvals, policy, when, workflow
from core.errors import ContentChanged, NotFound, StepRefused
from core.models import Approval, Person
from core.pages import steps
from core.pages.comments import thread_of
from core.pages.fields import version_shown
from core.pages.views import FormPage
from risks import plan as plans
from risks import queries, services
from risks.forms import ReasonForm
from risks.models import LEVELS, Action, Risk, TreatmentPlan
from risks.views.base import RoomView, history
from risks.workflow import PLAN, plan_is_as_submitted

PAGES = {"submit": "risk_plan_submit", "return": "risk_plan_return", "approve": "risk_plan_approve"}
People = Mapping[str, str]


class PlanView(RoomView):
    """A page about the plan in the scope."""

    @cached_property
    def plan(self) -> TreatmentPlan | None:
        """Return the record; None in a past without one."""
        return plans.plan_or_none(self.scope)

    @cached_property
    def content(self) -> dict[str, Any]:
        """Return the plan as it is in the scope."""
        return plans.content_in(self.scope)

    @cached_property
    def versions(self) -> list[Approval]:
        """Return the approved versions, newest first."""
        return plans.versions_of(self.scope, self.plan)

    @cached_property
    def approved(self) -> Any:
        """Return the content of the newest version; None before the first."""
        return approvals.frozen(self.versions[0]) if self.versions else None

    @cached_property
    def changes(self) -> list[plans.Difference]:
        """Return what differs from the newest version; before the first, everything."""
        return plans.differences(self.approved, self.content)

    @property
    def band(self) -> tuple[str, str]:
        """Return the state of the plan as it is now: code and words."""
        record, newest = self.plan, self.versions[0] if self.versions else None
        if record and record.state == TreatmentPlan.SUBMITTED:
            return "submitted", _("Submitted to %(name)s") % {"name": when.name_of(record.submitted_to)}
        if record and record.state == TreatmentPlan.RETURNED:
            return "returned", _("Returned by %(name)s") % {"name": when.name_of(record.returned_by)}
        if newest and not self.changes:
            return "approved", _("Approved v%(number)d") % {"number": newest.number}
        return "working_copy", _("Working copy")

    def shared(self) -> dict[str, Any]:
        """Return what every page of the plan gets."""
        names = queries.names_of(self.scope, plans.people_in(self.content, self.approved))
        newest = self.versions[0] if self.versions else None
        return {
            "plan": self.plan, "band": self.band, "newest": newest, "next_number": newest.number + 1 if newest else 1,
            "changes": [told(change, names) for change in self.changes], "counted": plans.counted(self.changes),
            "rows": rows_in_words(self.content, names, self._today()), "tabs": self.tabs("risk_plan"),
            "actions": sum(len(risk["actions"]) for risk in self.content["risks"]), "back": self.url("risk_plan"),
        }  # fmt: skip

    def walking(self, permission: str) -> TreatmentPlan:
        """Return the plan for a step; raises Forbidden, Http404."""
        policy.require(self.actor, permission, self.plan)
        if self.plan is None:
            raise Http404
        return self.plan

    def obstacles(self, step: str) -> list[workflow.Obstacle]:
        """Return why a step cannot be taken now."""
        return workflow.obstacles(PLAN, PLAN.step(step), self.plan, self.actor) if self.plan else []

    def _today(self) -> dict[str, str]:
        """Return each risk's level today and each action's state: beside the plan, no part of it."""
        levels = Risk.objects.of(self.scope).assessed().values_list("ref", "today_level")
        states = Action.objects.of(self.scope).values_list("ref", "state")
        return {**dict(levels), **dict(states)}


class PlanPage(PlanView):
    """The plan as it is, what differs from the newest version, its steps and versions."""

    template = "risks/plan.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        offered = []
        if self.plan and not self.scope.past:
            offered = steps.offered(self.plan, self.actor, self._page_of, "approve" if self._is_asked() else "submit")
        return self.render(
            **self.shared(), offered=offered, versions=self.versions,
            may_begin=self.plan is None and not self.scope.past and policy.allows(self.actor, "risks.submit_plan"),
            history=history(self, self.plan) if self.plan else [],
            thread=thread_of(self, self.plan) if self.plan else None, stale=self._stale(),
        )  # fmt: skip

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Begin a plan where there is none, or take a submission back."""
        step = request.POST.get("step", "")
        if step == "begin":
            services.begin_plan(actor=self.actor)
            return self.done(self.url("risk_plan_submit"))
        if step != "withdraw":
            raise NotFound
        workflow.take(
            "withdraw", self.walking("risks.withdraw_plan"), actor=self.actor, expected_version=version_shown(request)
        )
        return self.done(self.url("risk_plan"), _("Withdrawn."))

    def _stale(self) -> workflow.Obstacle | None:
        """Say that what was submitted is no longer what stands here; who decides sees it beside the step."""
        if self.plan is None or self.plan.state != TreatmentPlan.SUBMITTED or self.scope.past or self._is_asked():
            return None
        return plan_is_as_submitted(self.plan, self.actor)

    def _is_asked(self) -> bool:
        return bool(self.plan and self.plan.submitted_to_id == self.actor.person_id)

    def _page_of(self, step: workflow.Step) -> str:
        return self.url(PAGES[step.name]) if step.name in PAGES else ""


class SubmitPlan(PlanView, FormPage):
    """Ask an approver to decide."""

    form_class = SubmitForm
    autosave = False
    template = "risks/plan_submit.html"

    def record(self) -> TreatmentPlan:
        """Return the plan; only managers get the form."""
        return self.walking("risks.submit_plan")

    def form_options(self) -> dict[str, Any]:
        """Return those who may approve and wrote nothing of it."""
        return {"people": self._approvers()}

    def _approvers(self) -> list[Person]:
        record = self.record_or_none()
        authors = plans.authors_of(record) | {self.actor.person_id}
        return [person for person in policy.who("risks.decide_plan", record) if person.pk not in authors]

    def page_context(self, form: Any) -> dict[str, Any]:
        """Return the changes and what stands in the way."""
        return {**self.shared(), "obstacles": self.obstacles("submit"), "nobody": not form.fields["to"].choices}

    def save(self, form: SubmitForm) -> str:
        """Submit."""
        services.submit_plan(actor=self.actor, to=form.cleaned_data["to"])
        self.tell(_("Submitted for approval."))
        return self.url("risk_plan")


class ReturnPlan(PlanView, FormPage):
    """Return a submission with a comment."""

    form_class = ReasonForm

    def record(self) -> TreatmentPlan:
        """Return the plan; only approvers get the form."""
        return self.walking("risks.decide_plan")

    def form_options(self) -> dict[str, Any]:
        """Carry the version."""
        return {"version": self.record_or_none().version}

    def page_context(self, form: ReasonForm) -> dict[str, Any]:
        """Return the words."""
        return {
            "title": _("Return the treatment plan"), "button": _("Return with comment"),
            "back": self.url("risk_plan_approve"),
        }  # fmt: skip

    def save(self, form: ReasonForm) -> str:
        """Return it."""
        workflow.take(
            "return", self.record_or_none(), actor=self.actor, reason=form.cleaned_data["reason"],
            expected_version=form.expected_version,
        )  # fmt: skip
        self.tell(_("Returned."))
        return self.url("risk_plan")


class ApprovePlan(PlanView):
    """Decide on exactly what is shown: the difference from the newest version, everything before v1."""

    writes = True
    template = "risks/plan_approve.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what would be approved, with its hash."""
        return self._page()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign; 409 when the content is not what was shown, or something stands in the way."""
        record = self.walking("risks.decide_plan")
        try:
            workflow.take("approve", record, actor=self.actor, shown_hash=request.POST.get("shown", ""))
        except ContentChanged:
            return self._page(status=409, changed=True)
        except StepRefused as error:
            return self._page(status=409, refused=error.obstacles)
        number = plans.versions_of(self.scope, record)[0].number
        return self.done(self.url("risk_plan"), _("Approved as v%(number)d.") % {"number": number})

    def _page(self, status: int = 200, **more: Any) -> HttpResponse:
        record = self.walking("risks.decide_plan")
        for name in ("plan", "content", "changes"):
            self.__dict__.pop(name, None)
        shown = PLAN.shown_hash(record)
        return self.render(
            status=status, **self.shared(), shown=shown, obstacles=more.get("refused") or self.obstacles("approve"),
            changed=more.get("changed", False),
        )  # fmt: skip


class PlanVersionPage(PlanView):
    """One version, from its frozen content alone, and what it changed."""

    template = "risks/plan_version.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what was approved, and how it differs from the version before."""
        known = {one.number: one for one in self.versions}
        version = known.get(self.kwargs["number"])
        if version is None:
            raise Http404
        content, earlier = approvals.frozen(version), known.get(version.number - 1)
        before = approvals.frozen(earlier) if earlier else None
        names = people_named(self.scope, plans.people_in(content, before) | set(version.authors), version.at)
        found = plans.differences(before, content) if before else []
        return self.render(
            version=version, earlier=earlier, rows=rows_in_words(content, names, {}),
            changes=[told(change, names) for change in found], counted=plans.counted(found),
            tabs=self.tabs("risk_plan"), actions=sum(len(risk["actions"]) for risk in content["risks"]),
            authors=[names.get(pk, "") for pk in version.authors], back=self.url("risk_plan"),
            intact=not approvals.drifted(version, content), current=version is self.versions[0],
        )  # fmt: skip


def told(change: plans.Difference, names: People) -> dict[str, Any]:
    """Return a difference in words: (field, before, after) for what differs."""
    labels = plans.FIELDS[change.kind]
    rows = [
        (labels[name], *(value_in_words(name, (side or {}).get(name), names) for side in (change.before, change.after)))
        for name in change.fields
    ]
    return {"change": change, "rows": [row for row in rows if row[1] or row[2]]}


def value_in_words(name: str, value: Any, names: People) -> str:
    """Return one canonical value as text."""
    if value in (None, "", []):
        return ""
    if name == "owner":
        return names.get(str(value), _("someone who left"))
    if name == "option":
        return str(dict(Risk.OPTIONS).get(value, value))
    if name == "target_level":
        return str(dict(LEVELS).get(value, value))
    if name in ("due", "target_date"):
        return when.day_text(datetime.date.fromisoformat(value))
    return ", ".join(value) if isinstance(value, list) else str(value)


def rows_in_words(content: Any, names: People, today: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the risks of a plan with their actions, as a page shows them."""
    return [
        {
            **risk,
            "today": today.get(risk["ref"], ""),
            "option": value_in_words("option", risk["option"], names),
            "owner": value_in_words("owner", risk["owner"], names),
            "target_date": value_in_words("target_date", risk["target_date"], names),
            "actions": [
                {
                    **one,
                    "owner": value_in_words("owner", one["owner"], names),
                    "due": value_in_words("due", one["due"], names),
                    "state": today.get(one["ref"], ""),
                    "state_label": Action.STATES.get(today.get(one["ref"], ""), ""),
                }
                for one in risk["actions"]
            ],
        }
        for risk in content["risks"]
    ]
