"""Pages of actions: one action, planning, finishing, dropping, checking."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from controls.models import Control
from core import policy
from core.pages.comments import thread_of
from core.pages.views import FormPage
from risks import queries, services
from risks.forms import ActionForm, CheckForm, DoneForm, DropForm
from risks.models import Action, Risk
from risks.views.base import RoomView, found_or_404, history


class ActionView(RoomView):
    """A page about one action."""

    def action(self) -> Action:
        """Return the action of the address. Raises Http404."""
        rows = Action.objects.of(self.scope).select_related("risk", "owner", "control")
        return found_or_404(rows.filter(ref=self.kwargs["ref"]))


class ActionPage(ActionView):
    """What is done, for which risk, by whom, whether it worked."""

    template = "risks/action.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the action."""
        action = self.action()
        writes = not self.scope.past
        return self.render(
            action=action,
            overdue=action.state == Action.OPEN and action.due is not None and action.due < self.scope.today,
            may_act=writes and policy.allows(self.actor, "risks.act", action),
            may_drop=writes and policy.allows(self.actor, "risks.change", action.risk),
            changes=history(self, action),
            thread=thread_of(self, action),
        )


class PlanAction(RoomView, FormPage):
    """A new action of a risk."""

    form_class = ActionForm

    def record(self) -> Risk:
        """Return the risk; only those who may change it plan for it."""
        risk = self.risk()
        policy.require(self.actor, "risks.change", risk)
        return risk

    def form_options(self) -> dict[str, Any]:
        """Return choices."""
        return {"people": queries.people_of(self.scope), "controls": list(Control.objects.of(self.scope).in_order())}

    def page_context(self, form: ActionForm) -> dict[str, Any]:
        """Return the words."""
        risk = self.record_or_none()
        title = _("Plan an action for %(ref)s") % {"ref": risk.ref}
        return {"title": title, "button": _("Plan it"), "back": self.url("risk", ref=risk.ref)}

    def save(self, form: ActionForm) -> str:
        """Plan."""
        risk = self.record_or_none()
        action = services.add_action(actor=self.actor, risk=risk, **form.values())
        self.tell(_("%(ref)s is planned.") % {"ref": action.ref})
        return self.url("risk", ref=risk.ref)


class ActionFormPage(ActionView, FormPage):
    """A form about an existing action."""

    autosave = False
    needs = "risks.act"

    def record(self) -> Action:
        """Return the action; only those who may act get the form."""
        action = self.action()
        policy.require(self.actor, self.needs, action.risk if self.needs == "risks.change" else action)
        return action

    def form_options(self) -> dict[str, Any]:
        """Carry the version."""
        return {"version": self.record_or_none().version}

    def words(self, action: Action) -> tuple[str, str]:
        """Return title and button."""
        raise NotImplementedError

    def page_context(self, form: Any) -> dict[str, Any]:
        """Return the words."""
        title, button = self.words(self.record_or_none())
        return {"title": title, "button": button, "back": self.url("risk_action", ref=self.kwargs["ref"])}

    def common(self, form: Any) -> dict[str, Any]:
        """Return what every service of actions takes."""
        return {"actor": self.actor, "action": self.record_or_none(), "expected_version": form.expected_version}

    def back(self) -> str:
        """Return the action's page."""
        return self.url("risk_action", ref=self.kwargs["ref"])


class EditAction(ActionFormPage):
    """Change an open action."""

    form_class = ActionForm
    autosave = True

    def form_options(self) -> dict[str, Any]:
        """Return what is stored and the choices."""
        action = self.record_or_none()
        return {
            "initial": {
                "what": action.what, "owner": str(action.owner_id or ""), "due": action.due,
                "control": str(action.control_id or ""), "expected_effect": action.expected_effect,
            },
            "version": action.version,
            "people": queries.people_of(self.scope, action),
            "controls": list(Control.objects.of(self.scope).in_order()),
        }  # fmt: skip

    def words(self, action: Action) -> tuple[str, str]:
        """Return title and button."""
        return _("Change %(ref)s") % {"ref": action.ref}, _("Save")

    def save(self, form: ActionForm) -> str:
        """Change."""
        services.change_action(**self.common(form), **form.values())
        return self.back()


class FinishAction(ActionFormPage):
    """It is done."""

    form_class = DoneForm

    def words(self, action: Action) -> tuple[str, str]:
        """Return title and button."""
        return _("%(ref)s is done: %(what)s") % {"ref": action.ref, "what": action.what}, _("It is done")

    def save(self, form: DoneForm) -> str:
        """Finish."""
        data = form.cleaned_data
        services.finish_action(**self.common(form), outcome=data["outcome"], done_on=data["done_on"])
        return self.back()


class DropAction(ActionFormPage):
    """It is given up."""

    form_class = DropForm
    needs = "risks.change"

    def words(self, action: Action) -> tuple[str, str]:
        """Return title and button."""
        return _("Drop %(ref)s: %(what)s") % {"ref": action.ref, "what": action.what}, _("Drop it")

    def save(self, form: DropForm) -> str:
        """Drop."""
        services.drop_action(**self.common(form), outcome=form.cleaned_data["outcome"])
        return self.back()


class CheckAction(ActionFormPage):
    """Whether it worked."""

    form_class = CheckForm

    def words(self, action: Action) -> tuple[str, str]:
        """Return title and button."""
        return _("Did %(ref)s work? %(what)s") % {"ref": action.ref, "what": action.what}, _("Save the result")

    def save(self, form: CheckForm) -> str:
        """Check."""
        services.check_effectiveness(**self.common(form), **{
            name: form.cleaned_data[name] for name in ("effectiveness", "outcome")
        })  # fmt: skip
        return self.back()
