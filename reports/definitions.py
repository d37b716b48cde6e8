"""The reports there are: what each is for, who builds it, which formats it comes in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import NotFound
from core.scope import Scope
from reports.builders.risk import build_risk_report
from reports.builders.soa import build_soa

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@dataclass(frozen=True)
class Options:
    """What can be chosen when a report is asked for; part of its identity."""

    language: str = "en"
    paper: str = "A4"


@dataclass(frozen=True)
class Definition:
    """One kind of report."""

    kind: str
    title: Any
    clause: str
    says: Any
    build: Callable[[Scope, Options], Any]
    formats: tuple[str, ...] = ("pdf", "xlsx", "json")


DEFINITIONS: dict[str, Definition] = {
    definition.kind: definition
    for definition in (
        Definition(
            "RPT-SOA",
            _("Statement of Applicability"),
            "6.1.3 f)",
            _("All 38 controls and your own: applicable or not, why, where, how far, who answers for it."),
            build_soa,
        ),
        Definition(
            "RPT-RISK",
            _("AI risk assessment and treatment report"),
            "6.1.2, 6.1.3, 8.2, 8.3",
            _("Method, systems assessed, every risk with its three ratings, the treatment plan, acceptances."),
            build_risk_report,
        ),
    )
}


def definition_of(kind: str) -> Definition:
    """The definition of a kind such as RPT-SOA; raises NotFound."""
    try:
        return DEFINITIONS[kind]
    except KeyError:
        raise NotFound from None
