"""The register, the page of a system, its forms and steps."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from aims import duplicates, queries, sheet
from aims.forms import GiveBackForm, NewSystemForm, StepForm, SystemForm, initial_of
from aims.registers import SystemRegister
from aims.services import change_system, give_back_to_source, register_system
from aims.services.imports import field_label
from aims.views.base import AimsView, OneSystem
from aims.workflow import Moved, gate_of, label_of
from core import policy, workflow
from core.errors import NotFound
from core.pages.comments import thread_of
from core.pages.registers import RegisterView
from core.pages.views import FormPage
from core.queries.history import history_of


class Systems(RegisterView):
    """All AI systems."""

    register = SystemRegister
    permission = "aims.read"
    template = "aims/systems.html"

    def page_context(self) -> dict[str, Any]:
        """Which of the head's buttons this person has."""
        return {
            "may_register": policy.allows(self.actor, "aims.register_system"),
            "may_import": policy.allows(self.actor, "aims.sync"),
            "claims": queries.claims_waiting(self.scope).count(),
        }


class SystemPage(OneSystem):
    """One AI system: what is known, whose each field is, where it stands, what happened."""

    template = "aims/system.html"

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show it."""
        return self.render(
            system=self.system,
            thread=thread_of(self, self.system),
            sheet=sheet.of(self.scope, self.system),
            panels=sheet.panels(self.system, self.scope, self.actor, request),
            scope_steps=self._steps(""),
            stage_steps=self._steps("stage"),
            stages=sheet.stages(self.system),
            external_ids=queries.external_ids(self.scope, self.system),
            merged=queries.merged_into(self.scope, self.system),
            likes=self._likes(),
            may_screen=policy.allows(self.actor, "aims.screen", self.system),
            may_group=not self.scope.past and policy.allows(self.actor, "aims.group_systems"),
            history=sheet.without_first_values(
                history_of(self.scope, self.system, self.management_system.slug, limit=12), self.system
            ),
            may_edit=not self.scope.past and policy.allows(self.actor, "aims.change_system", self.system),
        )

    def _likes(self) -> int:
        """How many systems look like it."""
        return len(duplicates.of_systems(self.scope, [self.system]).get(self.system.pk, ()))

    def _steps(self, column: str) -> list[Any]:
        if self.scope.past:
            return []
        return [
            sheet.button(offer, self.system, self.address("system_step", ref=self.system.ref, step=offer.step.name))
            for offer in workflow.offers(self.system, self.actor)
            if offer.step.field == column
        ]


class SystemFormPage(AimsView, FormPage):
    """What the forms of new and stored systems share."""

    template = "aims/system_form.html"

    def form_options(self) -> dict[str, Any]:
        """People to choose from."""
        return {"people": queries.members(self.scope, self.record_or_none())}


class NewSystem(SystemFormPage):
    """Register a system."""

    permission = "aims.register_system"
    form_class = NewSystemForm

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page."""
        return {"title": _("Register an AI system"), "button": _("Register"), "back": self.address("systems")}

    def save(self, form: Any) -> str:
        """Register it and show it."""
        system = register_system(actor=self.actor, stage=form.cleaned_data["stage"], **form.values)
        return self.address("system", ref=system.ref)


class EditSystem(OneSystem, SystemFormPage):
    """Change a system."""

    form_class = SystemForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only who may change it sees the form."""
        policy.require(self.actor, "aims.change_system", self.system)
        return super().get(request, *args, **kwargs)

    def form_options(self) -> dict[str, Any]:
        """What is stored."""
        system = self.record_or_none()
        return {**super().form_options(), "initial": initial_of(system), "version": system.version}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page."""
        system = self.record_or_none()
        title = _("Change %(name)s") % {"name": system.name}
        fed = sorted({name for name, _key in queries.external_ids(self.scope, system)})
        return {"title": title, "button": _("Save"), "back": self.url, "system": system, "fed": fed}

    def save(self, form: Any) -> str:
        """Change it and go back to its page."""
        change_system(actor=self.actor, system_id=self.system.pk, expected_version=form.expected_version, **form.values)
        return self.url


class StepPage(OneSystem, FormPage):
    """Take a step, with its date and reason."""

    form_class = StepForm
    autosave = False
    template = "aims/step.html"

    @property
    def step(self) -> workflow.Step:
        """The step the address names. Raises Http404."""
        try:
            return workflow.workflow_of(self.system).step(self.kwargs["step"])
        except NotFound:
            raise Http404 from None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only who may take it sees the form."""
        policy.require(self.actor, self.step.permission, self.system)
        return super().get(request, *args, **kwargs)

    def form_options(self) -> dict[str, Any]:
        """Which of date and reason the step takes."""
        system = self.record_or_none()
        return {
            "dated": self.step.inputs is Moved,
            "reasoned": self.step.reason_required,
            "version": system.version,
        }

    def current_values(self, form: Any) -> dict[str, Any]:
        """Nothing typed here is stored elsewhere."""
        return {}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page, and what stands in the way."""
        flow, system = workflow.workflow_of(self.system), self.system
        return {
            "title": f"{label_of(self.step, system)}: {system.name}",
            "button": label_of(self.step, system),
            "back": self.url,
            "system": system,
            "obstacles": workflow.obstacles(flow, self.step, system, self.actor),
            "target": flow.states.get(self.step.target, ""),
            "gate": sheet.gate_name(gate_of(self.step, system)),
            "criteria": sheet.criteria(system) if gate_of(self.step, system) else (),
        }

    def save(self, form: Any) -> str:
        """Take it."""
        inputs = Moved(form.cleaned_data.get("date")) if self.step.inputs is Moved else None
        try:
            workflow.take(
                self.step.name, self.system, actor=self.actor, inputs=inputs,
                expected_version=form.expected_version, reason=form.cleaned_data["reason"],
            )  # fmt: skip
        except ValidationError as error:
            raise sheet.at_fields(error) from error
        return self.url


class GiveBack(OneSystem, FormPage):
    """Let the source write fields again that a person took over."""

    form_class = GiveBackForm
    autosave = False
    template = "aims/give_back.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only who may change the system sees the form."""
        policy.require(self.actor, "aims.change_system", self.system)
        return super().get(request, *args, **kwargs)

    def form_options(self) -> dict[str, Any]:
        """The fields people have."""
        system = self.record_or_none()
        owned = system.field_owners.items()
        taken = [(name, field_label(name)) for name, owner in owned if owner["by"].startswith("person:")]
        return {"taken": taken, "version": system.version}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page."""
        fed = sorted({name for name, _key in queries.external_ids(self.scope, self.system)})
        return {
            "title": _("Give fields back to %(source)s") % {"source": ", ".join(fed) or _("the source")},
            "button": _("Give back"),
            "back": self.url,
            "system": self.system,
        }

    def save(self, form: Any) -> str:
        """Give them back."""
        give_back_to_source(
            actor=self.actor, system_id=self.system.pk, fields=form.cleaned_data["fields_taken"],
            expected_version=form.expected_version,
        )  # fmt: skip
        return self.url
