"""AI systems over REST: read, register, change, put by external id, sync."""

from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from aims.models import AISystem
from aims.services import sync as inventory
from aims.services.fields import EDITABLE
from aims.services.systems import change_system, give_back_to_source, register_system
from core import policy
from core.api.core_views import JobSerializer
from core.api.problems import Problem
from core.api.versions import check_version, expected_version, tagged
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet
from core.errors import NotFound
from core.queries.rest import external_ids_of

READ_ONLY = ("state", "state_reason", "screened_at", "stage", "stage_since", "retired_on", "field_owners")


class SystemSerializer(RecordSerializer):
    """An AI system; ``external_ids`` and ``field_owners`` say which source feeds it and who owns which field."""

    external_ids = serializers.SerializerMethodField()

    class Meta:
        model = AISystem
        fields = ("id", "ref", "version", "created_at", "updated_at", *EDITABLE, *READ_ONLY, "external_ids")
        read_only_fields = ("id", "ref", "version", "created_at", "updated_at", *READ_ONLY)

    def get_external_ids(self, record: AISystem) -> dict[str, str]:
        """Source → its key for this system."""
        return self.context.get("external_ids", {}).get(str(record.pk), {})


class SystemFilters(django_filters.FilterSet):
    """Typed filters of the inventory."""

    state = django_filters.MultipleChoiceFilter(choices=AISystem.STATES)
    stage = django_filters.MultipleChoiceFilter(choices=AISystem.STAGES)
    owner = django_filters.UUIDFilter(field_name="owner_id")
    unit = django_filters.CharFilter(lookup_expr="iexact")
    personal_data = django_filters.MultipleChoiceFilter(choices=AISystem.ANSWERS)
    development = django_filters.MultipleChoiceFilter(choices=AISystem.DEVELOPMENT)
    name = django_filters.CharFilter(lookup_expr="icontains")
    ref = django_filters.CharFilter()

    class Meta:
        model = AISystem
        fields: ClassVar[list[str]] = []


class SystemViewSet(RecordViewSet):
    """The inventory of AI systems (ISO/IEC 42001, A.4.2)."""

    permission = "aims.read"
    queryset = AISystem.objects
    serializer_class = SystemSerializer
    filterset_class = SystemFilters

    def represent(self, rows: Any, *, many: bool = True) -> Any:
        """With the external ids of all rows in one query."""
        ids = external_ids_of(AISystem, [row.pk for row in (rows if many else [rows])], self.scope.alias)
        context = {"actor": self.actor, "external_ids": ids}
        return self.serializer_class(rows, many=many, context=context).data

    def create_record(self, data: dict[str, Any]) -> AISystem:
        """Register it; it waits to be screened."""
        return register_system(actor=self.actor, **data)

    def change_record(self, record: AISystem, version: int | None, data: dict[str, Any]) -> AISystem:
        """Change the given fields as the actor's own edits."""
        return change_system(actor=self.actor, system_id=record.pk, expected_version=version, **data)

    def give_back(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Let the source write the named fields again; body {"fields": […]}. Needs If-Match."""
        fields = request.data.get("fields") if isinstance(request.data, dict) else None
        if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
            raise Problem(
                400, "invalid", "Name the fields.", errors=[{"pointer": "/fields", "detail": "a list of names"}]
            )
        version = expected_version(request)
        record = self.record(pk)
        changed = give_back_to_source(actor=self.actor, system_id=record.pk, fields=fields, expected_version=version)
        return tagged(Response(self.represent(changed, many=False)), changed)


class ByExternalIdView(MemberAPIView):
    """One system as its source knows it."""

    permission = "aims.read"

    @extend_schema(responses=SystemSerializer)
    def get(self, request: Any, source: str, key: str, **kwargs: Any) -> Response:
        """The system; 404 when the source never spoke of it."""
        record = inventory.by_external_id(self.actor, source, key)
        if record is None:
            raise NotFound
        return self._answer(record)

    @extend_schema(request=SystemSerializer, responses=SystemSerializer)
    def put(self, request: Any, source: str, key: str, **kwargs: Any) -> Response:
        """Create or change it as the source's delivery; people's edits stay. If-Match is optional."""
        if not isinstance(request.data, dict):
            raise Problem(400, "invalid", "Send a JSON object.")
        policy.require(self.actor, "aims.sync")
        version = expected_version(request, required=False)
        before = inventory.by_external_id(self.actor, source, key)
        if before is not None:
            check_version(before, version)
        record, row = inventory.put_by_external_id(
            actor=self.actor, source=source, key=key, values=request.data, expected_version=version
        )
        if record is None:
            return Response({"result": row}, status=202)
        return self._answer(record, status=200 if before is not None else 201, result=row)

    def _answer(self, record: AISystem, status: int = 200, **more: Any) -> Response:
        context = {"actor": self.actor, "external_ids": external_ids_of(AISystem, [record.pk], "default")}
        return tagged(Response({**SystemSerializer(record, context=context).data, **more}, status=status), record)


class SyncSerializer(serializers.Serializer):
    """A batch of a source."""

    source = serializers.SlugField(max_length=60, required=False, help_text="the token's own source if left out")
    rows = serializers.ListField(child=serializers.DictField(), max_length=50_000)
    complete = serializers.BooleanField(default=False)
    confirm_missing = serializers.BooleanField(default=False)
    dry_run = serializers.BooleanField(default=False)


class SyncView(MemberAPIView):
    """Bring a source's inventory in: twice is once, order does not matter, people's edits stay."""

    permission = "aims.sync"

    @extend_schema(request=SyncSerializer, responses={200: serializers.DictField(), 202: JobSerializer})
    def post(self, request: Any, **kwargs: Any) -> Response:
        """Row results, or 202 with a job above 1,000 rows. A dry run writes nothing."""
        shape = SyncSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        given["source"] = given.get("source") or self.actor.source
        if not given["source"]:
            raise Problem(400, "invalid", "Name the source.", errors=[{"pointer": "/source", "detail": "needed"}])

        def work() -> Response:
            result = inventory.sync_systems(actor=self.actor, **given)
            if result.job is not None:
                response = Response(JobSerializer(result.job).data, status=202)
                response["Location"] = request.build_absolute_uri(f"../../jobs/{result.job.pk}/")
                return response
            body = {"dry_run": result.dry_run, "change_id": result.change_id, **result.summary, "rows": result.rows}
            return Response(body)

        return self.once(work)
