"""Services, endpoints and what was brought in over REST."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from apis import services
from apis.inventory_registers import ArtefactFilters, EndpointFilters, ServiceFilters
from apis.models import Artefact, Endpoint, Service
from apis.queries_of_inventory import observed_description
from apis.services.editing import ENDPOINT_FIELDS
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet, is_uuid

SERVER = ("id", "ref", "version", "created_at", "updated_at")
SEEN_OF_SERVICE = (
    *SERVER, "host", "provider", "description_title", "description_version", "description_sha256", "described_at",
)  # fmt: skip
SAID_OF_SERVICE = ("name", "owner", "systems", "environment", "exposure", "notes")
SEEN_OF_ENDPOINT = (
    *SERVER, "service", "method", "template", "summary", "described", "deprecated", "secured", "first_seen",
    "last_seen", "replaced_by", "state",
)  # fmt: skip


class ServiceSerializer(RecordSerializer):
    """A host that answers calls; what was seen is read only."""

    class Meta:
        model = Service
        fields = (*SEEN_OF_SERVICE, *SAID_OF_SERVICE)
        read_only_fields = SEEN_OF_SERVICE


class ServiceViewSet(RecordViewSet):
    """Services (API governance)."""

    permission = "apis.read"
    queryset = Service.objects
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilters

    def change_record(self, record: Service, version: int | None, data: dict[str, Any]) -> Service:
        """Say whose it is, what it serves and where it stands."""
        return services.change_service(actor=self.actor, service_id=record.pk, expected_version=version, **data)


class EndpointSerializer(RecordSerializer):
    """A method on a path template of a service, described or seen."""

    state = serializers.SerializerMethodField()

    class Meta:
        model = Endpoint
        fields = (*SEEN_OF_ENDPOINT, *ENDPOINT_FIELDS)
        read_only_fields = SEEN_OF_ENDPOINT

    def get_state(self, record: Endpoint) -> str:
        """in_order, shadow, deprecated_active, dormant or spec_only, on the day of the answer."""
        return record.state_on(self.context["scope"].today)


class EndpointViewSet(RecordViewSet):
    """Endpoints that stand (API governance)."""

    permission = "apis.read"
    queryset = Endpoint.objects
    serializer_class = EndpointSerializer
    filterset_class = EndpointFilters

    def rows(self) -> Any:
        """Without those that a wider path replaced."""
        return super().rows().current()

    def change_record(self, record: Endpoint, version: int | None, data: dict[str, Any]) -> Endpoint:
        """Say what kind of AI work it does, or that its path stands."""
        return services.change_endpoint(actor=self.actor, endpoint_id=record.pk, expected_version=version, **data)


class ArtefactSerializer(RecordSerializer):
    """Something brought in, by hash: what was understood and what was not."""

    unread = serializers.ListField(child=serializers.DictField(), read_only=True)
    hosts = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Artefact
        fields: ClassVar = (
            *SERVER, "name", "kind", "sha256", "size", "form", "parser", "lines", "read", "left_out", "undated",
            "unread", "hosts", "first_at", "last_at", "content_sha256", "continues", "lines_before",
        )  # fmt: skip
        read_only_fields = fields


class ArtefactViewSet(RecordViewSet):
    """What was brought in (API governance)."""

    permission = "apis.read"
    queryset = Artefact.objects
    serializer_class = ArtefactSerializer
    filterset_class = ArtefactFilters


class ObservedView(MemberAPIView):
    """The API of a service as it was seen."""

    permission = "apis.read"
    operation = "service_observed"
    parameters = ("as_of",)

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """An OpenAPI 3.1 description of what was called; nothing that was not."""
        found = Service.objects.of(self.scope).filter(pk=pk).first() if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return Response(observed_description(self.scope, found))
