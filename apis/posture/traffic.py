"""Windows put together as rules judge them: each endpoint in traffic, and the whole of a service."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apis.facts import Operation, Window
from apis.posture import places

#: Marks of windows that rules read: sign → calls.
HTTP, OLD_TLS, QUERY_CREDENTIAL, CORS_ANY = "http", "old_tls", "query_credential", "cors_any"
ANONYMOUS, ANONYMOUS_OK, KNOWN = "no_credential", "open_2xx", "with_credential"
BASIC, SHARED_KEY = "basic", "shared_key"
_NAMED = ("key", "session", "user")


@dataclass(slots=True)
class Called:
    """One endpoint as it was called."""

    host: str
    method: str
    template: str
    ai_kind: str = ""
    operation: Operation | None = None  # as described
    described: bool | None = None  # None where there is no description to compare with
    calls: int = 0
    bytes_out: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    consumers: Counter[str] = field(default_factory=Counter)  # kind of consumer → calls

    @property
    def place(self) -> str:
        return f"{self.method} {self.host}{self.template}"

    @property
    def pointer(self) -> str:
        return ""

    @property
    def succeeded(self) -> int:
        """Calls that were answered with 2xx."""
        return sum(calls for status, calls in self.statuses.items() if 200 <= status < 300)

    @property
    def refused(self) -> int:
        """Calls that were refused for want of rights: 401 and 403."""
        return self.statuses[401] + self.statuses[403]

    @property
    def with_credentials(self) -> int:
        """Calls of which the log tells who made them."""
        return max(self.marks[KNOWN], sum(self.consumers[kind] for kind in _NAMED))

    def add(self, window: Window) -> None:
        """Count a window in."""
        self.calls += window.calls
        self.bytes_out += window.bytes_out
        self.statuses.update(window.statuses)
        self.marks.update(window.marks)
        self.consumers[window.consumer.partition(":")[0]] += window.calls


@dataclass(slots=True)
class Traffic:
    """All that was seen of a service."""

    called: list[Called]
    place: str = places.TRAFFIC
    pointer: str = ""

    def sum_of(self, mark: str) -> int:
        """How many calls bear a mark."""
        return sum(one.marks[mark] for one in self.called)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of endpoints beside the windows: AI kinds by method and template, and what is described."""

    kinds: Mapping[tuple[str, str], str] = field(default_factory=dict)
    described: tuple[Operation, ...] | None = None  # None where there is nothing to compare with


def gather(windows: Iterable[Window], known: Known) -> Traffic:
    """Put windows together by endpoint."""
    found: dict[tuple[str, str, str], Called] = {}
    described = {(one.method, one.path): one for one in known.described or ()}
    for window in windows:
        key = (window.host, window.method, window.template)
        if key not in found:
            operation = described.get(key[1:])
            kind = (operation.ai_kind if operation else "") or known.kinds.get(key[1:], "")
            is_described = None if known.described is None else bool(operation)
            found[key] = Called(*key, ai_kind=kind, operation=operation, described=is_described)
        found[key].add(window)
    return Traffic(sorted(found.values(), key=lambda one: one.place))
