"""Verbs of the core: people, management systems, memberships, tokens."""
