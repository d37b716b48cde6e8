"""The risk form: new and existing risks, the live level beside it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core import drafts, policy, workflow
from core.models import Membership
from core.pages.views import FormPage
from core.wording import inside
from risks import methodology, queries, rating, services
from risks.catalogue import risk_catalogue
from risks.forms.risk import RiskForm, initial_of
from risks.models import Risk
from risks.registers import state_words
from risks.views.base import RoomView, found_or_404, surroundings

STEPS = {"assess": "assess", "ask": "ask_for_acceptance"}
AT = {
    "before_consequences": "before_organisation",
    "today_consequences": "today_organisation",
    "target_consequences": "target_consequence",
}
"""Which field shows the error of a value that is several fields on the page."""


class RiskFormPage(RoomView, FormPage):
    """Five sections; nothing but the title stops a draft, stars stop "Mark as assessed"."""

    form_class = RiskForm
    template = "risks/form.html"
    permission = "risks.read"

    def record(self) -> Risk | None:
        """Return the risk being edited, None for a new one."""
        if "ref" not in self.kwargs:
            policy.require(self.actor, "risks.register")
            return None
        risk = self.risk()
        policy.require(self.actor, "risks.change", risk)
        return risk

    @property
    def start(self) -> Risk:
        """Return what the form starts from: the stored risk, a catalogue entry, a copy, or nothing."""
        risk = self.record_or_none()
        if risk is not None:
            return risk
        entry, source = self.request.GET.get("from", ""), self.request.GET.get("copy", "")
        if source:
            found = found_or_404(Risk.objects.of(self.scope).filter(ref=source))
            values = {name: getattr(found, name) for name in services.register.COPIED}
            values["title"] = _("Copy of %(title)s") % {"title": found.title}
            return Risk(**{**values, "assessed_on": None, "next_review": None})
        if entry:
            try:
                values = services.register.catalogue_values(entry, get_language() or "en")
            except ValidationError:
                return Risk()
            return Risk(catalogue_code=entry, **values)
        return Risk()

    def form_options(self) -> dict[str, Any]:
        """Return choices and stored values."""
        risk = self.record_or_none()
        around = surroundings(self, risk)
        initial = initial_of(self.start, around)
        if risk is None:
            initial |= self._preset(around)
        initial["systems"] = [*initial.get("systems", ()), *self._of_group(around, initial.get("systems", ()))]
        return {"around": around, "initial": initial, "version": risk.version if risk else None}

    def _of_group(self, around: Any, chosen: Any) -> list[str]:
        """Return the systems of the assessment group that the address names, without those chosen already."""
        group = self.request.GET.get("group", "")
        inside = [str(one.pk) for one in around.systems if one.group is not None and one.group.ref == group]
        return [pk for pk in inside if pk not in {str(one) for one in chosen}]

    def _preset(self, around: Any) -> dict[str, Any]:
        """Return what the address says of a new risk: its system, the catalogue's controls, the copied links."""
        asked = self.request.GET.get("system", "")
        found = {"systems": [str(one.pk) for one in around.systems if one.ref == asked]}
        entry = {one.code: one for one in risk_catalogue().risks}.get(self.request.GET.get("from", ""))
        if entry:
            found["controls"] = [str(one.pk) for one in around.controls if one.code in entry.controls]
        source = self.request.GET.get("copy", "")
        if source:
            risk = found_or_404(Risk.objects.of(self.scope).filter(ref=source))
            found["systems"] = [str(pk) for pk in risk.systems.values_list("pk", flat=True)]
            found["controls"] = [str(pk) for pk in risk.controls.values_list("pk", flat=True)]
            found["owner"] = str(risk.owner_id or "")
        return found

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, and take the step of the button pressed."""
        form = self.form_class(request.POST, **self.form_options())
        form.full_clean()
        if request.POST.get("step") == "assess":
            form.require_plan()
            self._say_what_else_is_missing(form)
        if form.errors:
            return self._page(form, status=422)
        return super().post(request, *args, **kwargs)

    def _say_what_else_is_missing(self, form: RiskForm) -> None:
        """Name everything that is missing at once, not one group after the other."""
        risk = judged(form, self.record_or_none(), self.criteria)
        has_systems = bool(form.cleaned_data.get("systems"))
        for name, says in rating.missing_to_assess(risk, self.criteria.content, has_systems=has_systems).items():
            if AT.get(name, name) not in form.errors:
                form.add_error(AT.get(name, name), says)

    def save(self, form: RiskForm) -> str:
        """Write the risk and its plan in one unit."""
        step = self.request.POST.get("step", "save")
        try:
            written = services.save_form(
                actor=self.actor,
                risk=self.record_or_none(),
                expected_version=form.expected_version,
                fields=form.risk_fields(),
                actions=form.planned(),
                then=STEPS.get(step, ""),
            )
        except ValidationError as error:
            raise at_fields(error) from error
        drafts.discard(self.draft_place)
        if step == "save" and "ref" not in self.kwargs:
            self.tell(_("Saved as draft %(ref)s.") % {"ref": written.risk.ref})
            return self.url("risk_edit", ref=written.risk.ref)
        told = {
            "assess": _("%(ref)s is assessed: %(level)s today.")
            % {
                "ref": written.risk.ref,
                "level": methodology.level_name(self.criteria.content, written.risk.today_level),
            },
            "ask": _("Acceptance of %(ref)s is asked for.") % {"ref": written.risk.ref},
        }
        self.tell(told.get(step, _("Saved.")))
        return self.url("risk" if step in STEPS else "risk_edit", ref=written.risk.ref)

    def page_context(self, form: RiskForm) -> dict[str, Any]:
        """Return title, words of the buttons, and what stands beside."""
        risk = self.record_or_none()
        return {
            "risk": risk,
            "start": self.start if risk is None else risk,
            "state_words": state_words(risk) if risk else "",
            "is_draft": risk is None or risk.state == Risk.DRAFT,
            "error_title": missing_words(len(form.errors)) if self.request.POST.get("step") == "assess" else "",
            "preview_url": self.url("risk_preview_of", ref=risk.ref) if risk else self.url("risk_preview"),
            "back": self.url("risk", ref=risk.ref) if risk else self.url("risks"),
            "offers": self._offers(risk),
            **beside(self, form, risk),
        }

    def _offers(self, risk: Risk | None) -> dict[str, Any]:
        """Return what the buttons below may do: name → offer."""
        if risk is None:
            return {}
        return {offer.step.name: offer for offer in workflow.offers(risk, self.actor)}


class Preview(RoomView):
    """Answers the level beside the form while it is filled in; writes nothing."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Draw level, criteria, who could accept, and the sentence of section 4."""
        risk = self.risk() if "ref" in self.kwargs else None
        form = RiskForm(request.POST, around=surroundings(self, risk))
        form.is_valid()
        return self.render("risks/beside.html", live=True, **beside(self, form, risk))


