"""Findings, exemptions, rules and runs of posture over REST; SARIF."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apis import services
from apis.findings import Exemption, Finding, OwnRule, PostureRun, RuleChoice
from apis.models import Service
from apis.posture.own import FIELDS
from apis.posture.rules import RULES, SEVERITIES, UNITS
from apis.posture_registers import ExemptionFilters, FindingFilters
from apis.queries_of_posture import sarif_of, standings
from core.api.shapes import Shape, items_of
from core.api.versions import expected_version, tagged
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet, is_uuid
from core.errors import NotFound

SERVER = ("id", "ref", "version", "created_at", "updated_at")
FOUND = (
    *SERVER, "service", "rule", "title", "fingerprint", "source", "place", "pointer", "method", "path", "params",
    "times", "state", "found_at", "mended_at", "reopened_at", "reopened_why", "exemption", "accepted_until",
    "accepted_reason", "accepted_by",
)  # fmt: skip


class PostureFindingSerializer(RecordSerializer):
    """What is wrong at one place; severity and ticket can be set, the state moves by steps."""

    class Meta:
        model = Finding
        fields = (*FOUND, "severity", "severity_reason", "ticket")
        read_only_fields = FOUND


class FindingViewSet(RecordViewSet):
    """Posture findings (APR-23, APR-30)."""

    permission = "apis.read"
    queryset = Finding.objects
    serializer_class = PostureFindingSerializer
    filterset_class = FindingFilters
    register = "posture_findings"

    def change_record(self, record: Finding, version: int | None, data: dict[str, Any]) -> Finding:
        """Set severity or ticket."""
        return services.change_finding(actor=self.actor, finding=record, expected_version=version, **data)


class SarifView(MemberAPIView):
    """Findings as SARIF 2.1.0."""

    permission = "apis.read"
    operation = "sarif"
    filterset_class = FindingFilters
    parameters = (*FindingFilters.base_filters, "as_of")

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Any, **kwargs: Any) -> Response:
        """One log with the findings of the filters; mended ones are left out."""
        params = request.query_params.copy()
        params.pop("as_of", None)
        filters = FindingFilters(params, Finding.objects.of(self.scope), request=request)
        if not filters.is_valid():
            raise serializers.ValidationError(filters.errors)
        return Response(sarif_of(self.scope, filters.qs, lambda one: ""))


class PostureExemptionSerializer(RecordSerializer):
    """What is accepted at more than one place, until when and why."""

    class Meta:
        model = Exemption
        fields = (*SERVER, "level", "rule", "service", "method", "path", "reason", "until", "accepted_by", "ended_at")
        read_only_fields = fields


class ExemptionViewSet(RecordViewSet):
    """Exemptions from rules (APR-30); they begin with the step accept of a finding."""

    permission = "apis.read"
    queryset = Exemption.objects
    serializer_class = PostureExemptionSerializer
    filterset_class = ExemptionFilters
    versioned = RecordViewSet.versioned | {"end"}
    tagged = RecordViewSet.tagged | {"end"}

    @extend_schema(request=None, responses={200: PostureExemptionSerializer})
    def end(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """End it now; what it covered is open again. Needs If-Match."""
        version = expected_version(request)
        record = self.record(pk)

        def work() -> Response:
            ended = services.end_exemption(actor=self.actor, exemption=record, expected_version=version)
            return tagged(Response(self.represent(ended, many=False)), ended)

        return self.once(work)


class OwnRuleSerializer(RecordSerializer):
    """A rule of one's own: conditions as data."""

    where = serializers.ListField(child=serializers.DictField(), required=False, max_length=20)
    must = serializers.ListField(child=serializers.DictField(), max_length=20)
    apr = serializers.ListField(child=serializers.CharField(max_length=6), required=False, max_length=30)
    unit = serializers.ChoiceField(choices=list(FIELDS))

    class Meta:
        model = OwnRule
        fields = (
            *SERVER, "code", "title", "severity", "unit", "where", "must", "why", "mend", "apr", "active",
        )  # fmt: skip
        read_only_fields = SERVER


class OwnRuleViewSet(RecordViewSet):
    """Rules the organisation added."""

    permission = "apis.read"
    queryset = OwnRule.objects
    serializer_class = OwnRuleSerializer

    def create_record(self, data: dict[str, Any]) -> OwnRule:
        """Add one."""
        return services.save_own_rule(actor=self.actor, **data)

    def change_record(self, record: OwnRule, version: int | None, data: dict[str, Any]) -> OwnRule:
        """Change it; the code stays."""
        return services.save_own_rule(actor=self.actor, rule=record, expected_version=version, **data)


