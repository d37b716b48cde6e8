"""Reports: what an auditor takes away."""

from importlib import import_module

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers what this room contributes."""

    name = "reports"

    def ready(self) -> None:
        """Load the modules that register permissions, jobs and places."""
        for module in ("policy", "issuing", "contributions"):
            import_module(f"{self.name}.{module}")
