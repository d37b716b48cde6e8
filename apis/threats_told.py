"""What threat signals add to the evidence of a service and to the overview."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis import evidence_sections, overview
from apis.evidence_sections import Lines, Looked, Section, Speaks, number
from apis.models import DetectorChoice, ThreatSignal, WindowPack
from apis.overview import Card, Drawn, bars, listed
from apis.threat_records import LABELS
from apis.threats.measured import APR
from core.scope import SCRATCH, Scope


def _of_month(looked: Looked) -> Any:
    """Signals that fired in the month or are still open."""
    rows = ThreatSignal.objects.of(looked.scope).filter(service=looked.service)
    return rows.filter(last_hour__date__gte=looked.month) | rows.filter(state__in=ThreatSignal.OPEN)


def _detectors(scope: Scope) -> list[str]:
    off = set(DetectorChoice.objects.of(scope).filter(on=False).values_list("detector", flat=True))
    return [code for code, _label in LABELS if code not in off]


def _read(looked: Looked) -> dict[str, Any]:
    rows = list(_of_month(looked).values_list("state", "detector"))
    states = Counter(state for state, _detector in rows)
    return {
        "detectors_in_use": _detectors(looked.scope),
        "states": {code: states[code] for code in ThreatSignal.STATES},
        "detectors": dict(sorted(Counter(detector for _state, detector in rows).items())),
    }


def _lines(content: dict[str, Any]) -> Lines:
    labels = dict(LABELS)
    fired = [(labels.get(code, code), number(n)) for code, n in content["detectors"].items()]
    states = [(label, number(content["states"].get(code, 0))) for code, label in ThreatSignal.STATES.items()]
    return [(_("Detectors in use"), number(len(content["detectors_in_use"]))), *states, *fired]


def _speaks(looked: Looked) -> Iterator[Speaks]:
    """Detectors that looked at traffic of this month, and confirmed signals that nobody has closed."""
    if looked.artefacts.filter(kind="traffic").exists():
        for code in _detectors(looked.scope):
            for requirement in APR[code]:
                yield Speaks(requirement, judged=1)
    confirmed = _of_month(looked).filter(state=ThreatSignal.CONFIRMED)
    for detector, severity in confirmed.values_list("detector", "severity"):
        for requirement in APR[detector]:
            yield Speaks(requirement, open=1, worst=severity)


def _draw(scope: Scope, slug: str) -> Drawn | None:
    """Open signals by detector; None where no traffic was ever looked through."""
    if scope.alias.startswith(SCRATCH):
        looked = ThreatSignal.objects.of(scope).exists()
    else:
        looked = WindowPack.objects.filter(management_system_id=scope.management_system_id).exists()
    if not looked:
        return None
    rows = ThreatSignal.objects.of(scope).open().order_by()
    counts = dict(rows.values_list("detector").annotate(n=Count("pk")))
    drawn = bars(
        [(label, counts.get(code, 0), listed("threats", slug, flag="open", detector=code), "")
         for code, label in LABELS]
    )  # fmt: skip
    unassigned = rows.filter(assignee=None).count()
    more = {"line": (_("Open and assigned to nobody"), unassigned, listed("threats", slug, flag="nobody"))}
    return Drawn(drawn, more=more)


evidence_sections.register(Section("threats", gettext_lazy("Threat signals"), _read, _lines, _speaks))
overview.register(
    Card("threats", gettext_lazy("Threats"), "threats", _draw,
         gettext_lazy("No traffic was looked through yet. That is not the same as: nobody abuses it."), order=40)
)  # fmt: skip
