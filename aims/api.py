"""AI systems over REST: read, register, change, put by external id, sync."""

from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from aims import registers
from aims.models import AISystem
from aims.services import sync as inventory
from aims.services.fields import EDITABLE, SYNC_FIELDS
from aims.services.merging import TAKEN, merge_systems
from aims.services.systems import change_system, give_back_to_source, register_system
from core import policy
from core.api.core_views import JobSerializer, accepted
from core.api.problems import Problem
from core.api.shapes import Shape
from core.api.versions import check_version, expected_version, tagged
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet
from core.errors import NotFound
from core.planner.model import KINDS
from core.queries.rest import external_ids_of

OBSTACLES = ("", "not-complete", "rows-without-key", "too-many-missing")
READ_ONLY = (
    "state", "state_reason", "screened_at", "stage", "stage_since", "retired_on", "field_owners",
    "group", "merged_into",
)  # fmt: skip


class FieldOwnerSerializer(Shape):
    """Who a field belongs to."""

    by = serializers.CharField(help_text="source:<name> or person:<id>")
    since = serializers.CharField(help_text="a moment in UTC")


class SystemSerializer(RecordSerializer):
    """An AI system; ``external_ids`` and ``field_owners`` say which source feeds it and who owns which field."""

    roles = serializers.ListField(child=serializers.ChoiceField(choices=AISystem.ROLES), required=False)
    field_owners = serializers.DictField(child=FieldOwnerSerializer(), read_only=True)
    external_ids = serializers.SerializerMethodField()
    merged_into = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True, help_text="the system that this one was found to be; read that one"
    )
    group = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True, help_text="its assessment group")

    class Meta:
        model = AISystem
        fields = ("id", "ref", "version", "created_at", "updated_at", *EDITABLE, *READ_ONLY, "external_ids")
        read_only_fields = ("id", "ref", "version", "created_at", "updated_at", *READ_ONLY)

    def get_external_ids(self, record: AISystem) -> dict[str, str]:
        """Source → its key for this system."""
        return self.context.get("external_ids", {}).get(str(record.pk), {})


class SystemFilters(registers.SystemFilters):
    """Typed filters of the inventory: those of the page, people and systems by id."""

    state = django_filters.MultipleChoiceFilter(choices=AISystem.STATES)
    stage = django_filters.MultipleChoiceFilter(choices=AISystem.STAGES)
    owner = django_filters.UUIDFilter(field_name="owner_id")
    unit = django_filters.CharFilter(lookup_expr="iexact")
    personal_data = django_filters.MultipleChoiceFilter(choices=AISystem.ANSWERS)
    development = django_filters.MultipleChoiceFilter(choices=AISystem.DEVELOPMENT)
    name = django_filters.CharFilter(lookup_expr="icontains")
    ref = django_filters.CharFilter()
    group = django_filters.UUIDFilter(field_name="group_id")
    merged_into = django_filters.UUIDFilter(field_name="merged_into_id")

    class Meta:
        model = AISystem
        fields: ClassVar[list[str]] = []


class TextField(serializers.Field):
    """What a source says of a field: text, codes, a date as text; null is blank."""

    def to_representation(self, value: Any) -> Any:
        """As it is."""
        return value


SAID = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]}


class SourceSystemSerializer(Shape):
    """An AI system as a source delivers it."""

    strict = False

    def get_fields(self) -> dict[str, Any]:
        """Every field a source may fill."""
        said = extend_schema_field(SAID)(TextField)
        return {name: said(required=name == "name") for name in SYNC_FIELDS}


class SourceRowSerializer(SourceSystemSerializer):
    """A row of a delivery; a wrong row is refused by itself, the others go on."""

    def get_fields(self) -> dict[str, Any]:
        """With the source's key."""
        return {"external_id": serializers.CharField(max_length=400), **super().get_fields()}


class RowResultSerializer(Shape):
    """What became of a row."""

    optional = (
        "id", "ref", "version", "values", "changes", "of", "column", "code", "reason", "held", "remarks", "meanwhile",
    )  # fmt: skip
    row = serializers.IntegerField(help_text="counted from 1")
    kind = serializers.ChoiceField(choices=KINDS)
    key = serializers.CharField(allow_null=True, help_text="the row's external id")
    id = serializers.UUIDField()
    ref = serializers.CharField()
    version = serializers.IntegerField()
    values = serializers.DictField(child=serializers.CharField(), help_text="of what is new or waits")
    changes = serializers.DictField(help_text="field to old and new")
    of = serializers.IntegerField(help_text="the row it repeats")
    column = serializers.CharField()
    code = serializers.CharField()
    reason = serializers.CharField(help_text="why it was refused or overtaken")
    held = serializers.DictField(help_text="fields that stay with a person or another source")
    remarks = serializers.ListField(child=serializers.DictField())
    meanwhile = serializers.CharField(
        help_text="what overtook the row between planning and writing: deleted-meanwhile or changed-meanwhile"
    )


