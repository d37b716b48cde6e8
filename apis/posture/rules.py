"""What a rule is: data for people and auditors, and a small function that judges one thing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict, Unpack

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apis.posture.requirements import annex_of
from core.wording import filled

CRITICAL, HIGH, MEDIUM, LOW = "critical", "high", "medium", "low"
SEVERITIES: Final = (CRITICAL, HIGH, MEDIUM, LOW)
SEVERITY_LABELS: Final = {CRITICAL: _("Critical"), HIGH: _("High"), MEDIUM: _("Medium"), LOW: _("Low")}
WEIGHTS: Final = {CRITICAL: 10, HIGH: 6, MEDIUM: 3, LOW: 1}

#: What a rule judges one by one.
SERVICE, OPERATION, PARAMETER, SHAPE, SCHEME, SERVER, CALLED, FLOW = (
    "service", "operation", "parameter", "shape", "scheme", "server", "called", "flow",
)  # fmt: skip
UNITS: Final = {
    SERVICE: _("the service"), OPERATION: _("operations"), PARAMETER: _("parameters"), SHAPE: _("schemas"),
    SCHEME: _("ways to sign in"), SERVER: _("servers"), CALLED: _("endpoints in traffic"),
    FLOW: _("data that goes to models"),
}  # fmt: skip
FROM_TRAFFIC: Final = (CALLED,)

Text = str | Promise
Params = Mapping[str, str | int]
#: A judgement: None in order, NOT_MINE nothing to judge here, otherwise what is wrong, as the places of `says`.
Judgement = Params | str | None
NOT_MINE: Final = "not-mine"
BROKEN: Final[Params] = {}
Judge = Callable[[Any, Any], Judgement]


class About(TypedDict, total=False):
    """What is said about a rule; `says` has the places that its judgement fills."""

    unit: str
    severity: str
    title: Text
    says: Text
    why: Text
    mend: Text
    owasp: tuple[str, ...]
    cwe: tuple[int, ...]
    atlas: tuple[str, ...]
    apr: tuple[str, ...]
    on: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with a stable code. `on` is False for those that say little about much."""

    code: str
    unit: str
    severity: str
    title: Text
    why: Text
    mend: Text
    judge: Judge
    says: Text = ""
    owasp: tuple[str, ...] = ()  # with their edition: API2:2023, LLM10:2025
    cwe: tuple[int, ...] = ()
    atlas: tuple[str, ...] = ()
    apr: tuple[str, ...] = ()
    on: bool = True
    own: bool = field(default=False)  # of the organisation, not of the product

    @property
    def annex(self) -> tuple[str, ...]:
        """The controls of Annex A that its API requirements support."""
        return annex_of(self.apr)

    @property
    def from_traffic(self) -> bool:
        """Whether traffic is needed to judge it."""
        return self.unit in FROM_TRAFFIC

    def sentence(self, params: Params) -> str:
        """What is wrong at one place, in the language of the reader."""
        return filled(self.says or self.title, params) if params else str(self.says or self.title)


RULES: dict[str, Rule] = {}


def rule(code: str, **about: Unpack[About]) -> Callable[[Judge], Judge]:
    """Add a rule to the catalogue; the function below it judges."""

    def register(judge: Judge) -> Judge:
        if code in RULES:
            raise ValueError(f"There are two rules {code}")
        RULES[code] = Rule(code=code, judge=judge, **about)
        return judge

    return register