class PostureRuleSerializer(Shape):
    """A rule of the product."""

    code = serializers.CharField()
    title = serializers.CharField()
    severity = serializers.ChoiceField(choices=SEVERITIES)
    unit = serializers.ChoiceField(choices=list(UNITS))
    why = serializers.CharField()
    mend = serializers.CharField()
    owasp = serializers.ListField(child=serializers.CharField())
    cwe = serializers.ListField(child=serializers.IntegerField())
    atlas = serializers.ListField(child=serializers.CharField())
    apr = serializers.ListField(child=serializers.CharField())
    annex_a = serializers.ListField(child=serializers.CharField())
    on_by_default = serializers.BooleanField()
    on = serializers.BooleanField(help_text="used in this management system")


class RulesView(MemberAPIView):
    """The rules of the product."""

    permission = "apis.read"
    operation = "posture_rules"

    @extend_schema(responses=items_of(PostureRuleSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """All of them, with whether they are used here."""
        chosen = dict(RuleChoice.objects.of(self.scope).values_list("rule", "on"))
        items = [
            {
                "code": rule.code, "title": str(rule.title), "severity": rule.severity, "unit": rule.unit,
                "why": str(rule.why), "mend": str(rule.mend), "owasp": list(rule.owasp), "cwe": list(rule.cwe),
                "atlas": list(rule.atlas), "apr": list(rule.apr), "annex_a": list(rule.annex),
                "on_by_default": rule.on, "on": chosen.get(rule.code, rule.on),
            }
            for rule in RULES.values()
        ]  # fmt: skip
        return Response({"items": items})


class PostureChoiceSerializer(Shape):
    """Whether a rule is used here, and why."""

    optional = ("reason",)
    on = serializers.BooleanField()
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class RuleView(MemberAPIView):
    """One rule of the product."""

    permission = "apis.read"
    operation = "choose_posture_rule"

    @extend_schema(request=PostureChoiceSerializer, responses={200: PostureChoiceSerializer})
    def put(self, request: Any, code: str, **kwargs: Any) -> Response:
        """Use it in this management system, or not."""
        if code not in RULES:
            raise NotFound
        shape = PostureChoiceSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        chosen = services.choose_rule(actor=self.actor, code=code, **shape.validated_data)
        return Response({"on": chosen.on, "reason": chosen.reason})


class PostureRunSerializer(Shape):
    """What a run looked at and found."""

    at = serializers.DateTimeField()
    rules_version = serializers.CharField()
    description = serializers.CharField()
    description_hash = serializers.CharField()
    calls = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="open findings by severity")
    new = serializers.IntegerField()
    mended = serializers.IntegerField()
    reopened = serializers.IntegerField()
    points = serializers.IntegerField(allow_null=True, help_text="of 100; null where no rule had anything to judge")


class PosturePartSerializer(Shape):
    """What one rule does to the score."""

    rule = serializers.CharField()
    judged = serializers.IntegerField()
    broken = serializers.IntegerField()
    accepted = serializers.IntegerField()
    lost = serializers.FloatField(help_text="points of 100")


class ServicePostureSerializer(Shape):
    """How a service stands: the last runs, newest first, and the rules behind the score."""

    points = serializers.IntegerField(allow_null=True)
    parts = PosturePartSerializer(many=True)
    runs = PostureRunSerializer(many=True)


class ServicePostureView(MemberAPIView):
    """The posture of one service."""

    permission = "apis.read"
    operation: ClassVar = {"GET": "service_posture", "POST": "judge_service"}

    def service(self, pk: str) -> Service:
        """The service; 404 elsewhere."""
        found = Service.objects.of(self.scope).filter(pk=pk).first() if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return found

    @extend_schema(responses=ServicePostureSerializer)
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Score with the rules behind it, and the last 50 runs."""
        return Response(self.body(self.service(pk)))

    @extend_schema(request=None, responses={200: ServicePostureSerializer})
    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Judge it by what was brought in last."""
        service = self.service(pk)

        def work() -> Response:
            services.judge_again(actor=self.actor, service=service)
            return Response(self.body(service))

        return self.once(work)

    def body(self, service: Service) -> dict[str, Any]:
        """What both answer."""
        [standing] = standings(self.scope, [service])
        score = standing.score
        runs = PostureRun.objects.of(self.scope).filter(service=service).order_by("-at")[:50]
        parts = [
            {"rule": one.rule.code, "judged": one.judged, "broken": one.broken, "accepted": one.accepted,
             "lost": round(one.lost, 2)}
            for one in (score.parts if score else ())
        ]  # fmt: skip
        return {
            "points": score.points if score else None,
            "parts": parts,
            "runs": PostureRunSerializer(runs, many=True).data,
        }
