"""Traffic and descriptions pushed over REST: the body is the file."""

import hashlib
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from aims.models import AISystem
from apis import services
from apis.models import FieldMap, Retention
from apis.services import Brought, Delivery
from apis.traffic import Unreadable
from apis.words import why
from core.api.core_views import JobSerializer, accepted
from core.api.problems import Problem
from core.api.shapes import Shape
from core.api.versions import expected_version, tagged
from core.api.views import MemberAPIView

MOST = 50 << 20
"""Bytes of one call, as they are sent."""


class Pushed(dict):
    """The hash of a body, which stands for it where requests are compared, and the body itself."""

    content: bytes = b""


class FileParser(BaseParser):
    """Takes the body as it comes, whatever it says it is; one byte too many is told by its length."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Pushed:
        """The body. Raises 413."""
        content = stream.read(MOST + 1)
        if len(content) > MOST:
            raise Problem(413, "too-large", "Send at most 50 MB a call, or several calls.")
        found = Pushed(sha256=hashlib.sha256(content).hexdigest())
        found.content = content
        return found


class BroughtSerializer(Shape):
    """What became of what was pushed."""

    artefact = serializers.UUIDField()
    ref = serializers.CharField()
    is_new = serializers.BooleanField(
        help_text="false when the same bytes, or all the same lines packed otherwise, were brought in before"
    )
    form = serializers.CharField(help_text="format that was recognised")
    lines = serializers.IntegerField(help_text="that are new")
    read = serializers.IntegerField()
    continues = serializers.UUIDField(allow_null=True, help_text="the artefact a grown log goes on from")
    lines_before = serializers.IntegerField(help_text="brought in with that, which do not count again")
    services = serializers.IntegerField(help_text="that are new")
    endpoints = serializers.IntegerField(help_text="that are new")
    unread = serializers.ListField(child=serializers.DictField())


class TrafficView(MemberAPIView):
    """Access logs, recordings and lines of one's own (NDJSON); gzip and zstd, too."""

    permission = "apis.bring_in"
    operation = "push_traffic"
    parser_classes: ClassVar = [FileParser]
    takes = ("name", "host", "system", "map")

    def accepts(self, method: str) -> tuple[str, ...]:
        """Name of the file, host of calls that name none, references of the AI system they serve and of a field map."""
        return self.takes if method == "POST" else ()

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={200: BroughtSerializer, 202: JobSerializer},
    )
    def post(self, request: Any, **kwargs: Any) -> Response:
        """Read the body into the inventory; the same bytes twice change nothing. 202 with a job above 4 MB."""
        delivery = self._delivery(request)

        def work() -> Response:
            try:
                found = self.bring(delivery)
            except Unreadable as error:
                raise ValidationError(why(error)) from error
            return _told(found) if isinstance(found, Brought) else accepted(request, found)

        return self.once(work)

    def bring(self, delivery: Delivery) -> Any:
        """Bring it in, at once or as a job."""
        return services.queue_or_bring(actor=self.actor, delivery=delivery)

    def _delivery(self, request: Any) -> Delivery:
        params = request.query_params
        systems = []
        for ref in filter(None, params.getlist("system")):
            found = AISystem.objects.visible_to(self.actor).filter(ref=ref).first()
            if found is None:
                raise Problem(400, "bad-parameter", f"There is no AI system {ref[:24]}.", parameter="system")
            systems.append(found)
        # Without a body the framework parses nothing and gives an empty mapping.
        pushed = request.data if isinstance(request.data, Pushed) else Pushed(sha256=hashlib.sha256(b"").hexdigest())
        name = params.get("name", "")[:300] or f"pushed-{pushed['sha256'][:12]}"
        return Delivery(pushed.content, name, params.get("host", "")[:255], self._map(params), tuple(systems))

    def _map(self, params: Any) -> dict[str, str] | None:
        if not (ref := params.get("map", "")):
            return None
        found = FieldMap.objects.visible_to(self.actor).filter(ref=ref).first()
        if found is None:
            raise Problem(400, "bad-parameter", f"There is no field map {ref[:24]}.", parameter="map")
        return found.fields


class DescriptionsView(TrafficView):
    """OpenAPI descriptions, JSON or YAML."""

    operation = "push_description"

    @extend_schema(
        request={"application/json": OpenApiTypes.BINARY, "application/yaml": OpenApiTypes.BINARY},
        responses={200: BroughtSerializer, 202: JobSerializer},
    )
    def post(self, request: Any, **kwargs: Any) -> Response:
        """Take a description into the inventory; the same bytes twice change nothing. 202 with a job above 1 MB."""
        return super().post(request, **kwargs)

    def bring(self, delivery: Delivery) -> Any:
        """Bring it in, at once or as a job."""
        return services.queue_or_describe(actor=self.actor, delivery=delivery)


class TrafficRetentionSerializer(Shape):
    """How long traffic is kept."""

    detail_days = serializers.IntegerField(min_value=7, max_value=3660, help_text="days by hour and consumer")
    daily_months = serializers.IntegerField(min_value=1, max_value=1200, help_text="months by day, then by month")


class RetentionView(MemberAPIView):
    """How long traffic is kept by hour and consumer, and by day."""

    permission = "apis.read"
    operation: ClassVar = {"GET": "traffic_retention", "PUT": "choose_traffic_retention"}
    versioned = frozenset({"PUT"})
    tagged = frozenset({"GET", "PUT"})

    @extend_schema(responses=TrafficRetentionSerializer)
    def get(self, request: Any, **kwargs: Any) -> Response:
        """What was chosen, or the defaults."""
        return self.answer(services.retention_of(request.management_system.pk))

    @extend_schema(request=TrafficRetentionSerializer, responses={200: TrafficRetentionSerializer})
    def put(self, request: Any, **kwargs: Any) -> Response:
        """Choose; what is older is rolled up within the hour. If-Match may name the version that was read."""
        shape = TrafficRetentionSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        version = expected_version(request, required=False)
        return self.answer(
            services.choose_retention(actor=self.actor, expected_version=version, **shape.validated_data)
        )

    def answer(self, found: Retention) -> Response:
        """What both answer."""
        return tagged(Response(TrafficRetentionSerializer(found).data), found)


def _told(found: Brought) -> Response:
    one = found.artefact
    return Response(
        {
            "artefact": one.pk, "ref": one.ref, "is_new": found.is_new, "form": one.form, "lines": one.lines,
            "read": one.read, "continues": one.continues_id, "lines_before": one.lines_before,
            "services": found.services, "endpoints": found.endpoints, "unread": one.unread,
        }
    )  # fmt: skip
