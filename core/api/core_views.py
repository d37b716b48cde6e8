"""What the core offers over REST: who am I, people, jobs and their files, events, checks, history's soundness."""

from typing import Any

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.response import Response

from core import blobs, checks, jobs, ledger, policy
from core.api import paging
from core.api.problems import Problem
from core.api.views import MemberAPIView, is_uuid
from core.errors import NotFound
from core.models import Job, Membership
from core.queries.rest import events, jobs_of, members_of
from core.services.tokens import SCOPES


class JobSerializer(serializers.ModelSerializer):
    """A job as clients poll it."""

    files = serializers.SerializerMethodField()
    requested_by = serializers.UUIDField(source="requested_by_id", allow_null=True)

    class Meta:
        model = Job
        fields = (
            "id", "kind", "title", "state", "done", "total", "message", "error", "attempt", "requested_by",
            "requested_at", "started_at", "finished_at", "result", "files",
        )  # fmt: skip

    def get_files(self, job: Job) -> list[dict[str, Any]]:
        """Names, sizes and hashes of results."""
        return [
            {"name": f.name, "size": f.blob.size, "sha256": f.blob.sha256, "media_type": f.blob.media_type}
            for f in job.files.all()
        ]


class MeView(MemberAPIView):
    """The token's own description."""

    permission = ""

    def get(self, request: Any, **kwargs: Any) -> Response:
        """Management system, kind, scopes, roles, source."""
        actor = self.actor
        return Response({
            "management_system": request.management_system.slug, "kind": actor.kind,
            "person": str(actor.person_id) if actor.person_id else None, "roles": sorted(actor.roles),
            "scopes": sorted(actor.scopes), "source": actor.source,
            "known_scopes": {name: str(says) for name, says in SCOPES.items()},
        })  # fmt: skip


class PeopleView(MemberAPIView):
    """Members, for owners and the like."""

    def get(self, request: Any, **kwargs: Any) -> Response:
        """Id, name, roles, function; no e-mail addresses."""

        def represent(rows: list[Membership]) -> list[dict[str, Any]]:
            return [
                {"id": str(m.person_id), "name": m.person.name, "roles": m.roles, "function": m.function} for m in rows
            ]

        return paging.page(request, members_of(self.scope), represent)


class JobsView(MemberAPIView):
    """Jobs the actor may see: all of them with the scope read, else those the token asked for."""

    permission = ""

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

    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """State, progress, files; Retry-After while it works."""
        job = self.job(pk)
        response = Response(JobSerializer(job).data)
        if job.state in jobs.OPEN:
            response["Retry-After"] = "1"
        return response


class CancelJobView(JobView):
    """Stop a job."""

    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Ask it to stop; a finished job stays as it is."""
        job = self.job(pk)
        policy.require(self.actor, "core.cancel_job", job)
        return Response(JobSerializer(jobs.cancel(job)).data, status=202)


class JobFileView(JobView):
    """A result of a job, as an attachment."""

    def get(self, request: Any, pk: str, name: str = "", **kwargs: Any) -> Any:
        """The bytes; needs reports:read."""
        if not self.actor.has_scope("reports:read"):
            raise Problem(403, "forbidden", "This token has no scope reports:read.")
        file = self.job(pk).files.filter(name=name).select_related("blob").first()
        if file is None:
            raise NotFound
        response = StreamingHttpResponse(_parts(blobs.open_blob(file.blob)), content_type=file.blob.media_type)
        response["Content-Length"] = str(file.blob.size)
        response["Content-Disposition"] = f'attachment; filename="{file.name}"'
        response["ETag"] = f'"{file.blob.sha256}"'
        response["X-Content-Type-Options"] = "nosniff"
        return response


class EventsView(MemberAPIView):
    """What happened, in order; commit order is sequence order, so nothing is ever missed."""

    def get(self, request: Any, **kwargs: Any) -> Response:
        """Entries after ``?after=`` (a sequence number), at most 500."""
        text = request.query_params.get("after", "0")
        if not text.isdecimal():
            raise Problem(400, "bad-parameter", "after must be a sequence number.", parameter="after")
        items = events(self.actor, int(text), 500)
        return Response({"items": items, "last": items[-1]["seq"] if items else int(text)})


class VerifyView(MemberAPIView):
    """Is the history as it was written?"""

    permission = "core.verify"

    def get(self, request: Any, **kwargs: Any) -> Response:
        """Walk the whole chain."""
        verdict = ledger.verify(ledger.chain_of(self.tenant))
        fault = verdict.fault
        return Response({
            "sound": verdict.sound, "entries": verdict.entries, "erased": verdict.erased,
            "fault": {"code": fault.code, "seq": fault.seq, "detail": str(fault)} if fault else None,
        })  # fmt: skip


class ChecksView(MemberAPIView):
    """Findings of the compliance checks."""

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
