"""The import wizard, for any register that something can be imported into: each step is a plain form of its own.

What somebody says is kept with the import at every step, also when it is not complete; the address names the step.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import policy
from core.errors import NotFound
from core.imports import LEFT_OUT, Importable, Setup, running, saved, wizard
from core.imports import setup as reading
from core.imports.previews import Teller, rows_of, tabs
from core.models import Import, SavedMapping
from core.pages import import_forms as shapes
from core.pages.views import ConfirmPage, FormPage, MemberView
from core.planner import IdentityProposal, MappingError, judge_identity, propose_identity
from core.tables import Table, TableError

STEPS: tuple[tuple[str, Any], ...] = (
    ("file", gettext_lazy("File")),
    ("columns", gettext_lazy("Columns")),
    ("values", gettext_lazy("Values")),
    ("rows", gettext_lazy("What identifies a row")),
    ("check", gettext_lazy("Check and write")),
)


class ImportsView(MemberView):
    """A page about importing: addresses, and nothing about the past."""

    permission = "core.read"
    writes = True

    def address(self, name: str, **more: Any) -> str:
        """The address of a page of this management system."""
        return reverse(name, kwargs={"slug": self.management_system.slug, **more})

    def start_url(self, described: Importable) -> str:
        """Where a file for a register is chosen."""
        more = {} if described.start != "import_start" else {"register": described.key}
        return self.address(described.start, **more)

    def way(self, described: Importable) -> list[tuple[str, Any]]:
        """(address, label) of the register and of where its files are chosen; the page belongs below them."""
        register, start = self.address(described.place), self.start_url(described)
        self.request.place = register if described.start == "import_start" else start  # type: ignore[attr-defined]
        return [(register, described.title), (start, start_title(described))]


def start_title(described: Importable) -> str:
    """What the page is called where a file is chosen."""
    return _("Imports and sources") if described.sourced else _("Import")


class ImportStart(ImportsView, FormPage):
    """Choose a file; imports begun and earlier ones below."""

    register: ClassVar[str] = ""
    form_class = shapes.UploadForm
    autosave = False
    template = "imports/start.html"

    @property
    def described(self) -> Importable:
        """What can be imported here. Raises NotFound, Forbidden."""
        found = wizard.described_as(self.register or self.kwargs["register"])
        policy.require(self.actor, found.permission)
        return found

    def page_context(self, form: Any) -> dict[str, Any]:
        """Imports begun, earlier ones, mappings kept, what the fields take."""
        described = self.described
        return {
            "title": start_title(described),
            "way": self.way(described)[:1],
            "described": described,
            "begun": running.begun(self.actor, described),
            "earlier": list(running.jobs_of(self.actor, described)[:20]),
            "kept": saved.saved_mappings(self.actor, described),
            "vocabulary": vocabulary(described, self.management_system.pk),
            "owned": any(one.kind == reading.PERSON for one in described.fields),
        }

    def save(self, form: Any) -> str:
        """Keep the file and go to the first step that needs a word."""
        described, file = self.described, form.cleaned_data["file"]
        given = {"name": file.name, "size": file.size, "content": file.file}
        blob = wizard.keep_file(actor=self.actor, described=described, **given)
        record = wizard.begin(actor=self.actor, described=described, blob=blob)
        setup = Setup.of(record.setup)
        table = wizard.open_file(blob, setup)
        missing = wizard.needs(described, self.management_system.pk, table, setup)
        return self.address("import_file" if missing else "import_check", pk=record.pk)


def vocabulary(described: Importable, tenant: uuid.UUID) -> list[tuple[str, str]]:
    """(field, allowed values) for the page beside the upload; people are not listed."""
    fields = [one for one in described.fields if one.values is not None and one.kind != reading.PERSON]
    return [(one.title, "; ".join(list(one.vocabulary(tenant).values())[:40])) for one in fields]


class ImportView(ImportsView):
    """A step of one import."""

    step: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say in one sentence when the file cannot be read as was said."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except TableError as error:
            return self.unreadable(error)

    def unreadable(self, error: TableError) -> HttpResponse:
        """The file as it is cannot be read any further: say why, offer to read it otherwise."""
        record, described = wizard.import_of(self.actor, self.kwargs["pk"])
        return self.render(
            "imports/unreadable.html", status=422, title=record.blob.name, unreadable=str(error),
            way=self.way(described), file_url=self.url("file"),
        )  # fmt: skip

    def opened(self) -> tuple[Import, Importable, Setup, Table]:
        """The import, what it is for, what was said so far, the file. Raises NotFound, Forbidden, TableError."""
        record, described = wizard.import_of(self.actor, self.kwargs["pk"])
        setup = Setup.of(record.setup)
        return record, described, setup, wizard.open_file(record.blob, setup)

    def url(self, step: str) -> str:
        """The address of a step of this import."""
        return self.address(f"import_{step}", pk=self.kwargs["pk"])

    def after(self) -> str:
        """The address of the next step."""
        names = [name for name, _label in STEPS]
        return self.url(names[min(names.index(self.step) + 1, len(names) - 1)])

    def page(self, record: Import, described: Importable, table: Table, status: int = 200, **context: Any) -> Any:
        """The page of this step."""
        return self.render(
            f"imports/{self.step}.html", status=status, title=record.blob.name, described=described, table=table,
            way=self.way(described),
            steps=[(label, self.url(name), name == self.step) for name, label in STEPS],
            facts=wizard.facts_of(table), record=record, **context,
        )  # fmt: skip

    @property
    def tenant(self) -> uuid.UUID:
        """The management system's id."""
        return self.management_system.pk


