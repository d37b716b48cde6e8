"""Risks, actions, acceptances and criteria over REST."""

from typing import Any, ClassVar

import django_filters
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core import approvals
from core.api.filters import TrueFalseFilter
from core.api.only import OnlyRecordViewSet, VersionsView
from core.api.problems import Problem
from core.api.shapes import Shape, items_of
from core.api.versions import check_version, expected_version, tagged
from core.api.views import RecordSerializer, RecordViewSet, merged
from risks import plan, registers
from risks.models import (
    LEVELS,
    Acceptance,
    Action,
    Assessment,
    Methodology,
    OpportunityReview,
    Risk,
    TreatmentPlan,
)
from risks.services.actions import add_action, change_action, check_effectiveness, drop_action, finish_action
from risks.services.criteria import change_criteria, consider_opportunities, revise_criteria
from risks.services.register import FIELDS, change_risk, delete_draft, register_risk

RISK_STATES, ACTION_STATES = list(Risk.STATES.items()), list(Action.STATES.items())
ACCEPTANCE_STATES, CRITERIA_STATES = list(Acceptance.STATES.items()), list(Methodology.STATES.items())
SERVER = ("id", "ref", "version", "created_at", "updated_at")
LEVEL_FIELDS = ("before_level", "today_level", "target_level", "above_criteria")
RISK_KEPT = (
    *SERVER, *LEVEL_FIELDS, "state", "closed_reason", "assessed_at", "accepted_until", "methodology", "catalogue_code",
)  # fmt: skip


class AssessmentSerializer(RecordSerializer):
    """One assessment in a risk's history."""

    class Meta:
        model = Assessment
        fields = (
            "id", "number", "assessed_by", "assessed_with", "at", "trigger", "ratings", "rationale", "confidence",
            "controls", "methodology", "confirmed_only",
        )  # fmt: skip
        read_only_fields = fields


