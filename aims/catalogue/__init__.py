"""Life cycle, roles, Annex C objectives and risk sources, EU AI Act classes as data (lifecycle.yaml)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.catalogue.reading import CatalogueError, Node, Text, known, read, unique


@dataclass(frozen=True, slots=True)
class Named:
    """A code with its name, and a line of explanation where there is one."""

    code: str
    name: Text
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A life-cycle stage (names of ISO/IEC 22989)."""

    code: str
    name: Text
    description: Text
    running: bool
    final: bool
    controls: tuple[str, ...]
    clauses: tuple[str, ...]
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """A step between stages; a gate is passed to leave the first stage. ``back`` starts assessments afresh."""

    code: str
    source: str
    target: str
    gate: str
    name: Text
    outcome: str
    back: bool


@dataclass(frozen=True, slots=True)
class AiActClass:
    """One outcome of the EU AI Act decision; a system can have several. ``applies_from`` is an ISO date or blank."""

    code: str
    name: Text
    articles: tuple[str, ...]
    in_scope: bool
    high_risk: bool
    applies_from: str


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """Everything in lifecycle.yaml."""

    version: str
    stages: tuple[Stage, ...]
    gates: tuple[Named, ...]
    transitions: tuple[Transition, ...]
    roles: tuple[Named, ...]
    objectives: tuple[Named, ...]
    sources: tuple[Named, ...]
    ai_act_classes: tuple[AiActClass, ...]

    def stage(self, code: str) -> Stage:
        """The stage of this code ("OM"). Raises KeyError."""
        return _stages_by_code()[code]

    def steps_from(self, stage: str) -> tuple[Transition, ...]:
        """The steps that leave a stage (or pass a gate inside it)."""
        return tuple(step for step in self.transitions if step.source == stage)


@cache
def lifecycle() -> LifeCycle:
    """The shipped life cycle, read and checked once. Raises CatalogueError."""
    root = read(Path(__file__).parent / "lifecycle.yaml")
    result = LifeCycle(
        version=root.word("version"),
        stages=tuple(_stage(node) for node in root.nodes("stages")),
        gates=tuple(Named(node.word("code"), node.text("name")) for node in root.nodes("gates")),
        transitions=tuple(_transition(node) for node in root.nodes("transitions")),
        roles=tuple(_named(node, "description") for node in root.nodes("roles")),
        objectives=tuple(_named(node, "note") for node in root.nodes("objectives")),
        sources=tuple(_named(node, "prompt") for node in root.nodes("sources")),
        ai_act_classes=tuple(_ai_act_class(node) for node in root.nodes("ai_act_classes")),
    )
    root.done()
    validate(result)
    return result


@cache
def _stages_by_code() -> Mapping[str, Stage]:
    return {stage.code: stage for stage in lifecycle().stages}


def validate(found: LifeCycle) -> None:
    """Refuse unknown or doubled codes, a stage that cannot be reached and a final stage that can be left."""
    stages = [stage.code for stage in found.stages]
    gates = [gate.code for gate in found.gates]
    for where, codes in (
        ("stages", stages),
        ("gates", gates),
        ("roles", [role.code for role in found.roles]),
        ("objectives", [objective.code for objective in found.objectives]),
        ("sources", [source.code for source in found.sources]),
        ("ai_act_classes", [entry.code for entry in found.ai_act_classes]),
        ("transitions", [f"{step.source} {step.code}" for step in found.transitions]),
    ):
        unique(where, codes)
    known("transitions.from", (step.source for step in found.transitions), stages)
    known("transitions.to", (step.target for step in found.transitions), stages)
    known("transitions.gate", (step.gate for step in found.transitions), [*gates, ""])
    reached = {found.stages[0].code} | {step.target for step in found.transitions}
    if reached != set(stages):
        raise CatalogueError(f"no step leads to {', '.join(sorted(set(stages) - reached))}")
    final = {stage.code for stage in found.stages if stage.final}
    if any(step.source in final for step in found.transitions):
        raise CatalogueError("a final stage must not be left")


def _named(node: Node, note: str) -> Named:
    return Named(node.word("code"), node.text("name"), node.text(note))


def _stage(node: Node) -> Stage:
    return Stage(
        code=node.word("code"),
        name=node.text("name"),
        description=node.text("description"),
        running=node.take("running", bool),
        final=node.take("final", bool),
        controls=node.words("controls"),
        clauses=node.words("clauses"),
        criteria=node.words("criteria"),
    )


def _transition(node: Node) -> Transition:
    return Transition(
        code=node.word("code"),
        source=node.word("from"),
        target=node.word("to"),
        gate=node.optional("gate") or "",
        name=node.text("name"),
        outcome=node.word("outcome", ""),
        back=node.take("back", bool, default=False),
    )


def _ai_act_class(node: Node) -> AiActClass:
    return AiActClass(
        code=node.word("code"),
        name=node.text("name"),
        articles=node.words("articles"),
        in_scope=node.take("in_scope", bool),
        high_risk=node.take("high_risk", bool),
        applies_from=node.word("applies_from", ""),
    )
