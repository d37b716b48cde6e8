"""The house of posture: a management system with one service."""

from tests.apis.posture.conftest import house  # noqa: F401 (a fixture)
