"""What can be imported: one description per register, made by its room. The wizard, the job and the command read it."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import sync
from core.actor import Actor
from core.catalogue.reading import Text
from core.planner import BoundMapping, FieldMapping, Plan, Policy
from core.planner.mapping import REFERENCE
from core.planner.transforms import folded
from core.registers.base import registers
from core.undo import Undone, undo

LINE, TEXT, CHOICE, CHOICES, PERSON, DATE = "line", "text", "choice", "choices", "person", "date"
WITH_VALUES = frozenset({CHOICE, CHOICES, PERSON})
"""Kinds of fields whose values are ours: what a file says is put beside them."""
REF = "ref"
"""The target of a column that names a record by its reference."""
Labels = Mapping[str, Any]


class Prepared(Protocol):
    """A plan with everything needed to carry it out."""

    plan: Plan

    def execute(
        self,
        change_id: str = "",
        *,
        inside: Callable[[], AbstractContextManager[Any]] = ...,
        report: Callable[[int, int], None] = ...,
    ) -> sync.Applied:
        """Write it, in parts of at most 500 records that share the change id."""
        ...


@dataclass(frozen=True)
class ImportField:
    """A field that a column of a file may fill.

    ``words`` are what such columns are called elsewhere, in English and German. ``values`` answers the vocabulary of a
    management system, code to label; ``spellings`` adds what others call these values.
    """

    name: str
    label: Any
    kind: str = LINE
    required: bool = False
    words: tuple[str, ...] = ()
    values: Callable[[uuid.UUID], Labels] | None = None
    spellings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reads: Callable[[uuid.UUID], Mapping[str, str]] | None = None
    """Folded spelling to value, where codes and labels alone do not say it."""
    exact: bool = False
    """Neither its columns nor its values are guessed from what is merely similar: they let people in."""

    @property
    def title(self) -> str:
        """Its name for reading, with a capital."""
        label = str(self.label)
        return label[:1].upper() + label[1:]

    @cached_property
    def names(self) -> frozenset[str]:
        """What it is called in every language we speak, and in our files, compared without case."""
        return frozenset({folded(self.name), *map(folded, in_languages(self.label))})

    def vocabulary(self, management_system_id: uuid.UUID) -> dict[str, str]:
        """Code to label, for reading."""
        return {code: str(label) for code, label in (self.values(management_system_id) if self.values else {}).items()}

    def known_spellings(self, management_system_id: uuid.UUID) -> dict[str, str]:
        """Every folded spelling of a value that needs no decision: its code, its label in each language."""
        if self.reads is not None:
            return dict(self.reads(management_system_id))
        labels = self.values(management_system_id) if self.values else {}
        found = {folded(code): code for code in labels}
        for code, label in labels.items():
            for text in in_languages(label):
                found.setdefault(folded(text), code)
        return found


@dataclass(frozen=True)
class Importable:
    """What can be imported into one register, how a row is found again, and who does it.

    ``identity`` are the fields that identify a new row unless somebody says otherwise. With ``sourced`` a file is one
    source among others and its rows are known by a key of their own; otherwise a row is found by its reference or by
    the fields that identify it, and only columns of ``find_by`` may do so. ``prepare`` plans rows and writes nothing.
    """

    key: str
    title: Any
    permission: str
    job: str
    undo_job: str
    model: type[Any]
    fields: tuple[ImportField, ...]
    identity: tuple[str, ...]
    prepare: Callable[["Delivery"], Prepared]
    start: str = "import_start"
    """The URL name of the page where a file is chosen."""
    reference: re.Pattern[str] = REFERENCE
    reference_called: tuple[str, ...] = ()
    """What a column of references is called elsewhere, in English and German."""
    referenced: bool = True
    """Whether records have references that a column may name."""
    sourced: bool = False
    find_by: tuple[str, ...] = ()
    shipped: Callable[[], Mapping[str, FieldMapping]] = dict
    writes: tuple[type[Any], ...] = ()
    """Models of further records that an import writes."""
    words: Mapping[str, Any] = field(default_factory=dict)
    """What its outcomes and counts are called, by name, where the usual words mislead."""
    told: str = ""
    """The field of a new record that the dry run tells at once, before its other fields are unfolded."""
    notes: tuple[Any, ...] = ()
    """What somebody should know before a file is chosen and before its rows are written."""
    confidential: bool = False
    """Whether jobs and what they found are read with ``permission`` alone."""
    asks_again: bool = False
    """Whether writing and undoing want the password again, as the pages of single records do."""
    undo_permission: str = "core.undo"
    take_back: Callable[..., Undone] = undo
    """Undoes what one import wrote: (actor, change id, step=…, inside=…, report=…)."""
    next_steps: Callable[[Mapping[str, Any]], list[tuple[Any, str]]] = lambda result: []
    """(words, URL name) of what can be done after an import with this result."""
    consequences: Callable[[], tuple[str, ...]] = lambda: (
        _("What it brought in is removed; what it changed is as it was before."),
        _("What people changed since stays and is named."),
    )

    @property
    def place(self) -> str:
        """The URL name of the register's page."""
        register = registers().get(self.key)
        return register.place if register else self.key

    def field(self, name: str) -> ImportField | None:
        """The field of this name."""
        return next((one for one in self.fields if one.name == name), None)

    @cached_property
    def reference_words(self) -> frozenset[str]:
        """What a column of references is called, in every language we speak and elsewhere."""
        called = (*in_languages(gettext_lazy("Reference")), *self.reference_called)
        return frozenset({"ref", "referenz", *map(folded, called)})

    def names_records(self, cells: Iterable[str]) -> bool:
        """Whether cells may be references of our records: one of them is, or all are blank."""
        filled = [cell.strip().upper() for cell in cells if cell.strip()]
        return not filled or any(map(self.reference.fullmatch, filled))

    @cached_property
    def exported(self) -> frozenset[str]:
        """What the columns of the register's own exports are called that nothing can be read from."""
        register = registers().get(self.key)
        columns = register.columns if register else ()
        names = {folded(text) for column in columns for text in (column.key, *in_languages(column.label))}
        return frozenset(names - {name for one in self.fields for name in one.names} - self.reference_words)


@dataclass(frozen=True)
class Delivery:
    """Rows of a file as they are given to a register: who brings them, how they are read, under which rules."""

    actor: Actor
    source: str
    rows: Iterable[Any]
    reader: BoundMapping
    rules: Policy
    reference: re.Pattern[str]
    key_fields: tuple[str, ...] = ()
    """The fields whose values make the key of a row, where a row is found by them."""


_known: dict[str, Importable] = {}


def importable(described: Importable) -> Importable:
    """Make known what can be imported into a register."""
    _known[described.key] = described
    return described


def importables() -> dict[str, Importable]:
    """Every register that something can be imported into, by its key."""
    return dict(_known)


def in_languages(label: Any) -> list[str]:
    """A label in every language we speak."""
    if isinstance(label, Text):
        return [text for text in (label.en, label.de) if text]
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(str(label))
    return list(dict.fromkeys(text for text in found if text))
