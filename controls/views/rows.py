"""Saving one row: by its own form page, and by the grid cell by cell with the same form."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from controls.facts import proposal_of
from controls.forms import OwnControlForm, RowForm
from controls.models import Control
from controls.services import add_own_control, decide_control, remove_own_control
from controls.views.base import StatementView
from controls.views.grid import head_of
from core import clock, drafts, policy, when
from core.errors import Forbidden, Stale, StepRefused
from core.pages.conflict import Conflict
from core.pages.views import ConfirmPage, FormPage, add_errors


class EditControl(StatementView, FormPage):
    """The form of one row; works without scripts, keeps what was typed."""

    form_class = RowForm
    template = "controls/edit.html"

    @property
    def code(self) -> str:
        """The control of the address."""
        return self.kwargs["code"]

    @property
    def row(self) -> Any:
        """The row as stored now; raises NotFound."""
        return self.statement.row(self.code)

    def record(self) -> Any:  # type: ignore[override]
        """The control."""
        self.__dict__.pop("statement", None)
        self.__dict__.pop("choices", None)
        return self.row.control

    def form_options(self) -> dict[str, Any]:
        """Stored values, or a reason drafted from facts to start from."""
        options = {"row": self.row, "choices": self.choices, "editable": self.editable(self.row.control)}
        drafted = proposal_of(self.code, self.row.facts) if self.request.GET.get("use") == "facts" else None
        if drafted is not None and not self.row.control.reason:
            start = {"applies": Control.YES, "reason": drafted.reason, "drivers": list(drafted.drivers)}
            options["initial"] = start
        return options

    def current_values(self, form: Any) -> dict[str, Any]:
        """What is stored now, never a draft."""
        fresh = RowForm(row=self.row, choices=self.choices, editable=frozenset())
        return {
            name: fresh.get_initial_for_field(field, name) for name, field in fresh.fields.items() if name != "version"
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form to who may save it."""
        policy.require(self.actor, "controls.describe", self.row.control)
        return super().get(request, *args, **kwargs)

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """The row beside its form."""
        drafted = self.request.GET.get("use") == "facts" and not self.row.control.reason
        return {
            **self.shared(), "row": self.row, "drafted": drafted, "back": self.back,
            "title": f"{self.code} {self.row.title}", "submitted": self.submitted,
            "describes_only": form.fields["applies"].disabled,
        }  # fmt: skip

    @property
    def back(self) -> str:
        """The row in the grid."""
        return f"{self.address('soa')}#{self.code}"

    @property
    def draft_place(self) -> drafts.Place:
        """The draft belongs to the row, through whichever door it is typed."""
        return drafts.Place.of(self.actor, "control_edit", self.address("control_edit", code=self.code))

    def save(self, form: Any) -> str:
        """Save the row and go back to it."""
        decide_control(actor=self.actor, code=self.code, expected_version=form.expected_version, **form.decision())
        return self.back


class SaveRow(EditControl):
    """The grid's door: the same form for the cells that were typed in; answers with the row as it stands after."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer the row as stored; after a lost session lead to the form that holds what was typed."""
        if request.GET.get("draft"):
            return HttpResponseRedirect(f"{self.address('control_edit', code=self.code)}?draft=1")
        return self._row()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save; 422 with errors by field, 409 with who changed what, 403 and 409 with why not."""
        form = RowForm(request.POST, **self.form_options())
        if not form.is_valid():
            return self._errors(form)
        try:
            self.save(form)
        except ValidationError as error:
            add_errors(form, error)
            return self._errors(form)
        except Stale as error:
            return self._stale(form, error)
        except StepRefused as error:
            return JsonResponse({"told": " ".join(str(one.reason) for one in error.obstacles)}, status=409)
        except Forbidden as error:
            return JsonResponse({"told": str(error.says)}, status=403)
        drafts.discard(self.draft_place)
        return self._row(saved=_("saved %(time)s") % {"time": when.clock_text(clock.now(), self.scope.zone)})

    def _errors(self, form: Any) -> JsonResponse:
        errors = {name: [str(one) for one in found] for name, found in form.errors.items()}
        return JsonResponse({"errors": errors, "told": " ".join(sum(errors.values(), []))}, status=422)

    def _stale(self, form: Any, error: Stale) -> JsonResponse:
        self.record()
        asked = self.request.POST.getlist("only")
        found = Conflict.of(form, self.current_values(form), error.record)
        rows = [
            row
            for row in found.rows
            if not asked or row.label in {form.fields[name].label for name in asked if name in form.fields}
        ]
        shown = Conflict(found.who, found.at, rows, found.version)
        text = render_to_string("controls/row_conflict.html", {"conflict": shown}, self.request)
        return JsonResponse({"conflict": text, "version": found.version}, status=409)

    def _row(self, saved: str = "") -> JsonResponse:
        self.record()
        editable = {self.code} if self.editable(self.row.control) else set()
        context = {
            **self.shared(), **head_of(self), "row": self.row, "rows_editable": editable,
            "saved": saved, "scope": self.scope, "actor": self.actor,
        }  # fmt: skip
        row = render_to_string("controls/row.html", context, self.request)
        head = render_to_string("controls/tally.html", context, self.request)
        return JsonResponse({"row": row, "tally": head, "saved": saved, "version": self.row.control.version})


class NewControl(StatementView, FormPage):
    """A control of one's own."""

    permission = "controls.decide"
    form_class = OwnControlForm

    def record(self) -> Any:  # type: ignore[override]
        """None yet."""
        return None

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words around the form."""
        return {"title": _("New own control"), "button": _("Add"), "back": f"{self.address('soa')}#own"}

    def save(self, form: Any) -> str:
        """Add it and go on to its row."""
        made = add_own_control(actor=self.actor, **form.cleaned_data)
        return self.address("control_edit", code=made.code)


class RemoveControl(StatementView, ConfirmPage):
    """Take an undecided own control away."""

    permission = "controls.decide"
    button: ClassVar[Any] = ""

    def question(self) -> str:
        """Ask by name."""
        row = self.statement.row(self.kwargs["code"])
        return _("Remove %(code)s %(title)s?") % {"code": row.code, "title": row.title}

    def consequences(self) -> list[str]:
        """What stays."""
        return [_("Its history stays readable. Its number is not used again.")]

    def back(self) -> str:
        """Its page."""
        return self.address("control", code=self.kwargs["code"])

    def about(self) -> Any:
        """Return the control."""
        return self.statement.row(self.kwargs["code"]).control

    def act(self) -> str:
        """Remove it."""
        remove_own_control(actor=self.actor, code=self.kwargs["code"], expected_version=self.expected_version)
        return f"{self.address('soa')}#own"
