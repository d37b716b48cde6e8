"""Tests of controls and applicability."""
