"""Takes the guard named by AIMS_WITHOUT away, for `python -m tests.mutation`; does nothing otherwise."""

import dataclasses
import os

from core import change, policy, workflow
from core.models import Membership
from core.models.base import TenantQuerySet
from core.policy import ANYONE_INSIDE, Rule

EVERYBODY = Rule(ANYONE_INSIDE)


def take_away(name: str) -> None:
    """Disarm one guard of the product in this process."""
    if not name:
        return
    if name in policy._permissions:
        policy._permissions[name] = dataclasses.replace(policy._permissions[name], rule=EVERYBODY)
        return
    MUTATIONS[name]()


def _visible_to() -> None:
    TenantQuerySet.visible_to = lambda self, actor: self.all()


def _of() -> None:
    TenantQuerySet.of = lambda self, scope: self.using(scope.alias)


def _tenant_of_record() -> None:
    original = change.Change.fetch

    def fetch(self, model, pk, version=None):
        found = model._default_manager.filter(pk=pk).first()
        return found if found is not None else original(self, model, pk, version)

    change.Change.fetch = fetch


def _tenant_of_links() -> None:
    change.Change._require_inside = lambda self, target, name, ids: None


def _version() -> None:
    original = change.Change.fetch
    change.Change.fetch = lambda self, model, pk, version=None: original(self, model, pk, None)


def _four_eyes() -> None:
    workflow._signature_obstacles = lambda flow, step, record, actor: []


def _shown_hash() -> None:
    original = workflow._sign

    def sign(flow, step, record, taking, shown_hash):
        return original(flow, step, record, taking, flow.shown_hash(record))

    workflow._sign = sign


def _reauthentication() -> None:
    original = workflow._refuse

    def refuse(flow, step, record, actor, reason):
        return original(flow, step, record, dataclasses.replace(actor, recently_authenticated=True), reason)

    workflow._refuse = refuse


def _token_scope() -> None:
    from core.actor import Actor  # noqa: PLC0415 (patched here only)

    Actor.has_scope = lambda self, scope: True


def _membership() -> None:
    original = type(Membership.objects.all()).valid_at
    type(Membership.objects.all()).valid_at = lambda self, moment: original(self, moment) | self.filter(ended=True)


MUTATIONS = {
    "visible_to": _visible_to, "of": _of, "tenant-of-record": _tenant_of_record, "tenant-of-links": _tenant_of_links,
    "version": _version, "four-eyes": _four_eyes, "shown-hash": _shown_hash, "reauthentication": _reauthentication,
    "token-scope": _token_scope, "membership": _membership,
}  # fmt: skip

if name := os.environ.get("AIMS_WITHOUT", ""):
    take_away(name)
