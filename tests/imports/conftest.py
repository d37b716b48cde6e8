"""The management system of the inventory's tests."""

from tests.aims.conftest import place

__all__ = ["place"]
