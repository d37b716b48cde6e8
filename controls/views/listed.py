"""The register of controls beside the grid."""

from typing import Any

from controls.registers import ControlRegister
from core import policy
from core.pages.registers import RegisterView


class ControlList(RegisterView):
    """Every control as a list to filter, export and bring in again."""

    register = ControlRegister
    template = "controls/list.html"

    def page_context(self) -> dict[str, Any]:
        """Return whether decisions may be brought in."""
        return {"may_import": not self.scope.past and policy.allows(self.actor, "controls.decide")}
