"""What the core offers over REST: who am I, people, jobs and their files, events, checks, history's soundness."""

from typing import Any

from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.response import Response

from core import blobs, checks, jobs, ledger, policy
from core.actor import PERSON, ROLES, SERVICE
from core.api import paging
from core.api.problems import Problem
from core.api.shapes import Shape, items_of, page_of
from core.api.views import MemberAPIView, is_uuid
from core.errors import NotFound
from core.models import Job
from core.queries.rest import events, jobs_of
from core.services.tokens import SCOPES

LIST = ("cursor", "limit", "as_of")


class JobFileSerializer(Shape):
    """A result of a job."""

    name = serializers.CharField()
    size = serializers.IntegerField(source="blob.size", help_text="bytes")
    sha256 = serializers.CharField(source="blob.sha256")
    media_type = serializers.CharField(source="blob.media_type")


class JobSerializer(serializers.ModelSerializer):
    """A job as clients poll it."""

    files = JobFileSerializer(many=True)
    requested_by = serializers.UUIDField(source="requested_by_id", allow_null=True)
    result = serializers.DictField(help_text="what the job says of its outcome")

    class Meta:
        model = Job
        fields = (
            "id", "kind", "title", "state", "done", "total", "message", "error", "attempt", "requested_by",
            "requested_at", "started_at", "finished_at", "result", "files",
        )  # fmt: skip


class MeSerializer(Shape):
    """What a token is and may."""

    management_system = serializers.SlugField()
    kind = serializers.ChoiceField(choices=[PERSON, SERVICE])
    person = serializers.UUIDField(allow_null=True)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLES))
    scopes = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField(help_text="the source it speaks for; empty: any")  # type: ignore[assignment]
    known_scopes = serializers.DictField(child=serializers.CharField())


class EventSerializer(Shape):
    """One entry of the history, with the state it left behind."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    action = serializers.CharField()
    op = serializers.CharField()
    record_type = serializers.CharField()
    record_id = serializers.CharField()
    ref = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    change_id = serializers.CharField()
    actor_kind = serializers.CharField()
    actor_id = serializers.CharField()
    door = serializers.CharField()
    reason = serializers.CharField()
    state = serializers.DictField(allow_null=True)
    hash = serializers.CharField()


class EventsSerializer(Shape):
    """Entries in order."""

    items = EventSerializer(many=True)
    last = serializers.IntegerField(help_text="ask for what comes after it next time")


class FaultSerializer(Shape):
    """The first place where the history is not as it was written."""

    code = serializers.CharField()
    seq = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField()


class VerdictSerializer(Shape):
    """Whether the history is sound."""

    sound = serializers.BooleanField()
    entries = serializers.IntegerField()
    fault = FaultSerializer(allow_null=True)


class FindingSerializer(Shape):
    """One thing a check found."""

    check = serializers.CharField()
    tier = serializers.ChoiceField(choices=checks.TIERS)
    clause = serializers.CharField()
    code = serializers.CharField()
    ref = serializers.CharField()
    message = serializers.CharField()
    params = serializers.DictField()


class MeView(MemberAPIView):
    """The token's own description."""

    permission = ""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Any, **kwargs: Any) -> Response:
        """Management system, kind, scopes, roles, source."""
        actor = self.actor
        return Response({
            "management_system": request.management_system.slug, "kind": actor.kind,
            "person": str(actor.person_id) if actor.person_id else None, "roles": sorted(actor.roles),
            "scopes": sorted(actor.scopes), "source": actor.source,
            "known_scopes": {name: str(says) for name, says in SCOPES.items()},
        })  # fmt: skip


