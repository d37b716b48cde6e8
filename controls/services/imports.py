"""What can be imported into the Statement of Applicability (core.imports): decisions by the rules of its rows.

A row is the control whose code it names, or that bears its title; without a code a new title is an own control.
"""

import copy
import datetime
import re
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.models import AISystem
from controls import queries, words
from controls.models import Control
from controls.services.deciding import OWN_AREA, fit, save_row
from core.change import Change
from core.errors import StepRefused
from core.imports import CHOICE, CHOICES, DATE, LINE, PERSON, TEXT, Delivery, Importable, ImportField, importable
from core.imports.described import in_languages
from core.imports.edits import Edits, Rules, plan_edits
from core.imports.named import Named, same_names
from core.imports.people import Members, member_names, member_spellings
from core.imports.setup import BLANKS
from core.planner.transforms import folded, paragraphs
from core.sync import FieldText, Shape

JOB, UNDO = "controls.import", "controls.undo-import"
CODE = re.compile(r"[AO](\.[1-9]\d*)+")
NAMES = (
    "title", "applies", "where", "systems", "drivers", "grounds", "reason", "implementation", "status", "owner",
    "proof", "last_review", "next_review",
)  # fmt: skip
GROUNDS = {"drivers": dict(Control.DRIVERS), "grounds": dict(Control.EXCLUSION_GROUNDS)}
"""Fields that are one column of a control: why it applies, why it does not."""
VALUES: dict[str, dict[str, Any]] = {
    "applies": dict(Control.APPLIES), "where": dict(Control.WHERE), "status": dict(Control.STATUS), **GROUNDS,
}  # fmt: skip
STAYS = frozenset({"title", "applies", "where", "status"})
"""A blank cell says nothing of these."""
TEXTS = frozenset({"reason", "implementation", "proof"})
_NOTHING = frozenset({"", *map(folded, BLANKS)})
_KINDS = {
    "owner": PERSON, **dict.fromkeys(("title", "systems"), LINE), **dict.fromkeys(("last_review", "next_review"), DATE),
    **dict.fromkeys(("applies", "where", "status"), CHOICE), **dict.fromkeys(GROUNDS, CHOICES),
}  # fmt: skip
_LABELS: dict[str, Any] = {"grounds": gettext_lazy("Grounds of exclusion")}
_WORDS: dict[str, tuple[str, ...]] = {
    "title": ("Control", "Control title", "Control name", "Maßnahme", "Titel der Maßnahme", "Bezeichnung"),
    "applies": (
        "Applicable", "Applicability", "Included", "Decision", "Anwendbar", "Anwendbarkeit", "Gilt", "Entscheidung",
    ),
    "where": ("Scope", "Applies where", "Geltungsbereich"),
    "systems": ("AI systems", "AI system", "System", "KI-Systeme", "KI-System", "Systeme"),
    "drivers": ("Driver", "Drivers", "Source of requirement", "Selected because of", "Grund", "Auslöser"),
    "grounds": ("Exclusion", "Grounds for exclusion", "Reason for exclusion", "Ausschlussgrund", "Ausschlussgründe"),
    "reason": ("Justification", "Rationale", "Reason for inclusion", "Begründung", "Rechtfertigung"),
    "implementation": (
        "Implementation", "Description of implementation", "How implemented", "Umsetzung", "Umsetzungsbeschreibung",
    ),
    "status": ("Implementation status", "State", "Umsetzungsstatus", "Umsetzungsstand", "Stand"),
    "owner": ("Control owner", "Responsible", "Verantwortlich", "Zuständig", "Maßnahmenverantwortlich"),
    "proof": ("Evidence", "Reference document", "Documents", "Nachweis", "Nachweise", "Dokumente"),
    "last_review": ("Last reviewed", "Reviewed on", "Zuletzt geprüft"),
    "next_review": ("Review", "Review date", "Next review date", "Prüfdatum", "Wiedervorlage"),
}  # fmt: skip
_SPELLINGS: dict[str, Mapping[str, tuple[str, ...]]] = {
    "applies": {
        "yes": ("applicable", "applies", "included", "y", "x", "true", "ja", "anwendbar", "gilt"),
        "no": ("not applicable", "does not apply", "excluded", "n", "false", "nein", "nicht anwendbar", "gilt nicht"),
        "undecided": ("undecided", "open", "tbd", "offen"),
    },
    "where": {
        "all": ("all", "all systems", "alle", "alle Systeme"), "only": ("only", "only these", "nur", "nur diese"),
        "except": ("except", "all except", "außer", "alle außer"),
    },
    "status": {
        "not_started": ("not implemented", "open", "nicht umgesetzt", "offen"), "planned": ("in planning", "geplant"),
        "partly": ("partial", "partially implemented", "in progress", "teilweise umgesetzt", "in Umsetzung"),
        "in_place": ("implemented", "fully implemented", "done", "complete", "umgesetzt", "vollständig umgesetzt"),
    },
    "drivers": {
        "risk": ("risk assessment", "risk treatment", "Risiko"), "law": ("legal", "regulatory", "Gesetz", "Recht"),
        "contract": ("contractual", "customer", "Vertrag"), "impact": ("impact assessment", "Folgenabschätzung"),
        "business": ("business requirement", "best practice", "Geschäft"),
    },
    "grounds": {"not_needed": ("not needed", "no risk"), "not_required": ("not required", "no requirement")},
}  # fmt: skip


