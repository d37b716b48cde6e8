"""Bring in an inventory: choose a file, see what would happen row by row, apply, undo."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from aims import queries
from aims.forms import ChoicesForm, UploadForm
from aims.previews import shown_rows, tabs
from aims.services import imports
from aims.services.imports import OWN, Choices
from aims.views.base import AimsView
from core import policy
from core.errors import NotFound
from core.pages.views import ConfirmPage, FormPage
from core.planner import MappingError, judge_identity, propose_identity
from core.tables import TableError
from core.undo import DAYS


class ImportStart(AimsView, FormPage):
    """Choose a file; sources heard from and earlier imports below."""

    permission = "aims.sync"
    form_class = UploadForm
    autosave = False
    template = "aims/import_start.html"

    def page_context(self, form: Any) -> dict[str, Any]:
        """Sources, earlier imports, what the template's columns take."""
        return {
            "title": _("Imports and sources"),
            "sources": queries.sources(self.scope),
            "earlier": imports.imports_of(self.actor),
            "vocabulary": imports.vocabulary(),
        }

    def save(self, form: Any) -> str:
        """Keep the file and look at it."""
        file = form.cleaned_data["file"]
        blob = imports.keep_file(actor=self.actor, name=file.name, size=file.size, content=file.file)
        return self.address("systems_import_file", blob=blob.pk)


class FileView(AimsView):
    """A page over an uploaded file; how it is read lives in the address."""

    permission = "aims.sync"
    known = ""
    """The source that delivered such rows before."""

    def opened(self) -> tuple[Any, Any, Choices]:
        """(file, table, what the person says about it). Raises NotFound, TableError."""
        blob = imports.file_of(self.actor, self.kwargs["blob"])
        given = self.request.GET
        sheet = given.get("sheet", "")
        table = imports.open_file(blob, Choices(sheet=sheet))
        fitting = imports.mappings_for(table)
        mapping = given.get("mapping", "") or (fitting[0][0] if fitting else "")
        key = tuple(label for label in given.getlist("key") if label in table.labels)
        self.known = imports.known_source(self.actor, table, mapping, key) if mapping in dict(fitting) else ""
        choices = Choices(
            source=given.get("source", "") or self.known or slugify(blob.name.rpartition(".")[0])[:40] or "file",
            mapping=mapping,
            key=key,
            sheet=sheet,
            complete=bool(given.get("complete")),
            confirm_missing=bool(given.get("confirm_missing")),
        )
        return blob, table, choices


