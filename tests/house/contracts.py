"""Import contracts, written from the rooms that exist, so that a room is bound from its first file on."""

from tests.house import rooms

INDENT = "\n    "


def _between_rooms(present: list[str]) -> str:
    return f"""
[importlinter:contract:rooms]
name = Rooms import downward only
type = layers
layers ={INDENT}{INDENT.join(present)}
"""


def _inside(room: str) -> str:
    layers = []
    for layer in rooms.LAYERS:
        separator = next((part for part in layer if part in "|:"), ":")
        parts = [part for part in layer if part not in "|:" and rooms.has(room, part)]
        if parts:
            layers.append(f" {separator} ".join(parts))
    if len(layers) + sum("|" in layer for layer in layers) < 2:
        return ""
    return f"""
[importlinter:contract:inside-{room}]
name = {room}: doors, shapes, rules, data
type = layers
containers = {room}
layers ={INDENT}{INDENT.join(layers)}
"""


def _protocols(present: list[str]) -> str:
    bound = [f"{room}.{part}" for room in present for part in rooms.RULES if rooms.has(room, part)]
    if not bound:
        return ""
    return f"""
[importlinter:contract:protocols]
name = Rules and data import no protocol
type = forbidden
allow_indirect_imports = true
source_modules ={INDENT}{INDENT.join(bound)}
forbidden_modules ={INDENT}{INDENT.join(rooms.PROTOCOLS)}
"""


def text() -> str:
    """Return the configuration for import-linter: layers between rooms and inside each, protocols kept out of rules."""
    present = rooms.existing_rooms()
    head = f"[importlinter]\nroot_packages ={INDENT}{INDENT.join(present)}\ninclude_external_packages = true\n"
    return head + _between_rooms(present) + "".join(map(_inside, present)) + _protocols(present)
