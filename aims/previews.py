"""A plan as the dry run shows it: tabs with counts, rows with what would happen to each."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from aims.services.fields import names_of
from aims.services.imports import field_label
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


@dataclass(frozen=True)
class Shown:
    """A row that is drawn only when its page is."""

    outcome: Outcome

    def drawn(self) -> Drawn:
        """The row in words."""
        outcome = self.outcome
        drawn: dict[str, Any] = {"row": outcome.row, "kind": outcome.kind, "word": WORDS[outcome.kind]}
        record = getattr(outcome, "record", None)
        values = getattr(outcome, "values", None) or (record.values if record else {})
        drawn["name"] = values.get("name", "") or outcome.key
        drawn["remarks"] = [(remark.column, remark.text) for remark in getattr(outcome, "remarks", ())]
        match outcome:
            case Create():
                pairs = [(field_label(name), words(name, value)) for name, value in values.items() if value]
                drawn["values"] = [pair for pair in pairs if pair[1]]
            case Change(changes=changes):
                drawn["changes"] = [
                    (field_label(name), words(name, old), words(name, new)) for name, (old, new) in changes.items()
                ]
            case Kept(held=held):
                drawn["why"] = _("The file says otherwise in: %(fields)s") % {
                    "fields": ", ".join(field_label(name) for name in held)
                }
            case Duplicate(of=of):
                drawn["why"] = _("Equal to row %(row)d in every column used.") % {"row": of}
            case Matched():
                drawn["why"] = _("Looks like a system you have. It will wait for your decision.")
            case Refused(column=column, reason=reason):
                drawn |= {"why": reason, "column": column}
        return Drawn(**drawn)


def words(name: str, value: str) -> str:
    """A value as people say it: labels for codes, long texts cut."""
    labels = names_of(name)
    if labels and value:
        codes = value.replace(",", " ").split()
        return ", ".join(str(labels.get(code, code)) for code in codes)
    return value if len(value) <= LONG else f"{value[:LONG]}…"


def shown_rows(plan: Plan, kind: str) -> list[Shown]:
    """Rows of one kind, or all, in the order of the file."""
    return [Shown(outcome) for outcome in plan.outcomes if not kind or outcome.kind == kind]


def tabs(plan: Plan, request: HttpRequest) -> list[tuple[Any, str, bool, int]]:
    """(label, address, current, count) for all rows and each kind that occurs."""
    chosen = request.GET.get("show", "")
    found = [(_("All rows"), _address(request, ""), not chosen, len(plan.outcomes))]
    for kind in KINDS:
        if plan.counts[kind]:
            found.append((WORDS[kind], _address(request, kind), chosen == kind, plan.counts[kind]))
    return found


def _address(request: HttpRequest, kind: str) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("show", None)
    if kind:
        query["show"] = kind
    return f"{request.path}?{query.urlencode()}"
