"""The guards of the product, how to take one away, and notes of which tests stand on which; does nothing unasked.

``AIMS_NOTES=file`` writes down, for every guard, the tests in which it made a difference: `python -m tests.mutation`.
"""

import atexit
import dataclasses
import json
import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import change, policy, records, workflow
from core.actor import Actor
from core.models import ManagementSystem, Membership
from core.models.base import TenantQuerySet
from core.policy import ANYONE_INSIDE, Rule

EVERYBODY = Rule(ANYONE_INSIDE)
ANYTHING = "a scope that every token has"
BY_TOKEN = "@token"


@dataclasses.dataclass(frozen=True)
class Guard:
    """A function of the product that refuses; ``without`` makes of it one that does not."""

    owner: Any
    attribute: str
    without: Callable[[Any], Any]
    between_systems: bool = False
    """Makes a difference only where there is more than one management system."""


def _narrows(attribute: str, everything: Callable[..., Any], model: Any = None) -> Guard:
    """``visible_to`` or ``of``, of one model or of all."""

    def without(original: Any) -> Any:
        return lambda self, *args: everything(self, *args) if model in (None, self.model) else original(self, *args)

    return Guard(ManagementSystem.objects._queryset_class if model is ManagementSystem else TenantQuerySet,
                 attribute, without, between_systems=True)  # fmt: skip


def _fetch_anywhere(original: Any) -> Any:
    def fetch(self: Any, model: Any, pk: Any, version: int | None = None) -> Any:
        found = model._default_manager.filter(pk=pk).first()
        if found is None or version not in (None, found.version):
            return original(self, model, pk, version)
        return found

    return fetch


def _any_version(original: Any) -> Any:
    return lambda *_args: None


def _sign_whatever_was_shown(original: Any) -> Any:
    return lambda flow, step, record, taking, _shown: original(flow, step, record, taking, flow.shown_hash(record))


def _as_if_signed_in_just_now(original: Any) -> Any:
    def refuse(flow: Any, step: Any, record: Any, actor: Actor, reason: str) -> None:
        original(flow, step, record, dataclasses.replace(actor, recently_authenticated=True), reason)

    return refuse


def _every_row(self: Any, _actor: Actor) -> Any:
    return self.all()


def _every_row_there(self: Any, scope: Any) -> Any:
    return self.using(scope.alias)


GUARDS = {
    "visible_to": _narrows("visible_to", _every_row),
    "of": _narrows("of", _every_row_there),
    "tenant-of-record": Guard(change.Change, "fetch", _fetch_anywhere, between_systems=True),
    "tenant-of-links": Guard(
        change.Change, "_require_inside", lambda _original: lambda *_args: None, between_systems=True
    ),
    "version": Guard(change.Change, "require_version", _any_version),
    "four-eyes": Guard(workflow, "_signature_obstacles", lambda _original: lambda *_args: []),
    "shown-hash": Guard(workflow, "_sign", _sign_whatever_was_shown),
    "reauthentication": Guard(workflow, "_refuse", _as_if_signed_in_just_now),
    "token-scope": Guard(Actor, "has_scope", lambda _original: lambda *_args: True),
    "membership": Guard(
        type(Membership.objects.all()), "valid_at",
        lambda original: lambda self, moment: original(self, moment) | self.filter(ended=True),
    ),
    "visible_to:core.ManagementSystem": _narrows("visible_to", _every_row, ManagementSystem),
    **{f"visible_to:{one._meta.label}": _narrows("visible_to", _every_row, one) for one in records.tenant_models()},
    **{f"of:{one._meta.label}": _narrows("of", _every_row_there, one) for one in records.tenant_models()},
}  # fmt: skip


def guards() -> list[str]:
    """Every guard by name: of each permission the roles and the token's scope, where it asks for them."""
    found = []
    for name, permission in sorted(policy.permissions().items()):
        found += [name] if permission.rule.roles != ANYONE_INSIDE else []
        found += [f"{name}{BY_TOKEN}"] if permission.scope else []
    return [*found, *GUARDS]


def take_away(name: str) -> None:
    """Disarm one guard in this process: a permission is everybody's inside, its scope every token's."""
    permission, token, _rest = name.partition(BY_TOKEN)
    if permission not in policy._permissions:
        guard = GUARDS[name]
        setattr(guard.owner, guard.attribute, guard.without(getattr(guard.owner, guard.attribute)))
    elif token:
        held = Actor.has_scope
        Actor.has_scope = lambda self, scope: scope == ANYTHING or held(self, scope)  # type: ignore[method-assign]
        policy._permissions[permission] = dataclasses.replace(policy._permissions[permission], scope=ANYTHING)
    else:
        policy._permissions[permission] = dataclasses.replace(policy._permissions[permission], rule=EVERYBODY)


class Notes:
    """Which tests a guard made a difference in, as far as one can tell without taking it away."""

    def __init__(self, file: Path):
        self.file = file
        self.asked: dict[str, set[str]] = defaultdict(set)
        self.between: dict[str, set[str]] = defaultdict(set)
        self.systems: dict[str, int] = defaultdict(int)

    def take(self) -> None:
        """Listen to every guard until the process ends."""
        change.Change._write = self._systems_made_by(change.Change._write)  # type: ignore[method-assign]
        policy.allows = self._refusals_of(policy.allows)
        for attribute in ("visible_to", "of"):
            for owner in (TenantQuerySet, ManagementSystem.objects._queryset_class):
                if hasattr(owner, attribute):
                    setattr(owner, attribute, self._models_of(attribute, getattr(owner, attribute)))
        for name, guard in GUARDS.items():
            if guard.attribute not in {"visible_to", "of"}:
                setattr(guard.owner, guard.attribute, self._calls_of(name, getattr(guard.owner, guard.attribute)))
        atexit.register(self._write)

    def _note(self, *names: str) -> None:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0].partition("[")[0]
        for name in names if test else ():
            self.asked[name].add(test)
            if self.systems[os.environ["PYTEST_CURRENT_TEST"].rpartition(" (")[0]] > 1:
                self.between[name].add(test)

    def _systems_made_by(self, original: Any) -> Any:
        def write(unit: Any, model: Any, created: Any, updated: Any) -> None:
            if model is ManagementSystem:
                self.systems[os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]] += len(created)
            original(unit, model, created, updated)

        return write

    def _refusals_of(self, original: Any) -> Any:
        def allows(actor: Actor, name: str, record: Any = None) -> bool:
            may = original(actor, name, record)
            if not may:
                self._note(name, *([] if "*" in actor.scopes else [f"{name}{BY_TOKEN}"]))
            return may

        return allows

    def _models_of(self, attribute: str, original: Any) -> Any:
        def narrowed(queryset: Any, *args: Any) -> Any:
            self._note(attribute, f"{attribute}:{queryset.model._meta.label}")
            return original(queryset, *args)

        return narrowed

    def _calls_of(self, name: str, original: Any) -> Any:
        def called(*args: Any, **options: Any) -> Any:
            self._note(name)
            return original(*args, **options)

        return called

    def _write(self) -> None:
        noted = {}
        for name in guards():
            apart = name in GUARDS and GUARDS[name].between_systems
            noted[name] = {
                "asked": bool(self.asked[name]),
                "tests": sorted((self.between if apart else self.asked)[name]),
            }
        self.file.write_text(json.dumps(noted, indent=1))


if notes := os.environ.get("AIMS_NOTES", ""):
    Notes(Path(notes)).take()
