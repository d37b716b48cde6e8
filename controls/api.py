"""Controls and the Statement of Applicability over REST."""

from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from controls import queries, registers
from controls.models import Control, StatementOfApplicability
from controls.services import add_own_control, confirm_annex_a, confirm_annex_b, decide_control, remove_own_control
from core.api.filters import TrueFalseFilter
from core.api.only import OnlyRecordViewSet, VersionsView
from core.api.versions import tagged
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet
from core.errors import NotFound

DECISION = (
    "applies", "where", "systems", "drivers", "reason", "implementation", "status", "owner", "proof", "last_review",
    "next_review",
)  # fmt: skip
STATES = list(StatementOfApplicability.STATES.items())
KEPT = ("id", "version", "created_at", "updated_at", "code", "own", "area", "position")


class ControlSerializer(RecordSerializer):
    """One control with its decision; the title can be given for own controls only."""

    class Meta:
        model = Control
        fields = (*KEPT, "title", *DECISION)
        read_only_fields = KEPT

    drivers = serializers.ListField(
        child=serializers.ChoiceField(choices=Control.DRIVERS + Control.EXCLUSION_GROUNDS), required=False
    )


class ControlFilters(registers.ControlFilters):
    """Typed filters of the controls: those of the page, people and systems by id."""

    applies = django_filters.MultipleChoiceFilter(choices=Control.APPLIES)
    status = django_filters.MultipleChoiceFilter(choices=Control.STATUS)
    area = django_filters.CharFilter()
    code = django_filters.CharFilter()
    own = TrueFalseFilter()
    owner = django_filters.UUIDFilter(field_name="owner_id")

    class Meta:
        model = Control
        fields: ClassVar[list[str]] = []


class ControlViewSet(RecordViewSet):
    """Controls of Annex A and own ones; POST adds an own control."""

    permission = "controls.read"
    queryset = Control.objects
    serializer_class = ControlSerializer
    filterset_class = ControlFilters
    register = "controls"
    order = ("own", "position", "code")

    def create_record(self, data: dict[str, Any]) -> Control:
        """Add an own control, numbered O.1 onward."""
        return add_own_control(actor=self.actor, **data)

    def delete_record(self, record: Control, version: int | None) -> None:
        """An own control goes that is not decided and that nothing else uses."""
        remove_own_control(actor=self.actor, code=record.code, expected_version=version)

    def change_record(self, record: Control, version: int | None, data: dict[str, Any]) -> Control:
        """Save a row of the Statement of Applicability."""
        return decide_control(actor=self.actor, code=record.code, expected_version=version, **data)


class StatementSerializer(RecordSerializer):
    """The working copy's state."""

    class Meta:
        model = StatementOfApplicability
        fields: tuple[str, ...] = (
            "id", "version", "state", "submitted_by", "submitted_to", "submitted_at", "returned_by", "return_comment",
            "annex_a_compared_on", "annex_a_compared_by", "annex_b_considered_on", "annex_b_considered_by",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = fields


class StatementNowSerializer(StatementSerializer):
    """The working copy with its figures and what differs from the last approved version."""

    controls = serializers.IntegerField(read_only=True)
    applicable = serializers.IntegerField(read_only=True)
    excluded = serializers.IntegerField(read_only=True)
    undecided = serializers.IntegerField(read_only=True)
    approved_version = serializers.IntegerField(read_only=True, allow_null=True)
    differs = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="codes of controls")

    class Meta(StatementSerializer.Meta):
        fields = (
            *StatementSerializer.Meta.fields, "controls", "applicable", "excluded", "undecided", "approved_version",
            "differs",
        )  # fmt: skip
        read_only_fields = fields


class StatementViewSet(OnlyRecordViewSet):
    """The one Statement of Applicability; addressed without an id."""

    permission = "controls.read"
    queryset = StatementOfApplicability.objects
    serializer_class = StatementSerializer

    @extend_schema(responses=StatementNowSerializer)
    def retrieve(self, request: Any, pk: str = "", **kwargs: Any) -> Response:
        """State, figures, what differs from the last approved version."""
        found = queries.soa_content(self.scope)
        rows, latest = found.content["controls"], found.latest
        body = {
            **self.represent(found.record, many=False),
            "controls": len(rows),
            "applicable": sum(row["applies"] == Control.YES for row in rows),
            "excluded": sum(row["applies"] == Control.NO for row in rows),
            "undecided": sum(row["applies"] == Control.UNDECIDED for row in rows),
            "approved_version": latest.number if latest else None,
            "differs": [difference.code for difference in found.differences],
        }
        return tagged(Response(body), found.record)


class ConfirmView(MemberAPIView):
    """The two dated confirmations (6.1.3)."""

    permission = "controls.read"
    operation = "confirm"
    tagged = frozenset({"POST"})
    path_schemas: ClassVar = {"which": ({"type": "string", "enum": ["annex-a", "annex-b"]}, "What was considered.")}

    @extend_schema(request=None, responses={200: StatementSerializer})
    def post(self, request: Any, which: str, **kwargs: Any) -> Response:
        """Confirm today: annex-a or annex-b."""
        services = {"annex-a": confirm_annex_a, "annex-b": confirm_annex_b}
        if which not in services:
            raise NotFound
        return self.once(lambda: self._answer(services[which](actor=self.actor)))

    def _answer(self, record: StatementOfApplicability) -> Response:
        return tagged(Response(StatementSerializer(record).data), record)


class StatementVersionsView(VersionsView):
    """Approved versions of the statement, newest first."""

    permission = "controls.read"
    model = StatementOfApplicability
