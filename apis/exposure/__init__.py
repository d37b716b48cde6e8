"""Sensitive data in traffic: classes, validators and tallies that add up; values are never kept.

``classify`` reads one value, ``Matrix`` holds class × endpoint × direction × model or provider, ``first_to_models``
says which class reached a model for the first time (ISO/IEC 42001, 8.4).
"""

from apis.exposure.classes import CLASSES, DIRECTIONS, KINDS, WHERE, DataClass
from apis.exposure.classify import classify, field_name, model_of
from apis.exposure.tallies import Flow, Matrix, Place, Tallies, Tally, first_to_models, shape

__all__ = [
    "CLASSES", "DIRECTIONS", "KINDS", "WHERE", "DataClass", "Flow", "Matrix", "Place", "Tallies", "Tally", "classify",
    "field_name", "first_to_models", "model_of", "shape",
]  # fmt: skip
