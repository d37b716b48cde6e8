"""Threat signals, mutes and detectors over REST."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apis import services
from apis.queries_of_threats import Standing, detectors
from apis.threat_records import DetectorChoice, Mute, ThreatSignal
from apis.threat_registers import MuteFilters, ThreatFilters
from apis.threats import DETECTORS
from core.api.shapes import Shape, items_of
from core.api.versions import expected_version, tagged
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet
from core.errors import NotFound

SERVER = ("id", "ref", "version", "created_at", "updated_at")
FIRED = (
    *SERVER, "service", "detector", "consumer", "severity", "endpoints", "reasons", "counts", "limits", "samples",
    "hours", "worst_hour", "first_hour", "last_hour", "state", "conclusion", "decided_by", "decided_at", "incident",
    "incident_on",
)  # fmt: skip
FIGURES = {"type": "object", "additionalProperties": {"oneOf": [{"type": "integer"}, {"type": "string"}]}}


class ThreatSerializer(RecordSerializer):
    """A signal with the figures behind it; who it is assigned to and its risk can be set, the state moves by steps."""

    endpoints = serializers.ListField(child=serializers.ListField(child=serializers.CharField()), read_only=True)
    reasons = serializers.ListField(child=serializers.CharField(), read_only=True)
    samples = serializers.ListField(child=serializers.CharField(), read_only=True)
    hours = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ThreatSignal
        fields = (*FIRED, "assignee", "risk")
        read_only_fields = FIRED


class ThreatIncidentSerializer(Shape):
    """What happened, and its first day."""

    what = serializers.CharField(max_length=2000)
    since = serializers.DateField()


class ThreatViewSet(RecordViewSet):
    """Threat signals (APR-25, APR-26)."""

    permission = "apis.read"
    queryset = ThreatSignal.objects
    serializer_class = ThreatSerializer
    filterset_class = ThreatFilters
    register = "threat_signals"
    versioned = RecordViewSet.versioned | {"incident"}
    tagged = RecordViewSet.tagged | {"incident"}

    def change_record(self, record: ThreatSignal, version: int | None, data: dict[str, Any]) -> ThreatSignal:
        """Assign it, or link a risk."""
        return services.change_signal(actor=self.actor, signal=record, expected_version=version, **data)

    @extend_schema(request=ThreatIncidentSerializer, responses={200: ThreatSerializer})
    def incident(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Decide that it is an incident. Needs If-Match."""
        version = expected_version(request)
        record = self.record(pk)
        shape = ThreatIncidentSerializer(data=request.data)
        shape.is_valid(raise_exception=True)

        def work() -> Response:
            told = services.report_incident(
                actor=self.actor, signal=record, expected_version=version, **shape.validated_data
            )
            return tagged(Response(self.represent(told, many=False)), told)

        return self.once(work)


class MuteSerializer(RecordSerializer):
    """Whose signals call nobody, of which detector (all where it is empty), until when and why."""

    class Meta:
        model = Mute
        fields = (*SERVER, "consumer", "detector", "reason", "until", "muted_by", "ended_at")
        read_only_fields = (*SERVER, "muted_by", "ended_at")


