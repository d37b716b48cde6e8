"""The acceptance page: what was frozen, where it lies, and the decision."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from aims.models import AISystem
from controls.models import Control
from core import drafts, policy, when, workflow
from core.pages.comments import thread_of
from core.pages.views import FormPage
from risks import methodology, queries, services
from risks.content import authors_of_request, is_as_frozen
from risks.effects import Decision
from risks.forms import AcceptForm, ReasonForm
from risks.models import Acceptance
from risks.views.base import WHENS, RoomView, drawn, found_or_404, history, pins_of, system_links
from risks.views.risk import consequence_words
from risks.workflow import ACCEPTANCE, accepters, criteria_were_approved


class AcceptanceView(RoomView):
    """A page about one acceptance."""

    def acceptance(self) -> Acceptance:
        """Return the acceptance of the address. Raises Http404."""
        rows = Acceptance.objects.of(self.scope).select_related(
            "risk", "risk__owner", "risk__methodology", "asked_by", "decided_by"
        )
        return found_or_404(rows.filter(ref=self.kwargs["ref"]))


class AcceptancePage(AcceptanceView, FormPage):
    """Frozen statement, ratings, controls, open actions; conditions, valid until, reason; Accept or Return."""

    form_class = AcceptForm
    template = "risks/acceptance.html"
    writes = False

    def record(self) -> Acceptance:
        """Return the acceptance: everybody inside may read it."""
        return self.acceptance()

    @property
    def method(self) -> dict[str, Any]:
        """Return the criteria the risk was assessed with."""
        risk = self.record_or_none().risk
        return (risk.methodology or self.criteria).content

    def form_options(self) -> dict[str, Any]:
        """Say how long at most, and whether conditions are needed."""
        acceptance = self.record_or_none()
        row = methodology.authority(self.method, acceptance.level)
        latest = methodology.latest_until(self.method, acceptance.level, self.scope.today)
        at_most = _("At most %(day)s: %(months)d months for %(level)s") % {
            "day": when.day_text(latest, long=True),
            "months": row["at_most_months"],
            "level": methodology.level_name(self.method, acceptance.level),
        }
        return {
            "version": acceptance.version,
            "needs_conditions": row["conditions_required"],
            "at_most": at_most,
            "initial": {"shown": "" if self.scope.past else ACCEPTANCE.shown_hash(acceptance)},
        }

    def current_values(self, form: Any) -> dict[str, Any]:
        """Nothing typed here is stored elsewhere; what changed is the risk."""
        return {}

    def save(self, form: AcceptForm) -> str:
        """Sign, or return with the question."""
        acceptance, data = self.record_or_none(), form.cleaned_data
        common = {"actor": self.actor, "acceptance": acceptance, "expected_version": form.expected_version}
        if self.request.POST.get("step") == "return":
            if not data["reason"].strip():
                raise ValidationError({"reason": _("Write your question")})
            services.return_with_question(**common, question=data["reason"])
            self.tell(_("Returned with your question."))
            return self.url("risk_acceptance", ref=acceptance.ref)
        inputs = Decision(data["valid_until"], data["reason"], data["conditions"])
        services.accept(**common, inputs=inputs, shown_hash=data["shown"])
        self.tell(_("%(ref)s is accepted.") % {"ref": acceptance.risk.ref})
        return self.url("risk_acceptance", ref=acceptance.ref)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Decide; while the password is asked for again, what was typed is parked and comes back."""
        if request.POST.get("step") == "accept" and not self.actor.recently_authenticated:
            drafts.park(self.draft_place, drafts.typed_in(request.POST), self.record_or_none().version)
            return redirect_to_login(f"{request.path}?draft=1", login_url="account_reauthenticate")
        return super().post(request, *args, **kwargs)

    def page_context(self, form: AcceptForm) -> dict[str, Any]:
        """Return everything frozen, and what this person may do."""
        acceptance = self.record_or_none()
        frozen, method = acceptance.frozen, self.method
        names = queries.names_of(self.scope, [frozen["owner"], *(one["owner"] for one in frozen["actions"])])
        known = {one.ref: one for one in AISystem.objects.of(self.scope).filter(
            ref__in=[one["ref"] for one in frozen["systems"]])}  # fmt: skip
        asked = acceptance.state == Acceptance.ASKED
        as_frozen = is_as_frozen(acceptance) if asked and not self.scope.past else True
        return {
            "acceptance": acceptance,
            "risk": acceptance.risk,
            "frozen": frozen,
            "owner_name": names.get(frozen["owner"] or "", ""),
            "systems": system_links(self, known.values()),
            "levels": _levels(frozen),
            "heat": drawn(method, pins=pins_of({w: _place(frozen, w) for w in ("before", "today", "target")})),
            "dimensions": _dimensions(frozen, method),
            "controls": _controls(frozen),
            "in_place": sum(one["status"] == Control.IN_PLACE for one in frozen["controls"]),
            "actions": [{**one, "name": names.get(one["owner"] or "", ""), "day": _day(one["due"])}
                        for one in frozen["actions"]],
            "level_name": methodology.level_name(method, acceptance.level),
            "fingerprint": _fingerprint(form.get_initial_for_field(form.fields["shown"], "shown")),
            "as_frozen": as_frozen,
            "waiting_days": (self.scope.today - acceptance.asked_at.astimezone(self.scope.zone).date()).days,
            "offers": self._offers(acceptance) if asked and not self.scope.past else {},
            "may_read_only": not policy.could_ever(self.actor, "risks.accept"),
            "signature": queries.acceptance_signature(acceptance, self.scope),
            "changes": history(self, acceptance),
            "thread": thread_of(self, acceptance),
            "has_open": asked,
            "awaits_criteria": criteria_were_approved(acceptance, self.actor) if asked else None,
            "unknown": any(_place(frozen, which)[0] == 0 for which in WHENS),
            "able": self._able(acceptance, frozen=as_frozen) if asked and not self.scope.past else [],
        }  # fmt: skip

    def _able(self, acceptance: Acceptance, *, frozen: bool) -> list[Any]:
        """Who can take the next step: decide, or withdraw the request when the risk changed since."""
        if not frozen:
            return list(policy.who("risks.withdraw", acceptance))
        return accepters(acceptance.risk, acceptance.level, self.scope.moment, authors_of_request(acceptance))

    def _offers(self, acceptance: Acceptance) -> dict[str, Any]:
        found = {offer.step.name: offer for offer in workflow.offers(acceptance, self.actor)}
        if "return" in found:
            found["back"] = found.pop("return")
        return found


