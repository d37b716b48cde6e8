"""Comments on record pages: the thread, the box that says one more, taking one's own back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import drafts, policy, registries
from core.errors import NotFound
from core.models import Comment
from core.pages.forms import PageForm
from core.pages.views import ConfirmPage, FormPage, MemberView
from core.queries import comments as reads
from core.queries.search import moment_of
from core.records import record_models, type_of
from core.services import comments as rules


class CommentForm(PageForm):
    """What somebody says."""

    text = forms.CharField(
        label=gettext_lazy("Comment"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Write @ and a member's name to call upon somebody."),
    )  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One comment as the thread shows it."""

    comment: Comment
    pieces: Sequence[tuple[str, bool]] = ()
    take_back: str = ""


@dataclass(frozen=True)
class Thread:
    """What was said about a record; ``say_url`` is "" for who may only read, ``parked`` was typed and not sent."""

    said: Sequence[Said] = ()
    say_url: str = ""
    names: Sequence[str] = ()
    ticket: str = ""
    parked: drafts.Parked | None = None

    @property
    def typed(self) -> str:
        """What was typed and not sent."""
        return self.parked.data.get("text", "") if self.parked else ""


def thread_of(view: MemberView, record: Any, elsewhere: Sequence[Comment] = ()) -> Thread:
    """Return the thread of a record, with what was said about it elsewhere; what names the reader counts as seen."""
    own = list(reads.comments_of(view.scope, record))
    found = sorted([*elsewhere, *own], key=lambda one: one.created_at)
    names = reads.named_in(view.scope, found)
    somebody = _("Somebody (erased)")
    writes = not view.scope.past and policy.allows(view.actor, "core.comment", record)
    slug = view.management_system.slug
    said = [
        Said(one, reads.pieces(one.text, names, somebody), _take_back(view, one, slug) if writes else "")
        for one in found
    ]
    if not view.scope.past:
        rules.note_seen(actor=view.actor, comments=own)
    if not writes:
        return Thread(said)
    say_url = reverse("comment_say", kwargs={"slug": slug, "kind": type_of(record), "pk": record.pk})
    place = drafts.Place.of(view.actor, "comment_say", say_url)
    return Thread(said, say_url, reads.who_can_be_named(view.scope), drafts.ticket(place), drafts.find(place))


def _take_back(view: MemberView, comment: Comment, slug: str) -> str:
    mine = comment.person_id == view.actor.person_id and comment.withdrawn_at is None
    if not mine or not rules.may_still_go(comment):
        return ""
    return reverse("comment_withdraw", kwargs={"slug": slug, "pk": comment.pk})


def page_of(comment: Comment, slug: str) -> str:
    """The place in the page of the record a comment is about."""
    return f"{registries.url_of(comment.record_type, comment.record_ref, slug)}#comments"


class InPlace(MemberView):
    """One comment by its id: leads to its place in the page of its record, now or as it was."""

    permission = "core.read"

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Go there. Raises NotFound."""
        found = reads.comment(self.scope, pk)
        page = found and registries.url_of(found.record_type, found.record_ref, self.management_system.slug)
        if not page:
            raise NotFound
        return HttpResponseRedirect(f"{page}{moment_of(self.scope)}#comment-{pk}")


class Say(FormPage):
    """One more comment: sent by the box of a record's page, or written on a page of its own."""

    permission = "core.comment"
    form_class = CommentForm

    def record(self) -> Any:
        """The record. Raises NotFound."""
        model: Any = record_models().get(self.kwargs["kind"])
        if model is None or not registries.is_commented(self.kwargs["kind"]):
            raise NotFound
        found = model.objects.of(self.scope).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise NotFound
        return found

    def page_context(self, form: Any) -> dict[str, Any]:
        """Title and way back."""
        record = self.record_or_none()
        back = registries.url_of(self.kwargs["kind"], record.ref, self.management_system.slug)
        return {"title": _("Comment on %(ref)s") % {"ref": record.ref}, "button": _("Add comment"), "back": back}

    def save(self, form: Any) -> str:
        """Say it."""
        said = rules.say(actor=self.actor, record=self.record_or_none(), text=form.cleaned_data["text"])
        return page_of(said, self.management_system.slug)


class TakeBack(ConfirmPage):
    """One's own comment goes, within 15 minutes."""

    permission = "core.comment"
    button = gettext_lazy("Take back")

    def comment(self) -> Comment:
        """The comment of the reader. Raises NotFound."""
        found = reads.comment(self.scope, self.kwargs["pk"])
        if found is None or found.person_id != self.actor.person_id:
            raise NotFound
        return found

    def about(self) -> Comment:
        """The comment, whose version the page carries."""
        return self.comment()

    def question(self) -> str:
        """Ask."""
        return _("Take this comment back?")

    def consequences(self) -> Sequence[str]:
        """Say what stays."""
        return (_("The page says that a comment was taken back. The history keeps what was said."),)

    def back(self) -> str:
        """The record's page."""
        return page_of(self.comment(), self.management_system.slug)

    def act(self) -> str:
        """Take it back."""
        gone = rules.withdraw(actor=self.actor, comment=self.comment(), expected_version=self.expected_version)
        return page_of(gone, self.management_system.slug)