# Values as text -------------------------------------------------------------------------------------------------------


def _value_of(control: Control, name: str) -> Any:
    if name in GROUNDS:
        return [code for code in GROUNDS[name] if code in control.drivers]
    if name == "systems":
        return [] if control.where == Control.ALL else [one.pk for one in control.systems.all()]
    if name == "title":
        return words.title_of(control.code, control.title, control.own)
    return control.owner_id if name == "owner" else getattr(control, name)


def _values_of(texts: Mapping[str, FieldText], control: Control) -> dict[str, str]:
    return {name: text.write(_value_of(control, name)) for name, text in texts.items()}


def _field_text(name: str, management_system_id: uuid.UUID) -> FieldText:
    if name == "systems":
        known = Named(AISystem, "ref", "name", management_system_id, _("There is no one AI system “%(name)s”."))
        return FieldText(known.write, known.read)
    if name == "owner":
        return FieldText(lambda value: str(value or ""), Members(management_system_id).read)
    if _KINDS.get(name) == DATE:
        return FieldText(lambda day: day.isoformat() if day else "", _read_day)
    if name in GROUNDS:
        return FieldText("; ".join, partial(_read_codes, name))
    if name in VALUES:
        return FieldText(str, lambda text: "".join(_read_codes(name, text)))
    longest: int = getattr(Control._meta.get_field(name), "max_length", 0)
    return FieldText(paragraphs, partial(_read_text, longest))


def _read_text(longest: int, text: str) -> str:
    if len(text) > longest:
        raise ValueError(_("At most %(most)d characters; there are %(count)d.") % {"most": longest, "count": len(text)})
    return text


def _read_codes(name: str, text: str) -> list[str]:
    given = [part.strip() for part in text.split(";") if part.strip()]
    if strange := next((code for code in given if code not in VALUES[name]), ""):
        raise ValueError(_("“%s” is not in the list of values.") % strange[:60])
    return [code for code in VALUES[name] if code in given]