class ImportFile(FileView):
    """What was found in the file, how it is read, and every row with what would happen to it."""

    template = "aims/import_file.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the dry run."""
        return self._page()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Apply as a job."""
        try:
            blob, _table, choices = self.opened()
            job = imports.start_import(actor=self.actor, blob_id=blob.pk, choices=choices)
        except (ValidationError, MappingError, TableError):
            return self._page(422)
        return HttpResponseRedirect(self.address("systems_import_result", job=job.pk))

    def _page(self, status: int = 200) -> HttpResponse:
        try:
            blob, table, choices = self.opened()
        except TableError as error:
            return self.render(status=422, unreadable=str(error), title=_("This file cannot be read"))
        fitting = imports.mappings_for(table)
        form = ChoicesForm(self._form_data(choices), mappings=fitting, table=table)
        found, fault = None, ""
        if not fitting:
            fault = _("Its columns fit no mapping. Name them as in the template, or ask for a mapping.")
        elif form.is_valid():
            found, fault = self._planned(table, choices)
        context = self._described(table, choices, form, found)
        return self.render(
            status=422 if fault and self.request.method == "POST" else status, title=blob.name, fault=fault, **context
        )

    def _planned(self, table: Any, choices: Choices) -> tuple[Any, str]:
        try:
            return imports.plan_import(self.actor, table, choices).plan, ""
        except ValidationError as error:
            return None, " ".join(error.messages)
        except (MappingError, TableError) as error:
            return None, str(error)

    def _form_data(self, choices: Choices) -> dict[str, Any]:
        return {
            "mapping": choices.mapping, "source": choices.source, "key": list(choices.key), "sheet": choices.sheet,
            "complete": choices.complete, "confirm_missing": choices.confirm_missing,
        }  # fmt: skip

    def _described(self, table: Any, choices: Choices, form: Any, found: Any) -> dict[str, Any]:
        kind = self.request.GET.get("show", "")
        context = {
            "form": form,
            "facts": imports.facts_of(table),
            "choices": choices,
            "own": choices.mapping == OWN,
            "plan": found,
            "query": self.request.GET.urlencode(),
            "other_source": self.known if self.known != choices.source else "",
        }
        if found is not None:
            rows = shown_rows(found, kind)
            page = Paginator(rows, 50).get_page(self.request.GET.get("page"))
            page.object_list = [row.drawn() for row in page.object_list]  # type: ignore[attr-defined]
            context |= {"tabs": tabs(found, self.request), "page": page, "kind": kind, "writes": len(found.writes)}
            context |= {"unused": imports.unused_columns(table, choices.mapping)}
            context |= {"read": imports.read_columns(table, choices.mapping)}
            context |= self._identity(table, choices)
        return context

    def _identity(self, table: Any, choices: Choices) -> dict[str, Any]:
        """Proposals with their collisions, and the count for what is chosen."""
        if choices.mapping != OWN:
            columns: tuple[str, ...] = imports.shipped_mapping(choices.mapping).identity.columns
            return {"chosen": judge_identity(table, columns)}
        chosen = judge_identity(table, choices.key or imports.own_identity(table))
        better = [
            one
            for one in propose_identity(table)
            if set(one.columns) != set(chosen.columns) and one.collisions <= chosen.collisions
        ]
        return {"chosen": chosen, "proposals": better}


class ErrorRows(FileView):
    """The rows that cannot be used, as a file to mend."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """Download."""
        try:
            _blob, table, choices = self.opened()
            found = imports.plan_import(self.actor, table, choices).plan
        except (ValidationError, MappingError, TableError):
            raise NotFound from None  # a file that cannot be read so has no rows to mend
        return download(imports.error_rows(table, found.refusals), "error-rows.csv")


class Template(AimsView):
    """A CSV with our columns."""

    permission = "aims.read"

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        """Download."""
        return download(imports.template_file(), "ai-systems.csv")


class ImportResult(AimsView):
    """How an import goes, then what it did, and how to take it back."""

    permission = "aims.sync"
    template = "aims/import_result.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        job = imports.import_of(self.actor, self.kwargs["job"])
        return self.render(
            job=job,
            progress_url=self.address("systems_import_progress", job=job.pk),
            counts=imports.counts_of(job),
            days=DAYS,
            may_undo=policy.allows(self.actor, "core.undo") and imports.can_undo(job),
        )


class ImportProgress(AimsView):
    """The meter alone, for htmx; the whole page for everybody else, and once it is over."""

    permission = "aims.sync"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer the part."""
        job = imports.import_of(self.actor, self.kwargs["job"])
        result = self.address("systems_import_result", job=job.pk)
        if not request.headers.get("HX-Request"):
            return HttpResponseRedirect(result)
        if job.state not in {job.WAITING, job.WORKING}:
            return HttpResponse(status=204, headers={"HX-Redirect": result})
        return self.render("aims/import_progress.html", job=job, progress_url=request.path)


class UndoImport(AimsView, ConfirmPage):
    """Take a whole import back."""

    permission = "aims.sync"
    button = _("Undo the import")

    def question(self) -> str:
        """The question."""
        job = imports.import_of(self.actor, self.kwargs["job"])
        return _("Undo “%(title)s”?") % {"title": job.title}

    def consequences(self) -> tuple[str, ...]:
        """What goes, and what stays."""
        return (
            _("Systems it brought in are removed; systems it changed are as they were before."),
            _("What people changed since stays and is named."),
        )

    def back(self) -> str:
        """The result."""
        return self.address("systems_import_result", job=self.kwargs["job"])

    def act(self) -> str:
        """Undo as a job, which may take a while."""
        job = imports.start_undo(actor=self.actor, job_id=self.kwargs["job"])
        return self.address("systems_import_result", job=job.pk)


def download(parts: Any, name: str) -> StreamingHttpResponse:
    """A CSV as an attachment."""
    answer = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
