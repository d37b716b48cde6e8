"""Reads of the core that span tables."""
