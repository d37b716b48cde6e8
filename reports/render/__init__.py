"""Rendering of reports in a process of its own: shapes in, bytes out."""
