"""States change by steps only. A step knows permission, source states, inputs, needs and effect.

Buttons, API verbs and the diagrams in the docs are read from the same table.
"""

import dataclasses
import datetime
import types
import typing
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from core import approvals, policy
from core.actor import PERSON, Actor
from core.change import Change, change
from core.errors import ContentChanged, NotFound, ReauthenticationNeeded, Refusal, StepRefused
from core.records import type_of


@dataclass(frozen=True)
class Obstacle:
    """Why a step cannot be taken now, and what would help: a code, a sentence, a link, people who could."""

    code: str
    reason: Any
    remedy: str = ""
    who: tuple[Any, ...] = ()


@dataclass
class Taking:
    """What an effect gets: the unit of work, the record under lock, who, with which inputs."""

    change: Change
    record: Any
    actor: Actor
    inputs: Any
    reason: str
    step: "Step"
    approval: Any = None


Need = Callable[[Any, Actor], "Obstacle | None"]


@dataclass(frozen=True)
class Step:
    """One transition. ``target`` None keeps the state; ``signs`` makes it an approval by a person, bound to a hash."""

    name: str
    sources: tuple[str, ...]
    target: str | None
    permission: str
    label: Any = ""
    inputs: type | None = None
    needs: tuple[Need, ...] = ()
    effect: Callable[[Taking], None] | None = None
    signs: bool = False
    meaning: str = ""
    reason_required: bool = False
    """Where a reason must be given: return, withdraw, waive."""
    field: str = ""
    """The state column this step moves, where a record has two (scope and life-cycle stage); empty: the workflow's."""


@dataclass(frozen=True)
class Workflow:
    """The states of a record and the steps between them."""

    model: type[models.Model]
    states: dict[str, Any]
    steps: tuple[Step, ...]
    content: Callable[[Any], Any] | None = None
    """What is approved, as canonical values; needed when a step signs."""
    authors: Callable[[Any], set[uuid.UUID]] | None = None
    """Who wrote the content since its last approval; they may not approve it."""
    field: str = "state"

    def step(self, name: str) -> Step:
        """The step of this name; raises NotFound."""
        for step in self.steps:
            if step.name == name:
                return step
        raise NotFound

    def state_of(self, record: Any, step: Step) -> str:
        """The state that matters to a step."""
        return getattr(record, step.field or self.field)

    def shown_hash(self, record: Any) -> str:
        """Hash of the content as it is now; a page that asks for a signature carries it."""
        return approvals.content_hash(self.content(record)) if self.content else ""


_workflows: dict[str, Workflow] = {}


def register(workflow: Workflow) -> Workflow:
    """Make a workflow known to the generic doors."""
    _workflows[type_of(workflow.model)] = workflow
    return workflow


def workflow_of(record: models.Model | type[models.Model]) -> Workflow:
    """The workflow of a record or model; raises NotFound when it has none."""
    try:
        return _workflows[type_of(record)]
    except KeyError:
        raise NotFound from None


def workflows() -> dict[str, Workflow]:
    """All workflows by record type."""
    return dict(_workflows)


@dataclass
class Offer:
    """A step as a page or the API shows it: may it be taken now, and if not why and who could."""

    step: Step
    obstacles: list[Obstacle] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether it can be taken now."""
        return not self.obstacles


def offers(record: Any, actor: Actor) -> list[Offer]:
    """Steps from the record's present state: those open, and those closed to this actor only now."""
    flow = workflow_of(record)
    found = []
    for step in flow.steps:
        if flow.state_of(record, step) not in step.sources or not policy.could_ever(actor, step.permission):
            continue
        found.append(Offer(step, obstacles(flow, step, record, actor)))
    return found


def obstacles(flow: Workflow, step: Step, record: Any, actor: Actor) -> list[Obstacle]:
    """Everything that stands in the way, permission first."""
    found = []
    if not policy.allows(actor, step.permission, record):
        people = tuple(policy.who(step.permission, record))
        found.append(Obstacle("not-allowed", _("You may not do this."), who=people))
    state = flow.state_of(record, step)
    if state not in step.sources:
        found.append(Obstacle("wrong-state", _("This is %(state)s now.") % {"state": flow.states.get(state, state)}))
    if step.signs:
        found += _signature_obstacles(flow, step, record, actor)
    found += [obstacle for need in step.needs if (obstacle := need(record, actor)) is not None]
    return found


def _signature_obstacles(flow: Workflow, step: Step, record: Any, actor: Actor) -> list[Obstacle]:
    if actor.kind != PERSON:
        return [Obstacle("no-person", _("Only a person can sign this."))]
    authors = flow.authors(record) if flow.authors else set()
    if actor.person_id in authors:
        others = tuple(p for p in policy.who(step.permission, record) if p.pk not in authors)
        return [Obstacle("own-work", _("You wrote part of this; someone else must decide."), who=others)]
    return []


def take(  # noqa: PLR0913 (everything a step can be told, all by keyword)
    name: str,
    record: Any,
    *,
    actor: Actor,
    inputs: Any = None,
    expected_version: int | None = None,
    shown_hash: str | None = None,
    reason: str = "",
    change_id: str = "",
) -> Any:
    """Take a step and return the record after it; ``change_id`` names it for undo.

    Raises NotFound (another management system, unknown step), Forbidden, Stale, StepRefused with obstacles,
    ContentChanged when a signature's content is not what was shown, ReauthenticationNeeded.
    """
    flow = workflow_of(record)
    step = flow.step(name)
    with change(actor, f"{type_of(record)}.{name}", reason=reason, change_id=change_id) as unit:
        fresh = unit.fetch(type(record), record.pk)
        policy.require(actor, step.permission, fresh)
        unit.require_version(fresh, expected_version)
        _refuse(flow, step, fresh, actor, reason)
        taking = Taking(unit, fresh, actor, inputs, reason, step)
        if step.signs:
            taking.approval = _sign(flow, step, fresh, taking, shown_hash)
        _move(flow, taking)
        unit.save(fresh)
    return fresh


