"""Paths named by people and field maps over REST."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from apis import services
from apis.api import SERVER, EndpointSerializer
from apis.models import Endpoint, FieldMap
from core.api.shapes import Shape
from core.api.versions import expected_version, tagged
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet, is_uuid


class NamePathSerializer(Shape):
    """A path for an endpoint, and whether to look only."""

    template = serializers.CharField(max_length=services.LONGEST_PATH, help_text="such as /v1/files/{file_id}")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class PathEffectSerializer(Shape):
    """What naming a path would do."""

    kind = serializers.ChoiceField(("pin", "rename", "merge", "split"))
    template = serializers.CharField()
    joined = serializers.ListField(child=serializers.UUIDField(), help_text="endpoints that become part of it")
    kept = serializers.ListField(
        child=serializers.UUIDField(), help_text="endpoints it would cover but that are described or pinned, and stay"
    )
    calls = serializers.IntegerField(help_text="so far")


class PathView(MemberAPIView):
    """The path of an endpoint: renamed, merged, split or pinned."""

    permission = "apis.read"
    operation: ClassVar = {"GET": "effect_of_path", "POST": "name_path"}
    versioned = frozenset({"POST"})
    tagged = frozenset({"GET", "POST"})
    parameters = ("template",)

    @extend_schema(responses=PathEffectSerializer)
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """What naming the path as ``template`` says would do; nothing changes."""
        endpoint = self._endpoint(pk)
        found = services.effect_of(endpoint, request.query_params.get("template", endpoint.template))
        told = {
            "kind": found.kind, "template": found.template, "joined": [one.pk for one in found.joined],
            "kept": [one.pk for one in found.kept], "calls": found.calls,
        }  # fmt: skip
        return tagged(Response(told), endpoint)

    @extend_schema(request=NamePathSerializer, responses={200: EndpointSerializer})
    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Name it: the path is pinned, what it covers becomes one with it, a part is taken out. Needs If-Match."""
        version = expected_version(request)
        endpoint = self._endpoint(pk)
        shape = NamePathSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        named = services.name_path(
            actor=self.actor, endpoint_id=endpoint.pk, expected_version=version, **shape.validated_data
        )
        told = EndpointSerializer(named, context={"actor": self.actor, "scope": self.scope}).data
        return tagged(Response(told), named)

    def _endpoint(self, pk: str) -> Endpoint:
        found = Endpoint.objects.visible_to(self.actor).current().filter(pk=pk).first() if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return found


class FieldMapSerializer(RecordSerializer):
    """What members of an organisation's own log lines mean: field → dotted paths, the first that is there counts."""

    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(max_length=500, allow_null=True), help_text="such as method, path, status, at"
    )

    class Meta:
        model = FieldMap
        fields = (*SERVER, "name", "fields")
        read_only_fields = SERVER


class FieldMapViewSet(RecordViewSet):
    """Field maps of own log lines (API governance)."""

    permission = "apis.read"
    queryset = FieldMap.objects
    serializer_class = FieldMapSerializer

    def create_record(self, data: dict[str, Any]) -> FieldMap:
        """Add one."""
        said = {name: paths for name, paths in data["fields"].items() if paths is not None}
        return services.save_field_map(actor=self.actor, name=data["name"], fields=said)

    def change_record(self, record: FieldMap, version: int | None, data: dict[str, Any]) -> FieldMap:
        """Change it; what was brought in stays as it was read."""
        told = {"name": record.name, "fields": record.fields, **data}
        return services.save_field_map(actor=self.actor, field_map=record, expected_version=version, **told)