class MuteViewSet(RecordViewSet):
    """Mutes; they are counted all the same."""

    permission = "apis.read"
    queryset = Mute.objects
    serializer_class = MuteSerializer
    filterset_class = MuteFilters
    versioned = RecordViewSet.versioned | {"end"}
    tagged = RecordViewSet.tagged | {"end"}

    def create_record(self, data: dict[str, Any]) -> Mute:
        """Mute a caller of which there is a signal."""
        return services.mute_consumer(actor=self.actor, **data)

    @extend_schema(request=None, responses={200: MuteSerializer})
    def end(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """End it now. Needs If-Match."""
        version = expected_version(request)
        record = self.record(pk)

        def work() -> Response:
            ended = services.end_mute(actor=self.actor, mute=record, expected_version=version)
            return tagged(Response(self.represent(ended, many=False)), ended)

        return self.once(work)


class ThresholdSerializer(Shape):
    """A threshold as it is set here."""

    code = serializers.CharField()
    label = serializers.CharField()
    unit = serializers.CharField()
    value = serializers.FloatField()
    default = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class DetectorSerializer(Shape):
    """A detector as it is used here."""

    code = serializers.CharField()
    label = serializers.CharField()
    says = serializers.CharField()
    on = serializers.BooleanField()
    reason = serializers.CharField()
    features = serializers.ListField(child=serializers.CharField())
    thresholds = ThresholdSerializer(many=True)
    anchor = serializers.CharField()
    atlas = serializers.ListField(child=serializers.CharField())
    owasp = serializers.ListField(child=serializers.CharField())
    recall = serializers.CharField(help_text="as measured; empty where no public set shows it")
    false_alarms = serializers.CharField(help_text="as measured")
    open = serializers.IntegerField(help_text="open signals")


def shown(one: Standing) -> dict[str, Any]:
    """A detector as REST shows it."""
    names = ("code", "value", "default", "low", "high")
    limits = [
        {**{name: getattr(limit, name) for name in names}, "label": str(limit.label), "unit": str(limit.unit)}
        for limit in one.limits
    ]
    detector = one.detector
    return {
        "code": one.code, "label": str(detector.label), "says": str(detector.says), "on": one.on, "reason": one.reason,
        "features": [str(name) for name in detector.features], "thresholds": limits, "anchor": str(detector.anchor),
        "atlas": list(detector.atlas), "owasp": list(detector.owasp), "recall": one.measured.recall,
        "false_alarms": one.measured.false, "open": one.open,
    }  # fmt: skip


class DetectorsView(MemberAPIView):
    """The detectors."""

    permission = "apis.read"
    operation = "detectors"

    @extend_schema(responses=items_of(DetectorSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """All eight, as they are set here."""
        return Response({"items": [shown(one) for one in detectors(self.scope)]})


class DetectorChoiceSerializer(Shape):
    """What is changed; what is left out stays as it is. A threshold of null is set as it comes."""

    optional = ("on", "thresholds", "reason")
    on = serializers.BooleanField(required=False)
    thresholds = serializers.DictField(child=serializers.FloatField(allow_null=True), required=False)
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class DetectorView(MemberAPIView):
    """One detector."""

    permission = "apis.read"
    operation: ClassVar = {"GET": "detector", "PATCH": "change_detector"}
    versioned = frozenset({"PATCH"})
    tagged = frozenset({"GET", "PATCH"})

    def standing(self, code: str) -> Standing:
        """The detector; 404 for none."""
        if code not in DETECTORS:
            raise NotFound
        return next(one for one in detectors(self.scope) if one.code == code)

    @extend_schema(responses=DetectorSerializer)
    def get(self, request: Any, code: str, **kwargs: Any) -> Response:
        """As it is set here."""
        return self.answer(self.standing(code))

    @extend_schema(request=DetectorChoiceSerializer, responses={200: DetectorSerializer})
    def patch(self, request: Any, code: str, **kwargs: Any) -> Response:
        """Set thresholds, switch it on or off. Needs If-Match."""
        version = expected_version(request)
        standing = self.standing(code)
        shape = DetectorChoiceSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        data = shape.validated_data
        wanted = {limit.code: limit.value for limit in standing.limits if limit.changed} | data.get("thresholds", {})
        services.choose_detector(
            actor=self.actor, code=code, on=data.get("on", standing.on), reason=data.get("reason", standing.reason),
            thresholds={name: value for name, value in wanted.items() if value is not None}, expected_version=version,
        )  # fmt: skip
        return self.answer(self.standing(code))

    def answer(self, one: Standing) -> Response:
        """The detector with the version of what was chosen; 0 before that."""
        return tagged(Response(shown(one)), one.choice or DetectorChoice())
