"""People as files name them: members by id, e-mail address or printed name."""

import uuid
from collections.abc import Iterable

from django.utils.translation import gettext as _

from core import clock
from core.models import Membership
from core.planner.transforms import folded


class Members:
    """People an owner may be: by id, e-mail address, or printed name where only one bears it."""

    def __init__(self, management_system_id: uuid.UUID) -> None:
        self.management_system_id = management_system_id
        self._ids: dict[str, uuid.UUID] | None = None

    @property
    def ids(self) -> dict[str, uuid.UUID]:
        """Folded id, address or unique name to id."""
        if self._ids is None:
            people = [m.person for m in self._memberships()]
            names = [folded(person.name) for person in people]
            found = {folded(p.name): p.pk for p in people if names.count(folded(p.name)) == 1}
            found |= {person.email.casefold(): person.pk for person in people}
            self._ids = found | {str(person.pk): person.pk for person in people}
        return self._ids

    def _memberships(self) -> Iterable[Membership]:
        rows = Membership.objects.filter(management_system_id=self.management_system_id)
        return rows.select_related("person")

    def read(self, text: str) -> uuid.UUID | None:
        """The person's id. Raises ValueError for someone who is no member."""
        if not text:
            return None
        found = self.ids.get(folded(text)) or self.ids.get(text.strip().casefold())
        if found is None:
            raise ValueError(_("There is no member “%s”. Give the e-mail address of a member.") % text[:80])
        return found


def member_names(management_system_id: uuid.UUID) -> dict[str, str]:
    """Id to printed name of those who may answer for something now, by name."""
    rows = Membership.objects.filter(management_system_id=management_system_id).answerable_at(clock.now())
    people = sorted((member.person for member in rows.select_related("person")), key=lambda person: person.name)
    return {str(person.pk): person.name for person in people}


def member_spellings(management_system_id: uuid.UUID) -> dict[str, str]:
    """Folded id, address or unique name of a member to the id."""
    return {text: str(pk) for text, pk in Members(management_system_id).ids.items()}
