"""What every report shares: cover, figures, approvals, and the canonical bytes they are hashed from.

Rules that hold for every shape in this package:

- only ``str``, ``int``, ``bool``, ``None``, lists and nested shapes; no float, no date object;
- a day is ``YYYY-MM-DD``, a moment is ``YYYY-MM-DDTHH:MM:SSZ`` (UTC); "not known" is ``""``;
- enumerations are codes (``"high"``, ``"in_place"``); the renderer knows the words of each language;
- texts of people are already in the language of the report;
- ``claim`` names a figure or a row, so that a reader can be led to the records behind it.
"""

import dataclasses
import functools
import hashlib
import json
import types
import typing
from dataclasses import dataclass, field
from typing import Any

STATES = ("working_copy", "approved", "superseded")
LEVELS = ("critical", "high", "medium", "low")
PAPERS = ("A4", "Letter")
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U, which are misread."""


@dataclass(frozen=True)
class Name:
    """A person as printed at that time, with their function."""

    text: str
    function: str = ""


@dataclass(frozen=True)
class Figure:
    """A number that leads to rows. ``claim`` such as ``soa.applicable.A.6``."""

    value: int
    claim: str


@dataclass(frozen=True)
class Claim:
    """A figure of this report by its short id: printed beside it, and part of the address of the rows behind it."""

    id: str  # K7Q4X, the same in every issue
    claim: str  # soa.applicable.A.6
    value: int


@dataclass(frozen=True)
class Cover:
    """The first page, the running lines, and what the file says about itself."""

    report: str  # definition: RPT-SOA, RPT-RISK
    number: str  # this issue, unique in the management system: RPT-SOA-7
    organisation: str  # printed on top of the cover
    management_system: str  # name of the management system
    scope_sentence: str
    standard: str  # "ISO/IEC 42001:2023"
    clauses: str  # "6.1.3 f)"
    state: str  # working_copy | approved | superseded
    classification: str  # printed as written, such as "Confidential"
    language: str  # en | de
    paper: str  # A4 | Letter
    as_of: str  # moment the data are read at
    history_entry: int  # sequence number of the history up to which the data are read
    generated_at: str  # moment of that sequence number, never the clock
    scope_version: int | None = None
    version: int | None = None  # version of the statement or of the plan; None while it is a first working copy
    draft: bool = False  # printed with DRAFT across every page: nobody approved what its figures rest on
    differs: str = ""  # for a working copy: one sentence, "Working copy differs from v1 in 3 controls."
    approved_at: str = ""  # moment of approval of this version
    replaces_version: int | None = None
    replaces_on: str = ""  # day the replaced version was approved
    superseded_by: int | None = None
    superseded_on: str = ""
    prepared_by: Name | None = None
    approved_by: Name | None = None


@dataclass(frozen=True)
class Fact:
    """One line of an approval: a label in the language of the report, and its text."""

    label: str
    text: str


@dataclass(frozen=True)
class Act:
    """One approval or acceptance: who, when, what, under which history entries."""

    by: Name
    at: str  # moment
    what: str  # "Working copy of 2026-11-16, 38 controls and 2 own controls, as v2"
    entries: list[int] = field(default_factory=list)  # history
    submitted_by: Name | None = None
    submitted_at: str = ""
    facts: list[Fact] = field(default_factory=list)  # further lines: comments, conditions
    claim: str = ""


@dataclass(frozen=True)
class SystemRow:
    """One AI system in scope."""

    ref: str  # SYS-2
    name: str
    purpose: str = ""
    role: str = ""  # role of the organisation and supplier, one line
    act_class: str = ""  # EU AI Act class, in words
    stage: str = ""  # in words
    owner: str = ""
    claim: str = ""


@dataclass(frozen=True)
class VersionRow:
    """One version of the statement or the plan, newest first."""

    version: int
    state: str  # approved | superseded
    approved_at: str
    by: str
    change: str
    claim: str = ""


@dataclass(frozen=True)
class Recipient:
    """Who gets this report."""

    name: str
    function: str = ""
    since: str = ""
    form: str = ""


@dataclass(frozen=True)
class HistoryRow:
    """One entry of the history."""

    entry: int
    at: str
    who: str
    what: str


def claim_id(claim: str) -> str:
    """Five letters and digits that are easy to read aloud; they follow from the claim alone."""
    number = int.from_bytes(hashlib.sha256(claim.encode()).digest()[:4], "big")
    return "".join(LETTERS[number >> 5 * place & 31] for place in range(5))


def plain(value: Any) -> Any:
    """The shape as dictionaries and lists; raises TypeError for anything that has no canonical form."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _fields(type(value))}
    raise TypeError(f"no canonical form for {type(value).__name__}")


def to_json(report: Any) -> bytes:
    """Canonical bytes of a report: sorted keys, UTF-8, compact, no floats. The content hash is taken from these."""
    document = {"kind": report.KIND, "schema": report.SCHEMA, "report": plain(report)}
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def from_json(data: bytes, shapes: dict[str, type]) -> Any:
    """The report in canonical bytes. Raises ValueError for an unknown kind, schema or field, or a wrong type."""
    document = json.loads(data)
    shape = shapes.get(document.get("kind"))
    if shape is None:
        raise ValueError(f"unknown kind of report: {document.get('kind')!r}")
    if document.get("schema") != shape.SCHEMA:  # type: ignore[attr-defined]
        raise ValueError(f"{document['kind']}: schema {document.get('schema')!r} is not known")
    return _build(shape, document["report"], "report")


def content_hash(report: Any) -> str:
    """The data fingerprint: SHA-256 of the canonical bytes, 64 hexadecimal digits."""
    return hashlib.sha256(to_json(report)).hexdigest()


@functools.cache
def _fields(shape: type) -> dict[str, Any]:
    hints = typing.get_type_hints(shape)
    return {item.name: hints[item.name] for item in dataclasses.fields(shape)}


@functools.cache
def _required(shape: type) -> frozenset[str]:
    return frozenset(
        item.name
        for item in dataclasses.fields(shape)
        if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
    )


def _build(hint: Any, value: Any, path: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
        return _build(hint, value, path)
    if origin is list:
        if not isinstance(value, list):
            raise ValueError(f"{path}: a list is expected")
        (inner,) = typing.get_args(hint)
        return [_build(inner, item, f"{path}[{index}]") for index, item in enumerate(value)]
    if dataclasses.is_dataclass(hint):
        return _build_shape(hint, value, path)
    if type(value) is not hint:
        raise ValueError(f"{path}: {hint.__name__} is expected, not {type(value).__name__}")
    return value


def _build_shape(shape: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{path}: an object is expected")
    known = _fields(shape)
    if unknown := sorted(set(value) - set(known)):
        raise ValueError(f"{path}: unknown field {unknown[0]!r}")
    if missing := sorted(_required(shape) - set(value)):
        raise ValueError(f"{path}: field {missing[0]!r} is missing")
    return shape(**{name: _build(known[name], item, f"{path}.{name}") for name, item in value.items()})
