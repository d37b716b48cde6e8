"""Core: the mechanisms every room stands on."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    """Registers the ledger's guards; domain rules never hang on signals."""

    name = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Install triggers after each migration and check at start that they exist; load what wakes a worker."""
        from core import contributions, guards, permissions, tasks  # noqa: F401, PLC0415 (models must be loaded first)

        post_migrate.connect(guards.install, dispatch_uid="core.guards")
        register(guards.check_guards, Tags.database)