def _read_day(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


def _titles(control: Control) -> list[str]:
    """What a control is called: those of Annex A in every language."""
    entry = queries.catalogue_entry(control.code)
    return [control.title] if control.own or entry is None else [control.title, *in_languages(entry.title)]


def _says_same(control: Control, name: str, text: str) -> bool:
    """Whether a cell repeats what a control says in other words: titles, systems of one name, texts like "n/a"."""
    if name == "title":
        return folded(text) in set(map(folded, _titles(control)))
    if name == "systems":
        return control.where != Control.ALL and same_names(text, [one.name for one in control.systems.all()])
    return not text and folded(getattr(control, name)) in _NOTHING


# Rows as decisions ----------------------------------------------------------------------------------------------------


def _decision(texts: Mapping[str, FieldText], control: Control, values: Mapping[str, str]) -> dict[str, Any]:
    """What a row says as the services take it: an excluded control has grounds of exclusion, others have drivers.

    Raises ValidationError for systems of a control that applies to all.
    """
    given = {name: texts[name].read(text) for name, text in values.items() if text or name not in STAYS}
    drivers, grounds = given.pop("drivers", None), given.pop("grounds", None)
    if drivers is not None or grounds is not None:
        excluded = given.get("applies", control.applies) == Control.NO
        fitting, other, name = (grounds, drivers, "grounds") if excluded else (drivers, grounds, "drivers")
        given["drivers"] = [*(_value_of(control, name) if fitting is None else fitting), *(other or ())]
    if given.get("systems") and given.get("where", control.where) == Control.ALL:
        raise ValidationError({"where": _("Say whether it applies only to these systems or to all except them.")})
    return given


class _Tried:
    """Says what stands in the way of a row, before anything is written."""

    def __init__(self, texts: Mapping[str, FieldText], management_system_id: uuid.UUID) -> None:
        self.texts, self.answerable = texts, member_names(management_system_id)
        self.stands = queries.stands_still(management_system_id)

    def change(self, control: Control, changes: Mapping[str, tuple[str, str]]) -> dict[str, str]:
        """Field to reason for what the control cannot become."""
        return self._tried(copy.copy(control), {name: new for name, (_old, new) in changes.items()})

    def new(self, values: Mapping[str, str]) -> dict[str, str]:
        """Field to reason for what no own control can be."""
        return self._tried(Control(own=True, area=OWN_AREA), values)

    def _tried(self, control: Control, values: Mapping[str, str]) -> dict[str, str]:
        if self.stands:
            return {"": self.stands}
        if values.get("owner", "") not in {"", *self.answerable}:
            return {"owner": _("Choose somebody who may answer for it.")}
        try:
            fit(control, _decision(self.texts, control, values))
        except ValidationError as error:
            found = {name: " ".join(says) for name, says in error.message_dict.items()}
            if "drivers" in found and "drivers" not in values:
                found["grounds"] = found.pop("drivers")
            return found
        return {}


def _write(texts: Mapping[str, FieldText], unit: Change, record: Control | None, values: Mapping[str, str]) -> Control:
    try:
        return save_row(unit, record, _decision(texts, record or Control(), values))
    except StepRefused as refusal:
        raise ValidationError([str(one.reason) for one in refusal.obstacles]) from refusal


def _prepare(given: Delivery) -> Edits:
    tenant: uuid.UUID = given.actor.management_system_id  # type: ignore[assignment]
    texts = {name: _field_text(name, tenant) for name in NAMES}
    tried = _Tried(texts, tenant)
    rules = Rules(
        Shape(Control, JOB, texts), partial(_values_of, texts), "controls.decide", tried.change, partial(_write, texts),
        stays=STAYS, listed=frozenset({"title", "systems", *TEXTS}), says_same=_says_same, refuse_new=tried.new,
        also=_titles, coded=True,
    )  # fmt: skip
    rows = Control.objects.filter(management_system_id=tenant).prefetch_related("systems").in_order()
    return plan_edits(given, rules, rows)


# Fields ---------------------------------------------------------------------------------------------------------------


def _values(name: str, _management_system_id: uuid.UUID) -> Mapping[str, Any]:
    return VALUES[name]


def _field(name: str) -> ImportField:
    kind = _KINDS.get(name, TEXT)
    values: Callable[[uuid.UUID], Mapping[str, Any]] | None = partial(_values, name) if name in VALUES else None
    return ImportField(
        name, _LABELS.get(name) or Control._meta.get_field(name).verbose_name, kind,  # type: ignore[union-attr]
        words=_WORDS[name], values=member_names if kind == PERSON else values, spellings=_SPELLINGS.get(name, {}),
        reads=member_spellings if kind == PERSON else None,
    )  # fmt: skip


def _next_steps(result: Mapping[str, Any]) -> list[tuple[Any, str]]:
    wrote = result.get("create") or result.get("change")
    return [(_("Look at the Statement of Applicability"), "soa")] if wrote else []


FIELDS: Mapping[str, ImportField] = {name: _field(name) for name in NAMES}
CONTROLS = importable(
    Importable(
        key="controls", title=gettext_lazy("Controls"), permission="controls.decide", job=JOB, undo_job=UNDO,
        model=Control, fields=tuple(FIELDS.values()), identity=("title",), find_by=("title",), prepare=_prepare,
        reference=CODE, next_steps=_next_steps,
        reference_called=(
            "Code", "Control", "Control ID", "Control no.", "Control number", "ID", "No.", "Nr.", "Nummer", "Maßnahme",
            "Maßnahmen-ID", "Maßnahmennummer",
        ),
    )
)  # fmt: skip


__all__ = ["CONTROLS", "FIELDS", "JOB", "UNDO"]