class FileStep(ImportView):
    """How the file is read: encoding, delimiter, sheet, header row; its first rows as they stand."""

    step = "file"

    def unreadable(self, error: TableError) -> HttpResponse:
        """Ask again with what was found out about the file itself."""
        record, described = wizard.import_of(self.actor, self.kwargs["pk"])
        table = wizard.open_file(record.blob, Setup())
        form = shapes.FileForm(self.request.POST or None, table=table, setup=Setup.of(record.setup))
        return self.shown(record, described, table, form, 422, fault=str(error))

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show it."""
        record, described, setup, table = self.opened()
        return self.shown(record, described, table, shapes.FileForm(table=table, setup=setup))

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Read the file as said and suggest anew what its columns are."""
        record, described = wizard.import_of(self.actor, pk)
        setup = Setup.of(record.setup)
        form = shapes.FileForm(request.POST, table=wizard.open_file(record.blob, Setup()), setup=setup)
        if not form.is_valid():
            return self.shown(record, described, wizard.open_file(record.blob, setup), form, 422)
        changed = replace(setup, **form.cleaned_data)
        table = wizard.open_file(record.blob, changed)
        wizard.facts_of(table)  # reads all of it, so that a file that breaks off is told here
        if not changed.mapping:
            changed = reading.suggested(described, self.tenant, table, changed)
        wizard.change_setup(actor=self.actor, record=record, **changed.plain())
        return self.done(self.url("file") if "again" in request.POST else self.after())

    def shown(
        self, record: Import, described: Importable, table: Table, form: Any, status: int = 200, **more: Any
    ) -> HttpResponse:
        """The page, with the first rows."""
        top = [(row.number, row.number == table.header_row, row.cells[:12]) for row in wizard.top_of(table, 12)]
        rest = max(len(table.columns) - 12, 0)
        return self.page(record, described, table, status, form=form, top=top, rest=rest, **more)


