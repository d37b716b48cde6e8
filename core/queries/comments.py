"""Reads of comments: what was said about a record, whom it names, what still waits to be seen."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.text import Truncator

from core import registries
from core.agenda import Due, Dues
from core.mail import mention_words
from core.models import Comment, Membership, Mention
from core.queries.history import MENTION
from core.records import record_models, type_of
from core.scope import Scope

EXCERPT = 140
"""Characters of a comment shown in My work."""


def comments_of(scope: Scope, record: Any) -> QuerySet[Comment]:
    """What was said about a record, oldest first, as the scope knows it."""
    rows = Comment.objects.of(scope).filter(record_type=type_of(record), record_id=record.pk)
    return rows.select_related("person").order_by("created_at", "pk")


def comment(scope: Scope, pk: Any) -> Comment | None:
    """One comment of the management system."""
    return Comment.objects.of(scope).filter(pk=pk).select_related("person").first()


def named_in(scope: Scope, comments: Iterable[Comment]) -> dict[str, str]:
    """Id → name of every member the comments mention, in one query; erased people are not there."""
    ids = {found for one in comments for found in MENTION.findall(one.text)}
    if not ids:
        return {}
    rows = Membership.objects.of(scope).filter(person_id__in=ids).values_list("person_id", "person__name")
    return {str(pk): name for pk, name in rows if name}


def pieces(text: str, names: dict[str, str], somebody: str) -> list[tuple[str, bool]]:
    """A comment in pieces: (words, whether they are somebody's name)."""
    parts = MENTION.split(text)
    found = [(names.get(part, somebody), True) if at % 2 else (part, False) for at, part in enumerate(parts)]
    return [piece for piece in found if piece[0]]


def who_can_be_named(scope: Scope) -> list[str]:
    """Names of members who can be called upon, for suggestions."""
    rows = Membership.objects.of(scope).answerable_at(scope.moment)
    return list(rows.order_by("person__name").values_list("person__name", flat=True))


def unseen(scope: Scope) -> Dues | tuple[()]:
    """Comments that name somebody who has not seen them yet; nothing in the past, where nobody waits."""
    if scope.past:
        return ()
    rows = Mention.objects.filter(comment__management_system_id=scope.management_system_id, seen_at=None)
    rows = rows.filter(_of_records_still_there(scope, "comment__")).select_related("comment__person")
    return Dues(
        rows.order_by("comment__created_at"), "", "person_id", lambda row: _due(row, scope),
    )  # fmt: skip


def _names(scope: Scope) -> dict[str, str]:
    return {str(pk): name for pk, name in Membership.objects.of(scope).values_list("person_id", "person__name")}


def commented(scope: Scope) -> frozenset[str]:
    """The types of record that something was said of: to ask about others takes longer than to search."""
    rows = Comment.objects.of(scope).order_by().values_list("record_type", flat=True).distinct()
    return scope.once("comments.commented", lambda _scope: frozenset(rows))


def of_what_is_gone(scope: Scope) -> QuerySet[Comment]:
    """Comments on records that are not there any more."""
    return Comment.objects.of(scope).exclude(_of_records_still_there(scope))


def _of_records_still_there(scope: Scope, to_comment: str = "") -> Q:
    found = Q(pk__in=())
    for kind in sorted(commented(scope) & set(registries.commented_types())):
        there = record_models()[kind].objects.of(scope).values("pk")  # type: ignore[attr-defined]
        found |= Q(**{f"{to_comment}record_type": kind, f"{to_comment}record_id__in": there})
    return found


def _due(row: Mention, scope: Scope) -> Due:
    said, address = row.comment, registries.address_of(row.comment.record_type)
    name, by = (address.url_name, address.by) if address else ("", "ref")
    names = scope.once("comments.names", _names)
    words = "".join(f"@{words}" if called else words for words, called in pieces(said.text, names, "?"))
    return Due(
        mention_words(said.person.name if said.person else "", said.record_ref), name,
        {by: said.record_ref} if by else {},
        people=(row.person_id,), since=said.created_at.astimezone(scope.zone).date(), ref=said.record_ref, minutes=1,
        place="comments", mentions=True, why=Truncator(" ".join(words.split())).chars(EXCERPT),
    )  # fmt: skip
