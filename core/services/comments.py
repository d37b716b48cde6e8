"""Comments on records: said once, never edited, taken back by their author within 15 minutes."""

import datetime
import re
import uuid
from collections import defaultdict

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import clock, mail, policy
from core.actor import Actor
from core.change import change
from core.errors import Forbidden, StepRefused
from core.models import Comment, Entry, Membership, Mention, OutboxEvent, TenantModel
from core.queries.history import MENTION
from core.records import type_of
from core.workflow import Obstacle

TAKEN_BACK_WITHIN = datetime.timedelta(minutes=15)
LONGEST = 4000
NAMED = re.compile(r"(?<![\w@])@[\w[]")
NEWS = datetime.timedelta(days=1)
"""What happened longer ago is mailed to nobody."""
SAID = "comments.say"


def say(*, actor: Actor, record: TenantModel, text: str) -> Comment:
    """Comment on a record; members named as ``@Name`` find it in My work. Raises Forbidden, ValidationError."""
    policy.require(actor, "core.comment", record)
    if not text.strip():
        raise ValidationError({"text": _("Write your comment.")})
    if len(text) > LONGEST:
        raise ValidationError({"text": _("A comment has at most %(n)d characters.") % {"n": LONGEST}})
    with change(actor, SAID) as unit:
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
    if actor.person_id is None:  # a program's scope alone would let it take anybody's back
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
    if actor.person_id is None or not comments:
        return
    rows = Mention.objects.filter(comment__in=comments, person_id=actor.person_id, seen_at=None)
    if rows.exists():
        rows.update(seen_at=clock.now())


def mail_mentions(event: OutboxEvent) -> None:
    """Write to whom the comment of an event names, who has not seen it and wants such mails; to each once.

    Raises OSError while the mail server takes nothing, so that the event comes again; once it took a message, what it
    refuses is left to My work.
    """
    if event.action != SAID or clock.now() - event.at > NEWS:
        return
    said = Entry.objects.filter(change_id=event.change_id, record_type=type_of(Comment))
    ids = [uuid.UUID(pk) for pk in said.values_list("record_id", flat=True)]
    rows = Mention.objects.filter(comment__in=ids, seen_at=None, mailed_at=None)
    inside = Membership.objects.filter(management_system_id=event.management_system_id).answerable_at(clock.now())
    rows = rows.filter(person__in=inside.values("person"), person__mention_mails=True)
    rows = rows.select_related("person", "comment__person")
    taken = False
    for row in rows.order_by("pk"):
        try:
            taken = mail.send_mention(row) or taken
        except OSError:
            if not taken:
                raise
        row.mailed_at = clock.now()
        row.save(update_fields=["mailed_at"])


def _with_ids(text: str, actor: Actor) -> tuple[str, list[uuid.UUID]]:
    """The text with ids in place of members' names, and whom it names; external auditors are not called upon.

    A name two members bear calls both. Programs may write ``@[ID]`` themselves. Raises ValidationError for an id of
    nobody here.
    """
    if not NAMED.search(text):
        return text, []
    held = Membership.objects.filter(management_system_id=actor.management_system_id).answerable_at(clock.now())
    ids: dict[str, list[uuid.UUID]] = defaultdict(list)
    names: set[str] = set()
    for row in held.select_related("person").order_by("person_id"):
        if row.person.name:
            names.add(row.person.name)
            ids[row.person.name.casefold()].append(row.person_id)
        ids[f"[{row.person_id}]"] = [row.person_id]
    if unknown := [one for one in MENTION.findall(text) if f"[{one}]" not in ids]:
        raise ValidationError({"text": _("There is no member %(id)s.") % {"id": unknown[0]}})
    words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w@])@(?:({words})(?!\w)|(\[[0-9a-f-]{{36}}\]))", re.IGNORECASE)
    people: dict[uuid.UUID, None] = {}

    def named(found: re.Match[str]) -> str:
        called = ids.get(found[0][1:].casefold(), [])
        people.update(dict.fromkeys(called))
        return " ".join(f"@[{pk}]" for pk in called) or found[0]

    return pattern.sub(named, text), [pk for pk in people if pk != actor.person_id]
