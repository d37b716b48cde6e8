"""Records a management system has one of, addressed without an id, and their approved versions over REST."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core import approvals
from core.api.paging import whole_number
from core.api.problems import Problem
from core.api.shapes import Shape, items_of
from core.api.views import MemberAPIView, RecordViewSet, comment_urls, step_urls
from core.errors import NotFound


class OnlyRecordViewSet(RecordViewSet):
    """The one record of its type; its steps need no id."""

    def record(self, pk: str = "") -> Any:
        """The record of the management system."""
        found = self.rows().first()
        if found is None:
            raise NotFound
        return found

    def steps(self, request: Any, pk: str = "", **kwargs: Any) -> Response:
        """Steps from the present state."""
        return super().steps(request, pk, **kwargs)

    def take_step(self, request: Any, pk: str = "", name: str = "", **kwargs: Any) -> Response:
        """Take a step."""
        return super().take_step(request, pk, name, **kwargs)


def only_record_urls(base: str, name: str, viewset: type[OnlyRecordViewSet]) -> list[Any]:
    """The addresses of the one record of its type: itself, its steps, its comments."""
    return [
        path(base, viewset.as_view({"get": "retrieve"}), name=name),
        *step_urls(base, name, viewset),
        *comment_urls(base, name, viewset),
    ]


class VersionSerializer(Shape):
    """An approved version."""

    number = serializers.IntegerField()
    approved_by = serializers.UUIDField()
    at = serializers.DateTimeField()
    function = serializers.CharField()
    content_hash = serializers.CharField()
    superseded_at = serializers.DateTimeField(allow_null=True)


class FrozenVersionSerializer(VersionSerializer):
    """An approved version with the content that was signed."""

    content = serializers.DictField()


class VersionsView(MemberAPIView):
    """Approved versions, newest first."""

    model: ClassVar[Any] = None
    operation = "versions"
    parameters = ("number", "as_of")

    @extend_schema(
        responses=PolymorphicProxySerializer(
            "Versions", [items_of(VersionSerializer), FrozenVersionSerializer], None, many=False
        )
    )
    def get(self, request: Any, **kwargs: Any) -> Response:
        """Number, signer, moment, hash; ``?number=`` gives one with its frozen content."""
        scope = self.scope
        record = self.model.objects.of(scope).first()
        found = list(approvals.of(record, alias=scope.alias)) if record else []
        if "number" not in request.query_params:
            return Response({"items": [_version(approval) for approval in found]})
        number = whole_number(request.query_params["number"])
        if number is None:
            raise Problem(400, "bad-parameter", "number must be a number.", parameter="number")
        for approval in found:
            if approval.number == number:
                return Response({**_version(approval), "content": approvals.frozen(approval)})
        raise Problem(404, "not-found", "There is no such version.")


def _version(approval: Any) -> dict[str, Any]:
    return {
        "number": approval.number, "approved_by": str(approval.person_id), "at": approval.at,
        "function": approval.function,
        "content_hash": approval.content_hash, "superseded_at": approval.superseded_at,
    }  # fmt: skip
