"""What an import did: its progress, its counts, the way back."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import policy
from core.imports import running
from core.pages.imports import ImportsView
from core.pages.views import ConfirmPage
from core.undo import DAYS


class ImportResult(ImportsView):
    """How an import goes, then what it did, and how to take it back."""

    template = "imports/result.html"

    def get(self, request: HttpRequest, job: uuid.UUID) -> HttpResponse:
        """Show it."""
        found, described = running.job_of(self.actor, job)
        return self.render(
            job=found, described=described, counts=running.counts_of(found, described), days=DAYS,
            way=self.way(described),
            progress_url=self.address("import_progress", job=found.pk),
            kept_more=max(found.result.get("kept_count", 0) - len(found.result.get("kept_refs", [])), 0),
            next_steps=[(words, self.address(name)) for words, name in described.next_steps(found.result)],
            may_undo=policy.allows(self.actor, described.undo_permission) and running.can_undo(found, described),
            list_url=self.address(described.place),
        )  # fmt: skip


class ImportProgress(ImportsView):
    """The meter alone, for htmx; the whole page for everybody else, and once it is over."""

    def get(self, request: HttpRequest, job: uuid.UUID) -> HttpResponse:
        """Answer the part."""
        found, _described = running.job_of(self.actor, job)
        result = self.address("import_result", job=found.pk)
        if not request.headers.get("HX-Request"):
            return HttpResponseRedirect(result)
        if found.state not in {found.WAITING, found.WORKING}:
            return HttpResponse(status=204, headers={"HX-Redirect": result})
        return self.render("imports/progress.html", job=found, progress_url=request.path)


class UndoImport(ImportsView, ConfirmPage):
    """Take a whole import back."""

    button = gettext_lazy("Undo the import")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for the password first, where undoing wants it."""
        running.ask_again(self.actor, running.job_of(self.actor, self.kwargs["job"])[1])
        return super().get(request, *args, **kwargs)

    def question(self) -> str:
        """The question."""
        job, _described = running.job_of(self.actor, self.kwargs["job"])
        return _("Undo “%(title)s”?") % {"title": job.title}

    def consequences(self) -> tuple[str, ...]:
        """What goes, and what stays."""
        return running.job_of(self.actor, self.kwargs["job"])[1].consequences()

    def back(self) -> str:
        """The result."""
        return self.address("import_result", job=self.kwargs["job"])

    def act(self) -> str:
        """Undo as a job, which may take a while."""
        job = running.start_undo(actor=self.actor, job_id=self.kwargs["job"])
        return self.address("import_result", job=job.pk)
