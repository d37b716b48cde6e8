"""Facts that speak for a control: from them reasons are drafted and contradictions are named (6.1.3).

Rooms above register theirs under ``core.registries.drivers`` (key "*" or a control's code): a function of the scope
that yields ``Fact``. The facts of the systems' inventory are registered here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from aims.models import AISystem
from core import registries
from core.scope import Scope

RISK, LAW, CONTRACT, IMPACT, BUSINESS = "risk", "law", "contract", "impact", "business"
SHOWN = 4
"""Most references a sentence names."""
RUNNING = frozenset({"OM", "CV", "REV"})


@dataclass(frozen=True)
class Fact:
    """Something recorded that speaks for a control.

    ``kind`` names what (supplier, data, risk …), ``driver`` is the ground it gives (risk, law, contract, impact,
    business), ``refs`` the records behind it; ``says`` completes "applies because …": a lazy ``ngettext`` over "n" with
    %(refs)s, or a lazy text with %(refs)s.
    With ``contradicts`` an exclusion of the control is contradicted by it.
    """

    code: str
    kind: str
    driver: str
    refs: tuple[str, ...]
    says: Any = ""
    contradicts: bool = False

    def __str__(self) -> str:
        return self.says % {"refs": named(self.refs), "n": len(self.refs)} if self.says else named(self.refs)


@dataclass(frozen=True)
class Contradiction:
    """A control that is excluded, or left out for single systems, although records speak for it."""

    code: str
    kind: str
    refs: tuple[str, ...]
    fact: Fact
    local: bool = False

    def __str__(self) -> str:
        if self.local:
            values = {"code": self.code, "refs": named(self.refs), "fact": self.fact}
            return _("%(code)s leaves out %(refs)s, but %(fact)s") % values
        return _("%(code)s is excluded, but %(fact)s") % {"code": self.code, "fact": self.fact}


@dataclass(frozen=True)
class Proposal:
    """A reason drafted from facts; it counts only once a person has confirmed it."""

    code: str
    reason: str
    drivers: tuple[str, ...]


def named(refs: Sequence[str], last: str = "") -> str:
    """Return "SYS-2, SYS-5 and 17 more"."""
    shown = list(refs[:SHOWN])
    more = len(refs) - len(shown)
    if more > 0:
        shown.append(ngettext("%(n)d more", "%(n)d more", more) % {"n": more})
    return get_text_list(shown, last or _("and"))


def facts_of(scope: Scope) -> dict[str, list[Fact]]:
    """Every fact by control code: one call of each registered function, whatever the number of controls."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for key in registries.drivers.items:
        for fact in registries.gather(registries.drivers, key, scope):
            found[fact.code].append(fact)
    return dict(found)


def contradiction_of(
    code: str, applies: str, facts: Iterable[Fact], where: str = "all", systems: Collection[str] = ()
) -> list[Contradiction]:
    """What contradicts an exclusion, of everything or of single systems (``where``: only or except ``systems``)."""
    speaking = [fact for fact in facts if fact.contradicts]
    if applies == "no":
        return [Contradiction(code, fact.kind, fact.refs, fact) for fact in speaking]
    if applies != "yes" or where == "all":
        return []
    found = []
    for fact in speaking:
        refs = tuple(ref for ref in fact.refs if (ref in systems) == (where == "except"))
        if refs and fact.kind != RISK:  # a risk is no system, and may lie elsewhere
            found.append(Contradiction(code, fact.kind, refs, replace(fact, refs=refs), local=True))
    return found


def proposal_of(code: str, facts: Sequence[Fact]) -> Proposal | None:
    """Draft a reason from at most two facts, with the risks in brackets; None where nothing speaks for the control."""
    spoken = [fact for fact in facts if fact.kind != RISK and fact.says]
    spoken = ([fact for fact in spoken if fact.kind != _KNOWN.kind] or spoken)[:2]
    risks = tuple(dict.fromkeys(ref for fact in facts if fact.kind == RISK for ref in fact.refs))
    if not spoken and not risks:
        return None
    grounds = tuple(dict.fromkeys(fact.driver for fact in (*spoken, *(f for f in facts if f.kind == RISK))))
    if spoken:
        why = "; ".join(str(fact) for fact in spoken)
        text = _("Applies because %(why)s.") % {"why": f"{why} ({named(risks)})" if risks else why}
    else:
        text = _("Applies because it treats %(risks)s.") % {"risks": named(risks)}
    return Proposal(code, text, grounds)


