"""The management systems of the inventory's tests, and of those about people."""

from tests.aims.conftest import place
from tests.imports.people import home, mailed

__all__ = ["home", "mailed", "place"]
