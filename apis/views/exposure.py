"""The page of data exposure: what was looked at, the matrix, the register of flows."""

from typing import Any

from apis.exposure_records import FlowTally
from apis.exposure_register import FlowRegister
from apis.queries_of_exposure import coverage, matrix
from core.pages.registers import RegisterView


class ExposurePage(RegisterView):
    """Which sensitive data was met where, in which direction, on the way to which model."""

    permission = "apis.read"
    register = FlowRegister
    template = "apis/exposure.html"

    def page_context(self) -> dict[str, Any]:
        """What was looked at, and the matrix of the flows that the address lists."""
        found = coverage(self.scope)
        filters = FlowRegister().filtered(self.scope, self.actor, self.request.GET)
        every = FlowTally.objects.of(self.scope)
        rows = every.filter(pk__in=filters.qs.order_by().values("pk")) if filters.is_valid() else every.none()
        return {"coverage": found, "drawing": None if self.scope.past else matrix(rows)}