def missing_words(count: int) -> str:
    """Return "Three things are missing before this risk counts as assessed"."""
    words = (_("One"), _("Two"), _("Three"), _("Four"), _("Five"), _("Six"), _("Seven"), _("Eight"), _("Nine"))
    says = ngettext(
        "%(n)s thing is missing before this risk counts as assessed",
        "%(n)s things are missing before this risk counts as assessed",
        count,
    )
    return says % {"n": words[count - 1] if 0 < count <= len(words) else str(count)}


def accepter_words(one: queries.Candidate, method: Any) -> str:
    """Return why somebody could accept a risk today, or why not."""
    if one.code == "wrote":
        return _("wrote or assessed this risk")
    if one.code == "authority":
        return _("up to %(level)s") % {"level": methodology.level_name(method, one.reach)}
    names = Membership.ROLE_NAMES
    held = [str(names[role]) for role in ("approver", "manager") if role in one.roles]
    return ", ".join(held or [_("owner")])


def at_fields(error: ValidationError) -> ValidationError:
    """Return a rule's errors under the names of the form's fields."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({AT.get(name, name): errors for name, errors in error.error_dict.items()})


def judged(form: RiskForm, risk: Risk | None, criteria: Any) -> Risk:
    """Return the risk as it would be, unsaved: what is filled in, with the levels the rule gives."""
    would = Risk(kind="threat")
    fields = form.risk_fields() if hasattr(form, "cleaned_data") else {}
    for name, value in fields.items():
        if name == "owner":
            would.owner_id = value
        elif name not in services.register.LINKS and value is not None:
            setattr(would, name, value)
    rating.copy_before_to_today(would)
    rating.rate(would, criteria)
    return would


def beside(view: RoomView, form: RiskForm, risk: Risk | None) -> dict[str, Any]:
    """Return what the side of the form says about what is typed, or about what is stored."""
    criteria = view.criteria
    method = criteria.content
    would = judged(form, risk, criteria) if form.is_bound else _stored(view, risk, form, criteria)
    chosen = set(form.cleaned_data.get("controls") or ()) if form.is_bound and hasattr(form, "cleaned_data") else None
    if chosen is None:
        chosen = set(form.get_initial_for_field(form.fields["controls"], "controls") or ())
    relied = [one for one in form.around.controls if str(one.pk) in chosen]
    level = would.today_level
    limit = methodology.authority(method, level) if level else None
    return {
        "would": would,
        "method": method,
        "criteria": criteria,
        "levels": [_line(would, when) for when in ("before", "today", "target")],
        "level_name": methodology.level_name(method, level),
        "floors": _floor_words(method, would),
        "accepters": [
            (one.person.name, one.code == "may", accepter_words(one, method))
            for one in (queries.candidates(view.scope, risk, level, would.owner_id) if level else ())
        ],
        "limit": limit,
        "latest": methodology.latest_until(method, level, view.scope.today) if level else None,
        "months": methodology.review_months(method, level),
        "above": would.is_threat and methodology.above(method, level),
        "lower_without": rating.lower_without_control(would, method, relied),
        "lower": rating.is_lower_today(would, method),
        "relied": relied,
        "working": rating.working(relied),
        "higher": rating.is_higher_today(would, method),
    }


def _stored(view: RoomView, risk: Risk | None, form: RiskForm, criteria: Any) -> Risk:
    if risk is not None:
        return risk
    would = Risk(kind=form.get_initial_for_field(form.fields["kind"], "kind") or "threat")
    start = view.start  # type: ignore[attr-defined]
    for when in ("before", "today", "target"):
        setattr(would, f"{when}_likelihood", start.likelihood(when))
        setattr(would, f"{when}_consequences", start.consequences(when))
    rating.rate(would, criteria)
    return would


def _line(risk: Risk, when: str) -> dict[str, Any]:
    rated = methodology.Rated(
        getattr(risk, f"{when}_likelihood"), getattr(risk, f"{when}_consequence"), getattr(risk, f"{when}_level")
    )
    return {
        "when": when,
        "level": rated.level,
        "rate": rated.text,
        "date": risk.target_date if when == "target" else None,
    }


def _floor_words(method: Any, risk: Risk) -> list[str]:
    """Return why today's level is not lower than it is, where a floor holds."""
    return [
        _("Severe for %(who)s: never below %(level)s.")
        % {
            "who": inside(methodology.dimension_name(method, dimension)),
            "level": methodology.level_name(method, level),
        }
        for dimension, level in methodology.floors_that_count(method, risk.consequences("today"))
    ]
