"""Evidence over REST: items, their versions, a version's content as it was hashed."""

from typing import Any

import django_filters
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core.api.shapes import Shape, items_of
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet, is_uuid
from core.errors import NotFound
from evidence import queries
from evidence.models import Evidence
from evidence.registers import EvidenceFilters


class EvidenceSerializer(RecordSerializer):
    """One thing that proves something over a period; `number` and `sha256` are of its newest version."""

    class Meta:
        model = Evidence
        fields = (
            "id", "ref", "version", "created_at", "updated_at", "title", "kind", "period_from", "period_to", "number",
            "sha256", "collected_at",
        )  # fmt: skip
        read_only_fields = fields


class ApiEvidenceFilters(EvidenceFilters):
    """The same; kinds are what rooms register."""

    kind = django_filters.CharFilter()


class EvidenceViewSet(RecordViewSet):
    """Evidence; it is collected, so nobody writes it."""

    permission = "evidence.read"
    queryset = Evidence.objects
    serializer_class = EvidenceSerializer
    filterset_class = ApiEvidenceFilters


class EvidenceVersionSerializer(Shape):
    """A version: its number, when it was collected, the SHA-256 of its canonical text."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    sha256 = serializers.CharField()


class _ItemView(MemberAPIView):
    permission = "evidence.read"
    parameters = ("as_of",)

    def item(self, pk: str) -> Evidence:
        """The item; 404 elsewhere."""
        found = Evidence.objects.of(self.scope).filter(pk=pk).first() if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return found


class VersionsView(_ItemView):
    """The versions of an item."""

    operation = "evidence_versions"

    @extend_schema(responses=items_of(EvidenceVersionSerializer))
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """All of them, the newest first."""
        rows = queries.versions_of(self.scope, self.item(pk))
        return Response({"items": EvidenceVersionSerializer(rows, many=True).data})


class DownloadView(_ItemView):
    """The content of a version."""

    operation = "evidence_download"

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Any, pk: str, number: int, **kwargs: Any) -> HttpResponse:
        """The canonical JSON that was hashed: its SHA-256 is the version's fingerprint."""
        found = queries.version_of(self.scope, self.item(pk), number)
        if found is None:
            raise NotFound
        return HttpResponse(found.text, content_type="application/json")