def move(unit: Change, name: str, record: Any, *, reason: str = "") -> None:
    """Take a step that nobody signs and that asks for nothing, inside an open unit of work, which saves the record.

    For many records at once. Raises Forbidden, StepRefused; Refusal for steps that belong to ``take``.
    """
    flow = workflow_of(record)
    step = flow.step(name)
    if step.signs or step.inputs is not None:
        raise Refusal(f"{name} is not taken for many at once")
    policy.require(unit.actor, step.permission, record)
    _refuse(flow, step, record, unit.actor, reason)
    _move(flow, Taking(unit, record, unit.actor, None, reason, step))


def _move(flow: Workflow, taking: Taking) -> None:
    """Set the state the step leads to, and what else it does."""
    step = taking.step
    if step.target is not None:
        setattr(taking.record, step.field or flow.field, step.target)
    if step.effect is not None:
        step.effect(taking)


def _refuse(flow: Workflow, step: Step, record: Any, actor: Actor, reason: str) -> None:
    found = obstacles(flow, step, record, actor)
    if step.reason_required and not reason.strip():
        found.append(Obstacle("reason-missing", _("Say why.")))
    if found:
        raise StepRefused(step.name, found)
    if step.signs and not actor.recently_authenticated:
        raise ReauthenticationNeeded


def _sign(flow: Workflow, step: Step, record: Any, taking: Taking, shown_hash: str | None) -> Any:
    if flow.content is None:
        raise Refusal(f"{flow.model.__name__} has no content to sign")
    content = flow.content(record)
    if shown_hash is None or approvals.content_hash(content) != shown_hash:
        raise ContentChanged(record)
    authors: Iterable[uuid.UUID] = flow.authors(record) if flow.authors else ()
    signed = approvals.sign(taking.change, record, step.meaning or step.name, content, sorted(map(str, authors)))
    transaction.on_commit(partial(approvals.seal, signed))
    return signed


def inputs_from(step: Step, given: dict[str, Any]) -> Any:
    """Build the step's inputs from plain JSON values; raises ValidationError naming the field under /inputs."""
    if step.inputs is None:
        return None
    hints = typing.get_type_hints(step.inputs)
    required = {
        f.name for f in dataclasses.fields(step.inputs) if f.default is f.default_factory is dataclasses.MISSING
    }
    problems = {f"inputs/{name}": [_("There is no such input.")] for name in set(given) - set(hints)}
    problems |= {f"inputs/{name}": [_("This input is needed.")] for name in required - set(given)}
    values = {}
    for name, value in given.items():
        if name not in hints:
            continue
        try:
            values[name] = _read(hints[name], value)
        except (ValueError, TypeError):
            problems[f"inputs/{name}"] = [_("This value does not fit.")]
    if problems:
        raise ValidationError(problems)
    return step.inputs(**values)


def _read(hint: Any, value: Any) -> Any:
    """One JSON value as the annotated type; raises ValueError or TypeError."""
    options = (
        typing.get_args(hint)
        if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
        else (hint,)
    )
    if value is None:
        if type(None) in options:
            return None
        raise ValueError
    wanted = next(option for option in options if option is not type(None))
    readers: dict[Any, Callable[[Any], Any]] = {
        datetime.date: datetime.date.fromisoformat,
        datetime.datetime: datetime.datetime.fromisoformat,
        uuid.UUID: uuid.UUID,
    }
    if wanted in readers:
        return readers[wanted](value)
    if typing.get_origin(wanted) in (list, tuple):
        inner = typing.get_args(wanted)[0]
        if not isinstance(value, list):
            raise TypeError
        return typing.get_origin(wanted)(_read(inner, item) for item in value)
    if typing.get_origin(wanted) is dict:
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise TypeError
        return value
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise TypeError
    return value


def inputs_schema(step: Step) -> dict[str, Any] | None:
    """What a step takes beside its reason, as JSON Schema; None for a step that takes nothing."""
    if step.inputs is None:
        return None
    hints, fields = typing.get_type_hints(step.inputs), dataclasses.fields(step.inputs)
    needed = sorted(f.name for f in fields if f.default is f.default_factory is dataclasses.MISSING)
    properties = {f.name: _schema_of(hints[f.name]) for f in fields}
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _schema_of(hint: Any) -> dict[str, Any]:
    """The JSON Schema of an annotated type, as ``_read`` reads it."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        options = [_schema_of(one) for one in typing.get_args(hint) if one is not type(None)]
        return {"anyOf": [*options, {"type": "null"}]} if type(None) in typing.get_args(hint) else {"anyOf": options}
    if typing.get_origin(hint) in (list, tuple):
        return {"type": "array", "items": _schema_of(typing.get_args(hint)[0])}
    if typing.get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    known: dict[Any, dict[str, Any]] = {
        datetime.date: {"type": "string", "format": "date"},
        datetime.datetime: {"type": "string", "format": "date-time"},
        uuid.UUID: {"type": "string", "format": "uuid"},
        str: {"type": "string"}, int: {"type": "integer"}, bool: {"type": "boolean"},
    }  # fmt: skip
    return known[hint]


def diagram(flow: Workflow) -> str:
    """Mermaid source of the states and steps, for the docs."""
    lines = ["stateDiagram-v2"]
    for step in flow.steps:
        targets: Sequence[str] = step.sources if step.target is None else [step.target] * len(step.sources)
        lines += [f"  {source} --> {target}: {step.name}" for source, target in zip(step.sources, targets, strict=True)]
    return "\n".join(lines)
