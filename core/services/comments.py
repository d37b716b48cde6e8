"""Comments on records: said once, never edited, taken back by their author within 15 minutes."""

import datetime
import re
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import clock, policy
from core.actor import Actor
from core.change import change
from core.errors import Forbidden, StepRefused
from core.models import Comment, Membership, Mention, TenantModel
from core.records import type_of
from core.workflow import Obstacle

TAKEN_BACK_WITHIN = datetime.timedelta(minutes=15)
LONGEST = 4000
NAMED = re.compile(r"(?<![\w@])@(?=\w)")


def say(*, actor: Actor, record: TenantModel, text: str) -> Comment:
    """Comment on a record; members named as ``@Name`` find it in My work. Raises Forbidden, ValidationError."""
    policy.require(actor, "core.comment", record)
    if not text.strip():
        raise ValidationError({"text": _("Write your comment.")})
    if len(text) > LONGEST:
        raise ValidationError({"text": _("A comment has at most %(n)d characters.") % {"n": LONGEST}})
    with change(actor, "comments.say") as unit:
        fresh = unit.fetch(type(record), record.pk)
        stored, people = _with_ids(text.strip(), actor)
        comment = Comment(
            record_type=type_of(fresh), record_id=fresh.pk, record_ref=getattr(fresh, "ref", ""), text=stored,
            person_id=actor.person_id,
        )  # fmt: skip
        unit.save(comment)
        Mention.objects.bulk_create(Mention(comment=comment, person_id=pk) for pk in people)
    return comment


def withdraw(*, actor: Actor, comment: Comment, expected_version: int | None = None) -> Comment:
    """Take one's own comment back; a tombstone stays. Raises Forbidden, Stale, StepRefused after 15 minutes."""
    policy.require(actor, "core.withdraw_comment", comment)
    if actor.person_id is None or comment.person_id != actor.person_id:
        raise Forbidden("core.withdraw_comment", policy.permissions()["core.withdraw_comment"].says)
    with change(actor, "comments.withdraw") as unit:
        fresh = unit.fetch(Comment, comment.pk, expected_version)
        if fresh.withdrawn_at is not None or not may_still_go(fresh):
            says = _("Comments are taken back within 15 minutes; say what is right in a new one.")
            raise StepRefused("withdraw", [Obstacle("too-late", says)])
        fresh.text, fresh.withdrawn_at = "", unit.now
        unit.save(fresh)
        Mention.objects.filter(comment=fresh).delete()
    return fresh


def may_still_go(comment: Comment) -> bool:
    """Whether the 15 minutes still run; what was said in returning a document stays with it."""
    return bool(comment.record_ref) and clock.now() - comment.created_at <= TAKEN_BACK_WITHIN


def note_seen(*, actor: Actor, comments: list[Comment]) -> None:
    """What names the reader was seen."""
    if actor.person_id is None:
        return
    rows = Mention.objects.filter(comment__in=comments, person_id=actor.person_id, seen_at=None)
    if rows.exists():
        rows.update(seen_at=clock.now())


def _with_ids(text: str, actor: Actor) -> tuple[str, list[uuid.UUID]]:
    """The text with ids in place of members' names, and whom it names; external auditors are not called upon."""
    if not NAMED.search(text):
        return text, []
    held = Membership.objects.filter(management_system_id=actor.management_system_id).answerable_at(clock.now())
    members = {row.person.name: row.person_id for row in held.select_related("person")}
    longest = sorted(filter(None, members), key=len, reverse=True)
    if not longest:
        return text, []
    pattern = re.compile(rf"(?<![\w@])@({'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)
    folded = {name.casefold(): pk for name, pk in members.items()}
    people: dict[Any, None] = {}

    def named(found: re.Match[str]) -> str:
        pk = folded.get(found[1].casefold())
        if pk is None:
            return found[0]
        people[pk] = None
        return f"@[{pk}]"

    return pattern.sub(named, text), [pk for pk in people if pk != actor.person_id]