class DeliveredSystemSerializer(SystemSerializer):
    """An AI system and what the delivery did to it."""

    result = RowResultSerializer(read_only=True)

    class Meta(SystemSerializer.Meta):
        fields = (*SystemSerializer.Meta.fields, "result")


class WaitingSerializer(Shape):
    """The delivery waits for a person to say whether it means a system that is known already."""

    result = RowResultSerializer()


class FieldsSerializer(Shape):
    """Names of fields."""

    fields_ = serializers.ListField(child=serializers.CharField(max_length=60), min_length=1)

    def get_fields(self) -> dict[str, Any]:
        """``fields`` is a name the framework keeps for itself."""
        return {"fields": super().get_fields()["fields_"]}


class MergeSerializer(Shape):
    """Into which system, with which of its fields from the one that goes."""

    optional = ("take", "reason")
    into = serializers.UUIDField(help_text="the system that stays")
    take = serializers.ListField(child=serializers.ChoiceField(choices=TAKEN), required=False)
    reason = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class SystemViewSet(RecordViewSet):
    """The inventory of AI systems (ISO/IEC 42001, A.4.2)."""

    permission = "aims.read"
    queryset = AISystem.objects
    serializer_class = SystemSerializer
    filterset_class = SystemFilters
    register = "systems"
    versioned = RecordViewSet.versioned | {"give_back", "merge"}
    tagged = RecordViewSet.tagged | {"give_back", "merge"}

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

    @extend_schema(request=FieldsSerializer, responses={200: SystemSerializer})
    def give_back(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Let the source write the named fields again; body {"fields": […]}. Needs If-Match."""
        shape = FieldsSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        version = expected_version(request)
        record = self.record(pk)

        def work() -> Response:
            changed = give_back_to_source(
                actor=self.actor, system_id=record.pk, fields=shape.validated_data["fields"], expected_version=version
            )
            return tagged(Response(self.represent(changed, many=False)), changed)

        return self.once(work)

    @extend_schema(request=MergeSerializer, responses={200: SystemSerializer})
    def merge(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Merge this system into another and answer that one; this one retires and points at it. Needs If-Match."""
        shape = MergeSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        version = expected_version(request)
        record, data = self.record(pk), shape.validated_data

        def work() -> Response:
            kept = merge_systems(
                actor=self.actor, keep_id=data["into"], drop_id=record.pk, take=data.get("take", ()),
                drop_version=version, reason=data.get("reason", ""),
            )  # fmt: skip
            return tagged(Response(self.represent(kept, many=False)), kept)

        return self.once(work)


class ByExternalIdView(MemberAPIView):
    """One system as its source knows it."""

    permission = "aims.read"
    operation: ClassVar = {"GET": "read_by_external_id", "PUT": "put_by_external_id"}
    versioned = frozenset({"PUT"})
    tagged = frozenset({"GET", "PUT"})

    @extend_schema(responses=SystemSerializer)
    def get(self, request: Any, source: str, key: str, **kwargs: Any) -> Response:
        """The system; 404 when the source never spoke of it."""
        record = inventory.by_external_id(self.actor, source, key)
        if record is None:
            raise NotFound
        return self._answer(record)

    @extend_schema(
        request=SourceSystemSerializer,
        responses={200: DeliveredSystemSerializer, 201: DeliveredSystemSerializer, 202: WaitingSerializer},
    )
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


@extend_schema_field(SourceRowSerializer(many=True))
class RowsField(serializers.ListField):
    """Rows as they come; each is judged by itself."""


class SyncSerializer(Shape):
    """A batch of a source."""

    source = serializers.SlugField(max_length=60, required=False, help_text="the token's own source if left out")  # type: ignore[assignment]
    rows = RowsField(child=serializers.DictField(), max_length=50_000)
    complete = serializers.BooleanField(default=False)
    confirm_missing = serializers.BooleanField(default=False)
    dry_run = serializers.BooleanField(default=False)


class SyncedSerializer(Shape):
    """What a batch did, or would do: counts by kind that add up to the rows, and every row's result."""

    dry_run = serializers.BooleanField()
    change_id = serializers.CharField(help_text="groups the entries in the history; empty when nothing was written")
    source = serializers.CharField()  # type: ignore[assignment]
    mapping = serializers.CharField()
    missing = serializers.IntegerField(help_text="systems of the source that the rows lack")
    missing_obstacle = serializers.ChoiceField(choices=OBSTACLES, help_text="why they are not marked as missing")
    rows = RowResultSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """With one count per kind."""
        return {**super().get_fields(), **{kind: serializers.IntegerField() for kind in KINDS}}


class SyncView(MemberAPIView):
    """Bring a source's inventory in: twice is once, order does not matter, people's edits stay."""

    permission = "aims.sync"

    operation = "sync"

    @extend_schema(request=SyncSerializer, responses={200: SyncedSerializer, 202: JobSerializer})
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
                return accepted(request, result.job)
            body = {"dry_run": result.dry_run, "change_id": result.change_id, **result.summary, "rows": result.rows}
            return Response(body)

        return self.once(work)
