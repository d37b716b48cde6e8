"""Cards of the overview of APIs: what each capability shows, drawn; other parts of the room add theirs."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis import queries_of_posture
from apis.findings import SEVERITIES, Finding
from apis.models import Endpoint, Service, in_state
from core.places import address
from core.scope import Scope

SERVICES_DRAWN = 6


@dataclass(frozen=True)
class Bar:
    """A number with its name, drawn as long as its share of the longest, leading to its rows."""

    label: Any
    number: int
    url: str
    level: str = ""
    """Low, medium, high or critical where it is a matter of risk."""
    share: int = 0


@dataclass(frozen=True)
class Drawn:
    """What a card shows: bars, a sentence below, and what its own template needs."""

    bars: Sequence[Bar] = ()
    note: Any = ""
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """A capability: ``draw`` takes the scope and the slug and gives None where nothing was looked at yet."""

    code: str
    title: Any
    url_name: str
    draw: Callable[[Scope, str], Drawn | None]
    empty: Any
    """What to say where nothing was looked at."""
    template: str = "apis/card.html"
    order: int = 50


_cards: dict[str, Card] = {}


def register(card: Card) -> None:
    """Add a card; call it while the room is loaded."""
    _cards[card.code] = card


def cards() -> list[Card]:
    """All of them, in their order."""
    return sorted(_cards.values(), key=lambda one: one.order)


def bars(rows: Sequence[tuple[Any, int, str, str]]) -> list[Bar]:
    """Bars of (label, number, address, level), drawn against the longest."""
    most = max((number for _l, number, _u, _v in rows), default=0) or 1
    return [
        Bar(label, number, url, level, max(round(100 * number / most), 1) if number else 0)
        for label, number, url, level in rows
    ]


def listed(url_name: str, slug: str, **params: str) -> str:
    """The address of a register narrowed by parameters."""
    return f"{address(url_name, slug)}?{urlencode(params)}"


def _discover(scope: Scope, slug: str) -> Drawn | None:
    rows = Endpoint.objects.of(scope).current()
    if not rows.exists():
        return None
    found = [
        (label, rows.filter(in_state(code, scope.today)).count(), listed("api_endpoints", slug, state=code), "")
        for code, label in Endpoint.STATES
    ]
    unowned = Service.objects.of(scope).filter(owner=None).count()
    more = {"line": (_("Services without an owner"), unowned, listed("api_services", slug, flag="no_owner"))}
    return Drawn(bars(found), more=more)


def _posture(scope: Scope, slug: str) -> Drawn | None:
    found = [one for one in queries_of_posture.standings(scope) if one.run]
    if not found:
        return None
    counts = Counter(Finding.objects.of(scope).open().values_list("severity", flat=True))
    rows = [
        (label, counts[code], listed("posture_findings", slug, state="open", severity=code), code)
        for code, label in reversed(SEVERITIES)
    ]
    worst = sorted((one for one in found if one.score is not None), key=lambda one: one.points[-1])
    return Drawn(bars(rows), more={"standings": worst[:SERVICES_DRAWN]})


register(
    Card(
        "discover", gettext_lazy("Discover"), "api_endpoints", _discover,
        gettext_lazy("No endpoint is known yet."), "apis/card.html", 10,
    )
)  # fmt: skip
register(
    Card(
        "posture", gettext_lazy("Posture"), "posture", _posture,
        gettext_lazy("Nothing was judged yet. That is not the same as: nothing is wrong."), "apis/card_posture.html",
        20,
    )
)  # fmt: skip
