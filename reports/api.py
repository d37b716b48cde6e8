"""Reports over REST: ask, poll the job, download."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core.api import paging
from core.api.core_views import JobSerializer
from core.api.problems import Problem
from core.api.views import MemberAPIView, is_uuid
from core.errors import NotFound
from reports.issuing import ask_for_report, file_of
from reports.models import IssuedReport
from reports.views import attachment


class ReportSerializer(serializers.ModelSerializer):
    """An issued report."""

    class Meta:
        model = IssuedReport
        fields = (
            "id", "ref", "kind", "title", "language", "paper", "as_of", "seq", "past", "content_hash", "files",
            "asked_by", "job_id", "created_at",
        )  # fmt: skip


class AskSerializer(serializers.Serializer):
    """What to make."""

    kind = serializers.CharField(help_text="RPT-SOA or RPT-RISK")
    formats = serializers.ListField(child=serializers.CharField(), required=False)
    as_of = serializers.DateTimeField(required=False, allow_null=True)
    language = serializers.CharField(required=False, default="")
    paper = serializers.CharField(required=False, default="")


class ReportsView(MemberAPIView):
    """Issued reports; POST asks for one."""

    permission = "reports.read"

    @extend_schema(responses=ReportSerializer(many=True))
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
            response = Response(JobSerializer(job).data, status=202)
            response["Location"] = reverse("api:job", args=[request.management_system.slug, job.pk])
            return response

        return self.once(work)


class ReportView(MemberAPIView):
    """One issued report."""

    permission = "reports.read"

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

    def get(self, request: Any, pk: str, wanted: str, **kwargs: Any) -> Any:
        """An attachment; its ETag is the SHA-256."""
        report = self.report(pk)
        for file in report.files:
            if file["format"] == wanted:
                return attachment(file_of(report, wanted), file["name"])
        raise NotFound