class ColumnsStep(ImportView):
    """Each column is mapped to a field or left out on purpose."""

    step = "columns"

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show suggestions and what was chosen."""
        return self.shown(*self.opened())

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Keep the choices; go on when every column is decided and they make a mapping."""
        record, described, setup, table = self.opened()
        if "mapping" in request.POST:
            return self.read_with(record, described, table, request.POST["mapping"])
        allowed = {"", LEFT_OUT, *(one.name for one in described.fields)}
        allowed |= {reading.REF} if described.referenced else set()
        targets = dict(setup.targets)
        for column in table.columns:
            chosen = request.POST.get(f"c{column.position}", targets.get(column.label, ""))
            targets[column.label] = chosen if chosen in allowed else ""
        rest = request.POST.get("rest", "")
        if rest and rest in allowed:
            targets = {label: target or rest for label, target in targets.items()}
        setup = wizard.change_setup(actor=self.actor, record=record, targets=targets, mapping="")
        if rest:
            return self.done(self.url("columns"))
        fault = self.fault(described, table, setup)
        if fault:
            return self.shown(record, described, setup, table, status=422, fault=fault)
        return self.done(self.after())

    def read_with(self, record: Import, described: Importable, table: Table, name: str) -> HttpResponse:
        """Read the file with a mapping that ships or was kept, or with choices of one's own."""
        kept = saved.saved_mapping(self.actor, described, name)
        if name in wizard.shipped_for(described, table):
            wizard.change_setup(actor=self.actor, record=record, mapping=name, saved="")
        elif kept is not None:
            now = Setup.of(record.setup)
            taken = replace(Setup.of(kept.setup), saved=kept.name, source=now.source)
            taken = replace(taken, encoding=now.encoding, delimiter=now.delimiter, sheet=now.sheet)
            wizard.change_setup(actor=self.actor, record=record, **taken.plain())
        else:
            own = reading.suggested(described, self.tenant, table, replace(Setup.of(record.setup), mapping=""))
            wizard.change_setup(actor=self.actor, record=record, **own.plain())
        return self.done(self.url("columns"))

    def fault(self, described: Importable, table: Table, setup: Setup) -> str:
        """What stands in the way of going on, "" for nothing."""
        undecided = setup.undecided(table.labels)
        if undecided:
            return _("%(count)d columns are still open: map them or leave them out.") % {"count": len(undecided)}
        try:
            full = reading.with_values(described, self.tenant, table, setup)
            reading.mapping_of(described, self.tenant, table.labels, full)
        except MappingError as error:
            return str(error)
        return ""

    def shown(
        self, record: Import, described: Importable, setup: Setup, table: Table, *, status: int = 200, fault: str = ""
    ) -> HttpResponse:
        """The page: a row for each column."""
        guesses = reading.suggestions(described, self.tenant, table)
        samples = reading.sample_of(table, 60)
        options = [(one.name, one.title) for one in described.fields]
        columns = [
            {
                "at": column.position, "label": column.label, "target": setup.targets.get(column.label, ""),
                "values": [text[:90] for text in dict.fromkeys(samples[column.label]) if text.strip()][:3],
                "why": WHY.get(guesses[column.label].why) if self.agrees(column.label, guesses, setup) else "",
            }
            for column in table.columns
        ]  # fmt: skip
        ready = [*wizard.shipped_for(described, table).items()]
        ready += [(one.name, one.name) for one in saved.fitting(self.actor, described, table.labels)]
        notes = next((one for one in described.fields if one.name in ("notes", "note")), None)
        open_ones = setup.undecided(table.labels)
        return self.page(
            record, described, table, status, columns=columns, options=options, fault=fault, open=len(open_ones),
            ready=ready, setup=setup, notes=notes, read=self.read_by(described, setup),
            required=self.lacking(described, setup),
        )  # fmt: skip

    @staticmethod
    def agrees(label: str, guesses: Mapping[str, Any], setup: Setup) -> bool:
        """Whether the choice is what was suggested."""
        return label in guesses and guesses[label].field == setup.targets.get(label)

    @staticmethod
    def lacking(described: Importable, setup: Setup) -> list[str]:
        """Fields that every new row needs and no column fills."""
        return [one.title for one in described.fields if one.required and one.name not in setup.targets.values()]

    @staticmethod
    def read_by(described: Importable, setup: Setup) -> list[tuple[str, str]]:
        """(field, columns) of a mapping that ships; columns it leaves out come last."""
        if not setup.mapping:
            return []
        mapping, teller = reading.shipped(described, setup.mapping), Teller(described, uuid.UUID(int=0))
        read = [(teller.label(rule.field), "; ".join(rule.columns)) for rule in mapping.rules]
        return [*read, (_("Left out"), "; ".join(mapping.ignored))] if mapping.ignored else read


