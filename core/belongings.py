"""What a person answers for: rooms say it here, so that it can be handed to somebody else before they leave."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from core import registries
from core.actor import Actor
from core.change import Change
from core.models import Membership, Person
from core.scope import Scope
from core.wording import filled

NAMED = 12
"""Records of a kind that are named."""
Give = Callable[[Any, Person, Actor], None]


@dataclass(frozen=True)
class Belonging:
    """One kind of records a person answers for. ``give(record, to, actor)`` sets who does from now on, unsaved.

    It raises ValidationError for a record that cannot change hands now, with the reason. ``after`` does what follows
    from records having changed hands, in the same unit of work.
    """

    key: str
    label: Any
    records: Sequence[Any]
    give: Give
    after: Callable[[Change], None] | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.records)

    def words(self) -> str:
        """The first of them by name, and how many more there are."""
        named = [str(record) for record in self.records[:NAMED]]
        more = self.count - len(named)
        return ", ".join(named) + (
            " " + filled(ngettext("and %(n)d more", "and %(n)d more", more), {"n": more}) if more else ""
        )


def of_person(scope: Scope, person_id: uuid.UUID) -> list[Belonging]:
    """What a person answers for, kinds that have records only, in the order of the rooms."""
    found = registries.gather(registries.belongings, "*", scope, person_id)
    return [belonging for belonging in found if belonging.records]


def receivers(scope: Scope, person_id: uuid.UUID) -> list[Person]:
    """Everybody else who may answer for something now, by name."""
    held = Membership.objects.of(scope).answerable_at(scope.moment).exclude(person_id=person_id)
    return sorted((one.person for one in held.select_related("person")), key=lambda person: person.name)
