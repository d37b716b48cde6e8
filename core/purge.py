"""Take a whole management system away: its rows, its history, its files. The instance chain keeps how it ended.

People stay: they belong to the instance and may be members elsewhere. Guards let the deletion of entries and
checkpoints past for this one chain, inside this one transaction (core.guards).
"""

import shutil
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _

from core import ledger, replay
from core.actor import OPERATOR, Actor
from core.change import change
from core.errors import Forbidden, Refusal
from core.models import Chain, LedgerPass, ManagementSystem

Owned = list[tuple[type[models.Model], str]]


class NotADemo(Refusal):
    """A management system of real records is not purged without being told so expressly."""


@dataclass(frozen=True)
class Purged:
    """What was taken away, and where its history ended."""

    slug: str
    rows: int
    entries: int
    head: str


def purge(*, actor: Actor, management_system: ManagementSystem, reason: str, really: bool = False) -> Purged:
    """Delete everything of a management system; operators only. Raises Forbidden, NotADemo unless ``really``."""
    if actor.kind != OPERATOR:
        raise Forbidden("core.purge", _("Only an operator takes a management system away."))
    if not (management_system.is_demo or really):
        raise NotADemo(_("%(slug)s is not the demo.") % {"slug": management_system.slug})
    with change(actor, "management-systems.purge", instance=True) as unit:
        fresh = unit.fetch(ManagementSystem, management_system.pk)
        chain = ledger.lock_head(fresh.pk)
        unit.reason = f"{reason} History of {fresh.slug}: {chain.seq} entries, head {chain.head}."
        rows = _delete_rows(fresh, chain)
        unit.delete(fresh)
        transaction.on_commit(lambda: _delete_files(fresh))
    return Purged(fresh.slug, rows, chain.seq, chain.head)


def owned_tables() -> Owned:
    """Every table whose rows belong to one management system, with the look-up that leads there; leaves last."""
    known = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    found = {model: name for model in known if (name := _link_to(model, {ManagementSystem}))}
    while more := {m: n for m in known if m not in found and (n := _link_to(m, set(found))) and m != ManagementSystem}:
        found |= more
    return list(found.items())


def _link_to(model: type[models.Model], targets: set[type[models.Model]]) -> str:
    """The name of a foreign key that leads to one of the tables, "" for none; a needed one before others."""
    fields = [field for field in model._meta.concrete_fields if field.related_model in targets]
    return min(((field.null, field.name) for field in fields), default=(False, ""))[1]


def _delete_rows(tenant: ManagementSystem, chain: Chain) -> int:
    """Delete by table, leaves first; foreign keys are checked when the transaction ends."""
    LedgerPass.objects.create(chain_id=chain.pk)
    owned = owned_tables()
    paths = {model: _path(model, dict(owned)) for model, _name in owned}
    count = 0
    for model, _name in reversed(owned):
        ids = model._default_manager.filter(**{paths[model]: tenant.pk}).values("pk")
        rows = model._default_manager.filter(pk__in=ids)
        count += rows._raw_delete(rows.db)
    LedgerPass.objects.filter(chain_id=chain.pk).delete()
    return count


def _path(model: type[models.Model], owned: dict[type[models.Model], str]) -> str:
    """The look-up from a table to its management system ("chain__management_system")."""
    name = owned[model]
    target: Any = model._meta.get_field(name).related_model
    return name if target is ManagementSystem else f"{name}__{_path(target, owned)}"


def _delete_files(tenant: ManagementSystem) -> None:
    """Uploads, reports and replayed pasts; what another process holds open goes when it closes it."""
    replay.forget_all()
    shutil.rmtree(settings.BLOB_DIR / str(tenant.pk), ignore_errors=True)
    for past in (settings.DATA_DIR / "scratch").glob(f"asof_{tenant.pk.hex}_*"):
        past.unlink(missing_ok=True)
