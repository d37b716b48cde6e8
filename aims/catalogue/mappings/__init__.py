"""Mappings of well-known inventories to AI systems that ship with the product, each a YAML file of its name."""

from functools import cache
from pathlib import Path

from core.planner import FieldMapping, MappingError

_HERE = Path(__file__).parent


def shipped_names() -> tuple[str, ...]:
    """The names a person can give: ``inventory sync FILE --mapping us-federal-2024``."""
    return tuple(sorted(path.stem for path in _HERE.glob("*.yaml")))


@cache
def shipped_mapping(name: str) -> FieldMapping:
    """The mapping of this name. Raises MappingError when there is none."""
    if name not in shipped_names():
        raise MappingError(f"There is no mapping “{name}”. Shipped: {', '.join(shipped_names())}.")
    return FieldMapping.load(_HERE / f"{name}.yaml")