class Withdraw(AcceptanceView, FormPage):
    """Take a request back."""

    form_class = ReasonForm
    autosave = False

    def record(self) -> Acceptance:
        """Return the request; only those who may withdraw it get the form."""
        acceptance = self.acceptance()
        policy.require(self.actor, "risks.withdraw", acceptance)
        return acceptance

    def form_options(self) -> dict[str, Any]:
        """Carry the version."""
        return {"version": self.record_or_none().version}

    def page_context(self, form: ReasonForm) -> dict[str, Any]:
        """Return the words."""
        acceptance = self.record_or_none()
        title = _("Withdraw the request to accept %(ref)s") % {"ref": acceptance.risk.ref}
        return {"title": title, "button": _("Withdraw"), "back": self.url("risk_acceptance", ref=acceptance.ref)}

    def save(self, form: ReasonForm) -> str:
        """Withdraw."""
        acceptance = self.record_or_none()
        services.withdraw_request(
            actor=self.actor, acceptance=acceptance, reason=form.cleaned_data["reason"],
            expected_version=form.expected_version,
        )  # fmt: skip
        return self.url("risk", ref=acceptance.risk.ref)


def _levels(frozen: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for which in ("before", "today", "target"):
        one = frozen["ratings"][which]
        rated = methodology.Rated(one["likelihood"], one["consequence"], one["level"])
        day = _day(frozen["target_date"]) if which == "target" else None
        found.append({"when": which, "level": rated.level, "rate": rated.text, "date": day})
    return found


def _place(frozen: dict[str, Any], which: str) -> tuple[int | None, int | None]:
    one = frozen["ratings"][which]
    return one["likelihood"], one["consequence"]


def _dimensions(frozen: dict[str, Any], method: Any) -> list[tuple[str, str]]:
    rated = frozen["ratings"]["today"]["consequences"]
    return [
        (methodology.say(one["name"]), consequence_words(method, rated.get(one["code"])))
        for one in method["dimensions"]
    ]


def _controls(frozen: dict[str, Any]) -> list[dict[str, Any]]:
    words = dict(Control.STATUS)
    codes = {"partly": "partly_in_place"}
    return [
        {**one, "words": words.get(one["status"], one["status"]), "glyph": codes.get(one["status"], one["status"])}
        for one in frozen["controls"]
    ]


def _day(text: str | None) -> Any:
    return when.parse_day(text) if text else None


def _fingerprint(value: str) -> str:
    return f"{value[:4]} {value[4:8]} … {value[-4:]}" if value else ""
