"""The page behind a figure of an issued report: the rows it counts, as they were at the moment of the report."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from core import registries, replay
from core.pages.views import MemberView
from core.scope import Scope
from reports.definitions import DEFINITIONS, Options
from reports.issuing import rows_behind
from reports.models import IssuedReport

PAGES = {
    "RSK": "risks.risk", "SYS": "aims.aisystem", "ACT": "risks.action", "ACC": "risks.acceptance",
    "A": "controls.control", "O": "controls.control",
}  # fmt: skip
"""Record types by the beginning of a reference."""


@dataclass(frozen=True)
class BehindRow:
    """One row a figure counts: what it is called, and its page at that moment; "" where it has none."""

    ref: str
    text: str
    url: str


class ClaimPage(MemberView):
    """The rows behind one figure of a report that was issued."""

    permission = "reports.read"

    def get(self, request: HttpRequest, number: str, claim: str) -> HttpResponse:
        """Read the moment of the report again and show what the figure counted."""
        report = self._issued(number)
        alias = replay.scratch(self.management_system.pk, report.seq, report.people_seq, report.as_of)
        read = Scope(self.management_system.pk, alias, report.seq, report.as_of, report.people_seq, past=True)
        options = Options(translation.get_language()[:2], report.paper)
        found, rows = rows_behind(read, report.kind, options, claim.upper())
        return self.render(
            "reports/claim_rows.html", report=report, number=number, claim=found, definition=DEFINITIONS[report.kind],
            rows=[self._row(row, report) for row in rows],
        )  # fmt: skip

    def _issued(self, number: str) -> IssuedReport:
        """The newest report that carries this number: its kind and the history entry it was read at."""
        kind, _dash, seq = number.rpartition("-")
        if kind not in DEFINITIONS or not seq.isdecimal() or len(seq) > len(str(2**62)):
            raise Http404
        rows = IssuedReport.objects.of(self.scope).filter(kind=kind, seq=int(seq)).order_by("-created_at")
        report = rows.first()
        if report is None:
            raise Http404
        return report

    def _row(self, row: Any, report: IssuedReport) -> BehindRow:
        ref = next((str(value) for name in ("ref", "code", "risk") if (value := getattr(row, name, ""))), "")
        text = next((str(value) for name in ("title", "name", "text") if (value := getattr(row, name, ""))), str(row))
        start = ref.partition("-")[0] if "-" in ref else ref.partition(".")[0]
        address = registries.address_of(PAGES.get(start, ""))
        url = address.url(self.management_system.slug, ref) if address else ""
        return BehindRow(ref, text, f"{url}?{urlencode({'as_of': report.as_of.isoformat()})}" if url else "")
