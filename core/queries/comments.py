"""Reads of comments: what was said about a record, whom it names, what still waits to be seen."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import registries
from core.agenda import Due
from core.models import Comment, Membership, Mention, Person
from core.queries.history import MENTION
from core.records import type_of
from core.scope import Scope


def comments_of(scope: Scope, record: Any) -> QuerySet[Comment]:
    """What was said about a record, oldest first, as the scope knows it."""
    rows = Comment.objects.of(scope).filter(record_type=type_of(record), record_id=record.pk)
    return rows.select_related("person").order_by("created_at", "pk")


def comment(scope: Scope, pk: Any) -> Comment | None:
    """One comment of the management system."""
    return Comment.objects.of(scope).filter(pk=pk).select_related("person").first()


def named_in(scope: Scope, comments: Iterable[Comment]) -> dict[str, str]:
    """Id → name of everybody the comments mention, in one query; erased people are not there."""
    ids = {found for one in comments for found in MENTION.findall(one.text)}
    if not ids:
        return {}
    rows = Person.objects.using(scope.alias).filter(pk__in=ids).values_list("pk", "name")
    return {str(pk): name for pk, name in rows}


def pieces(text: str, names: dict[str, str], somebody: str) -> list[tuple[str, bool]]:
    """A comment in pieces: (words, whether they are somebody's name)."""
    parts = MENTION.split(text)
    found = [(names.get(part, somebody), True) if at % 2 else (part, False) for at, part in enumerate(parts)]
    return [piece for piece in found if piece[0]]


def who_can_be_named(scope: Scope) -> list[str]:
    """Names of members who can be called upon, for suggestions."""
    rows = Membership.objects.of(scope).answerable_at(scope.moment)
    return list(rows.order_by("person__name").values_list("person__name", flat=True))


def unseen(scope: Scope) -> Sequence[Due]:
    """Comments that name somebody who has not seen them yet; nothing in the past, where nobody waits."""
    if scope.past:
        return ()
    rows = Mention.objects.filter(comment__management_system_id=scope.management_system_id, seen_at=None)
    return [_due(row, scope) for row in rows.select_related("comment__person").order_by("comment__created_at")[:500]]


def _due(row: Mention, scope: Scope) -> Due:
    said, address = row.comment, registries.address_of(row.comment.record_type)
    name, by = (address.url_name, address.by) if address else ("", "ref")
    who = said.person.name if said.person else ""
    return Due(
        mention_words(who, said.record_ref), name, {by: said.record_ref}, people=(row.person_id,),
        since=said.created_at.astimezone(scope.zone).date(), ref=said.record_ref, minutes=1,
    )  # fmt: skip


def mention_words(who: str, ref: str) -> str:
    """What My work says."""
    if not who:
        return _("You are mentioned on %(ref)s") % {"ref": ref}
    return _("%(who)s mentions you on %(ref)s") % {"who": who, "ref": ref}
