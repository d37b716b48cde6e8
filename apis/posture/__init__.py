"""Posture: what is wrong with an API, from its description and its traffic. Pure: no database, no request."""
