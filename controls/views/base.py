"""What the pages of the statement share: the statement of the scope, addresses, who may edit."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from controls import queries
from controls.forms import RowChoices
from controls.models import Control, StatementOfApplicability
from controls.services import OWNER_FIELDS, Decision
from controls.statement import Statement
from core import policy
from core.pages.views import MemberView

EVERYTHING = frozenset({*Decision.__annotations__, "grounds"})


class StatementView(MemberView):
    """A page over the statement in the scope."""

    permission = "controls.read"

    @cached_property
    def statement(self) -> Statement:
        """The whole statement, read once a request."""
        return queries.soa_content(self.scope)

    @property
    def soa(self) -> Any:
        """The statement's record."""
        return self.statement.record

    def address(self, name: str, **more: Any) -> str:
        """Return the address of a page of this management system."""
        return reverse(name, kwargs={"slug": self.management_system.slug, **more})

    @property
    def submitted(self) -> bool:
        """Whether an approver looks at it now."""
        return self.soa.state == StatementOfApplicability.SUBMITTED

    def editable(self, control: Control) -> frozenset[str]:
        """Names of the fields this person may change now."""
        if self.scope.past or self.submitted:
            return frozenset()
        if policy.allows(self.actor, "controls.decide", control):
            return EVERYTHING
        return OWNER_FIELDS if policy.allows(self.actor, "controls.describe", control) else frozenset()

    @cached_property
    def choices(self) -> RowChoices:
        """People and systems rows can name."""
        return RowChoices(queries.members(self.scope), lambda: self.statement.systems)

    @property
    def band(self) -> tuple[str, str]:
        """State of the statement for its band: code and words."""
        record, latest = self.soa, self.statement.latest
        if record.state == StatementOfApplicability.SUBMITTED:
            name = record.submitted_to.name if record.submitted_to else ""
            return "submitted", _("Submitted to %(name)s") % {"name": name}
        if record.state == StatementOfApplicability.RETURNED:
            name = record.returned_by.name if record.returned_by else ""
            return "returned", _("Returned by %(name)s") % {"name": name}
        if record.state == StatementOfApplicability.APPROVED and latest:
            return "approved", _("Approved v%(number)d") % {"number": latest.number}
        return "working_copy", _("Working copy")

    def shared(self) -> dict[str, Any]:
        """What every template of the statement gets."""
        return {"statement": self.statement, "soa": self.soa, "band": self.band, "latest": self.statement.latest}
