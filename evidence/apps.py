"""Evidence: items and their versions."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Registers what this room contributes."""

    name = "evidence"
    verbose_name = "Evidence"

    def ready(self) -> None:
        """Load the modules that register permissions, places and the like."""
        for module in ("policy", "contributions"):
            if find_spec(f"{self.name}.{module}") is not None:
                import_module(f"{self.name}.{module}")
