"""Hand over what somebody answers for, before or after they leave: one step in the history, undone as one."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import belongings, policy
from core import scope as scopes
from core.actor import Actor
from core.change import LARGEST, Change, change, chunks
from core.ids import uuid7
from core.models import Membership, Person


@dataclass
class HandedOver:
    """What went to somebody else, and what stayed, with why."""

    change_id: str
    given: int = 0
    kept: list[tuple[str, str]] = field(default_factory=list)


def hand_over(*, actor: Actor, member: Membership, to: Mapping[str, uuid.UUID], reason: str = "") -> HandedOver:
    """Give each kind of belonging (its key) to the person named for it (clause 5.3).

    Records that cannot change hands now stay and are named. Raises Forbidden, ValidationError.
    """
    policy.require(actor, "core.hand_over", member)
    scope = scopes.current(actor.management_system_id)  # type: ignore[arg-type]
    people = {person.pk: person for person in belongings.receivers(scope, member.person_id)}
    strangers = [key for key, pk in to.items() if pk not in people]
    if strangers:
        raise ValidationError({f"to_{key}": _("Choose somebody who may answer for it.") for key in strangers})
    done = HandedOver(str(uuid7()))
    found = [(one, people[to[one.key]]) for one in belongings.of_person(scope, member.person_id) if one.key in to]
    pairs = ((belonging, record, person) for belonging, person in found for record in belonging.records)
    for part in chunks(pairs, LARGEST):
        with change(actor, "people.hand_over", reason=reason, change_id=done.change_id) as unit:
            after: set[Callable[[Change], None]] = set()
            for records in _given(unit, part, done, after):
                done.given += len(unit.save_many(records))
            for follow in after:
                follow(unit)
    return done


def _given(
    unit: Change, part: list[tuple[Any, Any, Person]], done: HandedOver, after: set[Callable[[Change], None]]
) -> Iterator[list[Any]]:
    """The records of a part that change hands, read under the lock, one model at a time; ``after``: what follows."""
    by_model: dict[type, list[Any]] = {}
    for belonging, record, person in part:
        fresh = unit.fetch(type(record), record.pk)
        try:
            belonging.give(fresh, person, unit.actor)
        except ValidationError as error:
            done.kept.append((str(getattr(record, "ref", "") or record), " ".join(error.messages)))
            continue
        by_model.setdefault(type(fresh), []).append(fresh)
        if belonging.after is not None:
            after.add(belonging.after)
    yield from by_model.values()
