"""What a person has said about a file so far, as plain data; and the mapping (core.planner) that follows from it."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from core.imports import suggest
from core.imports.described import CHOICE, CHOICES, DATE, PERSON, REF, TEXT, WITH_VALUES, Importable, ImportField
from core.planner import FieldMapping, Identity, MappingError
from core.planner.transforms import folded, line, parts_of, read_date
from core.tables import Table

LEFT_OUT = "-"
"""The target of a column that is ignored on purpose."""
BLANKS = ("—", "-", "n/a", "k. A.")
MOST_VALUES = 120
"""Most different values of a column that are put beside ours one by one; a column with more is read as it is."""
UNCLEAR = ("refuse", "blank", "note")
OWN = "own"
NO_IDENTITY: dict[str, list[str]] = {"columns": [], "told_apart_by": [], "shared_keys": []}


@dataclass(frozen=True)
class Setup:
    """How a file is read. Columns are named by their labels, which repeated headers have by position.

    ``mapping`` names a mapping that ships and is used as it is; otherwise ``targets`` (label to field, "ref" or "-"),
    ``orders`` (label to "day" or "month"), ``unclear`` (label to what happens with values that have no counterpart)
    and ``values`` (label to spelling to value, "-" for blank, "" for no counterpart) say it.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0
    mapping: str = ""
    targets: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)
    unclear: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    identity: Mapping[str, Sequence[str]] = field(default_factory=lambda: dict(NO_IDENTITY))
    source: str = ""
    saved: str = ""
    """The name under which this was saved, or from which it was taken."""
    complete: bool = False
    confirm_missing: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Setup":
        """From plain data; what a newer or older version does not know is left out."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})

    def plain(self) -> dict[str, Any]:
        """As plain data, for a column of JSON."""
        return asdict(self)

    def columns_of(self, name: str, labels: Iterable[str]) -> list[str]:
        """The columns that fill a field, in the order of the file."""
        return [label for label in labels if self.targets.get(label) == name]

    def undecided(self, labels: Iterable[str]) -> list[str]:
        """Columns that are neither mapped nor ignored."""
        return [] if self.mapping else [label for label in labels if not self.targets.get(label)]


# Suggesting -----------------------------------------------------------------------------------------------------------


def sample_of(table: Table, count: int = suggest.SAMPLE) -> dict[str, list[str]]:
    """The first cells of each column, by its label."""
    rows = [row.cells for row in islice(table.rows(), count) if not row.problem]
    return {label: [cells[place] for cells in rows] for place, label in enumerate(table.labels)}


def suggestions(described: Importable, tenant: uuid.UUID, table: Table) -> dict[str, suggest.Suggestion]:
    """Label to the field a column seems to fill, the reference included."""
    columns = [(column.label, " ".join(column.header.split())) for column in table.columns]
    wanted = [
        suggest.Wanted(one.name, one.names, one.words, one.kind, frozenset(all_spellings(one, tenant)), one.exact)
        for one in described.fields
    ]
    samples = sample_of(table)
    found = suggest.suggest_columns(columns, samples, wanted)
    named = [label for label, header in columns if folded(header or label) in described.reference_words]
    named = named if described.referenced else []
    reference = next((label for label in named if described.names_records(samples[label])), "")
    return found | ({reference: suggest.Suggestion(REF, suggest.NAME)} if reference else {})


def suggested(described: Importable, tenant: uuid.UUID, table: Table, setup: Setup) -> Setup:
    """The set-up with every column that nothing was said about filled in as it seems; other columns stay open."""
    found = suggestions(described, tenant, table)
    targets = {label: setup.targets.get(label) or "" for label in table.labels}
    taken = set(targets.values())
    for label in table.labels:
        if targets[label]:
            continue
        guess = found.get(label)
        if folded(label) in described.exported and (guess is None or guess.why != suggest.NAME):
            targets[label] = LEFT_OUT  # a column of our own export that follows from others
        elif guess is not None and guess.field not in taken:
            targets[label] = guess.field
    return replace(setup, targets=targets)


def all_spellings(one: ImportField, tenant: uuid.UUID) -> dict[str, str]:
    """Every folded spelling that leads to a value: those that need no decision first, then what others say."""
    found = one.known_spellings(tenant)
    for code, others in one.spellings.items():
        for text in others:
            found.setdefault(folded(text), code)
    return found


def only_own(described: Importable, table: Table) -> Setup:
    """The set-up of a file whose columns are called as our fields are; whatever else it holds is left out."""
    targets: dict[str, str] = {}
    samples = sample_of(table)
    for label in table.labels:
        names = [one.name for one in described.fields if folded(label) in one.names]
        named = folded(label) in described.reference_words and described.names_records(samples[label])
        name = REF if named else (names or [LEFT_OUT])[0]
        targets[label] = LEFT_OUT if name in targets.values() else name
    return Setup(targets=targets)


# Values ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """The different values of a column with how often they occur, most frequent first; ``more`` were not counted."""

    label: str
    field: ImportField
    counts: tuple[tuple[str, int], ...]
    too_many: bool = False
    dates: suggest.Dates | None = None


def values_in(described: Importable, tenant: uuid.UUID, table: Table, setup: Setup) -> list[Found]:
    """What the columns hold whose values are ours to map, and the dates; in the order of the file."""
    looked = []
    for place, label in enumerate(table.labels):
        one = described.field(setup.targets.get(label, ""))
        if one is not None and one.kind in WITH_VALUES | {DATE}:
            looked.append((place, label, one, Counter[str]()))
    if not looked:
        return []
    for row in table.rows():
        if row.problem:
            continue
        for place, _label, _one, counter in looked:
            cell = line(row.cells[place]) if row.cells[place] else ""
            if cell and len(counter) < 20_000:
                counter[cell] += 1
    return [_found(label, one, counter, tenant) for _place, label, one, counter in looked]


def _found(label: str, one: ImportField, counter: Counter[str], tenant: uuid.UUID) -> Found:
    if one.kind == DATE:
        return Found(label, one, (), dates=suggest.judge_dates(counter.elements()))
    blanks = set(map(folded, BLANKS))
    spelled: Counter[str] = Counter()
    spellings = all_spellings(one, tenant) if one.kind == CHOICES else {}
    for cell, count in counter.items():
        for part in parts_of(cell, spellings) if one.kind == CHOICES else [cell]:
            if folded(part) not in blanks:
                spelled[part] += count
    ranked = sorted(spelled.items(), key=lambda pair: (-pair[1], pair[0]))
    alike: dict[str, tuple[str, int]] = {}
    for text, count in ranked:  # spellings that are read alike stand for one value
        first, sofar = alike.get(folded(text), (text, 0))
        alike[folded(text)] = (first, sofar + count)
    ranked = list(alike.values())
    return Found(label, one, tuple(ranked[:MOST_VALUES]), len(ranked) > MOST_VALUES)


def with_values(described: Importable, tenant: uuid.UUID, table: Table, setup: Setup) -> Setup:
    """The set-up with a suggestion for every value and date order that nothing was said about."""
    values = {label: dict(given) for label, given in setup.values.items()}
    orders = dict(setup.orders)
    found = values_in(described, tenant, table, setup)
    votes = Counter(one.dates.order for one in found if one.dates and one.dates.order)
    usual = votes.most_common(1)[0][0] if votes else "month"
    for one in found:
        if one.dates is not None:
            orders.setdefault(one.label, one.dates.order or usual)
            continue
        spellings = all_spellings(one.field, tenant)
        given = values.setdefault(one.label, {})
        for text, _count in one.counts if not one.too_many else ():
            if text not in given:
                alike = suggest.suggest_value
                given[text] = spellings.get(folded(text), "") if one.field.exact else alike(text, spellings)
    return replace(setup, values=values, orders=orders)


# The mapping ----------------------------------------------------------------------------------------------------------


def mapping_of(
    described: Importable, tenant: uuid.UUID, labels: Sequence[str], setup: Setup, name: str = OWN
) -> FieldMapping:
    """The mapping a set-up says, for a file with these columns. Raises MappingError with a sentence."""
    if setup.mapping:
        return shipped(described, setup.mapping)
    undecided = setup.undecided(labels)
    if undecided:
        raise MappingError(_("Map these columns or ignore them: %s.") % "; ".join(undecided), undecided)
    rules = []
    for one in described.fields:
        columns = setup.columns_of(one.name, labels)
        if columns:
            rules.append(_rule(one, columns, setup, tenant))
        elif one.required and not setup.columns_of(REF, labels):
            raise MappingError(_("No column is mapped to “%s”, which every row needs.") % one.title)
    if not rules:
        raise MappingError(_("No column is mapped to a field."))
    return FieldMapping.parse(_data(described, labels, setup, rules, name))


def shipped(described: Importable, name: str) -> FieldMapping:
    """The mapping of this name that ships. Raises MappingError."""
    known = described.shipped()
    if name not in known:
        says = _("There is no mapping “%(name)s”. Shipped: %(names)s.")
        raise MappingError(says % {"name": name, "names": ", ".join(known) or "–"})
    return known[name]


def _data(
    described: Importable, labels: Sequence[str], setup: Setup, rules: list[dict[str, Any]], name: str
) -> dict[str, Any]:
    identity = identity_of(described, labels, setup)
    if not identity.columns:
        raise MappingError(_("Say which columns identify a row."))
    notes = next((one.name for one in described.fields if one.name in ("notes", "note")), "")
    given = {"columns": list(identity.columns), "told_apart_by": list(identity.told_apart_by)}
    given["shared_keys"] = sorted(identity.shared_keys)
    used = {label for label in labels if setup.targets.get(label) not in (LEFT_OUT, None)}
    used |= {*identity.columns, *identity.told_apart_by}
    return {
        "name": name,
        "title": {"en": name},
        "identity": given | ({"reference": identity.reference} if identity.reference else {}),
        "fields": rules,
        "ignored": {label: "left out" for label in labels if label not in used},
        "blanks": list(BLANKS),
        "notes_field": notes if setup.columns_of(notes, labels) else "",
    }


def identity_of(described: Importable, labels: Sequence[str], setup: Setup) -> Identity:
    """What identifies a row as somebody said it, else the columns of the fields that usually do."""
    reference = next(iter(setup.columns_of(REF, labels)), "")
    lacks = [one for one in described.fields if one.required and not setup.columns_of(one.name, labels)]
    if reference and lacks:  # such a file changes records and brings none
        return Identity((reference,), reference=reference)
    columns = tuple(label for label in setup.identity.get("columns", ()) if label in labels)
    if not columns:
        usual = [setup.columns_of(name, labels) for name in described.identity]
        columns = tuple(label for found in usual for label in found)
        return Identity(columns or ((reference,) if reference else ()), reference=reference)
    return Identity(
        columns,
        tuple(label for label in setup.identity.get("told_apart_by", ()) if label in labels),
        frozenset(setup.identity.get("shared_keys", ())),
        reference,
    )


def _rule(one: ImportField, columns: list[str], setup: Setup, tenant: uuid.UUID) -> dict[str, Any]:
    """How one field is read from its columns. Raises MappingError where several columns cannot be read into it."""
    rule: dict[str, Any] = {"field": one.name, "from": columns, "read": "text", "required": one.required}
    if len(columns) > 1:
        return _from_several(one, columns, rule)
    label = columns[0]
    unclear = setup.unclear.get(label, "refuse")
    rule["unclear"] = unclear if unclear in UNCLEAR else "refuse"
    if rule["unclear"] == "note" and "notes" not in setup.targets.values() and "note" not in setup.targets.values():
        rule["unclear"] = "blank"
    if one.kind == DATE:
        return {**rule, "read": "date", "day_first": setup.orders.get(label) == "day"}
    if one.kind in WITH_VALUES and label in setup.values:
        given = setup.values[label]
        return {**rule, "read": "choices" if one.kind == CHOICES else CHOICE, "values": spelled(one, given, tenant)}
    return rule


def _from_several(one: ImportField, columns: list[str], rule: dict[str, Any]) -> dict[str, Any]:
    if one.kind in WITH_VALUES | {DATE}:
        says = _("%(count)d columns are mapped to “%(field)s”, which holds one value: keep one of them.")
        raise MappingError(says % {"count": len(columns), "field": one.title}, columns)
    if one.kind == TEXT:
        del rule["from"]
        return {**rule, "read": "labelled", "parts": {label: label for label in columns}}
    return {**rule, "read": "join", "between": " / "}


def spelled(one: ImportField, given: Mapping[str, str], tenant: uuid.UUID) -> dict[str, list[str]]:
    """Value to its spellings: what somebody said first, then codes and labels nobody gave another meaning.

    Spellings of nothing ("-") stand under "". Raises MappingError where a spelling is the code of another value.
    """
    codes = {folded(code): code for code in (one.values(tenant) if one.values else ())}
    known = one.known_spellings(tenant)
    values = {*codes.values(), *known.values()}  # also people who left: rows may name them as they are
    meanings: dict[str, str] = {}
    for text, value in given.items():
        if value and value != LEFT_OUT and value not in values:
            raise MappingError(_("“%(field)s” has no value “%(value)s”.") % {"field": one.title, "value": value[:60]})
        if value and codes.get(folded(text), value) != value:
            says = _("“%(text)s” is a value of “%(field)s” itself and cannot stand for another.")
            raise MappingError(says % {"text": text[:60], "field": one.title})
        if value:
            meanings.setdefault(folded(text), "" if value == LEFT_OUT else value)
    open_ones = {folded(text) for text, value in given.items() if not value} - set(codes)
    for text, code in known.items():
        if text not in open_ones:
            meanings.setdefault(text, code)
    found: dict[str, list[str]] = {}
    for text, code in meanings.items():
        found.setdefault(code, []).append(text)
    return found


__all__ = [
    "LEFT_OUT", "OWN", "PERSON", "REF", "UNCLEAR", "Found", "Setup", "all_spellings", "folded", "identity_of",
    "mapping_of", "only_own", "read_date", "sample_of", "shipped", "spelled", "suggested", "suggestions", "values_in",
    "with_values",
]  # fmt: skip
