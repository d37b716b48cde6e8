"""Looking after the history: check it now, take a checkpoint away."""

from typing import Any

from core import ledger, policy
from core.actor import Actor
from core.ledger import Verdict


def check_history(*, actor: Actor) -> Verdict:
    """Walk the whole chain of the management system and name the first fault (TRUST T18)."""
    policy.require(actor, "core.verify")
    return ledger.verify(ledger.chain_of(actor.management_system_id))  # type: ignore[arg-type]


def take_checkpoint(*, actor: Actor) -> dict[str, Any]:
    """Sign the present head and return it as it is kept outside."""
    policy.require(actor, "core.verify")
    chain = ledger.chain_of(actor.management_system_id)  # type: ignore[arg-type]
    return ledger.exported(ledger.make_checkpoint(chain, "taken away"))