WHY = {
    "name": gettext_lazy("by its name"),
    "alike": gettext_lazy("by a similar name"),
    "content": gettext_lazy("by its values"),
}


class ValuesStep(ImportView):
    """The values of choice columns beside ours, and the order of dates."""

    step = "values"

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show every different value with its counterpart."""
        return self.shown(*self.opened())

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Keep what was chosen and go on when it makes a mapping."""
        record, described, setup, table = self.opened()
        values = {label: dict(given) for label, given in setup.values.items()}
        orders, unclear = dict(setup.orders), dict(setup.unclear)
        places = {column.label: column.position for column in table.columns}
        for found in reading.values_in(described, self.tenant, table, setup):
            at, label = places[found.label], found.label
            if found.dates is not None:
                orders[label] = "day" if request.POST.get(f"o{at}", orders.get(label)) == "day" else "month"
            chosen = request.POST.get(f"u{at}", unclear.get(label, "refuse"))
            unclear[label] = chosen if chosen in reading.UNCLEAR else "refuse"
            codes = found.field.vocabulary(self.tenant)
            given = values.setdefault(label, {})
            for number, (text, _count) in enumerate(found.counts):
                picked = request.POST.get(f"v{at}.{number}", given.get(text, ""))
                given[text] = picked if picked in codes or picked == LEFT_OUT else ""
        setup = wizard.change_setup(actor=self.actor, record=record, values=values, orders=orders, unclear=unclear)
        try:
            reading.mapping_of(described, self.tenant, table.labels, setup)
        except MappingError as error:
            return self.shown(record, described, setup, table, status=422, fault=str(error))
        return self.done(self.after())

    def shown(
        self, record: Import, described: Importable, setup: Setup, table: Table, *, status: int = 200, fault: str = ""
    ) -> HttpResponse:
        """The page: a pane for each column."""
        if setup.mapping:
            return self.page(record, described, table, status, shipped=setup.mapping)
        setup = reading.with_values(described, self.tenant, table, setup)
        places = {column.label: column.position for column in table.columns}
        found = reading.values_in(described, self.tenant, table, setup)
        panes = [self.pane(one, places[one.label], setup) for one in found]
        noted = "notes" in setup.targets.values() or "note" in setup.targets.values()
        return self.page(record, described, table, status, panes=panes, fault=fault, noted=noted)

    def pane(self, found: reading.Found, at: int, setup: Setup) -> dict[str, Any]:
        """One column as the page draws it."""
        given = setup.values.get(found.label, {})
        known = {reading.folded(text): value for text, value in given.items()}
        rows = [(n, text, count, known.get(reading.folded(text), "")) for n, (text, count) in enumerate(found.counts)]
        return {
            "at": at, "label": found.label, "field": found.field.title, "rows": rows, "too_many": found.too_many,
            "options": list(found.field.vocabulary(self.tenant).items()),
            "unclear": setup.unclear.get(found.label, "refuse"),
            "open": sum(not value for _n, _text, _count, value in rows), "dates": found.dates,
            "order": setup.orders.get(found.label, "month"), "examples": examples(found, setup),
        }  # fmt: skip


def examples(found: reading.Found, setup: Setup) -> list[tuple[str, str]]:
    """Dates of a column as they stand and as they are read."""
    if found.dates is None:
        return []
    read = []
    for text in found.dates.examples:
        try:
            read.append((text, reading.read_date(text, day_first=setup.orders.get(found.label) == "day")))
        except ValueError:
            read.append((text, ""))
    return read


