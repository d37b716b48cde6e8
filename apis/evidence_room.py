"""What evidence of services adds elsewhere: its kind, what is observed of controls, panels, places."""

from typing import Any

from django.utils.translation import gettext_lazy

from apis import observing
from apis.evidence_records import NO_DATA, OBSERVED
from apis.evidence_sections import sections
from apis.posture.requirements import annex_of, requirements
from apis.services.proving import KIND
from controls import words
from controls.catalogue import catalogue
from controls.observed import LABELS, Observed, standing
from core import registries
from core.actor import Actor
from core.places import Place
from core.scope import Scope
from evidence import kinds
from evidence.kinds import Kind, Part, Support
from evidence.registers import EvidenceRegister

OVERVIEW = Place("ai", gettext_lazy("Overview"), "api_overview")
REQUIREMENTS = Place("ai", gettext_lazy("Requirements"), "api_requirements")


def parts(content: dict[str, Any]) -> list[Part]:
    """The sections of a version's content; one that is no longer known is left to the download."""
    return [
        Part(one.code, one.title, one.lines(content[one.code]), one.note) for one in sections() if one.code in content
    ]


def supports(content: dict[str, Any]) -> list[Support]:
    """The API requirements that it spoke to, then the controls of Annex A that these support."""
    told = {code: one for code, one in content["requirements"].items() if one["state"] != NO_DATA}
    known = requirements()
    found = [
        Support(code, known[code].title, one["state"], OBSERVED[one["state"]], "api_requirement", "code")
        for code, one in told.items()
        if code in known
    ]
    for control in annex_of(code for code in told if code in known):
        states = [one["state"] for code, one in told.items() if code in known and control in known[code].annex]
        state = min(states)  # "contradicts" comes before "in_line"
        title = words.title_of(control, catalogue().control(control).title.en, own=False)
        found.append(Support(control, title, state, OBSERVED[state], "control", "code"))
    return found


kinds.register(Kind(KIND, gettext_lazy("API of an AI system"), parts, supports))
EvidenceRegister.begins_at("api_bring_in", gettext_lazy("Bring in a file"), "apis.bring_in")


@registries.observed.add("*", "apis.evidence")
def observed_controls(scope: Scope) -> dict[str, Observed]:
    """What the evidence of APIs shows of controls."""
    return observing.observed_controls(scope)


@registries.panels.add("controls.control", "apis.observed")
def observed_of_control(record: Any, scope: Scope, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Declared and observed side by side, with the API requirements and evidence behind it, on a control's page."""
    found = observing.of_control(scope.once("apis.lines", observing.lines), record.code)
    if not found:
        return None
    state = standing(record, observing.observed_controls(scope).get(record.code))
    return "apis/observed.html", {"lines": found, "state": state, "label": LABELS[state], "control": record}
