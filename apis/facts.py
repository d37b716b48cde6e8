"""What readers of traffic and descriptions hand to the rest of the room: plain facts, no database, no request."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

# Latencies are counted in buckets whose upper edges grow by the fourth root of two, so that counts can be added in any
# order and a percentile is right within 10 %.
LATENCY_STEP = 2**0.25


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a description: a method on a path template."""

    method: str  # upper case
    path: str  # as the service answers it, server base path included: /v1/files/{file_id}
    name: str = ""  # operationId
    summary: str = ""
    deprecated: bool = False
    ai_kind: str = ""  # code of apis.kinds, empty when not an AI operation
    secured: bool | None = None  # whether the description asks for credentials; None when it does not say


@dataclass(frozen=True, slots=True)
class Description:
    """An OpenAPI description as read: 2.0, 3.0 or 3.1, JSON or YAML."""

    title: str
    version: str
    dialect: str  # "2.0", "3.0", "3.1"
    hosts: tuple[str, ...]  # of its servers, lower case, port only when not the scheme's own
    operations: tuple[Operation, ...]
    problems: tuple[str, ...] = ()  # what could not be understood, worded for people
    document: Mapping = field(default_factory=dict, repr=False)  # the parsed document, references unresolved
    described: int = 0  # operations as written: those whose paths differ only in a query are one of `operations`


@dataclass(frozen=True, slots=True)
class Unread:
    """Lines that could not be read: how many, why, and a few of them with secrets masked (never raw values)."""

    reason: str  # code
    lines: int
    samples: tuple[tuple[int, str], ...] = ()  # (line number from 1, masked text of at most 200 characters)


@dataclass(frozen=True, slots=True)
class Window:
    """What one consumer did on one endpoint in one hour. Windows with the same key add up, in any order."""

    hour: datetime.datetime  # UTC, start of the hour
    host: str  # lower case; empty when the log does not name one
    method: str
    template: str  # learned or described path template
    consumer: str  # "key:…", "session:…", "user:…", "address:…"; the value is a keyed hash, never the value itself
    calls: int
    statuses: Mapping[int, int]  # status → calls; 0 when the log has none
    latency: Mapping[int, int]  # bucket of LATENCY_STEP → calls; empty when the log has none
    bytes_in: int
    bytes_out: int
    first_at: datetime.datetime
    last_at: datetime.datetime
    marks: Mapping[str, int] = field(default_factory=dict)  # sign → calls, such as "http", "query_credential"
    tokens: tuple[int, int] = (0, 0)  # prompt and completion tokens, where the log counts them
