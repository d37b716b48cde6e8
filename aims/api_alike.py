"""Look-alikes over REST: systems that may be one; merged by ``merge``, or told apart for good here."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from aims import duplicates
from aims.services import keep_apart
from core.api import paging
from core.api.shapes import Shape, page_of
from core.api.views import MemberAPIView, is_uuid
from core.errors import NotFound


class LookAlikeSerializer(Shape):
    """Two systems that look like the same one."""

    one = serializers.UUIDField()
    other = serializers.UUIDField()
    score = serializers.FloatField(help_text="how alike they are, 0 to 1")


class ApartSerializer(Shape):
    """From which other system it is told apart."""

    other = serializers.UUIDField()
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=4000)


class LookAlikesView(MemberAPIView):
    """Pairs that look alike, the likest first, without those told apart."""

    permission = "aims.read"
    operation = "list"
    parameters = ("cursor", "limit", "as_of")

    @extend_schema(responses=page_of(LookAlikeSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """One page of pairs."""
        pairs = duplicates.pairs(self.scope)
        shown = [{"one": str(pair.one), "other": str(pair.other), "score": pair.score} for pair in pairs]
        return paging.slice_page(request, shown)


class KeepApartView(MemberAPIView):
    """Two systems that are not the same."""

    permission = "aims.read"
    operation = "keep_apart"

    @extend_schema(request=ApartSerializer, responses={204: None})
    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Remember that it and the other are two; nobody is asked again."""
        if not is_uuid(pk):
            raise NotFound
        shape = ApartSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data

        def work() -> Response:
            keep_apart(actor=self.actor, one_id=pk, other_id=given["other"], reason=given["reason"])  # type: ignore[arg-type]
            return Response(status=204)

        return self.once(work)
