"""What is read, where and as of when. Queries, builders and checks take a scope and never ask the clock."""

import datetime
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections, transaction
from django.db.models import OuterRef, Subquery, UUIDField
from django.utils.translation import gettext as _

from core import clock, ledger, replay
from core.models import Chain, Entry, Profile
from core.models.prepared import Given, Prepared

SCRATCH = "asof_"


@dataclass(frozen=True)
class Scope:
    """A management system as it is at ``moment`` (after entry ``seq``), read from the database ``alias``.

    ``past`` tells a moment somebody asked for from the present.
    """

    management_system_id: uuid.UUID
    alias: str
    seq: int
    moment: datetime.datetime
    people_seq: int = 0
    language: str = "en"
    past: bool = False

    @cached_property
    def profile(self) -> Profile:
        """How the management system described itself then."""
        return Profile.objects.using(self.alias).get(management_system_id=self.management_system_id)

    @property
    def zone(self) -> ZoneInfo:
        """The management system's time zone."""
        return ZoneInfo(self.profile.time_zone)

    @property
    def today(self) -> datetime.date:
        """The date of the moment in the management system's zone."""
        return self.moment.astimezone(self.zone).date()

    @cached_property
    def _found(self) -> dict[str, Any]:
        return {}

    def once(self, key: str, find: Callable[["Scope"], Any]) -> Any:
        """Look something up once for this scope: for pages that read and write nothing."""
        if key not in self._found:
            self._found[key] = find(self)
        return self._found[key]

    def speaking(self, language: str) -> "Scope":
        """The same scope in another language."""
        return replace(self, language=language)


class ScratchRouter:
    """Scratch databases of past moments are never migrated; relations inside one of them are fine."""

    def allow_relation(self, left: Any, right: Any, **hints: Any) -> bool | None:
        """Rows of one scratch database belong together."""
        return True if left._state.db == right._state.db else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Only the default database is migrated."""
        return None if db == "default" else False


@cache
def _present() -> Prepared[Any]:
    """The profile of a management system with where its chain stands."""
    chain = Chain.objects.filter(management_system_id=OuterRef("management_system_id"))
    rows = Profile.objects.annotate(seq=Subquery(chain.values("seq")), told_at=Subquery(chain.values("at")))
    return Prepared(lambda _alias: rows.filter(management_system_id=Given("management_system_id", UUIDField())))


def current(management_system_id: uuid.UUID) -> Scope:
    """The present, read from the default database: for pages, which show each figure as it is found."""
    profile = _present().first(management_system_id=management_system_id)
    if profile is None:
        raise Profile.DoesNotExist
    scope = Scope(management_system_id, "default", profile.seq, max(clock.now(), profile.told_at))
    scope.__dict__["profile"] = profile
    return scope


@contextmanager
def snapshot(management_system_id: uuid.UUID) -> Iterator[Scope]:
    """The present, consistent over many queries: nothing written meanwhile is seen.

    The cut (sequence and moment) is taken under the head lock, so that every entry at or before the moment is
    committed; should somebody write between cut and reading, the past of that moment is replayed instead.
    """
    seq, people_seq, moment = _cut(management_system_id)
    alias = settings.SNAPSHOT_ALIAS
    scope = Scope(management_system_id, alias, seq, moment, people_seq)
    connection = connections[alias]
    with transaction.atomic(using=alias):
        if connection.vendor == "postgresql" and not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        heads = dict(
            Chain.objects.using(alias)
            .filter(management_system_id__in=[management_system_id])
            .values_list("management_system_id", "seq")
        )
        people = Chain.objects.using(alias).filter(management_system=None).values_list("seq", flat=True).first() or 0
        if heads[management_system_id] == seq and people == people_seq:
            yield scope
            return
    yield _replayed(scope)


def as_of(management_system_id: uuid.UUID, moment: datetime.datetime) -> Scope:
    """The management system as it was at a past moment. Raises ValueError before its first entry or in the future."""
    if moment > clock.now():
        raise ValueError(_("This moment has not come yet."))
    chain = Chain.objects.get(management_system_id=management_system_id)
    seq = _seq_at(chain, moment)
    if not seq:
        raise ValueError(_("The management system did not exist then."))
    people_seq = _seq_at(ledger.instance_chain(), moment)
    return _replayed(Scope(management_system_id, "", seq, moment, people_seq, past=True))


def _replayed(scope: Scope) -> Scope:
    return replace(scope, alias=replay.scratch(scope.management_system_id, scope.seq, scope.people_seq, scope.moment))


def _seq_at(chain: Chain, moment: datetime.datetime) -> int:
    return Entry.objects.filter(chain=chain, at__lte=moment).order_by("-seq").values_list("seq", flat=True).first() or 0


def _cut(management_system_id: uuid.UUID) -> tuple[int, int, datetime.datetime]:
    """(sequence, people's sequence, moment) with both heads locked for an instant."""
    with transaction.atomic():
        people, chain = ledger.lock_head(None), ledger.lock_head(management_system_id)
        return chain.seq, people.seq, max(clock.now(), chain.at, people.at)
