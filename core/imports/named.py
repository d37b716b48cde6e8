"""Records as a cell of a file lists them: by reference, or by a name that only one of them bears."""

import re
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from core.planner.transforms import folded

_SPLIT = re.compile(r"[;,\n]\s*")


class Named:
    """Records of a management system that a cell may list, by reference or by a name that only one of them bears."""

    def __init__(self, model: type[Any], ref: str, name: str, management_system_id: uuid.UUID, unknown: Any) -> None:
        rows = list(model.objects.filter(management_system_id=management_system_id).values_list("pk", ref, name))
        names = Counter(folded(text) for _pk, _ref, text in rows)
        self.unknown = unknown
        self.shown = {pk: text if names[folded(text)] == 1 else code for pk, code, text in rows}
        self.ids = {folded(text): pk for pk, _code, text in rows if names[folded(text)] == 1}
        self.ids |= {folded(code): pk for pk, code, _text in rows}

    def write(self, pks: Iterable[Any]) -> str:
        """Their names, or references where a name says too little."""
        return "; ".join(sorted(self.shown.get(pk, str(pk)) for pk in pks))

    def read(self, text: str) -> list[Any]:
        """Their ids. Raises ValueError for what nobody bears."""
        found: dict[Any, None] = {}
        for part in filter(None, map(str.strip, text.replace("\n", ";").split(";"))):
            for name in self._apart(part):
                if folded(name) not in self.ids:
                    raise ValueError(self.unknown % {"name": name[:80]})
                found[self.ids[folded(name)]] = None
        return list(found)

    def _apart(self, part: str) -> list[str]:
        """A part split at its commas, where names may hold commas themselves: the longest known name comes first."""
        words, found = part.split(","), []
        while words:
            lengths = range(len(words), 0, -1)
            fits = next((n for n in lengths if folded(",".join(words[:n])) in self.ids), 1)
            found.append(",".join(words[:fits]).strip())
            words = words[fits:]
        return [name for name in found if name]


def same_names(text: str, names: Iterable[str]) -> bool:
    """Whether a cell lists these names, as an export does also where several records bear one name."""
    return sorted(map(folded, _SPLIT.split(text))) == sorted(map(folded, _SPLIT.split(", ".join(names))))
