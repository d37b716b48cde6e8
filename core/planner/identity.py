"""What identifies a row? Proposals with their collisions, best first, and the count for any choice of columns."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.planner.mapping import Identity, cells_at, key_of
from core.tables import Row, Table

MAX_KEY_COLUMNS = 4
MAX_TOLD_APART_BY = 6
_BEAM = 6
_SHORT = 80
_ID = re.compile(r"\b(id|identifier|key|number|no|nr|code|uuid|guid|ref|reference|kennung|nummer)\b", re.IGNORECASE)
_NAME = re.compile(r"\b(name|title|system|titel|bezeichnung)\b", re.IGNORECASE)
_VOLATILE = re.compile(r"\b(date|stage|status|state|time|updated|modified|datum|stand|phase)\b", re.IGNORECASE)

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IdentityProposal:
    """Columns that could identify a row, and how well they do.

    ``collisions`` counts the rows whose key another, different row shares or repeats; ``equal_rows`` the rows that
    repeat an earlier one in every column; ``unresolved`` the colliding rows, equal ones aside, that remain after
    ``told_apart_by`` was used on them.
    """

    columns: tuple[str, ...]
    distinct: int
    collisions: int
    equal_rows: int
    blank: int
    told_apart_by: tuple[str, ...] = ()
    shared_keys: tuple[str, ...] = ()
    unresolved: int = 0

    @property
    def identity(self) -> Identity:
        return Identity(self.columns, self.told_apart_by, frozenset(self.shared_keys))


def judge_identity(table: Table, columns: Sequence[str]) -> IdentityProposal:
    """How well these columns identify the rows of a table: the live count beside a person's choice."""
    rows = _cells(table.rows())
    return _judged(rows, table.labels, tuple(columns))


def propose_identity(table: Table, limit: int = 3) -> list[IdentityProposal]:
    """Column choices that identify rows, best first: unique, without blanks, few columns, lasting ones."""
    rows = _cells(table.rows())
    if not rows:
        return []
    labels = table.labels
    best = _search(rows, labels)
    proposals = [_judged(rows, labels, tuple(labels[place] for place in places)) for places in best[: limit * 3]]
    return sorted(proposals, key=lambda found: _rank(found, len(rows)))[:limit]


def _cells(rows: Iterable[Row]) -> list[Cells]:
    """The readable rows with spaces evened out, the way keys are compared."""
    return [tuple(" ".join(cell.split()) for cell in row.cells) for row in rows if not row.problem]


def _search(rows: Sequence[Cells], labels: Sequence[str]) -> list[tuple[int, ...]]:
    """Choices of places, widened one column at a time from the most promising ones."""
    candidates = _candidates(rows, labels)
    found: dict[tuple[int, ...], tuple[float, ...]] = {}
    beam: list[tuple[int, ...]] = [()]
    for _width in range(MAX_KEY_COLUMNS):
        wider = {tuple(sorted((*places, place))) for places in beam for place in candidates if place not in places}
        scores = {places: _score(rows, labels, places) for places in wider}
        found |= scores
        beam = sorted(scores, key=scores.__getitem__)[:_BEAM]
        if beam and scores[beam[0]][0] == 0:
            break
    return sorted(found, key=found.__getitem__)


def _candidates(rows: Sequence[Cells], labels: Sequence[str]) -> list[int]:
    """Columns short, filled and varied enough to be part of a key."""
    found = []
    for place in range(len(labels)):
        values = [row[place] for row in rows]
        filled = sum(map(bool, values))
        if filled * 10 >= len(rows) * 9 and sum(map(len, values)) <= filled * _SHORT:
            found.append((not _VOLATILE.search(labels[place]), len(set(values)), place))
    lasting = [entry for entry in found if entry[0] and entry[1] > 1]
    return [place for _lasting, _varied, place in sorted(lasting or found, reverse=True)[:12]]


def _score(rows: Sequence[Cells], labels: Sequence[str], places: tuple[int, ...]) -> tuple[float, ...]:
    """Lower is better: collisions (in steps of 1 % of the rows), lasting names, columns, exact collisions."""
    counts = Counter(map(cells_at(places), rows))
    colliding = sum(count for count in counts.values() if count > 1)
    hints = sum(_hint(labels[place]) for place in places)
    return (round(colliding * 100 / len(rows)), hints, len(places), colliding)


def _hint(label: str) -> int:
    if _VOLATILE.search(label):
        return 3
    return -1 if _ID.search(label) or _NAME.search(label) else 0


def _judged(rows: Sequence[Cells], labels: Sequence[str], columns: tuple[str, ...]) -> IdentityProposal:
    places = [labels.index(column) for column in columns]
    key_cells = cells_at(places)
    groups: dict[Cells, list[Cells]] = {}
    for row in rows:
        groups.setdefault(key_cells(row), []).append(row)
    shared = {key: group for key, group in groups.items() if len(group) > 1}
    different = {key: list(dict.fromkeys(group)) for key, group in shared.items()}
    apart, unresolved = _told_apart(different, [place for place in range(len(labels)) if place not in places])
    return IdentityProposal(
        columns=columns,
        distinct=len(groups),
        collisions=sum(map(len, shared.values())),
        equal_rows=len(rows) - len(set(rows)),
        blank=sum(not any(key_cells(row)) for row in rows),
        told_apart_by=tuple(labels[place] for place in apart),
        shared_keys=tuple(sorted(key_of(key) for key, group in different.items() if len(group) > 1)) if apart else (),
        unresolved=unresolved,
    )


def _told_apart(shared: dict[Cells, list[Cells]], places: Sequence[int]) -> tuple[list[int], int]:
    """Further columns, chosen one by one by how many of the colliding rows they separate, and what remains."""
    chosen: list[int] = []
    left = _unresolved(shared, chosen)
    while left and len(chosen) < MAX_TOLD_APART_BY:
        remaining, place = min((_unresolved(shared, [*chosen, place]), place) for place in places)
        if remaining == left:
            break
        chosen.append(place)
        left = remaining
    return chosen, left


def _unresolved(shared: dict[Cells, list[Cells]], places: Sequence[int]) -> int:
    cells_of = cells_at(places)
    total = 0
    for group in shared.values():
        counts = Counter(map(cells_of, group))
        total += sum(count for count in counts.values() if count > 1)
    return total


def _rank(found: IdentityProposal, rows: int) -> tuple[float, ...]:
    hints = sum(_hint(column) for column in found.columns)
    return (found.unresolved, found.blank, round(found.collisions * 100 / rows), hints, len(found.columns))
