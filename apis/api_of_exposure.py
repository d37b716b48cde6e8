"""Data exposure over REST: flows of sensitive data as counts, and what was looked at."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apis.exposure.classes import CLASSES, KINDS
from apis.exposure_records import DIRECTION_LABELS, WHERE_LABELS
from apis.exposure_register import FlowFilters, FlowRegister
from apis.queries_of_exposure import coverage
from core.api import paging
from core.api.shapes import Shape, items_of, page_of
from core.api.views import MemberAPIView


class FlowSerializer(Shape):
    """One class of sensitive data on one flow: counts and looks, never a value."""

    id = serializers.UUIDField()
    service = serializers.UUIDField()
    method = serializers.CharField()
    path = serializers.CharField()
    data_class = serializers.ChoiceField(choices=list(CLASSES))
    data_kind = serializers.ChoiceField(choices=list(KINDS))
    direction = serializers.ChoiceField(choices=list(DIRECTION_LABELS))
    where = serializers.ChoiceField(choices=list(WHERE_LABELS))
    model = serializers.CharField(help_text="as calls name it; empty where they name none")
    provider = serializers.CharField(help_text="of the service, when it is a known model provider")
    to_model = serializers.BooleanField(help_text="asked in path, query or body of a call that a model answers")
    count = serializers.IntegerField()
    validated = serializers.IntegerField(help_text="confirmed by check digits, form or the like")
    examples = serializers.ListField(child=serializers.CharField(), help_text="looks, digits as 0 and letters as a")
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()


def shown(rows: Any) -> list[dict[str, Any]]:
    """Flows as they are answered."""
    return [
        {
            "id": one.pk, "service": one.service_id, "method": one.method, "path": one.template,
            "data_class": one.code, "data_kind": CLASSES[one.code].kind, "direction": one.direction,
            "where": one.where, "model": one.model, "provider": one.service.provider,
            "to_model": one.to_model and one.direction == "request" and one.where != "header", "count": one.count,
            "validated": one.validated, "examples": one.examples, "first_at": one.first_at, "last_at": one.last_at,
        }
        for one in rows
    ]  # fmt: skip


class ExposureView(MemberAPIView):
    """Flows of sensitive data; of the present, since what is counted leaves no past."""

    permission = "apis.read"
    operation = "exposure_flows"
    filterset_class = FlowFilters
    parameters = (*FlowFilters.base_filters, "cursor", "limit")

    @extend_schema(responses=page_of(FlowSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """One page, by id."""
        rows = FlowRegister().rows(self.scope, self.actor).select_related("service")
        params = request.query_params.copy()
        for name in ("cursor", "limit"):
            params.pop(name, None)
        filters = FlowFilters(params, rows, request=request)
        if not filters.is_valid():
            raise serializers.ValidationError(filters.errors)
        return paging.page(request, filters.qs, shown, ("id",))


class ExposureCoverageSerializer(Shape):
    """What was looked at of a service."""

    service = serializers.UUIDField()
    host = serializers.CharField()
    calls = serializers.IntegerField(help_text="whose addresses were looked at")
    request_bodies = serializers.IntegerField(help_text="calls whose request body could be looked at")
    answer_bodies = serializers.IntegerField()
    first_at = serializers.DateTimeField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)


class CoverageView(MemberAPIView):
    """What was looked at: nothing found means something only there."""

    permission = "apis.read"
    operation = "exposure_coverage"

    @extend_schema(responses=items_of(ExposureCoverageSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """Every service with traffic."""
        items = [
            {
                "service": one.service.pk, "host": one.service.host, "calls": one.calls,
                "request_bodies": one.requests, "answer_bodies": one.responses, "first_at": one.first,
                "last_at": one.last,
            }
            for one in coverage(self.scope)
        ]  # fmt: skip
        return Response({"items": items})
