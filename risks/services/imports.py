"""What can be imported into the register of risks (core.imports): texts, links, ratings; never levels or acceptances.

A row is an edit of the risk whose reference it names, or of the one risk with its title, by the rules of the register.
"""

import datetime
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.catalogue import lifecycle
from aims.models import AISystem
from controls.models import Control
from core.catalogue.reading import Text
from core.change import Change
from core.imports import CHOICE, DATE, LINE, PERSON, TEXT, Delivery, Importable, ImportField, Prepared, importable
from core.imports.described import in_languages
from core.imports.edits import Rules, plan_edits
from core.imports.named import Named, same_names
from core.imports.people import Members, member_names, member_spellings
from core.planner.transforms import folded
from core.sync import FieldText, Shape
from risks.models import DIMENSIONS, Acceptance, Methodology, Risk
from risks.services.register import settled, write

JOB, UNDO = "risks.import", "risks.undo-import"
ALL = "*"
"""Stands for the whole management system among the systems of a risk."""
ALL_NAMES = gettext_lazy("All systems")
WHENS = ("before", "today")
PARTS = {f"{when}_{one}": (when, one) for when in WHENS for one in DIMENSIONS}
LIKELIHOODS = tuple(f"{when}_likelihood" for when in WHENS)
RATINGS = frozenset({*PARTS, *LIKELIHOODS})
LONGEST = 4000
_WORDS: dict[str, tuple[str, ...]] = {
    "title": ("Risk", "Title", "Risk title", "Risk name", "Risiko", "Titel", "Bezeichnung", "Risikobezeichnung"),
    "cause": ("Cause", "Root cause", "Ursache", "Risikoursache"),
    "event": ("Event", "Risk event", "Risk description", "Description", "Ereignis", "Beschreibung", "Szenario"),
    "consequence": ("Effect", "Impact description", "Consequences", "Auswirkung", "Auswirkungen", "Schaden"),
    "kind": ("Kind", "Type", "Risk type", "Art", "Typ"),
    "systems": ("AI system", "System", "Systems", "Asset", "KI-System", "Systeme"),
    "owner": ("Risk owner", "Responsible", "Risikoeigner", "Verantwortlich", "Zuständig"),
    "stage": ("Life-cycle stage", "Phase", "Lebenszyklusphase"),
    "objective": ("Objective", "Goal at stake", "Berührtes Ziel"),
    "source": ("Source of risk", "Risikoquelle"),
    "affected": ("Affected", "Stakeholders", "Betroffene"),
    "before_likelihood": (
        "Likelihood", "Probability", "Inherent likelihood", "Wahrscheinlichkeit", "Eintrittswahrscheinlichkeit",
    ),
    "today_likelihood": ("Residual likelihood", "Current likelihood", "Restwahrscheinlichkeit"),
    "before_organisation": ("Impact", "Severity", "Inherent impact", "Schadensausmaß", "Schadenshöhe"),
    "today_organisation": ("Residual impact", "Current impact"),
    "rationale": ("Rationale", "Justification", "Begründung"),
    "controls": ("Controls", "Existing controls", "Maßnahmen", "Vorhandene Maßnahmen"),
    "option": ("Treatment", "Treatment option", "Response", "Behandlung", "Behandlungsoption"),
    "option_reason": ("Treatment reason", "Begründung der Behandlung"),
    "target_date": ("Due date", "Zieldatum"),
    "next_review": ("Review", "Review date", "Next review date", "Prüfdatum", "Wiedervorlage"),
    "note": ("Notes", "Comment", "Comments", "Bemerkung", "Bemerkungen", "Kommentar"),
}  # fmt: skip
_SPELLINGS: dict[str, Mapping[str, tuple[str, ...]]] = {
    "kind": {"threat": ("risk", "negative", "Bedrohung"), "opportunity": ("positive", "Chance")},
    "option": {
        "change_likelihood": ("mitigate", "reduce", "treat", "mindern", "vermindern"), "avoid": ("terminate",),
        "share": ("transfer", "insure", "übertragen"), "retain": ("accept", "tolerate", "akzeptieren"),
    },
    "confidence": {"low": ("niedrig",), "medium": ("mittel",), "high": ("hoch",)},
}  # fmt: skip
TEXTS = (
    "title",
    "cause",
    "event",
    "consequence",
    "kind",
    "systems",
    "owner",
    "stage",
    "objective",
    "source",
    "affected",
)
REST = ("rationale", "confidence", "controls", "option", "option_reason", "target_date", "next_review", "note")
NAMES = (*TEXTS, *LIKELIHOODS[:1], *list(PARTS)[:5], *LIKELIHOODS[1:], *list(PARTS)[5:], *REST)


