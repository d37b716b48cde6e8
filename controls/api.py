"""Controls and the Statement of Applicability over REST."""

from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from controls import content, queries
from controls.models import Control, StatementOfApplicability
from controls.services import add_own_control, confirm_annex_a, confirm_annex_b, decide_control
from core import approvals
from core.api.problems import Problem
from core.api.versions import tagged
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet
from core.errors import NotFound

DECISION = (
    "applies", "where", "systems", "drivers", "reason", "implementation", "status", "owner", "proof", "last_review",
    "next_review",
)  # fmt: skip
KEPT = ("id", "version", "created_at", "updated_at", "code", "own", "area", "position")


class ControlSerializer(RecordSerializer):
    """One control with its decision; the title can be given for own controls only."""

    class Meta:
        model = Control
        fields = (*KEPT, "title", *DECISION)
        read_only_fields = KEPT


class ControlFilters(django_filters.FilterSet):
    """Typed filters of the controls."""

    applies = django_filters.MultipleChoiceFilter(choices=Control.APPLIES)
    status = django_filters.MultipleChoiceFilter(choices=Control.STATUS)
    area = django_filters.CharFilter()
    code = django_filters.CharFilter()
    own = django_filters.BooleanFilter()
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
    order = ("own", "position", "code")

    def rows(self) -> Any:
        """With the systems each is limited to, in one query more."""
        return super().rows().prefetch_related("systems")

    def create_record(self, data: dict[str, Any]) -> Control:
        """Add an own control, numbered O.1 onward."""
        return add_own_control(actor=self.actor, **data)

    def change_record(self, record: Control, version: int | None, data: dict[str, Any]) -> Control:
        """Save a row of the Statement of Applicability."""
        return decide_control(actor=self.actor, code=record.code, expected_version=version, **data)


class StatementSerializer(RecordSerializer):
    """The working copy's state."""

    class Meta:
        model = StatementOfApplicability
        fields = (
            "id", "version", "state", "submitted_by", "submitted_to", "submitted_at", "returned_by", "return_comment",
            "annex_a_compared_on", "annex_a_compared_by", "annex_b_considered_on", "annex_b_considered_by",
        )  # fmt: skip
        read_only_fields = fields


class StatementViewSet(RecordViewSet):
    """The one Statement of Applicability; addressed without an id."""

    permission = "controls.read"
    queryset = StatementOfApplicability.objects
    serializer_class = StatementSerializer

    def record(self, pk: str = "") -> StatementOfApplicability:
        """The statement of the management system."""
        found = self.rows().first()
        if found is None:
            raise NotFound
        return found

    def retrieve(self, request: Any, pk: str = "", **kwargs: Any) -> Response:
        """State, figures, what differs from the last approved version."""
        record = self.record()
        rows = queries.current_content(record)["controls"]
        latest = approvals.latest(record, "approve") or approvals.of(record).first()
        changed = content.differences(approvals.frozen(latest), queries.current_content(record)) if latest else []
        body = {
            **self.represent(record, many=False),
            "controls": len(rows),
            "applicable": sum(row["applies"] == Control.YES for row in rows),
            "excluded": sum(row["applies"] == Control.NO for row in rows),
            "undecided": sum(row["applies"] == Control.UNDECIDED for row in rows),
            "approved_version": latest.number if latest else None,
            "differs": [difference.code for difference in changed],
        }
        return tagged(Response(body), record)

    def steps(self, request: Any, pk: str = "", **kwargs: Any) -> Response:
        """Steps from the present state."""
        return super().steps(request, pk, **kwargs)

    def take_step(self, request: Any, name: str, pk: str = "", **kwargs: Any) -> Response:
        """Take a step."""
        return super().take_step(request, pk, name, **kwargs)


class ConfirmView(MemberAPIView):
    """The two dated confirmations (6.1.3)."""

    permission = "controls.read"

    @extend_schema(request=None, responses=StatementSerializer)
    def post(self, request: Any, which: str, **kwargs: Any) -> Response:
        """Confirm today: annex-a or annex-b."""
        services = {"annex-a": confirm_annex_a, "annex-b": confirm_annex_b}
        if which not in services:
            raise NotFound
        return self.once(lambda: self._answer(services[which](actor=self.actor)))

    def _answer(self, record: StatementOfApplicability) -> Response:
        return tagged(Response(StatementSerializer(record).data), record)


class VersionsView(MemberAPIView):
    """Approved versions, newest first."""

    permission = "controls.read"

    @extend_schema(responses=serializers.ListSerializer(child=serializers.DictField()))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """Number, signer, moment, hash; ``?number=`` gives one with its frozen content."""
        scope = self.scope
        record = StatementOfApplicability.objects.of(scope).first()
        found = list(approvals.of(record, alias=scope.alias)) if record else []
        number = request.query_params.get("number")
        if number is None:
            return Response({"items": [_version(approval) for approval in found]})
        for approval in found:
            if str(approval.number) == number:
                return Response({**_version(approval), "content": approvals.frozen(approval)})
        raise Problem(404, "not-found", "There is no such version.")


def _version(approval: Any) -> dict[str, Any]:
    return {
        "number": approval.number, "approved_by": str(approval.person_id), "at": approval.at,
        "function": approval.function,
        "content_hash": approval.content_hash, "superseded_at": approval.superseded_at,
    }  # fmt: skip
