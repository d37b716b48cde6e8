"""Deliveries over REST: runs with every row's result, and the queue of rows that wait for a person's word."""

import uuid
from typing import Any, ClassVar

import django_filters
import orjson
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from aims.api import RowResultSerializer, SystemSerializer
from aims.models import SourceClaim
from aims.services import decide_claim
from aims.services.imports import SYSTEMS
from core import blobs
from core.api import paging
from core.api.core_views import JobFileSerializer, JobSerializer
from core.api.problems import Problem
from core.api.shapes import Shape, page_of
from core.api.versions import expected_version, tagged
from core.api.views import MemberAPIView, RecordSerializer, RecordViewSet, is_uuid
from core.errors import NotFound
from core.imports.running import ROWS, job_of, jobs_of
from core.models import Job
from core.planner.model import KINDS
from core.queries.rest import external_ids_of


class RunSerializer(JobSerializer):
    """A delivery or import that was carried out: a job, with its counts in ``result``."""

    files = JobFileSerializer(many=True, help_text="rows.json holds every row's result; see the job's files")


class RunsView(MemberAPIView):
    """Deliveries and imports; one that found only what was known already is not kept."""

    permission = "aims.sync"
    operation = "runs"
    parameters = ("cursor", "limit")

    @extend_schema(responses=page_of(RunSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """One page, oldest first."""
        rows = jobs_of(self.actor, SYSTEMS).prefetch_related("files__blob")
        return paging.page(request, rows, lambda found: RunSerializer(found, many=True).data, ("requested_at", "id"))


class RunView(MemberAPIView):
    """One delivery or import."""

    permission = "aims.sync"
    operation = "run"

    def run(self, pk: str) -> Job:
        """The run; 404 elsewhere."""
        if not is_uuid(pk):
            raise NotFound
        job, described = job_of(self.actor, uuid.UUID(pk))
        if described is not SYSTEMS:
            raise NotFound
        return job

    @extend_schema(responses=RunSerializer)
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Who asked, what it found and wrote, its files."""
        return Response(RunSerializer(self.run(pk)).data)


class RowsView(RunView):
    """What became of each row."""

    operation = "run_rows"
    parameters = ("cursor", "limit", "outcome")

    @extend_schema(responses=page_of(RowResultSerializer))
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """One page in the order of the rows; ``?outcome=refused`` gives those only. 404 until the run is done."""
        wanted = request.query_params.getlist("outcome")
        if unknown := [one for one in wanted if one not in KINDS]:
            says = f"There is no outcome {unknown[0][:40]}; there are {', '.join(KINDS)}."
            raise Problem(400, "bad-parameter", says, parameter="outcome")
        file = self.run(pk).files.filter(name=ROWS).select_related("blob").first()
        if file is None:
            raise NotFound
        rows = orjson.loads(blobs.read(file.blob))
        return paging.slice_page(request, [row for row in rows if row["kind"] in wanted] if wanted else rows)


# Claims -----------------------------------------------------------------------------------------------------------


class ClaimSerializer(RecordSerializer):
    """A row of a source that probably means a system another source or a person brought in."""

    values = serializers.DictField(child=serializers.CharField(allow_blank=True), read_only=True)

    class Meta:
        model = SourceClaim
        fields = ("id", "version", "created_at", "updated_at", "source", "key", "system", "values", "state")
        read_only_fields = fields


class ClaimFilters(django_filters.FilterSet):
    """Typed filters of the queue."""

    state = django_filters.MultipleChoiceFilter(choices=SourceClaim.STATES)
    source = django_filters.CharFilter()
    system = django_filters.UUIDFilter(field_name="system_id")

    class Meta:
        model = SourceClaim
        fields: ClassVar[list[str]] = []


class AnswerSerializer(Shape):
    """The same system, or another."""

    answer = serializers.ChoiceField(choices=["same", "other"])
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=4000)


class ClaimViewSet(RecordViewSet):
    """The match queue: rows that wait for a person to say whether they mean a system that is known already."""

    permission = "aims.read"
    queryset = SourceClaim.objects
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilters
    versioned = RecordViewSet.versioned | {"decide"}
    tagged = RecordViewSet.tagged | {"decide"}

    @extend_schema(request=AnswerSerializer, responses={200: SystemSerializer})
    def decide(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Say which; answers the system the source feeds from now on, and its version. Needs If-Match of the claim."""
        shape = AnswerSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given, version, record = shape.validated_data, expected_version(request), self.record(pk)

        def work() -> Response:
            system = decide_claim(
                actor=self.actor, claim_id=record.pk, same=given["answer"] == "same", expected_version=version,
                reason=given["reason"],
            )  # fmt: skip
            ids = external_ids_of(type(system), [system.pk], "default")
            shown = SystemSerializer(system, context={"actor": self.actor, "external_ids": ids})
            return tagged(Response(shown.data), system)

        return self.once(work)