# Values as text -------------------------------------------------------------------------------------------------------


def _steps(management_system_id: uuid.UUID, scale: str) -> dict[str, Any]:
    """Value to name of the steps of a scale of the criteria in force; none before there are criteria."""
    found = Methodology.objects.filter(management_system_id=management_system_id).in_force()
    steps = found.content[scale] if found else []
    return {str(one["value"]): Text(one["name"].get("en", ""), one["name"].get("de", "")) for one in steps}


def _choices(name: str, management_system_id: uuid.UUID) -> Mapping[str, Any]:
    """Code to label of a field whose values are ours."""
    if name in LIKELIHOODS:
        return _steps(management_system_id, "likelihood")
    if name in PARTS:
        return {"0": gettext_lazy("none"), **_steps(management_system_id, "consequence")}
    if name in ("objective", "source"):
        return {one.code: one.name for one in getattr(lifecycle(), f"{name}s")}
    return dict(Risk._meta.get_field(name).choices)  # type: ignore[union-attr, arg-type]


def _systems(management_system_id: uuid.UUID) -> FieldText:
    known = Named(AISystem, "ref", "name", management_system_id, _("There is no one AI system “%(name)s”."))
    everything = {ALL, *map(folded, in_languages(ALL_NAMES))}

    def read(text: str) -> Any:
        return ALL if folded(text) in everything else known.read(text)

    return FieldText(lambda value: ALL if value == ALL else known.write(value), read)


def _controls(management_system_id: uuid.UUID) -> FieldText:
    known = Named(Control, "code", "code", management_system_id, _("There is no control “%(name)s”."))
    return FieldText(known.write, known.read)


def _read_text(longest: int, text: str) -> str:
    if len(text) > longest:
        raise ValueError(_("At most %(most)d characters; there are %(count)d.") % {"most": longest, "count": len(text)})
    return text


def _read_number(text: str) -> int | None:
    return int(text) if text else None


def _field_text(name: str, management_system_id: uuid.UUID) -> FieldText:
    one = FIELDS[name]
    if name == "systems":
        return _systems(management_system_id)
    if name == "controls":
        return _controls(management_system_id)
    if one.kind == PERSON:
        return FieldText(lambda value: str(value or ""), Members(management_system_id).read)
    if one.kind == DATE:
        return FieldText(lambda day: day.isoformat() if day else "", _read_day)
    if one.kind == CHOICE:
        return FieldText(lambda value: "" if value is None else str(value), _read_number if name in RATINGS else str)
    longest = getattr(Risk._meta.get_field(name), "max_length", None) or LONGEST
    return FieldText(str, partial(_read_text, longest))


