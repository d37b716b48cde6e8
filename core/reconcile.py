"""Records against the ledger: a row that differs from its last entry was changed outside the product."""

import uuid

from core import canonical, ledger, records, replay
from core.ledger import Fault
from core.models import Entry


def records_fault(management_system_id: uuid.UUID) -> tuple[int, Fault | None]:
    """(records compared, the first that differs): every row against the newest state of its chain, and none missing."""
    chain = ledger.chain_of(management_system_id)
    newest: dict[tuple[str, str], str] = {}
    for kind, pk, schema, text in replay.latest_states(chain, chain.seq):
        if kind in records.record_models():
            newest[kind, pk] = canonical.text(replay.read_state(kind, schema, text))
    compared = 0
    for model in records.tenant_models():
        kind = records.type_of(model)
        rows = list(model._default_manager.filter(management_system_id=management_system_id))
        links = records.read_links(model, [row.pk for row in rows])
        for row in rows:
            compared += 1
            expected = newest.pop((kind, str(row.pk)), None)
            if expected is None:
                return compared, Fault("unknown", 0, f"{row._meta.verbose_name} {row}")
            if canonical.text(records.state_of(row, links[str(row.pk)])) != expected:
                return compared, Fault("row", _last_seq(chain, kind, row.pk), f"{row._meta.verbose_name} {row}")
    for (kind, pk), _state in newest.items():
        return compared, Fault("row", _last_seq(chain, kind, pk), f"{kind} {pk} (its row is gone)")
    return compared, None


def _last_seq(chain: ledger.Chain, kind: str, pk: object) -> int:
    return Entry.objects.filter(chain=chain, record_type=kind, record_id=str(pk)).latest("seq").seq
