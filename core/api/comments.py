"""Comments over REST: what was said about a record, one more, one's own taken back."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core import policy
from core.api import paging
from core.api.shapes import Shape, page_of
from core.api.versions import expected_version, tagged
from core.errors import NotFound
from core.queries import comments as reads
from core.queries.history import MENTION
from core.services.comments import say, withdraw


class CommentSerializer(Shape):
    """A comment; ``mentions`` holds the people its text names."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    person = serializers.UUIDField(allow_null=True, help_text="null: a service account")
    line = serializers.CharField(help_text="the line of a document it is about; empty for the whole")
    text = serializers.CharField(help_text="empty when it was taken back")
    mentions = serializers.ListField(child=serializers.UUIDField())
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class SaySerializer(Shape):
    """What to say; ``@Name`` or ``@[<person id>]`` calls upon a member."""

    text = serializers.CharField(max_length=4000)


def shown(scope: Any, rows: Any) -> list[dict[str, Any]]:
    """Comments with the present names of whom they mention."""
    names = reads.named_in(scope, rows)
    return [
        {"id": str(one.pk), "version": one.version, "created_at": one.created_at, "person": one.person_id,
         "line": one.line, "withdrawn_at": one.withdrawn_at, "mentions": MENTION.findall(one.text),
         "text": "".join(f"@{words}" if name else words for words, name in reads.pieces(one.text, names, "?"))}
        for one in rows
    ]  # fmt: skip


class Comments:
    """Doors of a record type that people comment on."""

    actor: Any
    scope: Any
    record: Any
    once: Any

    @extend_schema(responses=page_of(CommentSerializer))
    def comments(self, request: Any, pk: str = "", **kwargs: Any) -> Response:
        """What was said about it, oldest first."""
        rows = reads.comments_of(self.scope, self.record(pk))
        return paging.page(request, rows, lambda found: shown(self.scope, found))

    @extend_schema(request=SaySerializer, responses={201: CommentSerializer})
    def comment(self, request: Any, pk: str = "", **kwargs: Any) -> Response:
        """Say something about it. Comments are never edited."""
        record = self.record(pk)
        policy.require(self.actor, "core.comment", record)
        shape = SaySerializer(data=request.data)
        shape.is_valid(raise_exception=True)

        def work() -> Response:
            said = say(actor=self.actor, record=record, text=shape.validated_data["text"])
            response = Response(shown(self.scope, [said])[0], status=201)
            response["Location"] = f"{request.path}{said.pk}/"
            return response

        return self.once(work)

    @extend_schema(responses=CommentSerializer)
    def one_comment(self, request: Any, pk: str = "", comment: str = "", **kwargs: Any) -> Response:
        """One comment, with its version as ETag."""
        found = self._comment(pk, comment)
        return tagged(Response(shown(self.scope, [found])[0]), found)

    @extend_schema(responses={200: CommentSerializer})
    def take_back(self, request: Any, pk: str = "", comment: str = "", **kwargs: Any) -> Response:
        """Take one's own back within 15 minutes; needs If-Match. A tombstone stays, and the history as it was."""
        version = expected_version(request)
        gone = withdraw(actor=self.actor, comment=self._comment(pk, comment), expected_version=version)
        return tagged(Response(shown(self.scope, [gone])[0]), gone)

    def _comment(self, pk: str, comment: str) -> Any:
        found = reads.comments_of(self.scope, self.record(pk)).filter(pk=_uuid(comment)).first()
        if found is None:
            raise NotFound
        return found


def _uuid(text: str) -> Any:
    try:
        return serializers.UUIDField().to_internal_value(text)
    except serializers.ValidationError:
        raise NotFound from None
