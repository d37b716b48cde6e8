"""API governance: what serves the AI systems, what is wrong with it, and the proof."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class ApisConfig(AppConfig):
    """Registers what this room contributes."""

    name = "apis"
    verbose_name = "APIs"

    def ready(self) -> None:
        """Load the modules that register permissions, workflows, checks, places and the like."""
        for module in ("policy", "workflow", "checks", "services", "contributions"):
            if find_spec(f"{self.name}.{module}") is not None:
                import_module(f"{self.name}.{module}")
