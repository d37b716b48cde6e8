"""The shape of each report: frozen dataclasses, filled by a builder and read by every renderer."""
