"""Pages of jobs: the register, one job with its progress, its results."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core import blobs, policy
from core.errors import NotFound
from core.jobs import tale_of
from core.lists.work import JobRegister
from core.models import Job
from core.pages.registers import RegisterView
from core.pages.views import MemberView
from core.queries import jobs
from core.services.stopping import cancel_job


class JobsPage(RegisterView):
    """The register of jobs."""

    register = JobRegister


class OfJob(MemberView):
    """A page about one job."""

    permission = "core.read"

    def found(self, pk: Any) -> Job:
        """Return the job; raises NotFound."""
        job = jobs.job(self.scope, pk, self.actor)
        if job is None:
            raise NotFound
        return job


class JobPage(OfJob):
    """One job: state, progress, results, reason of failure."""

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Show it; a poll gets the progress alone, and the whole page again once it is over."""
        job = self.found(pk)
        slug = self.management_system.slug
        given: dict[str, Any] = {
            "job": job, "running": job.state in (Job.WAITING, Job.WORKING),
            "may_cancel": policy.allows(self.actor, "core.cancel_job", job) and not self.scope.past,
            "progress_url": reverse("job_progress", kwargs={"slug": slug, "pk": job.pk}),
        }  # fmt: skip
        given["tale"], more = tale_of(job)
        return self.render("core/job.html", **given, **more)


class JobProgress(OfJob):
    """The progress of a job, for the page that shows it."""

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Answer the part; without scripts, and once it is over, lead to the page."""
        job = self.found(pk)
        url = reverse("job", kwargs={"slug": self.management_system.slug, "pk": job.pk})
        over = job.state not in (Job.WAITING, Job.WORKING)
        if not request.headers.get("HX-Request"):
            return self.done(url)
        if over:
            answer = HttpResponse(status=204)
            answer["HX-Redirect"] = url
            return answer
        return self.render("core/job_progress.html", job=job, url=request.path)


class CancelJob(OfJob):
    """Ask a job to stop."""

    writes = True

    def post(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Cancel."""
        job = cancel_job(actor=self.actor, job=self.found(pk))
        told = _("Cancelled.") if job.state == Job.CANCELLED else _("It stops at its next step.")
        return self.done(reverse("job", kwargs={"slug": self.management_system.slug, "pk": job.pk}), told)


class JobFile(OfJob):
    """A result, handed over as a file and never shown by the browser inside this place."""

    def get(self, request: HttpRequest, pk: Any, file: int) -> FileResponse:
        """Download it."""
        result = jobs.result(self.scope, pk, file, self.actor)
        if result is None:
            raise NotFound
        blob = result.blob
        answer = FileResponse(
            blobs.open_blob(blob), as_attachment=True, filename=result.name, content_type=blob.media_type
        )
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return answer
