"""A system as its page shows it: sections of fields with whose they are, the life cycle, panels of other rooms."""

from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from aims import queries
from aims.catalogue import lifecycle
from aims.models import AISystem
from aims.services.fields import names_of
from aims.services.imports import field_label
from aims.workflow import label_of
from core import registries, when
from core.actor import Actor
from core.pages.history import Change
from core.pages.steps import StepButton
from core.records import type_of
from core.scope import Scope
from core.workflow import Offer

SECTIONS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("what", _("What it is"), ("purpose", "intended_use", "misuse", "outputs", "unit", "topic")),
    ("who", _("Who answers, who is affected"), ("owner", "roles", "affected", "autonomy", "oversight")),
    ("made", _("What it is made of"), ("development", "supplier", "model_name", "datasets", "personal_data")),
    ("law", _("Law and surroundings"), ("ai_act_class", "jurisdictions", "environment")),
    ("dates", _("Dates and notes"), ("go_live", "next_review", "retired_on", "notes")),
)


@dataclass(frozen=True)
class Line:
    """One field on the page. ``kind`` is text, person, day or list; ``owner_kind`` source or person."""

    name: str
    label: str
    value: Any
    kind: str = "text"
    owner_kind: str = ""
    owner: str = ""
    since: Any = None


@dataclass(frozen=True)
class Part:
    """A section of the page; fields without a value are named in one line."""

    key: str
    title: Any
    lines: list[Line]
    blank: list[str]


def of(scope: Scope, system: AISystem) -> list[Part]:
    """All sections, with whose each field is."""
    owned = queries.ownership(scope, system)
    parts = []
    for key, title, names in SECTIONS:
        lines = [_line(system, name, owned.get(name)) for name in names]
        filled = [line for line in lines if line.value]
        parts.append(Part(key, title, filled, [line.label for line in lines if not line.value]))
    return parts


def _line(system: AISystem, name: str, owned: tuple[str, str, Any] | None) -> Line:
    kind, value = "text", getattr(system, name)
    if name == "owner":
        kind = "person"
    elif name in ("roles", "ai_act_class"):
        codes = system.roles if name == "roles" else system.ai_act_classes
        kind, value = "list", [names_of(name).get(code, code) for code in codes]
    elif name in ("go_live", "next_review", "retired_on"):
        kind = "day"
    elif name in ("development", "personal_data"):
        value = "" if value == "unknown" else getattr(system, f"get_{name}_display")()
    owner_kind, owner, since = owned or ("", "", None)
    return Line(name, field_label(name), value, kind, owner_kind, owner, since)


def words(system: AISystem, name: str) -> str:
    """A field in words, "" for blank."""
    line = _line(system, name, None)
    if line.kind == "person":
        return when.name_of(line.value) if line.value else ""
    if line.kind == "day":
        return when.day_text(line.value) if line.value else ""
    return "; ".join(map(str, line.value)) if line.kind == "list" else str(line.value)


def stages(system: AISystem) -> list[tuple[Any, str]]:
    """(stage, where it is): "past", "now" or "" along the life cycle."""
    found = [stage for stage in lifecycle().stages if stage.code not in ("CV", "REV") or stage.code == system.stage]
    if system.stage != "RET":
        found = [stage for stage in found if not stage.final]
    codes = [stage.code for stage in found]
    here = codes.index(system.stage)
    return [(stage, "now" if at == here else "past" if at < here else "") for at, stage in enumerate(found)]


def without_first_values(history: list[Change], system: AISystem) -> list[Change]:
    """The history without repeating what the system came in with, which the page shows anyway."""
    if history and len(history) == system.version:
        history[-1] = replace(history[-1], rows=())
    return history


def button(offer: Offer, system: AISystem, url: str) -> StepButton:
    """A step as a button, named as it is from here."""
    return StepButton(
        name=offer.step.name, label=label_of(offer.step, system), url=url,
        primary=offer.step.name == "take_in", obstacles=tuple(offer.obstacles),
    )  # fmt: skip


def gate_name(code: str) -> Any:
    """The name of a gate; blank for none."""
    return next((gate.name for gate in lifecycle().gates if gate.code == code), "")


def criteria(system: AISystem) -> tuple[str, ...]:
    """What should hold before the present stage is left: our suggestion."""
    return lifecycle().stage(system.stage).criteria


def panels(record: Any, scope: Scope, actor: Actor, request: HttpRequest) -> list[str]:
    """What other rooms show about a record of this room, drawn."""
    drawn = []
    for _name, panel in registries.panels.get(type_of(record)):
        shown = panel(record, scope, actor)
        if shown is not None:
            template, context = shown
            drawn.append(render_to_string(template, {"scope": scope, "actor": actor, **context}, request))
    return drawn


def at_fields(error: ValidationError) -> ValidationError:
    """An error of a step's inputs ("inputs/date") at the fields of its form."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({name.removeprefix("inputs/"): found for name, found in error.error_dict.items()})
