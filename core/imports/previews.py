"""A plan as the dry run shows it: tabs with counts, rows with what would happen to each."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.imports.described import CHOICES, Importable
from core.planner import KINDS, Change, Create, Duplicate, Kept, Matched, Outcome, Plan, Refused

WORDS: dict[str, Any] = {
    "create": _("New"),
    "change": _("Changed"),
    "unchanged": _("Unchanged"),
    "kept": _("Kept as people edited them"),
    "duplicate": _("Repeated rows"),
    "matched": _("Another source's system"),
    "refused": _("Refused"),
}
LONG = 240


@dataclass(frozen=True)
class Drawn:
    """One row in words: number, what happens, name, why; ``changes`` are (field, old, new)."""

    row: int
    kind: str
    word: Any
    name: str
    why: str = ""
    column: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)


class Teller:
    """Says the rows of one register in words; vocabularies are read once."""

    def __init__(self, described: Importable, management_system_id: uuid.UUID) -> None:
        self.described, self.tenant = described, management_system_id
        self._labels: dict[str, Mapping[str, str]] = {}

    def label(self, name: str) -> str:
        """A field's name."""
        one = self.described.field(name)
        return one.title if one else name

    def words(self, name: str, value: str) -> str:
        """A value as people say it: labels for codes, long texts cut."""
        one = self.described.field(name)
        if one is not None and one.values is not None and value:
            labels = self._labels.setdefault(name, one.vocabulary(self.tenant))
            codes = [value] if value in labels or one.kind != CHOICES else value.replace(",", " ").split()
            return ", ".join(labels.get(code.strip(";"), code) for code in codes)
        return value if len(value) <= LONG else f"{value[:LONG]}…"

    def drawn(self, outcome: Outcome) -> Drawn:
        """One row in words."""
        word = word_of(self.described, outcome.kind)
        drawn: dict[str, Any] = {"row": outcome.row, "kind": outcome.kind, "word": word}
        record = getattr(outcome, "record", None)
        values = getattr(outcome, "values", None) or (record.values if record else {})
        name = values.get(self.described.identity[0], "")
        named = self.described.reference.fullmatch(outcome.key)  # a row that names a record by its reference
        drawn["name"] = f"{outcome.key} {name}" if named and name else name or outcome.key
        drawn["remarks"] = [(remark.column, remark.text) for remark in getattr(outcome, "remarks", ())]
        match outcome:
            case Create():
                pairs = [(self.label(name), self.words(name, value)) for name, value in values.items() if value]
                drawn["values"] = [pair for pair in pairs if pair[1]]
                drawn["why"] = self.words(self.described.told, values.get(self.described.told, ""))
            case Change(changes=changes):
                drawn["changes"] = [
                    (self.label(name), self.words(name, old), self.words(name, new))
                    for name, (old, new) in changes.items()
                ]
            case Kept(held=held):
                fields = ", ".join(self.label(name) for name in held)
                drawn["why"] = _("The file says otherwise in: %(fields)s") % {"fields": fields}
            case Duplicate(of=of):
                drawn["why"] = _("Equal to row %(row)d in every column used.") % {"row": of}
            case Matched():
                drawn["why"] = _("Looks like a system you have. It will wait for your decision.")
            case Refused(column=column, reason=reason):
                drawn |= {"why": reason, "column": column}
        return Drawn(**drawn)


def word_of(described: Importable, kind: str) -> Any:
    """What a kind of outcome is called in a register."""
    return described.words.get(kind, WORDS[kind])


def rows_of(plan: Plan, kind: str) -> list[Outcome]:
    """Rows of one kind, or all, in the order of the file."""
    return [outcome for outcome in plan.outcomes if not kind or outcome.kind == kind]


def tabs(described: Importable, plan: Plan, query: QueryDict, path: str) -> list[tuple[Any, str, bool, int]]:
    """(label, address, current, count) for all rows and each kind that occurs."""
    chosen = query.get("show", "")
    found = [(_("All rows"), _address(query, path, ""), not chosen, len(plan.outcomes))]
    for kind in KINDS:
        if plan.counts[kind]:
            found.append((word_of(described, kind), _address(query, path, kind), chosen == kind, plan.counts[kind]))
    return found


def _address(query: QueryDict, path: str, kind: str) -> str:
    query = query.copy()
    query.pop("page", None)
    query.pop("show", None)
    if kind:
        query["show"] = kind
    return f"{path}?{query.urlencode()}"