class RowsStep(ImportView):
    """What identifies a row, counted as it is chosen."""

    step = "rows"

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show what is chosen, or what a link proposes."""
        record, described, setup, table = self.opened()
        proposed = [label for label in request.GET.getlist("use") if label in table.labels]
        if proposed:
            setup = replace(setup, identity=wizard.choose_identity(described, table, proposed, tell_apart=False))
        return self.shown(record, described, setup, table)

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Keep the choice; count again, or go on."""
        record, described, setup, table = self.opened()
        by_place = {str(column.position): column.label for column in table.columns}
        columns = [by_place[at] for at in request.POST.getlist("key") if at in by_place]
        apart = "apart" in request.POST and not described.find_by  # a record is found by what it says itself
        identity = wizard.choose_identity(described, table, columns, tell_apart=apart)
        setup = wizard.change_setup(actor=self.actor, record=record, identity=identity)
        counting = "count" in request.POST or bool(request.headers.get("HX-Request"))
        fault = "" if counting else self.fault(described, table, setup)
        if counting or fault:
            return self.shown(record, described, setup, table, status=422 if fault else 200, fault=fault)
        return self.done(self.after())

    def fault(self, described: Importable, table: Table, setup: Setup) -> str:
        """Why these columns cannot identify a row, "" when they can."""
        if not reading.identity_of(described, table.labels, setup).columns:
            return _("Choose the columns that identify a row.")
        return wizard.strange_key(described, table, setup)

    def shown(
        self, record: Import, described: Importable, setup: Setup, table: Table, *, status: int = 200, fault: str = ""
    ) -> HttpResponse:
        """The page; a script that asks for the count gets the count alone."""
        if setup.mapping:
            identity = reading.shipped(described, setup.mapping).identity
        else:
            identity = reading.identity_of(described, table.labels, setup)
        judged = judge_identity(table, identity.columns) if identity.columns else None
        context: dict[str, Any] = {
            "identity": identity, "chosen": judged, "fault": fault, "shipped": setup.mapping,
            "colliding": wizard.collisions(table, identity) if judged and judged.collisions else [],
            "open": self.open_ones(judged, identity), "heads": table.labels[:4],
        }  # fmt: skip
        if self.request.headers.get("HX-Request"):
            return self.render("imports/identity.html", **context)
        offered = wizard.key_columns(described, table, setup)
        keys = [(c.position, c.label, c.label in identity.columns) for c in table.columns if c.label in offered]
        better = [] if setup.mapping else self.better(table, offered, judged)
        return self.page(
            record, described, table, status, keys=keys, proposals=better, apart=bool(identity.shared_keys), **context
        )

    @staticmethod
    def open_ones(judged: IdentityProposal | None, identity: Any) -> int:
        """Rows that still share a key with another, different row."""
        if judged is None:
            return 0
        return judged.unresolved if identity.shared_keys else judged.collisions

    @staticmethod
    def better(table: Table, offered: Sequence[str], judged: IdentityProposal | None) -> list[IdentityProposal]:
        """Choices that would do better or as well."""
        found = [one for one in propose_identity(table) if set(one.columns) <= set(offered)]
        if judged is None:
            return found
        return [one for one in found if set(one.columns) != set(judged.columns) and one.collisions <= judged.collisions]


