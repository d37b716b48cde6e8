"""Two assessments of a risk side by side, field by field: what was rated otherwise, by whom, and why (8.2)."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from controls.models import Control
from core import when
from risks import methodology
from risks.models import Assessment, Risk
from risks.views.base import WHENS, RoomView

Line = tuple[str, str]


class CompareAssessments(RoomView):
    """Any two assessments of a risk; without a choice the last two."""

    template = "risks/compare.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what differs, and what did not change."""
        risk = self.risk()
        rows = Assessment.objects.of(self.scope).filter(risk=risk).select_related("assessed_by", "methodology")
        known = {str(one.number): one for one in rows.order_by("number")}
        if not known:
            raise Http404
        numbers = list(known)
        before = self._chosen("from", known, numbers[-2] if len(numbers) > 1 else numbers[-1])
        after = self._chosen("to", known, numbers[-1])
        old, new = dict(told(before)), dict(told(after))
        labels = [*new, *(label for label in old if label not in new)]
        changed = [(one, old.get(one, ""), new.get(one, "")) for one in labels if old.get(one, "") != new.get(one, "")]
        same = [(one, new[one]) for one in labels if old.get(one) == new.get(one) and new[one]]
        return self.render(
            risk=risk, known=list(known.values()), before=before, after=after, changed=changed, same=same,
            back=self.url("risk", ref=risk.ref), risks=self.url("risks"),
        )  # fmt: skip

    def _chosen(self, name: str, known: dict[str, Assessment], otherwise: str) -> Assessment:
        chosen = known.get(self.request.GET.get(name, otherwise))
        if chosen is None:
            raise Http404
        return chosen


def told(one: Assessment) -> Iterator[Line]:
    """Return everything an assessment says as (label, text), in the words of the criteria it was made under."""
    yield from _ratings(one)
    yield _("Why"), one.rationale
    yield _("Confidence"), str(dict(Risk.CONFIDENCE).get(one.confidence, one.confidence))
    yield _("Controls relied on"), "; ".join(_control(control) for control in one.controls)
    yield _("AI systems"), "; ".join(f"{system['ref']} {system['name']}" for system in one.systems)
    yield _("Assessed on"), when.day_text(one.on) if one.on else ""
    yield _("Assessed by"), when.name_of(one.assessed_by)
    yield _("Together with"), one.assessed_with
    yield _("Trigger"), _("Still right") if one.confirmed_only else str(one.get_trigger_display())  # type: ignore[attr-defined]
    yield _("Criteria"), f"v{one.methodology.number}"


def _ratings(one: Assessment) -> Iterator[Line]:
    method = one.methodology.content
    words = {"before": _("Before controls"), "today": _("Today"), "target": _("Target")}
    likelihoods = {step["value"]: methodology.say(step["name"]) for step in method["likelihood"]}
    for moment in WHENS:
        rated = one.ratings.get(moment) or {}
        head, level, likelihood = words[moment], rated.get("level") or "", rated.get("likelihood")
        yield head, methodology.level_name(method, level) if level else ""
        name = _("%(when)s: likelihood") % {"when": head}
        yield name, "" if likelihood is None else f"{likelihood or '?'} {likelihoods.get(likelihood, '')}".strip()
        for code, value in (rated.get("consequences") or {}).items():
            party = methodology.dimension_name(method, code)
            name = _("%(when)s: consequence for %(party)s") % {"when": head, "party": party.lower()}
            yield name, f"{value} {methodology.consequence_name(method, value)}" if value else _("None")


def _control(control: dict[str, Any]) -> str:
    """Return "A.6.2.4 Verification: in place" as it stood then."""
    status = _("Excluded") if control.get("applies") == Control.NO else dict(Control.STATUS).get(control["status"], "")
    return f"{control['code']} {control['title']}: {str(status).lower()}"
