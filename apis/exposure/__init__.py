"""Sensitive data in traffic: classes, validators and tallies that add up; values are never kept.

``classify`` reads one value, ``looking`` reads calls as columns; which class reached a model for the first time is
told by the flows that are stored (``apis.services.exposing``; ISO/IEC 42001, 8.4).
"""

from apis.exposure.classes import CLASSES, DIRECTIONS, KINDS, WHERE, DataClass
from apis.exposure.classify import classify, field_name, model_of
from apis.exposure.tallies import Place, Tallies, Tally, shape

__all__ = [
    "CLASSES", "DIRECTIONS", "KINDS", "WHERE", "DataClass", "Place", "Tallies", "Tally", "classify", "field_name",
    "model_of", "shape",
]  # fmt: skip