def _read_day(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


# Reading and writing risks --------------------------------------------------------------------------------------------


def _value_of(risk: Risk, name: str) -> Any:
    if name == "systems":
        return ALL if risk.whole_system else [one.pk for one in risk.systems.all()]
    if name == "controls":
        return [one.pk for one in risk.controls.all()]
    if name == "owner":
        return risk.owner_id
    if name in PARTS:
        when, dimension = PARTS[name]
        return risk.consequences(when).get(dimension)
    return getattr(risk, name)


def _values_of(texts: Mapping[str, FieldText], risk: Risk) -> dict[str, str]:
    return {name: text.write(_value_of(risk, name)) for name, text in texts.items()}


def _fields(texts: Mapping[str, FieldText], risk: Risk, values: Mapping[str, str]) -> dict[str, Any]:
    """Texts of a row as fields of the risk's services."""
    given: dict[str, Any] = {}
    for name, text in values.items():
        value = texts[name].read(text)
        if name == "systems":
            given |= {"whole_system": value == ALL, "systems": [] if value == ALL else value}
        elif name in PARTS:
            when, dimension = PARTS[name]
            both = given.setdefault(f"{when}_consequences", dict(risk.consequences(when)))
            both[dimension] = value
        elif name != "kind" or value:
            given[name] = value
    return given


def _write(texts: Mapping[str, FieldText], unit: Change, record: Risk | None, values: Mapping[str, str]) -> Risk:
    risk = record or Risk()
    return write(unit, risk, _fields(texts, risk, values))


def _column(name: str) -> str:
    return f"{PARTS[name][0]}_consequences" if name in PARTS else name


def _refuse(accepted: set[Any], risk: Risk, names: Iterable[str]) -> Mapping[str, str]:
    held = settled(risk.state, [_column(name) for name in names], accepted=risk.pk in accepted)
    return {name: held[_column(name)] for name in names if _column(name) in held}


def _says_same(risk: Risk, name: str, text: str) -> bool:
    """Whether a cell lists the names of the risk's systems, as an export does also where several bear one name."""
    return same_names(text, [one.name for one in risk.systems.all()])


def _prepare(given: Delivery) -> Prepared:
    tenant: uuid.UUID = given.actor.management_system_id  # type: ignore[assignment]
    texts = {name: _field_text(name, tenant) for name in NAMES}
    accepted = set(
        Acceptance.objects.filter(management_system_id=tenant, state=Acceptance.ACCEPTED).values_list("risk", flat=True)
    )
    accepted |= set(Risk.objects.filter(management_system_id=tenant, state=Risk.ACCEPTED).values_list("pk", flat=True))
    rules = Rules(
        Shape(Risk, "risks.import", texts), partial(_values_of, texts), "risks.change",
        partial(_refuse, accepted), partial(_write, texts), stays=RATINGS,
        listed=frozenset({"systems"}), says_same=_says_same,
    )  # fmt: skip
    rows = Risk.objects.filter(management_system_id=tenant).prefetch_related("systems", "controls")
    return plan_edits(given, rules, rows.iterator(2000))


# Fields ---------------------------------------------------------------------------------------------------------------

_LABELS: dict[str, Any] = {
    "title": gettext_lazy("Risk title"),
    "before_likelihood": gettext_lazy("Likelihood before controls"),
    "today_likelihood": gettext_lazy("Likelihood today"),
    "before_organisation": gettext_lazy("Consequence for the organisation before controls"),
    "before_individuals": gettext_lazy("Consequence for individuals before controls"),
    "before_groups": gettext_lazy("Consequence for groups before controls"),
    "before_society": gettext_lazy("Consequence for society before controls"),
    "before_environment": gettext_lazy("Consequence for the environment before controls"),
    "today_organisation": gettext_lazy("Consequence for the organisation today"),
    "today_individuals": gettext_lazy("Consequence for individuals today"),
    "today_groups": gettext_lazy("Consequence for groups today"),
    "today_society": gettext_lazy("Consequence for society today"),
    "today_environment": gettext_lazy("Consequence for the environment today"),
}
_KINDS = {
    "owner": PERSON, "target_date": DATE, "next_review": DATE,
    **dict.fromkeys(("title", "systems", "controls"), LINE),
    **dict.fromkeys((*RATINGS, "kind", "stage", "objective", "source", "confidence", "option"), CHOICE),
}  # fmt: skip


def _field(name: str) -> ImportField:
    kind = _KINDS.get(name, TEXT)
    values: Callable[[uuid.UUID], Mapping[str, Any]] | None = None
    if kind == CHOICE:
        values = partial(_choices, name)
    return ImportField(
        name, _LABELS.get(name) or Risk._meta.get_field(name).verbose_name, kind,  # type: ignore[union-attr]
        required=name == "title", words=_WORDS.get(name, ()),
        values=member_names if kind == PERSON else values, spellings=_SPELLINGS.get(name, {}),
        reads=member_spellings if kind == PERSON else None,
    )  # fmt: skip


FIELDS: Mapping[str, ImportField] = {name: _field(name) for name in NAMES}


def _next_steps(result: Mapping[str, Any]) -> list[tuple[Any, str]]:
    return [(_("Assess the new risks"), "risks")] if result.get("create") else []


RISKS = importable(
    Importable(
        key="risks", title=gettext_lazy("Risks"), permission="risks.register", job=JOB, undo_job=UNDO, model=Risk,
        fields=tuple(FIELDS.values()), identity=("title",), find_by=("title",), prepare=_prepare,
        next_steps=_next_steps,
    )
)  # fmt: skip

__all__ = ["FIELDS", "JOB", "RISKS", "UNDO"]
