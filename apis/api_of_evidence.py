"""API requirements over REST, with what evidence says of each."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apis import observing
from apis.evidence_records import OBSERVED
from apis.posture.requirements import CAPABILITIES, JUDGED, PILLARS
from core.api.shapes import Shape, items_of
from core.api.views import MemberAPIView
from core.registers.columns import LEVELS

STATES = list(OBSERVED.items())


class RequirementEvidenceSerializer(Shape):
    """What the newest evidence of one service says of a requirement."""

    service = serializers.UUIDField(help_text="id of the service")
    evidence = serializers.UUIDField(help_text="id of the item of evidence")
    state = serializers.ChoiceField(choices=STATES)
    judged = serializers.IntegerField(help_text="how much was looked at")
    open = serializers.IntegerField(help_text="open findings")
    accepted = serializers.IntegerField(help_text="accepted findings")
    worst = serializers.CharField(allow_blank=True, help_text="the worst severity that is open")


class ApiRequirementSerializer(Shape):
    """A requirement for APIs that serve AI systems, and whether evidence bears it out."""

    code = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    pillar = serializers.ChoiceField(choices=list(PILLARS.items()))
    capability = serializers.ChoiceField(choices=list(CAPABILITIES.items()))
    severity = serializers.ChoiceField(choices=list(LEVELS.items()))
    judged = serializers.ChoiceField(choices=list(JUDGED.items()), help_text="how far rules can see whether it is kept")
    clauses = serializers.ListField(child=serializers.CharField())
    annex_a = serializers.ListField(child=serializers.CharField())
    owasp_api = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=STATES)
    observed_at = serializers.DateTimeField(allow_null=True)
    evidence = RequirementEvidenceSerializer(many=True)


class ApiRequirementsView(MemberAPIView):
    """The API requirements."""

    permission = "apis.read"
    operation = "api_requirements"
    parameters = ("as_of",)

    @extend_schema(responses=items_of(ApiRequirementSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """All thirty, with what the newest evidence of each service says."""
        return Response({"items": [shown(one) for one in observing.lines(self.scope)]})


def shown(line: observing.Line) -> dict[str, Any]:
    """A requirement as the interface answers it."""
    one = line.requirement
    return {
        "code": one.code, "title": str(one.title), "text": str(one.text), "pillar": one.pillar,
        "capability": one.capability, "severity": one.severity, "judged": one.judged, "clauses": list(one.clauses),
        "annex_a": list(one.annex), "owasp_api": list(one.owasp), "state": line.state, "observed_at": line.at,
        "evidence": [
            {"service": told.evidence.service_id, "evidence": told.evidence.item_id, "state": told.state,
             "judged": told.judged, "open": told.open, "accepted": told.accepted, "worst": told.worst}
            for told in line.told
        ],
    }  # fmt: skip
