"""What changes evidence: collecting it. Nothing else does."""

from evidence.services.collecting import Collected, collect

__all__ = ["Collected", "collect"]
