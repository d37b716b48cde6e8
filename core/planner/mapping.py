"""From the columns of a file to the fields of a record: what identifies a row, what each field is read from.

A mapping is data (YAML that ships, or saved by a person). Every column must be mapped or ignored with a reason.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import blake2b
from operator import itemgetter
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from core.catalogue.reading import CatalogueError, Node, Text, unique
from core.planner import transforms
from core.planner.model import Remark
from core.planner.transforms import Unclear, folded, line
from core.tables import Column, Row

MAX_KEY_CHARS = 200
# Spaces that a spelling of "no answer" may have too many.
_SLACK = 8
READINGS = ("line", "text", "yes_no", "date", "choice", "choices", "join", "labelled")
REFERENCE = re.compile(r"[A-Z]{2,5}-[1-9]\d*")
"""How references of our records are written."""
UNCLEAR = ("refuse", "blank", "note")
_MANY = ("join", "labelled")


class MappingError(ValueError):
    """A mapping that cannot be used, or does not fit the columns of a file; ``columns`` names them."""

    def __init__(self, message: str, columns: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.columns = tuple(columns)


class RowRefused(ValueError):
    """A row that cannot be used: column, stable code, sentence."""

    def __init__(self, column: str, code: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.code, self.reason = column, code, reason


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field is read. ``by_step``: set when the record is new, afterwards by a workflow step alone."""

    field: str
    columns: tuple[str, ...]
    reading: str
    labels: tuple[str, ...] = ()
    between: str = ", "
    values: Mapping[str, str] | None = None
    default: str = ""
    required: bool = False
    unclear: str = "refuse"
    by_step: bool = False
    day_first: bool = False
    blanks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies a row: its key columns, and further columns that tell rows apart which share one of these keys.

    The key of a row depends on that row and this list alone, never on its neighbours, so that batches may come in any
    order and in parts. Rows that share a key which is not listed are refused until somebody says what tells them apart.
    A row that names a record by its reference in the column ``reference`` has the reference as its key.
    """

    columns: tuple[str, ...]
    told_apart_by: tuple[str, ...] = ()
    shared_keys: frozenset[str] = frozenset()
    reference: str = ""


@dataclass(frozen=True)
class FieldMapping:
    """A named mapping of columns to fields."""

    name: str
    title: Text
    identity: Identity
    rules: tuple[FieldRule, ...]
    ignored: Mapping[str, str]
    notes_field: str
    data: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> "FieldMapping":
        """A mapping that ships as YAML. Raises MappingError."""
        with path.open(encoding="utf-8") as stream:
            return cls.parse(yaml.safe_load(stream), path.name)

    @classmethod
    def parse(cls, data: Mapping[str, Any], where: str = "mapping") -> "FieldMapping":
        """A mapping from plain data, as saved by a person. Raises MappingError."""
        try:
            return _parse(Node(where, dict(data)), data)
        except CatalogueError as error:
            raise MappingError(str(error)) from error

    @cached_property
    def digest(self) -> bytes:
        """Changes with anything in the mapping that changes what is read."""
        text = json.dumps(self.data, sort_keys=True, ensure_ascii=False, default=str)
        return blake2b(text.encode(), digest_size=16).digest()

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(rule.field for rule in self.rules)

    @property
    def used_columns(self) -> tuple[str, ...]:
        """Columns that identity or a field reads, each once."""
        named = [*self.identity.columns, *self.identity.told_apart_by, *filter(None, [self.identity.reference])]
        return tuple(dict.fromkeys([*named, *(column for rule in self.rules for column in rule.columns)]))

    def bind(self, columns: Sequence[Column], reference: re.Pattern[str] = REFERENCE) -> "BoundMapping":
        """The mapping for a file with these columns. Raises MappingError naming every column that does not fit.

        ``reference`` is the form of the references of the records.
        """
        places = {column.label: place for place, column in enumerate(columns)}
        absent = [label for label in (*self.used_columns, *self.ignored) if label not in places]
        if absent:
            raise MappingError(_("The file has no column: %s.") % "; ".join(absent), absent)
        used = {*self.used_columns, *self.ignored}
        loose = [label for label in places if label not in used]
        if loose:
            raise MappingError(_("Map these columns or ignore them with a reason: %s.") % "; ".join(loose), loose)
        return BoundMapping(self, places, reference)


class BoundMapping:
    """A mapping tied to the columns of one file: reads rows of a ``core.tables.Table``."""

    def __init__(
        self, mapping: FieldMapping, places: Mapping[str, int], reference: re.Pattern[str] = REFERENCE
    ) -> None:
        self.name = mapping.name
        self._reference, self._named = reference, places.get(mapping.identity.reference)
        self.by_step = frozenset(rule.field for rule in mapping.rules if rule.by_step)
        self._mapping = mapping
        self._used = cells_at([places[label] for label in mapping.used_columns])
        self._key_cells = cells_at([places[label] for label in mapping.identity.columns])
        self._apart_cells = cells_at([places[label] for label in mapping.identity.told_apart_by])
        self._rules = [
            (rule, cells_at([places[label] for label in rule.columns]), _reader(rule), _longest_blank(rule))
            for rule in mapping.rules
        ]
        self._columns = {rule.field: rule.columns[0] for rule in mapping.rules}

    @property
    def names_records(self) -> bool:
        """Whether rows may name a record by its reference."""
        return self._named is not None

    def column_of(self, field: str) -> str:
        return self._columns.get(field, field)

    @property
    def reference_column(self) -> str:
        """The column in which rows name records by their reference; blank without one."""
        return self._mapping.identity.reference

    def reference_of(self, row: Row) -> str:
        """What a row says there, whether or not it is a reference."""
        return row.cells[self._named].strip() if self._named is not None else ""

    def identify(self, row: Row) -> tuple[int, str, str]:
        """Row number, key and fingerprint. Raises RowRefused."""
        if row.problem:
            raise RowRefused(row.problem.column, row.problem.code, row.problem.message)
        key = self.key(row.cells)
        if not key:
            raise RowRefused(self._mapping.identity.columns[0], "no-key", _("Nothing here identifies the row."))
        packed = repr(self._used(row.cells)).encode("utf-8", "surrogatepass")
        return row.number, key, blake2b(packed, digest_size=16, key=self._mapping.digest).hexdigest()

    def key(self, cells: Sequence[str]) -> str:
        """The key of a row: the reference it names, else its key columns; blank when all of them are."""
        if self._named is not None:
            named = cells[self._named].strip()
            if self._reference.fullmatch(named.upper()):
                return named.upper()
        base = key_of(self._key_cells(cells))
        if base in self._mapping.identity.shared_keys:
            apart = repr(tuple(map(_plain, self._apart_cells(cells)))).encode()
            base = shortened(base, MAX_KEY_CHARS - 12) + f" #{blake2b(apart, digest_size=5).hexdigest()}"
        return shortened(base, MAX_KEY_CHARS)

    def read(self, row: Row) -> tuple[dict[str, str], tuple[Remark, ...]]:
        """The fields of a row, and remarks on what was left blank. Raises RowRefused."""
        values: dict[str, str] = {}
        remarks: list[Remark] = []
        notes: list[str] = []
        for rule, cells_of, read, longest in self._rules:
            cells = ["" if _is_blank(cell, rule.blanks, longest) else cell for cell in cells_of(row.cells)]
            value = ""
            if any(cells):
                try:
                    value = read(cells)
                except Unclear as error:
                    if rule.unclear == "refuse":
                        raise RowRefused(rule.columns[0], "unclear", str(error)) from error
                    remarks.append(Remark(rule.columns[0], _remark(rule) % error))
                    if rule.unclear == "note":
                        notes.append(f"{rule.columns[0]}: {transforms.paragraphs(cells[0])}")
            if not value and rule.required:
                raise RowRefused(rule.columns[0], "required", _("This must not be blank."))
            values[rule.field] = value or rule.default
        if notes:
            field = self._mapping.notes_field
            values[field] = "\n\n".join(filter(None, [values.get(field, ""), *notes]))
        return values, tuple(remarks)


class PlainFields:
    """Rows whose columns already are fields, as a REST client sends them: ``(number, {field: text, …})``.

    Fields that a row leaves out are not touched.
    """

    def __init__(self, fields: Sequence[str], key: str = "external_id", by_step: Sequence[str] = ()) -> None:
        self.name, self.by_step = "", frozenset(by_step)
        self._fields, self._key = frozenset(fields), key

    def column_of(self, field: str) -> str:
        return field

    def identify(self, row: tuple[int, Mapping[str, str]]) -> tuple[int, str, str]:
        """Row number, key and fingerprint. Raises RowRefused."""
        number, item = row
        strange = sorted(set(item) - self._fields - {self._key})
        if strange:
            raise RowRefused(strange[0], "unknown-field", _("There is no such field."))
        wrong = next((name for name, value in item.items() if not isinstance(value, str) or "\0" in value), None)
        if wrong is not None:
            raise RowRefused(wrong, "not-text", _("Expected text without NUL characters."))
        key = line(item.get(self._key, ""))
        if not key:
            raise RowRefused(self._key, "no-key", _("Nothing here identifies the row."))
        if len(key) > MAX_KEY_CHARS:
            raise RowRefused(self._key, "key-too-long", _("At most %d characters.") % MAX_KEY_CHARS)
        packed = repr(sorted(item.items())).encode("utf-8", "surrogatepass")
        return number, key, blake2b(packed, digest_size=16).hexdigest()

    def read(self, row: tuple[int, Mapping[str, str]]) -> tuple[dict[str, str], tuple[Remark, ...]]:
        """The fields a row names, as they are."""
        return {name: value for name, value in row[1].items() if name != self._key}, ()


def key_of(cells: Sequence[str]) -> str:
    """Key cells as one readable text; different cells never give the same text."""
    parts = [_plain(cell) for cell in cells]
    if not any(parts):
        return ""
    if len(parts) == 1:
        return parts[0]
    return " | ".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def shortened(key: str, limit: int) -> str:
    """A key of at most ``limit`` characters; a long one ends in a digest of the whole."""
    if len(key) <= limit:
        return key
    digest = blake2b(key.encode(), digest_size=8).hexdigest()
    return f"{key[: limit - 19].rstrip()}… {digest}"


def _plain(text: str) -> str:
    text = " ".join(text.split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def cells_at(places: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """A function that picks the cells at these places, always as a tuple."""
    if not places:
        return lambda _cells: ()
    if len(places) == 1:
        [place] = places
        return lambda cells: (cells[place],)
    return itemgetter(*places)


def _longest_blank(rule: FieldRule) -> int:
    return max(map(len, rule.blanks))


def _is_blank(cell: str, blanks: frozenset[str], longest: int) -> bool:
    """Whether a cell gives no answer; long cells are not looked at twice."""
    bare = cell.strip()
    return not bare or (len(bare) <= longest + _SLACK and folded(bare) in blanks)


def _remark(rule: FieldRule) -> str:
    if rule.default:
        return _("%s The usual value was taken.")
    return _("%s Left blank and kept as a note.") if rule.unclear == "note" else _("%s Left blank.")


def _reader(rule: FieldRule) -> Callable[[Sequence[str]], str]:
    if rule.reading == "join":
        return partial(transforms.joined, between=rule.between)
    if rule.reading == "labelled":
        return partial(transforms.labelled, labels=rule.labels)
    read: Callable[[str], str]
    if rule.reading in ("choice", "choices"):
        of_kind = transforms.read_choice if rule.reading == "choice" else transforms.read_choices
        read = partial(of_kind, spellings=rule.values or {})
    elif rule.reading == "date":
        read = partial(transforms.read_date, day_first=rule.day_first)
    else:
        read = transforms.ONE_COLUMN[rule.reading]
    return lambda cells: read(cells[0])


def _parse(root: Node, data: Mapping[str, Any]) -> FieldMapping:
    identity = root.node("identity")
    blanks = frozenset(map(folded, ("", *root.words("blanks"))))
    rules = tuple(_rule(node, blanks) for node in root.nodes("fields"))
    ignored = root.node("ignored")
    result = FieldMapping(
        name=root.word("name"),
        title=root.text("title"),
        identity=Identity(
            columns=identity.words("columns"),
            told_apart_by=identity.words("told_apart_by"),
            shared_keys=frozenset(identity.words("shared_keys")),
            reference=identity.word("reference", ""),
        ),
        rules=rules,
        ignored={label: ignored.word(label) for label in ignored.items()},
        notes_field=root.word("notes_field", ""),
        data=data,
    )
    for node in (identity, ignored, root):
        node.done()
    unique("fields", (rule.field for rule in rules))
    if not result.identity.columns:
        raise CatalogueError("identity: at least one column must identify a row")
    if any(rule.unclear == "note" for rule in rules) and result.notes_field not in result.fields:
        raise CatalogueError("notes_field: name the field that takes what was unclear")
    if result.identity.shared_keys and not result.identity.told_apart_by:
        raise CatalogueError("identity: shared keys need columns that tell their rows apart")
    both = sorted(set(result.used_columns) & set(result.ignored))
    if both:
        raise CatalogueError(f"both used and ignored: {', '.join(both)}")
    return result


def _rule(node: Node, blanks: frozenset[str]) -> FieldRule:
    reading = node.word("read", "line")
    if reading not in READINGS:
        raise CatalogueError(f"{node.where}: read must be one of {', '.join(READINGS)}")
    columns = node.words("from")
    labels: tuple[str, ...] = ()
    if reading == "labelled":
        parts = node.node("parts")
        columns = tuple(parts.items())
        labels = tuple(parts.word(column) for column in columns)
    if not columns or (len(columns) > 1 and reading not in _MANY):
        raise CatalogueError(f"{node.where}: {reading} reads exactly one column")
    unclear = node.word("unclear", "refuse")
    if unclear not in UNCLEAR:
        raise CatalogueError(f"{node.where}: unclear must be one of {', '.join(UNCLEAR)}")
    return FieldRule(
        field=node.word("field"),
        columns=columns,
        reading=reading,
        labels=labels,
        between=node.word("between", ", "),
        values=_spellings(node) if reading in ("choice", "choices") else None,
        default=node.word("default", ""),
        required=node.take("required", bool, default=False),
        unclear=unclear,
        by_step=node.take("by_step", bool, default=False),
        day_first=node.take("day_first", bool, default=False),
        blanks=blanks | frozenset(map(folded, node.words("blanks"))),
    )


def _spellings(node: Node) -> Mapping[str, str]:
    """Spelling (folded) to value, from ``values: {value: [spelling, …]}``; a value's own name is a spelling too."""
    values = node.node("values")
    found: dict[str, str] = {}
    for value in values.items():
        for spelling in (value, *values.words(value)):
            if found.setdefault(folded(spelling), value) != value:
                raise CatalogueError(f"{values.where}: “{spelling}” stands for two values")
    return found
