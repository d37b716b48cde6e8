"""Submit, withdraw, return, approve: the walk of the statement to its next version."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from controls import queries, words
from controls.content import Difference
from controls.forms import ReturnForm, SubmitForm
from controls.views.base import StatementView
from controls.workflow import ReturnedLines, Submission
from core import policy, workflow
from core.errors import ContentChanged, StepRefused
from core.models import Person
from core.pages.views import ConfirmPage, FormPage


class WalkView(StatementView):
    """A page of the walk: the changes since the newest version in words, what stands in the way."""

    step = ""

    def changes(self) -> list[tuple[Difference, str, list[tuple[str, str, str]]]]:
        """(difference, title, rows of (field, before, after)) of what is decided; everything before v1."""
        found = self.statement.differences if self.statement.approved else queries.everything(self.statement)
        people = queries.names_at(self.scope, [self.statement.approved, self.statement.content])
        titles = {row.code: row.title for row in self.statement.rows}
        gone = {row["code"]: row["title"] for row in (self.statement.approved or {}).get("controls", ())}
        return [(one, titles.get(one.code) or gone[one.code], words.changed_rows(one, people)) for one in found]

    def obstacles(self) -> list[workflow.Obstacle]:
        """Why the step cannot be taken now."""
        flow = workflow.workflow_of(self.soa)
        return workflow.obstacles(flow, flow.step(self.step), self.soa, self.actor)

    def walked(self) -> dict[str, Any]:
        """What the templates of the walk get."""
        return {**self.shared(), "changes": self.changes(), "obstacles": self.obstacles(), "back": self.address("soa")}


class Submit(WalkView, FormPage):
    """Ask an approver to decide."""

    permission = "controls.submit"
    form_class = SubmitForm
    autosave = False
    step = "submit"
    template = "controls/submit.html"

    def record_or_none(self) -> Any:
        """The statement."""
        return self.soa

    def form_options(self) -> dict[str, Any]:
        """Those who may approve and wrote nothing of it."""
        return {"people": self.approvers(), "version": self.soa.version}

    def approvers(self) -> list[Person]:
        """People who could decide."""
        authors = queries.authors_of(self.soa) | {self.actor.person_id}
        return [person for person in policy.who("controls.approve", self.soa) if person.pk not in authors]

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """The changes and what stands in the way."""
        return {**self.walked(), "nobody": not form.fields["to"].choices}

    def save(self, form: Any) -> str:
        """Submit and go back to the grid."""
        inputs = Submission(to=form.cleaned_data["to"])
        workflow.take("submit", self.soa, actor=self.actor, inputs=inputs, expected_version=form.expected_version)
        return self.address("soa")


class Withdraw(WalkView, ConfirmPage):
    """Take a submission back."""

    step = "withdraw"

    def question(self) -> str:
        """Ask."""
        return _("Withdraw the Statement of Applicability?")

    def consequences(self) -> list[str]:
        """Who is told what."""
        name = self.soa.submitted_to.name if self.soa.submitted_to else ""
        return [_("%(name)s is no longer asked to decide. The working copy can be edited again.") % {"name": name}]

    def back(self) -> str:
        """The grid."""
        return self.address("soa")

    def about(self) -> Any:
        """The statement."""
        return self.soa

    def act(self) -> str:
        """Withdraw."""
        workflow.take("withdraw", self.soa, actor=self.actor, expected_version=self.expected_version)
        return self.address("soa")


class Return(WalkView, FormPage):
    """Send it back with a comment, and one for each line that needs it."""

    permission = "controls.return"
    form_class = ReturnForm
    step = "return"
    template = "controls/return.html"

    def record_or_none(self) -> Any:
        """The statement."""
        return self.soa

    def form_options(self) -> dict[str, Any]:
        """One line for each control that changed."""
        lines = [(one.code, f"{one.code} {title}") for one, title, _rows in self.changes()]
        return {"lines": lines, "version": self.soa.version}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Fields of the lines beside the changes they are about."""
        walked = self.walked()
        lines = [(*change, form[f"line-{change[0].code}"]) for change in walked["changes"]]
        return {**walked, "lines": lines}

    def save(self, form: Any) -> str:
        """Return it and go back to the grid."""
        inputs = ReturnedLines(form.lines)
        workflow.take(
            "return", self.soa, actor=self.actor, inputs=inputs, reason=form.cleaned_data["reason"],
            expected_version=form.expected_version,
        )  # fmt: skip
        return self.address("soa")


class Approve(WalkView):
    """Decide on exactly what is shown: the difference from the newest version, everything before v1."""

    permission = "controls.approve"
    writes = True
    step = "approve"
    template = "controls/approve.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what would be approved, with its hash."""
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign; 409 when the content is not what was shown, or something stands in the way."""
        try:
            shown = request.POST.get("shown", "")
            workflow.take("approve", self.soa, actor=self.actor, shown_hash=shown)
        except ContentChanged:
            self.__dict__.pop("statement", None)
            return self._page(status=409, changed=True)
        except StepRefused as error:
            self.__dict__.pop("statement", None)
            return self._page(status=409, refused=error.obstacles)
        number = queries.latest_of(self.soa)
        return self.done(
            self.address("soa"), _("Approved as v%(number)d.") % {"number": number.number if number else 0}
        )

    def _page(self, status: int = 200, **more: Any) -> HttpResponse:
        shown = workflow.workflow_of(self.soa).shown_hash(self.soa)
        number = self.statement.latest.number + 1 if self.statement.latest else 1
        people = queries.names_at(self.scope, [self.statement.content])
        return self.render(status=status, shown=shown, number=number, people=people, **self.walked(), **more)
