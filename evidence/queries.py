"""Reads of evidence."""

from core.scope import Scope
from evidence.models import Evidence, EvidenceVersion


def evidence_by_ref(scope: Scope, ref: str) -> Evidence | None:
    """The item of a reference, or None."""
    return Evidence.objects.of(scope).filter(ref=ref).first()


def versions_of(scope: Scope, item: Evidence) -> list[EvidenceVersion]:
    """Every version of an item without its content, the newest first."""
    return list(EvidenceVersion.objects.of(scope).filter(item=item).defer("content").order_by("-number"))


def version_of(scope: Scope, item: Evidence, number: int | None = None) -> EvidenceVersion | None:
    """One version of an item, the newest where none is named; None where there is none."""
    rows = EvidenceVersion.objects.of(scope).filter(item=item).order_by("-number")
    return (rows if number is None else rows.filter(number=number)).first()
