"""Reports over REST: ask, poll the job, download."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core.api import paging
from core.api.core_views import LIST, Download, JobSerializer, accepted
from core.api.problems import Problem
from core.api.shapes import Shape, page_of
from core.api.views import MemberAPIView, is_uuid
from core.errors import NotFound
from reports.definitions import MEDIA_TYPES
from reports.files import attachment
from reports.issuing import ask_for_report, file_of
from reports.models import IssuedReport


class ReportFileSerializer(Shape):
    """One file of a report."""

    format = serializers.CharField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")
    media_type = serializers.CharField()


class ReportSerializer(serializers.ModelSerializer):
    """An issued report."""

    files = ReportFileSerializer(many=True)

    class Meta:
        model = IssuedReport
        fields = (
            "id", "ref", "kind", "title", "language", "paper", "as_of", "seq", "past", "content_hash", "files",
            "asked_by", "job_id", "created_at",
        )  # fmt: skip


class AskSerializer(Shape):
    """What to make."""

    kind = serializers.CharField(help_text="RPT-SOA or RPT-RISK")
    formats = serializers.ListField(child=serializers.CharField(), required=False)
    as_of = serializers.DateTimeField(required=False, allow_null=True)
    language = serializers.CharField(required=False, default="")
    paper = serializers.CharField(required=False, default="")


class ReportsView(MemberAPIView):
    """Issued reports; POST asks for one."""

    permission = "reports.read"
    operation: ClassVar = {"GET": "list", "POST": "ask"}
    parameters = LIST

    @extend_schema(responses=page_of(ReportSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """One page, oldest first."""
        rows = IssuedReport.objects.of(self.scope)
        return paging.page(request, rows, lambda found: ReportSerializer(found, many=True).data)

    @extend_schema(request=AskSerializer, responses={202: JobSerializer})
    def post(self, request: Any, **kwargs: Any) -> Response:
        """202 with the job's address; poll it until ready."""
        shape = AskSerializer(data=request.data)
        shape.is_valid(raise_exception=True)

        def work() -> Response:
            try:
                job = ask_for_report(actor=self.actor, **shape.validated_data)
            except NotFound:
                errors = [{"pointer": "/kind", "detail": "There is no such report."}]
                raise Problem(400, "invalid", "Some values are not valid.", errors=errors) from None
            return accepted(request, job)

        return self.once(work)


class ReportView(MemberAPIView):
    """One issued report."""

    permission = "reports.read"
    path_schemas: ClassVar = {
        "id": ({"type": "string"}, "Its id or reference, such as RPT-7."),
        "wanted": ({"type": "string", "enum": sorted(MEDIA_TYPES)}, "The format."),
    }

    def report(self, pk: str) -> IssuedReport:
        """By id or reference; 404 elsewhere."""
        rows = IssuedReport.objects.visible_to(self.actor)
        found = rows.filter(pk=pk).first() if is_uuid(pk) else rows.filter(ref=pk).first()
        if found is None:
            raise NotFound
        return found

    @extend_schema(responses=ReportSerializer)
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """What it shows and the hashes of its files."""
        return Response(ReportSerializer(self.report(pk)).data)


class ReportFileView(ReportView):
    """The bytes of one format."""

    operation = "file"
    tagged = frozenset({"GET"})
    content_negotiation_class = Download

    @extend_schema(responses={(200, media_type): OpenApiTypes.BINARY for media_type in MEDIA_TYPES.values()})
    def get(self, request: Any, pk: str, wanted: str = "", **kwargs: Any) -> Any:
        """An attachment; its ETag is the SHA-256."""
        report = self.report(pk)
        for file in report.files:
            if file["format"] == wanted:
                return attachment(file_of(report, wanted), file["name"])
        raise NotFound