class JobsView(MemberAPIView):
    """Jobs the actor may see: all of them with the scope read, else those the token asked for."""

    permission = ""
    operation = "list"
    parameters = ("cursor", "limit")

    @extend_schema(responses=page_of(JobSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """One page, oldest first."""
        rows = jobs_of(self.actor)
        return paging.page(request, rows, lambda found: JobSerializer(found, many=True).data, ("requested_at", "id"))


class JobView(MemberAPIView):
    """One job: poll it, cancel it."""

    permission = ""

    def job(self, pk: str) -> Job:
        """The job; 404 elsewhere."""
        found = jobs_of(self.actor).filter(pk=pk).first() if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return found

    @extend_schema(responses=JobSerializer, parameters=[OpenApiParameter("Retry-After", int, "header", response=[200])])
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """State, progress, files; Retry-After while it works."""
        job = self.job(pk)
        response = Response(JobSerializer(job).data)
        if job.state in jobs.OPEN:
            response["Retry-After"] = "1"
        return response


def accepted(request: Any, job: Job) -> Response:
    """202: the job works on it, at this address."""
    response = Response(JobSerializer(job).data, status=202)
    response["Location"] = reverse("api:job", args=[request.management_system.slug, job.pk])
    return response


class CancelJobView(JobView):
    """Stop a job."""

    operation = "cancel"
    http_method_names = ("post", "options")

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Ask it to stop; a finished job stays as it is."""
        job = self.job(pk)
        policy.require(self.actor, "core.cancel_job", job)
        return self.once(lambda: accepted(request, jobs.cancel(job)))


class Download(BaseContentNegotiation):
    """A file comes as what it is, whatever the client would rather have."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Downloads have no body."""
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """For the problems."""
        return renderers[0], renderers[0].media_type


class JobFileView(JobView):
    """A result of a job, as an attachment."""

    operation = "file"
    tagged = frozenset({"GET"})
    content_negotiation_class = Download

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Any, pk: str, name: str = "", **kwargs: Any) -> Any:
        """The bytes; needs reports:read."""
        if not self.actor.has_scope("reports:read"):
            raise Problem(403, "forbidden", "This token has no scope reports:read.")
        file = self.job(pk).files.filter(name=name).select_related("blob").first()
        if file is None:
            raise NotFound
        response = StreamingHttpResponse(_parts(blobs.open_blob(file.blob)), content_type=file.blob.media_type)
        response["Content-Length"] = str(file.blob.size)
        response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
        response["ETag"] = f'"{file.blob.sha256}"'
        response["X-Content-Type-Options"] = "nosniff"
        return response


class EventsView(MemberAPIView):
    """What happened, in order; commit order is sequence order, so nothing is ever missed."""

    operation = "list"
    parameters = ("after",)

    @extend_schema(responses=EventsSerializer)
    def get(self, request: Any, **kwargs: Any) -> Response:
        """Entries after ``?after=`` (a sequence number), at most 500."""
        after = paging.whole_number(request.query_params.get("after", "0"))
        if after is None:
            raise Problem(400, "bad-parameter", "after must be a sequence number.", parameter="after")
        items = events(self.actor, after, 500)
        return Response({"items": items, "last": items[-1]["seq"] if items else after})


class VerifyView(MemberAPIView):
    """Is the history as it was written?"""

    permission = "core.verify"
    operation = "verify"

    @extend_schema(responses=VerdictSerializer)
    def get(self, request: Any, **kwargs: Any) -> Response:
        """Walk the whole chain."""
        verdict = ledger.verify(ledger.chain_of(self.tenant))
        fault = verdict.fault
        return Response({
            "sound": verdict.sound, "entries": verdict.entries,
            "fault": {"code": fault.code, "seq": fault.seq, "detail": str(fault)} if fault else None,
        })  # fmt: skip


class ChecksView(MemberAPIView):
    """Findings of the compliance checks."""

    operation = "list"
    parameters = ("as_of",)

    @extend_schema(responses=items_of(FindingSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """All findings, worst tier first."""
        items = [
            {
                "check": f.check.id, "tier": f.check.tier, "clause": f.check.clause, "code": f.code, "ref": f.ref,
                "message": checks.sentence(f), "params": f.params,
            }
            for f in checks.run(self.scope) if f.check is not None
        ]  # fmt: skip
        return Response({"items": items})


def _parts(file: Any) -> Any:
    with file:
        while part := file.read(1 << 16):
            yield part