class ConsequencesField(serializers.DictField):
    """Consequence by dimension, 0 none to 6; null or left out is not assessed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=serializers.IntegerField(min_value=0, max_value=6, allow_null=True), required=False, **kwargs
        )


class RiskSerializer(RecordSerializer):
    """A risk with its three ratings; levels are looked up, never given. Likelihood 0: cannot be estimated."""

    above_criteria = serializers.BooleanField(source="stands_above", read_only=True)
    before_consequences = ConsequencesField()
    today_consequences = ConsequencesField()
    target_consequences = ConsequencesField()

    class Meta:
        model = Risk
        fields = (*RISK_KEPT, *FIELDS)
        read_only_fields = RISK_KEPT


class RiskFilters(registers.RiskFilters):
    """Typed filters of the register: those of the page, people and systems by id."""

    state = django_filters.MultipleChoiceFilter(choices=RISK_STATES)
    today_level = django_filters.MultipleChoiceFilter(choices=LEVELS)
    kind = django_filters.ChoiceFilter(choices=Risk.KINDS)
    owner = django_filters.UUIDFilter(field_name="owner_id")
    system = django_filters.UUIDFilter(field_name="systems", distinct=True)
    above_criteria = TrueFalseFilter(method="stand_above")
    ref = django_filters.CharFilter()

    class Meta:
        model = Risk
        fields: ClassVar[list[str]] = []

    def stand_above(self, rows: Any, name: str, value: bool) -> Any:
        """Narrow to what the register counts as above the criteria: assessed threats, never drafts; or to the rest."""
        return rows.above_criteria() if value else rows.exclude(pk__in=rows.above_criteria().values("pk"))


class RiskViewSet(RecordViewSet):
    """The risk register (6.1.2)."""

    permission = "risks.read"
    queryset = Risk.objects
    serializer_class = RiskSerializer
    filterset_class = RiskFilters
    register = "risks"
    dated = frozenset({"retrieve", "assessments"})

    def create_record(self, data: dict[str, Any]) -> Risk:
        """Add a draft."""
        return register_risk(actor=self.actor, **data)

    def change_record(self, record: Risk, version: int | None, data: dict[str, Any]) -> Risk:
        """Change what is given."""
        return change_risk(actor=self.actor, risk=record, expected_version=version, **data)

    def delete_record(self, record: Risk, version: int | None) -> None:
        """A draft goes, with its planned actions; any other risk is closed instead."""
        delete_draft(actor=self.actor, risk=record, expected_version=version)

    @extend_schema(responses=items_of(AssessmentSerializer))
    def assessments(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """All assessments, oldest first."""
        rows = Assessment.objects.of(self.scope).filter(risk=self.record(pk)).order_by("number")
        return Response({"items": AssessmentSerializer(rows, many=True).data})


class ActionSerializer(RecordSerializer):
    """One action of the treatment plan."""

    class Meta:
        model = Action
        fields = (
            *SERVER, "risk", "what", "control", "owner", "due", "expected_effect", "state", "done_on", "outcome",
            "effectiveness", "effectiveness_on",
        )  # fmt: skip
        read_only_fields = (*SERVER, "state", "done_on", "outcome", "effectiveness", "effectiveness_on")


class ActionFilters(django_filters.FilterSet):
    """Typed filters of actions."""

    state = django_filters.MultipleChoiceFilter(choices=ACTION_STATES)
    risk = django_filters.UUIDFilter(field_name="risk_id")
    owner = django_filters.UUIDFilter(field_name="owner_id")
    due_before = django_filters.DateFilter(field_name="due", lookup_expr="lt")

    class Meta:
        model = Action
        fields: ClassVar[list[str]] = []


class OutcomeSerializer(Shape):
    """What came of an action."""

    outcome = serializers.CharField(max_length=4000, required=False, default="")
    effectiveness = serializers.ChoiceField(choices=[code for code, _label in Action.EFFECTS if code], required=False)
    done_on = serializers.DateField(required=False, allow_null=True, default=None)


class ActionViewSet(RecordViewSet):
    """Actions about risks (6.1.3, 8.3)."""

    permission = "risks.read"
    queryset = Action.objects
    serializer_class = ActionSerializer
    filterset_class = ActionFilters
    versioned = RecordViewSet.versioned | {"settle"}
    tagged = RecordViewSet.tagged | {"settle"}
    path_schemas: ClassVar = {"verb": ({"type": "string", "enum": ["finish", "drop", "check"]}, "What happened.")}

    def create_record(self, data: dict[str, Any]) -> Action:
        """Plan an action."""
        return add_action(actor=self.actor, risk=data.pop("risk"), **data)

    def change_record(self, record: Action, version: int | None, data: dict[str, Any]) -> Action:
        """Change an open action; its risk stays."""
        if "risk" in data:
            problem = [{"pointer": "/risk", "detail": "An action stays with its risk."}]
            raise Problem(400, "invalid", "Some values are not valid.", errors=problem)
        return change_action(actor=self.actor, action=record, expected_version=version, **data)

    @extend_schema(request=OutcomeSerializer, responses={200: ActionSerializer})
    def settle(self, request: Any, pk: str, verb: str, **kwargs: Any) -> Response:
        """finish, drop or check an action. Needs If-Match."""
        shape = OutcomeSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given, version, record = shape.validated_data, expected_version(request), self.record(pk)
        common = {"actor": self.actor, "action": record, "outcome": given["outcome"], "expected_version": version}

        def work() -> Response:
            check_version(record, version)
            if verb == "finish":
                settled = finish_action(**common, done_on=given["done_on"])
            elif verb == "drop":
                settled = drop_action(**common)
            else:
                settled = check_effectiveness(**common, effectiveness=given.get("effectiveness", ""))
            return tagged(Response(self.represent(settled, many=False)), settled)

        return self.once(work)


class AcceptanceSerializer(RecordSerializer):
    """A request to accept a risk, with what was frozen, and its answer."""

    class Meta:
        model = Acceptance
        fields = (
            *SERVER, "risk", "asked_by", "asked_at", "level", "frozen", "valid_until", "conditions", "reason",
            "decided_by", "decided_at", "ended_at", "state",
        )  # fmt: skip
        read_only_fields = fields


class AcceptanceFilters(django_filters.FilterSet):
    """Typed filters of acceptances."""

    state = django_filters.MultipleChoiceFilter(choices=ACCEPTANCE_STATES)
    risk = django_filters.UUIDFilter(field_name="risk_id")

    class Meta:
        model = Acceptance
        fields: ClassVar[list[str]] = []


class AcceptanceViewSet(RecordViewSet):
    """Acceptances: asked for on the risk, decided here by a step."""

    permission = "risks.read"
    queryset = Acceptance.objects
    serializer_class = AcceptanceSerializer
    filterset_class = AcceptanceFilters


CRITERIA_KEPT = ("id", "version", "created_at", "updated_at", "number", "state", "submitted_by", "approved_at")


class CriteriaSerializer(RecordSerializer):
    """A version of the risk criteria; its content can be changed while it is a working copy or returned."""

    content = serializers.DictField(required=False, help_text="scales, matrix, authority, review intervals")

    class Meta:
        model = Methodology
        fields = (*CRITERIA_KEPT, "content")
        read_only_fields = CRITERIA_KEPT


class CriteriaViewSet(RecordViewSet):
    """Versions of the risk criteria (6.1.1); POST begins the next one as a copy of the one in force."""

    permission = "risks.read"
    queryset = Methodology.objects
    serializer_class = CriteriaSerializer

    def create_record(self, data: dict[str, Any]) -> Methodology:
        """Begin the next version; what is given of its content is merged into the copy."""
        with transaction.atomic():
            criteria = revise_criteria(actor=self.actor)
            if "content" not in data:
                return criteria
            content = merged(criteria.content, data["content"])
            return change_criteria(actor=self.actor, criteria=criteria, content=content)

    def change_record(self, record: Methodology, version: int | None, data: dict[str, Any]) -> Methodology:
        """Change the working copy; drafts are looked up anew."""
        content = data.get("content", record.content)
        return change_criteria(actor=self.actor, criteria=record, content=content, expected_version=version)


class OpportunitySerializer(RecordSerializer):
    """That somebody looked for opportunities, and what came of it."""

    class Meta:
        model = OpportunityReview
        fields = ("id", "version", "created_at", "updated_at", "on", "by", "conclusion")
        read_only_fields = ("id", "version", "created_at", "updated_at", "on", "by")


class OpportunityViewSet(RecordViewSet):
    """Reviews of opportunities (6.1.1); a person's token adds today's."""

    permission = "risks.read"
    queryset = OpportunityReview.objects
    serializer_class = OpportunitySerializer

    def create_record(self, data: dict[str, Any]) -> OpportunityReview:
        """Record that opportunities were considered."""
        if self.actor.person_id is None:
            raise Problem(403, "forbidden", "Only a person can do this.")
        return consider_opportunities(actor=self.actor, conclusion=data["conclusion"])


class PlanSerializer(RecordSerializer):
    """The treatment plan's state."""

    class Meta:
        model = TreatmentPlan
        fields: tuple[str, ...] = (
            "id", "version", "state", "submitted_by", "submitted_to", "submitted_at", "returned_by", "return_comment",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = fields


class PlanNowSerializer(PlanSerializer):
    """The plan as it is, and what differs from the last approved version."""

    approved_version = serializers.IntegerField(read_only=True, allow_null=True)
    differs = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="references of risks and actions"
    )
    content_hash = serializers.CharField(read_only=True)
    content = serializers.DictField(read_only=True)

    class Meta(PlanSerializer.Meta):
        fields = (*PlanSerializer.Meta.fields, "approved_version", "differs", "content_hash", "content")
        read_only_fields = fields


class PlanViewSet(OnlyRecordViewSet):
    """The one treatment plan (6.1.3, 8.3); addressed without an id."""

    permission = "risks.read"
    queryset = TreatmentPlan.objects
    serializer_class = PlanSerializer

    @extend_schema(responses=PlanNowSerializer)
    def retrieve(self, request: Any, pk: str = "", **kwargs: Any) -> Response:
        """State, content, what differs from the last approved version."""
        record, content = self.record(), plan.content_in(self.scope)
        versions = plan.versions_of(self.scope, record)
        changes = plan.differences(approvals.frozen(versions[0]), content) if versions else []
        body = {
            **self.represent(record, many=False),
            "approved_version": versions[0].number if versions else None,
            "differs": [change.ref for change in changes],
            "content_hash": approvals.content_hash(content),
            "content": content,
        }
        return tagged(Response(body), record)


class PlanVersionsView(VersionsView):
    """Approved versions of the treatment plan, newest first."""

    permission = "risks.read"
    model = TreatmentPlan