@dataclass(frozen=True, eq=False)
class _Reading:
    """Which systems a fact is read from, and what it says of which controls."""

    kind: str
    driver: str
    says: Any
    codes: tuple[str, ...]
    contradicts: tuple[str, ...] = ()


_SUPPLIED = _Reading(
    "supplier", CONTRACT, ngettext_lazy(
        "%(refs)s runs on a supplier's model or product", "%(refs)s run on a supplier's model or product", "n"
    ),
    ("A.10.2", "A.10.3"), ("A.10.2", "A.10.3"),
)  # fmt: skip
_DATA = _Reading(
    "data", BUSINESS, ngettext_lazy("%(refs)s uses recorded data", "%(refs)s use recorded data", "n"),
    ("A.4.3", "A.7.2", "A.7.3", "A.7.4", "A.7.5", "A.7.6"), ("A.4.3", "A.7.2", "A.7.3", "A.7.4", "A.7.5", "A.7.6"),
)  # fmt: skip
_PERSONAL = _Reading(
    "personal_data",
    LAW,
    ngettext_lazy("%(refs)s processes personal data", "%(refs)s process personal data", "n"),
    ("A.5.4", "A.7.3", "A.8.2"),
)
_AFFECTED = _Reading(
    "affected",
    IMPACT,
    ngettext_lazy("%(refs)s affects people", "%(refs)s affect people", "n"),
    ("A.5.2", "A.5.3", "A.5.4", "A.5.5", "A.8.3", "A.9.3"),
)
_HIGH_RISK = _Reading(
    "high_risk", LAW, ngettext_lazy(
        "%(refs)s is high-risk under the EU AI Act", "%(refs)s are high-risk under the EU AI Act", "n"
    ),
    ("A.5.2", "A.6.2.3", "A.6.2.7", "A.6.2.8", "A.8.4", "A.8.5", "A.9.4"),
)  # fmt: skip
_RUNNING = _Reading(
    "running",
    BUSINESS,
    ngettext_lazy("%(refs)s is in operation", "%(refs)s are in operation", "n"),
    ("A.6.2.5", "A.6.2.6", "A.6.2.8", "A.9.2", "A.9.4"),
)
_BUILT = _Reading(
    "built", BUSINESS, ngettext_lazy("%(refs)s is developed by or for us", "%(refs)s are developed by or for us", "n"),
    ("A.6.1.2", "A.6.1.3", "A.6.2.2", "A.6.2.3", "A.6.2.4", "A.7.2"),
)  # fmt: skip
_SERVES = _Reading(
    "customers",
    CONTRACT,
    ngettext_lazy("%(refs)s is provided to others", "%(refs)s are provided to others", "n"),
    ("A.10.2", "A.10.4"),
    ("A.10.4",),
)
_KNOWN = _Reading(
    "in_scope", BUSINESS, ngettext_lazy("%(refs)s is in scope", "%(refs)s are in scope", "n"),
    ("A.2.2", "A.2.3", "A.2.4", "A.3.2", "A.3.3", "A.4.2", "A.4.4", "A.4.5", "A.4.6", "A.9.2", "A.9.3"),
    ("A.4.2",),
)  # fmt: skip

COLUMNS = (
    "ref", "roles", "development", "supplier", "model_name", "datasets", "personal_data", "affected", "ai_act_class",
    "stage",
)  # fmt: skip


@registries.drivers.add("*", "aims.systems")
def system_facts(scope: Scope) -> Iterator[Fact]:
    """What the inventory of in-scope systems says about controls, in one query."""
    behind: dict[_Reading, list[str]] = defaultdict(list)
    rows = AISystem.objects.of(scope).in_scope().order_by("created_at", "ref").values(*COLUMNS)
    for system in rows:
        for reading in _readings(system):
            behind[reading].append(system["ref"])
    for reading, refs in behind.items():
        for code in reading.codes:
            yield Fact(
                code, reading.kind, reading.driver, tuple(refs), reading.says, contradicts=code in reading.contradicts
            )


def _readings(system: dict[str, Any]) -> Iterator[_Reading]:
    if system["supplier"].strip() or system["development"] == "bought":
        yield _SUPPLIED
    if system["datasets"].strip():
        yield _DATA
    if any(code.startswith("HIGH") for code in system["ai_act_class"].split()):
        yield _HIGH_RISK
    if system["personal_data"] == "yes":
        yield _PERSONAL
    if system["affected"].strip():
        yield _AFFECTED
    if system["stage"] in RUNNING:
        yield _RUNNING
    if system["development"] in {"in_house", "contract", "both"}:
        yield _BUILT
    if "provider" in system["roles"]:
        yield _SERVES
    yield _KNOWN