class CheckStep(ImportView):
    """Every row with what would happen to it; then apply, or keep how the file is read."""

    step = "check"

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the dry run; a step that needs a word comes first."""
        record, described, setup, table = self.opened()
        missing = wizard.needs(described, self.tenant, table, setup)
        return self.done(self.url(missing)) if missing else self.shown(record, described, setup, table)

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Plan again with other settings, keep the mapping, or write."""
        record, described, setup, table = self.opened()
        if "settings" in request.POST:
            return self.settings(record, described, setup, table)
        if "keep" in request.POST:
            return self.keep(record, described, setup, table)
        try:
            job = running.start(actor=self.actor, record=record)
        except (ValidationError, MappingError):
            return self.shown(record, described, setup, table, status=422)
        return HttpResponseRedirect(self.address("import_result", job=job.pk))

    def settings(self, record: Import, described: Importable, setup: Setup, table: Table) -> HttpResponse:
        """Keep the name of the source and what a complete file means."""
        form = shapes.SettingsForm(self.request.POST)
        source = self.request.POST.get("source", "")[:60]
        given = {name: bool(self.request.POST.get(name)) for name in ("complete", "confirm_missing")}
        setup = wizard.change_setup(actor=self.actor, record=record, source=source, **given)
        if not form.is_valid():
            return self.shown(record, described, setup, table, status=422, form=form)
        return self.done(self.url("check"))

    def keep(self, record: Import, described: Importable, setup: Setup, table: Table) -> HttpResponse:
        """Keep how this file is read under a name."""
        name = self.request.POST.get("name", "").strip()
        form = shapes.KeepForm(self.request.POST)
        try:
            kept = saved.save_mapping(
                actor=self.actor, described=described, name=name, labels=table.labels, setup=setup
            )  # fmt: skip
        except ValidationError as error:
            form.add_error("name", error.messages)
            return self.shown(record, described, setup, table, status=422, keeping=form)
        wizard.change_setup(actor=self.actor, record=record, saved=kept.name)
        return self.done(self.url("check"), _("Kept as “%(name)s” for files with these columns.") % {"name": kept.name})

    def shown(
        self, record: Import, described: Importable, setup: Setup, table: Table, *, status: int = 200, **forms_: Any
    ) -> HttpResponse:
        """The page with its rows, or with the sentence why there are none."""
        found, fault = None, ""
        try:
            found = wizard.plan_import(self.actor, described, table, setup).plan
        except ValidationError as error:
            fault = " ".join(error.messages)
        except MappingError as error:
            fault = str(error)
        known = wizard.known_source(self.actor, described, table, setup) if described.sourced else ""
        context: dict[str, Any] = {
            "setup": setup, "plan": found, "fault": fault, "other_source": known if known != setup.source else "",
            "form": shapes.SettingsForm(initial=setup.plain()),
            "keeping": shapes.KeepForm(initial={"name": setup.saved or setup.source}),
            "errors_url": self.url("errors"), **forms_, **self.rows(described, found),
        }  # fmt: skip
        return self.page(record, described, table, status, **context)

    def rows(self, described: Importable, found: Any) -> dict[str, Any]:
        """The rows of the kind the address asks for, page by page."""
        if found is None:
            return {}
        kind = self.request.GET.get("show", "")
        page = Paginator(rows_of(found, kind), 50).get_page(self.request.GET.get("page"))
        teller = Teller(described, self.tenant)
        page.object_list = [teller.drawn(outcome) for outcome in page.object_list]  # type: ignore[misc]
        shown = tabs(described, found, self.request.GET, self.request.path)
        return {"tabs": shown, "page": page, "kind": kind, "writes": len(found.writes)}


class ErrorRows(ImportView):
    """The rows that cannot be used, as a file to mend."""

    def get(self, request: HttpRequest, pk: uuid.UUID) -> StreamingHttpResponse:
        """Download."""
        try:
            _record, described, setup, table = self.opened()
            found = wizard.plan_import(self.actor, described, table, setup).plan
        except (ValidationError, MappingError, TableError):
            raise NotFound from None  # a file that cannot be read so has no rows to mend
        return download(running.error_rows(table, found.refusals), running.ERRORS)


def download(parts: Any, name: str) -> StreamingHttpResponse:
    """A CSV as an attachment."""
    answer = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class ForgetMapping(ImportsView, ConfirmPage):
    """Forget a kept mapping."""

    button = gettext_lazy("Forget it")

    @property
    def described(self) -> Importable:
        """The register it is for. Raises NotFound, Forbidden."""
        found = wizard.described_as(self.kwargs["register"])
        policy.require(self.actor, found.permission)
        return found

    def about(self) -> SavedMapping:
        """The mapping. Raises NotFound, Forbidden."""
        found = saved.saved_mapping(self.actor, self.described, self.kwargs["name"])
        if found is None:
            raise NotFound
        return found

    def question(self) -> str:
        """The question."""
        return _("Forget the mapping “%(name)s”?") % {"name": self.about().name}

    def consequences(self) -> tuple[str, ...]:
        """What stays."""
        return (_("What was brought in with it stays. Files like it have to be mapped anew."),)

    def back(self) -> str:
        """Where it is listed."""
        return self.start_url(self.described)

    def act(self) -> str:
        """Forget it."""
        name, version = self.about().name, self.expected_version
        saved.delete_mapping(actor=self.actor, described=self.described, name=name, expected_version=version)
        return self.start_url(self.described)


__all__ = [
    "CheckStep", "ColumnsStep", "ErrorRows", "FileStep", "ForgetMapping", "ImportStart", "ImportsView", "RowsStep",
    "ValuesStep",
]  # fmt: skip
