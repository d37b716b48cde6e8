"""All kinds of reports that can be written to and read from canonical JSON."""

from typing import Any

from reports.documents import common
from reports.documents.risk import RiskReport
from reports.documents.soa import SoaReport

SHAPES: dict[str, type] = {shape.KIND: shape for shape in (SoaReport, RiskReport)}


def from_json(data: bytes) -> Any:
    """The report in canonical bytes, of whatever kind. Raises ValueError."""
    return common.from_json(data, SHAPES)
